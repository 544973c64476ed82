"""The example district's library: the first content, its own indicators, and what its goals made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from django.utils import timezone

from jiheng.demo.filed import Plan
from jiheng.demo.writing import read_sets
from jiheng.library import contents, uses
from jiheng.library.models import Indicator, Level, Regulation
from jiheng.library.uses import GoalLines
from jiheng.library.wording import folded
from jiheng.library.workflow import IndicatorDraft, values_of
from jiheng.projects.models import Fund
from jiheng.sheets import GoalSheet, Operator
from jiheng.units.models import Region, Unit

# the kinds of demo/indicators.yaml: 行业领域, 支出功能分类, words to find them by
TRADES = {
    "lunch": ("教育·营养改善", "205", "学生 学校 午餐"),
    "toilet": ("农业农村·厕所革命", "213", "厕所 改厕"),
    "road": ("交通运输·农村公路", "214", "公路 养护"),
    "industry": ("产业发展·园区", "215", "企业 园区"),
    "farmland": ("农业农村·农田水利", "213", "农田 水利"),
    "relief": ("民政·社会救助", "208", "低保 救助"),
    "health": ("卫生健康", "210", "卫生 医疗 公卫"),
    "aid": ("教育·学生资助与薄弱学校", "205", "资助 助学"),
    "building": ("教育·学生资助与薄弱学校", "205", "校舍 改造"),
    "culture": ("文化旅游体育", "207", "文化 体育 旅游"),
    "commission": ("综合·委托业务与人员经费", "201", "委托 服务"),
    "training": ("组织人事·培训", "205", "培训"),
    "employment": ("人力资源·就业", "208", "就业 培训 公益岗"),
    "water": ("农业农村·农田水利", "213", "饮水 水利"),
    "environment": ("生态环境·林业", "211 213", "环境 森林"),
    "housing": ("住房保障·老旧小区", "221 212", "小区 改造"),
    "city": ("城乡社区·环卫", "212", "环卫 垃圾 保洁"),
    "safety": ("应急与公共安全", "224 204", "安全 应急"),
    "community": ("城乡社区·基层治理", "212 213", "社区 村"),
    "unit": ("综合·部门整体", "", "履职"),
}
SOURCE = "天衡区历年批复的绩效目标（演示）"


ISSUERS = {"办": "天衡区人民政府办公室", "财": "天衡区财政局"}
# number, title, topic, first day, last day, title of what replaced it
RULES: tuple[tuple[str, str, str, date, date | None, str], ...] = (
    ("天衡政办发〔2019〕21号", "关于推进预算绩效管理的实施意见", "综合", date(2019, 9, 1), None, ""),
    ("天衡财发〔2021〕15号", "天衡区行政事业单位财务管理制度", "预算管理", date(2021, 5, 1), None, ""),
    ("天衡财绩〔2022〕6号", "天衡区项目支出绩效评价管理办法", "重点评价", date(2022, 7, 1), None, ""),
    (
        *("天衡政办发〔2023〕9号", "天衡区“绩效管理提升年”行动实施方案", "综合"),
        *(date(2023, 3, 1), date(2023, 12, 31), "天衡区“绩效管理巩固年”行动实施方案"),
    ),
    ("天衡政办发〔2024〕4号", "天衡区“绩效管理巩固年”行动实施方案", "综合", date(2024, 1, 1), None, ""),
)


def _shelve_rules(region: Region) -> None:
    made = {
        title: Regulation(
            region=region,
            number=number,
            title=title,
            issuer=next(name for word, name in ISSUERS.items() if word in number),
            level=Level.COUNTY,
            topic=topic,
            since=since,
            until=until,
            source="演示",
            updated_at=timezone.now(),
        )
        for number, title, topic, since, until, _ in RULES
    }
    Regulation.objects.bulk_create(made.values())
    for _, title, *_, replaced_by in RULES:
        if replaced_by:
            Regulation.objects.filter(pk=made[title].pk).update(replaced_by=made[replaced_by])


def stock(region: Region) -> int:
    """Loads the first content, and beside it what the district's own goal forms have that it has not."""
    contents.load(region)
    _shelve_rules(region)
    known = set(Indicator.objects.filter(region=region).values_list("folded", flat=True))
    return contents.store(list(_own(region, known)), "历年目标")


def _own(region: Region, known: set[str]) -> Iterator[Indicator]:
    number = 0
    for kind, rows in read_sets().items():
        sector, codes, keywords = TRADES[kind]
        for level2, name, operator, unit, target, accumulates, *formula in rows:
            if folded(name) in known:
                continue
            known.add(folded(name))
            number += 1
            is_words = operator == Operator.QUALITATIVE.value
            draft = IndicatorDraft(
                name=name,
                sector=sector,
                level2=level2,
                operator=operator,
                unit=unit,
                function_codes=codes,
                keywords=keywords,
                accumulates=bool(accumulates),
                formula=formula[0] if formula else "",
                typed="" if is_words else str(target),
                value_words=str(target) if is_words else "",
                place=region.name,
                source=SOURCE,
            )
            values = values_of(draft, region)
            yield Indicator(region=region, code=f"ZB{number:05}", updated_at=timezone.now(), **values)


def tell(goals: Mapping[tuple[Unit, Fund | None], GoalSheet], fiscal_year: int) -> None:
    """The approved goals of a year become history."""
    told = [_told(unit, fund, fiscal_year, sheet) for (unit, fund), sheet in goals.items()]
    uses.note_goals([replace(item, is_approved=True) for item in told])


def tell_submitted(plans: Iterable[Plan]) -> None:
    """Goals on their way; those that have passed every desk are history."""
    told = []
    for plan in plans:
        if plan.submitted is not None and isinstance(plan.sheet, GoalSheet):
            item = _told(plan.unit, plan.fund, plan.year, plan.sheet)
            told.append(replace(item, is_approved=plan.stands is None))
    uses.note_goals(told)


def _told(unit: Unit, fund: Fund | None, fiscal_year: int, sheet: GoalSheet) -> GoalLines:
    return GoalLines(unit=unit, fund=fund, fiscal_year=fiscal_year, lines=sheet.indicators)


def in_own_words(sheet: GoalSheet, fund: Fund | None) -> GoalSheet:
    """Every third project writes 千米 where the others write 公里: what the bureau is to find."""
    if fund is None or fund.pk % 3:
        return sheet
    lines = tuple(replace(line, unit=line.unit.replace("公里", "千米")) for line in sheet.indicators)
    return replace(sheet, indicators=lines)
