"""What each figure of a sentence is: a level, a change, a rate, a share, a completion, a budget, a base.

A mention is a figure with the words before it. The role comes from the last words (“下降34.44%” is a
rate), the label from what stands before them (“一般性转移支付”), and what a change is measured against from
both.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import NamedTuple

from jiheng.claims.remembering import remembered
from jiheng.claims.report import Word
from jiheng.claims.scan import Figure, Measure, figures


class Role(StrEnum):
    """What a figure says of its subject."""

    LEVEL = "level"
    BUDGET = "budget"  # 年初预算X
    BASE = "base"  # 比上年的X, 上年为X
    CHANGE = "change"  # 增加D
    RATE = "rate"  # 增长P%
    COMPLETION = "completion"  # 完成预算的P%
    SHARE = "share"  # 占…的P%
    POINTS = "points"
    OTHER = "other"  # 税率, 利率, ranges: read and counted, bound to nothing


@dataclass(slots=True)
class Mention:
    """A figure in its sentence. `reference` says against what: prior, budget:年初, other, own (同口径)."""

    figure: Figure
    role: Role
    label: str = ""  # the subject as printed, cleaned of time, verbs and fillers
    own_subject: bool = False  # the words before the role name something
    reference: str = ""
    word: Word | None = None
    denominator: str = ""  # of a share
    depth: int = 0
    breaks: str = ""  # the separators between the figure before and this one, with list marks as #
    lead: str = ""
    words: str = ""  # everything between the figure before and this one, brackets without figures taken out
    tail: str = ""
    open: bool = False  # 主要是, 等, 重点: the list is not whole
    whole: Mention | None = None  # the figure that a percentage is of, where it stands right before it
    inherits: bool = False  # the reference is that of the one before
    unchanged: str = ""  # “与上年的X持平”: 持平, or 基本
    is_origin: bool = False  # 由X增加到: the base of the level that follows
    range: str = ""  # the sign between the ends of a range

    @property
    def is_vague(self) -> bool:
        """Whether the figure is only a bound (超, 近, 约): nothing exact follows from it."""
        return bool(self.figure.approximate)


UP = "增加|增长|上升|提高|增收|增支|上涨|扩大|净增|回升|多收|多支|攀升|跃升|超收"
DOWN = "减少|下降|降低|减收|减支|回落|缩减|压减|下跌|短收|收窄|下滑|压缩|节约|缩小"
_OPPOSITE = {
    "增加": "减少",
    "增长": "下降",
    "上升": "下降",
    "提高": "降低",
    "增收": "减收",
    "增支": "减支",
    "上涨": "下降",
    "扩大": "缩小",
    "净增": "净减",
    "回升": "回落",
    "多收": "少收",
    "多支": "少支",
    "增": "减",
    "多": "少",
    "增幅": "降幅",
    "超收": "短收",
    "减少": "增加",
    "下降": "增长",
    "降低": "提高",
    "减收": "增收",
    "减支": "增支",
    "回落": "回升",
    "缩减": "扩大",
    "压减": "增加",
    "下跌": "上涨",
    "短收": "超收",
    "减": "增",
    "少": "多",
    "降": "增",
    "降幅": "增幅",
    "负增长": "增长",
}
_SEPARATOR = re.compile(
    r"\([一二三四五六七八九十\d]{1,3}\)|[①-⑳]|(?<=[\n:：;；])\s*\d{1,2}\s?[.、](?=\s?[\u4e00-\u9fff“])|[一二三四五六七八九]是(?!否)|[，,。；;：:、()！!？?\n\t]"
)
_EMPTY_BRACKETS = re.compile(r"\((?![一二三四五六七八九十\d]{1,3}\))[^()]*\)")
_MARK = re.compile(r"\([一二三四五六七八九十\d]{1,3}\)|[①-⑳]")
_REFERENCE = (
    (
        "own",
        re.compile(
            "同口径|可比口径|可比价|不变价|剔除|扣除|自然口径|名义|不含|还原|按可比|两年平均|年均|因素后"
        ),
    ),
    (
        "budget",
        re.compile(
            r"[比较超与同和].{0,8}?(年初|调整后?|变动|备案|批复|代编|人代会|上报)?的?(?:收入|支出)?(?:预算|预期目标|目标)"
        ),
    ),
    (
        "other",
        re.compile(
            r"环比|比上月|比上半年|比上季|比(?:20)?\d\d\s?年初|比年初|较年初|比\d{4}年[1-9]|全省平均|全国平均|平均水平|累计(?:增|下)|比.{0,6}(?:末|底)"
        ),
    ),
    ("year", re.compile("[比较与同].{0,2}?((?:19|20)\\d\\d)年?")),
    ("prior", re.compile("同比|上年|去年|上一年|同期")),
)
_RATE = re.compile(
    rf"(负增长|{UP}|{DOWN}|增幅|降幅|增速|涨幅|降速|(?<=同比)[增降减]|(?<=[，,、])[增降减])(?:率)?(?:了|为|达到?|约)?\s*$"
)
_CHANGE = re.compile(
    rf"({UP}|{DOWN}|(?<=[比较同]).{{0,16}}?[增减多少]|(?<=[，,、])[增减]|^[增减])(?:了|额为|额|为|达)?\s*$"
)
_TO = re.compile(rf"(?:{UP}|{DOWN}|调整|调增|调减|提升|扩大|增至|降|增)(?:到|至|为)\s*$")
_COMPLETION = re.compile(
    r"(?:(年初|调整后?|变动|备案|批复|全年|代编|人代会|调整后的?)?(?:的)?(?:一般公共|政府性基金|国有资本经营|社会保险基金|社保基金)?(?:收入|支出)?"
    r"(?:预算|预期目标|目标任务|年度目标|目标|任务|计划)(?:数|总额|安排数?|任务|指标|收入|支出)?(?:的比例|的比重|的)?(?:为|达到?)?"
    r"|(?:预算|目标)?(?:完成率|执行率|完成进度|执行进度|支出进度|收入进度|支付率|完成比例|完成度)(?:为|达到?)?)\s*$"
)
_COMPLETES = re.compile(r"完成|为|占|达|是|实现|执行|率|进度|相当|%|度|预算的")
_SHARE = re.compile(
    r"占(?:到)?(?P<of>[^占]{0,40}?)(?:的)?(?:总?比重|总?比例|比|份额|百分比|总量|总额)?的?(?:为|达到?|约|是|超|近)?\s*$"
)
_SHARE_NOUN = re.compile(
    r"(?P<part>[^，,]{0,40}?)(?:占比|比重|占有率|所占比例)(?:为|达到?|约|提高到|提高至|提升到|提升至|上升到|上升至|下降到|降至|保持在|稳定在)?\s*$"
)
_BUDGET = re.compile(
    r"(?<!公共)(?<!基金)(?<!经营)(?:(年初|调整后?|变动|备案|批复|代编|全年)的?)?(?:收入|支出)?预算(?:数|总额|安排|指标|资金)?(?:的|为|是|安排|调整为|变动为|共|共计|总计|合计)?\s*$"
)
_BUDGET_OPENS = re.compile(r"(?:(年初|调整后?|变动|全年)的?)?预算(?:数|总额)?\s*\(\s*$")
_BUDGET_TO = re.compile(r"预算(?:数|总额)?(?:调整|变动|调增|调减)(?:到|至|为)\s*$")
_PRIOR = re.compile(
    r"(?:上年|去年|上一年|上年度|上年同期)(?:同期|决算|执行|实际|完成|发生|支出|收入|预算)*(?:数|额)?(?:的|为|是)?\s*$"
)
_OTHER = re.compile(
    r"(?:税率|利率|比例不低于|费率|补助标准|标准|每[人亩户公生]|单价|均价|平均每|贡献率|覆盖率|合格率|满意度|排名|位居|居全[国省市]|第\d)[^，,]{0,6}$"
)
_OPEN = re.compile(
    "主要(?!领导|负责|业务)(?:是|有|包括|用于)?|重点|等|包含|含|部分|较大|如|例如|比如|尤其|特别是|分别用于"
)
_TIME = re.compile(
    r"^(?:(?:截至|截止|到|至)?(?:(?:19|20)\d\d\s?年(?:度)?|\d{1,2}\s?[-—至~]?\s?\d{0,2}\s?月(?:份|末|底|止)?|年末(?![结债余])|年底(?![结债余])|当年(?![收支结])|本年(?!度?[收支结])|今年|全年|上半年|当期|期末|末|底|累计|同期)"
    r"|其中|同时|另外|此外|并|且|但|又|即|共|其(?!他|它)|该|由于|主要是|主要为|主要|包括|包含|含|加上?|减去?|扣除|再加上?|另有|另|以及|及|和|与|按|对|从|全部|实际|预计|目前|为|的|各项|分别|用于|一是|二是|三是|四是|五是|六是"
    r"|\d{1,2}\s?[.．、]|[一二三四五六七八九十]、|[#*\-—•·●■◆>|]|[\s“”\"'])+"
)
_VERBS = re.compile(
    r"(?:(?:累计|实际|预计|共计?|合计|已|约|近|超|超过|达到?|为|是|完成|实现|安排|执行|入库|下达|发行|(?<!转移)支付|拨付|投入|筹集|争取|落实|到位|兑现|发放|偿还|归还|"
    r"总额|数额?|金额|决算|规模|资金|分别|总计|了|有|的|各|均|仅|只|以上|以下|大约|预期|计划|拟|可|将|达成|报)\s*)+$"
)
_SPACES = re.compile(r"\s+")
_SAME = re.compile(r"\s*(?:基本)?(?:持平|一致|相同)")
_VERSUS = re.compile("^[比较与]|[比较]上?年")
_FROM = re.compile(r"[由从](?:(?:上年|去年|同期|年初|(?:19|20)\d\d年|的)*)$")
_FROM_BUDGET = re.compile("[由从](年初|上年|期初)?预算(?:数|的)*$")
_TAIL_ADJUSTED = re.compile(r"\s*(?:调整|变更|调增|调减|增加|减少|追加)(?:到|至|为)")
_TAIL_TO = re.compile(rf"\s*(?:{UP}|{DOWN}|提升|增|降)(?:到|至|为)")
_TAIL_CHANGE = re.compile(rf"\s*(?:的|同期|相比|相比较)?[，,]?\s*({UP}|{DOWN}|[增减多少](?![及值量]))")


def mentions(text: str, start: int, end: int) -> list[Mention]:
    """The figures of one paragraph (a flat text from `start` to `end`) with their roles."""
    found: list[Mention] = []
    depth, at = 0, start
    figs = list(figures(text, start, end))
    _share_units(text, figs)
    for number, figure in enumerate(figs):
        gap = text[at : figure.start]
        depth = _depth(gap, depth)
        following = figs[number + 1].start if number + 1 < len(figs) else end
        mention = _mention(figure, gap, text[figure.end : min(following, figure.end + 12)], depth)
        found.append(mention)
        at = figure.end
    _mark_ranges(text, found)
    _mark_shares_of(text, found)
    return found


def _mark_shares_of(text: str, found: list[Mention]) -> None:
    """“完成年初预算667万元的97.3%”, “占总额120万元的5%”: the whole stands right before the percentage."""
    for whole, part in itertools.pairwise(found):
        if part.figure.measure is not Measure.PERCENT or not _OF_IT.fullmatch(
            text, whole.figure.end, part.figure.start
        ):
            continue
        part.whole, part.label, part.own_subject = whole, "", False
        if whole.role is Role.BUDGET or (
            "预算" in whole.lead and not re.search("预算(?:收入|支出)", whole.lead)
        ):
            part.role = Role.COMPLETION
            part.reference = whole.reference if whole.role is Role.BUDGET else "budget:"
            whole.role = Role.BUDGET
            whole.reference = part.reference
            whole.label, whole.own_subject = "", False
        elif "占" in whole.lead:
            part.role, whole.role = Role.SHARE, Role.OTHER


_OF_IT = re.compile(r"\s*\)?\s*的(?:比重|比例)?(?:为|达到?)?\s*")


def _share_units(text: str, figs: list[Figure]) -> None:
    """“分别为12.3、45.6亿元”: a number without a unit has that of the next it is listed with."""
    for first, second in reversed(list(itertools.pairwise(figs))):
        if (
            not first.unit
            and second.unit
            and text[first.end : second.start].strip() in ("、", "和", "及", "与")
        ):
            first.borrow(second)


def _depth(gap: str, depth: int) -> int:
    if "(" in gap or ")" in gap:
        clean = _MARK.sub("", gap)
        for char in clean:
            if char == "(":
                depth += 1
            elif char == ")" and depth:
                depth -= 1
    if "\n" in gap or "。" in gap:
        # a bracket that never closes must not swallow what follows
        depth = 0 if gap.rfind("(") < max(gap.rfind("。"), gap.rfind("\n")) else depth
    return depth


class _Said(NamedTuple):
    """What the words before a figure make of it, whatever the figure."""

    role: Role
    label: str = ""
    reference: str = ""
    verb: str = ""  # the direction word of a change or a rate
    denominator: str = ""
    may_compare: bool = False  # 比上年的X减少…: what stands behind the figure decides
    is_name: bool = False  # of an amount: nothing but a name
    is_open: bool = False


class _Gap:
    """The words between two figures. Offices use the same ones again and again: they are read once."""

    def __init__(self, gap: str) -> None:
        words = gap
        while "(" in words:
            shorter = _EMPTY_BRACKETS.sub("", words)
            if shorter == words:
                break
            words = shorter
        breaks, last = [], 0
        for match in (_SEPARATOR if _MAY_MARK.search(words) else _STOPS).finditer(words):
            breaks.append(match[0] if match[0] in _PLAIN else _style(match[0]))
            last = match.end()
        self.words = words
        self.lead = words[last:].strip()
        self.breaks = "".join(breaks)
        if "\n" in self.breaks:
            # a line that ends with a comma or a semicolon goes on in the next
            self.breaks = _LINE_GOES_ON.sub(r"\1", self.breaks)

    @cached_property
    def of_percent(self) -> _Said:
        return _percent_said(self.lead, self.words)

    @cached_property
    def of_amount(self) -> _Said:
        return _amount_said(self.lead, self.words)

    @cached_property
    def is_other(self) -> bool:
        return bool(_OTHER.search(self.lead))


_gap = remembered(_Gap)


def _mention(figure: Figure, before: str, tail: str, depth: int) -> Mention:
    gap = _gap(before)
    mention = Mention(
        figure, Role.LEVEL, depth=depth, breaks=gap.breaks, lead=gap.lead, words=gap.words, tail=tail
    )
    if figure.measure is Measure.PERCENT:
        _take(mention, gap.of_percent, before)
    elif figure.measure is Measure.POINTS:
        mention.role = Role.POINTS
    elif figure.measure is Measure.TIMES or not figure.unit:
        mention.role = Role.OTHER
    elif figure.base.startswith("元/") or (figure.base != "分" and gap.is_other):
        mention.role, mention.label = Role.OTHER, clean(gap.lead)
    else:
        said = gap.of_amount
        _take(mention, (_compared(mention) if said.may_compare else None) or said, before)
    return mention


def _take(mention: Mention, said: _Said, before: str) -> None:
    mention.role, mention.reference = said.role, said.reference
    mention.denominator, mention.open = said.denominator, said.is_open
    mention.label = said.label or (_counted(mention) if said.is_name else "")
    mention.own_subject = len(mention.label) > 1
    if said.verb:
        mention.word = _word(said.verb, mention.figure, before)


_LINE_GOES_ON = re.compile("([;；:：，,、])\n+")
_PLAIN = frozenset("，,。；;：:、()！!？?\n\t")
# list marks are rare and dear to look for: where none of their signs stands, the stops alone are found
_STOPS = re.compile("[，,。；;：:、()！!？?\n\t]")
_MAY_MARK = re.compile("[(\\d是①-⑳]")


def _style(mark: str) -> str:
    """The style of a list mark: (1), ①, 1. or 一是. Lists of one style belong together."""
    if mark[0] == "(":
        return "#"
    if mark.endswith("是"):
        return "&"
    return "@" if "①" <= mark[0] <= "⑳" else "$"


def _percent_said(lead: str, words: str) -> _Said:
    if "分别" in lead and _RATE.search(lead):
        return _Said(Role.OTHER)  # 分别增长9.09%和下降4.17%: of two subjects
    if match := _RATE.search(lead) or (_RATE.search(words[-12:]) if not lead else None):
        label = clean(lead[: match.start()] if match.string is lead else "")
        return _Said(Role.RATE, label, reference(lead, words[-80:]), verb=match[1])
    if match := _SHARE.search(lead):
        of = clean(match["of"])
        budget = _COMPLETION.search(lead)
        if budget and not re.search("预算(?:收入|支出|总|安排)", of):
            return _completion_said(lead, budget)
        return _Said(Role.SHARE, clean(lead[: match.start()]), denominator=of or match["of"])
    if (match := _COMPLETION.search(lead)) and _COMPLETES.search(lead):
        return _completion_said(lead, match)
    if match := _SHARE_NOUN.search(lead):
        label = clean(match["part"])
        part, _, of = label.rpartition("占")
        return _Said(Role.SHARE, part, denominator=of) if part else _Said(Role.SHARE, label)
    return _Said(Role.OTHER, clean(lead))


def _completion_said(lead: str, match: re.Match[str]) -> _Said:
    against = "budget:" + (match[1] or "").removesuffix("后").removesuffix("的")
    label = clean(lead[: match.start()])
    fund = re.search("(?:公共|基金|经营)预算", lead)
    if lead.startswith("占") and fund and not match[1] and "算的" not in lead[-3:]:
        return _Said(Role.OTHER, label, against)  # 占一般公共预算5%: of its income or of its spending
    return _Said(Role.COMPLETION, label, against)


def _amount_said(lead: str, words: str) -> _Said:
    if _TO.search(lead) and not _BUDGET_TO.search(lead):
        return _Said(Role.LEVEL, clean(_TO.sub("", lead)))
    if match := _CHANGE.search(lead):
        if "分别" in lead:
            return _Said(Role.OTHER)
        verb = next((v for v in _UPS_AND_DOWNS if match[1].endswith(v)), match[1][-1])
        return _Said(Role.CHANGE, clean(lead[: match.start()]), reference(lead, words[-80:]), verb)
    may_compare = bool(_COMPARES.search(lead))
    if match := _PRIOR.search(lead):
        return _Said(Role.BASE, clean(lead[: match.start()]), "prior", may_compare=may_compare)
    if not lead and (match := _BUDGET_OPENS.search(words)):
        return _Said(Role.BUDGET, "", f"budget:{(match[1] or '').removesuffix('后')}")
    if match := _BUDGET.search(lead) or _BUDGET_TO.search(lead):
        kind = (match[1] if match.re is _BUDGET else "调整") or ""
        label = clean(lead[: match.start()])
        if match.re is _BUDGET and (inner := re.search("(收入|支出)预算", lead)):
            label += inner[1]
        return _Said(Role.BUDGET, label, "budget:" + kind.removesuffix("后"), may_compare=may_compare)
    is_open = bool(_OPEN.search(words[-24:]))
    return _Said(Role.LEVEL, clean(lead), may_compare=may_compare, is_name=True, is_open=is_open)


_COMPARES = re.compile("[与和同较比由从]")


def _compared(mention: Mention) -> _Said | None:
    """What an amount is that the words behind it compare with another: 比上年的X减少…, 由X增加到…."""
    lead, tail = mention.lead, mention.tail
    if lead.startswith(("与", "和", "同", "较", "比")) and _SAME.match(tail):
        mention.unchanged = "基本" if "基本" in tail[:4] else "持平"
        return _Said(Role.BASE, reference=reference(lead, lead))
    if match := _FROM.search(lead) or _FROM_BUDGET.search(lead):
        is_prior = match.re is _FROM
        if (_TAIL_TO if is_prior else _TAIL_ADJUSTED).match(tail):
            mention.is_origin = True
            against = "prior" if is_prior else f"budget:{match[1] or ''}"
            return _Said(Role.BASE, clean(lead[: match.start()]), against)
    if _VERSUS.search(lead) and _TAIL_CHANGE.match(tail):
        return _Said(Role.BASE, reference=reference(lead, lead))
    return None


_THING = re.compile("[\u4e00-\u9fff“”]{2,10}")


def _counted(mention: Mention) -> str:
    """What a count counts stands behind it: “26个项目”."""
    if mention.figure.base == "分":
        return mention.lead  # 预算执行8.3分: the indicator, though its name is made of verbs
    match = _THING.match(mention.tail) if mention.figure.base in ("个", "家", "项") else None
    return match[0] if match else ""


def sign_of(word: str) -> int:
    return -1 if word in _DOWNS or word in ("减", "少", "降", "降幅", "负增长", "降速") else 1


_DOWNS = frozenset(DOWN.split("|"))
_UPS_AND_DOWNS = (*UP.split("|"), *DOWN.split("|"))


def reference(lead: str, context: str) -> str:
    """Against what a change is measured: own, budget:年初, other, prior, or empty where nothing says."""
    for words in (lead, context):
        for name, pattern in _REFERENCE:
            if match := pattern.search(words):
                if name == "budget":
                    return f"budget:{(match[1] or '').removesuffix('后')}"
                return match[1] if name == "year" else name
        if words is lead and lead is context:
            break
    return ""


def _word(text: str, figure: Figure, before: str) -> Word | None:
    """The verb where it stands in the text: `before` is all that stands between the figure and the last."""
    at = before.rfind(text)
    if at < 0 or (text in ("增速", "涨幅") and figure.value < 0):
        return None
    where = figure.start - len(before) + at
    return Word(text, sign_of(text), where, where + len(text), _OPPOSITE.get(text, ""))


@lru_cache(maxsize=8192)
def clean(label: str) -> str:
    """A subject without time and verbs: “2024年全市一般公共预算收入完成” → “全市一般公共预算收入”."""
    label = _SPACES.sub("", label)
    label = _TIME.sub("", label)
    label = _REFERENCE_WORDS.sub("", label)
    shorter = _VERBS.sub("", label)
    return _TIME.sub("", shorter).strip("“”\"'‘’")


# what a change is measured against is no subject of its own: “与2018年决算数相比”, “较年初预算”
_REFERENCE_WORDS = re.compile(
    r"(?:^|[与比较和同超])(?:(?:上年|去年|上一年度?|上年度|(?:19|20)\d\d年|年初|调整后?|全年|同期|度|预算|决算|执行|实际|完成|数|额|的)*"
    r"(?:相比较?|比较?)?|上年|去年|期|口径|按可比口径)$|(?:同比|环比|同口径|上年|去年)+$"
)


def _mark_ranges(text: str, found: list[Mention]) -> None:
    """5—10%, 1至3亿元 and 10.9:37.6:51.5 are no values of anything by themselves."""
    for first, second in itertools.pairwise(found):
        between = text[first.figure.end : second.figure.start].strip()
        if between in _RANGES:
            first.role = second.role = Role.OTHER
            first.range = second.range = between


_RANGES = frozenset(("-", "—", "~", "至", "到", "–", "——", ":", "/"))
