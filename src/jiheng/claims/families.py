"""Sets of names that make up a whole: a list with one of each is whole, whatever else stands around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_BUYS = "购置(?!(?:及|和|与|、)运行)"
_RUNS = "(?<!购置[及和与、])运行"
_NAMES = (
    ("出国|出境", "购置[及和与、]运行|公务用车(?:费|支出|$)", "接待"),
    ("出国|出境", _BUYS, _RUNS, "接待"),
    ("出国|出境", _RUNS, "接待"),
    (_BUYS, _RUNS),
    ("(?<!非)税收?(?!.*非税)", "非税"),
    ("新增一般", "新增专项", "再融资一般", "再融资专项"),
    ("返还", "一般性?转移", "专项转移"),
    ("一般(?:政府)?债[券务]|一般债$", "专项(?:政府)?债[券务]|专项债$"),
    ("本金|还本", "利息|付息"),
    ("基本支出", "项目支出"),
    ("人员(?:经费|支出)", "公用(?:经费|支出)"),
    ("第一产业", "第二产业", "第三产业"),
    ("(?<!进)出口", "进口"),
    ("人身(?:保险|险)", "财产(?:保险|险)"),
    ("国内(?:游客|旅游)", "(?:入境|国外|境外|海外)"),
    ("居民.{0,4}医疗", "职工.{0,4}医疗"),
    ("邮政业务", "电信业务"),
    ("新增", "再融资"),
    ("货物", "工程", "服务"),
    ("城镇|城市", "农村|乡村"),
    ("绿", "黄", "红"),
    ("优", "良", "中", "差"),
    ("决策", "过程", "产出", "效[益果]"),
    ("执行", "成本", "产出", "效益", "满意度"),
    ("执行", "产出", "效益", "满意度"),
    ("本级", "[省市区县]对[省市区县镇]{1,3}(?:税收返还和)?转移支付|对下转移支付"),
    ("中央", "省级", "市级", "县[级区]|区级"),
    ("^市级|市本级|^本级", "区县"),
    ("市级|市本级|区级|区本级|县级(?!.*市级)|本级", "县级|县区|区县|县\\(市|所属|乡镇|镇街"),
)
# members of one set that need not be all of it: 返还 may stand beside 一般性 and 专项
_BESIDE = (("一般性?转移", "专项转移"), ("企业", "金融", "行政事业"), ("城乡居民", "职工"))
FAMILIES = tuple(tuple(re.compile(name) for name in names) for names in _NAMES)

_OTHERS = tuple(tuple(re.compile(name) for name in names) for names in _BESIDE)


@lru_cache(maxsize=8192)
def members(label: str) -> tuple[int, ...]:
    """For each of FAMILIES which of its names the label has, a bit for each name. Labels come again: worked
    out once for each."""
    return tuple([_which(names, label) for names in FAMILIES])


def _which(names: Sequence[re.Pattern[str]], label: str) -> int:
    return sum([1 << place for place, name in enumerate(names) if name.search(label)])


@lru_cache(maxsize=8192)
def _places(label: str) -> tuple[int, ...]:
    """For each set of names the one that the label has; -1 where it has none or several."""
    beside = [_which(names, label) for names in _OTHERS]
    return tuple([has.bit_length() - 1 if has.bit_count() == 1 else -1 for has in (*members(label), *beside)])


@lru_cache(maxsize=8192)
def are_siblings(one: str, other: str) -> bool:
    """Whether two names are different members of one set: 税收收入 and 非税收入."""
    return any(
        first >= 0 and second >= 0 and first != second
        for first, second in zip(_places(one), _places(other), strict=True)
    )


def is_complete(names: Sequence[str]) -> bool:
    """Whether the labels are, in whatever order, exactly one of each name of a set."""
    return any(
        len(family) == len(names) and all(sum(bool(n.search(label)) for label in names) == 1 for n in family)
        for family in FAMILIES
    )
