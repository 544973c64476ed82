"""What units write on their forms: goals from the indicator sets, progress, results and reasons."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

from jiheng.demo.places import WAN, District, read
from jiheng.figures import rounded
from jiheng.projects.budget import Budget
from jiheng.projects.models import Fund, FundType
from jiheng.scoring import Scored
from jiheng.sheets import (
    NOT_APPLICABLE,
    NOT_REPORTED,
    Amount,
    Band,
    BasicData,
    Cause,
    EvaluationSheet,
    Funding,
    Header,
    Indicator,
    Likelihood,
    Missing,
    MoneyProgress,
    MoneyResult,
    Operator,
    Progress,
    ProjectGoalSheet,
    Quantity,
    Result,
    Task,
    Taxonomy,
    UnitEvaluationSheet,
    UnitGoalSheet,
    plain,
)
from jiheng.units.models import Unit

LEVEL1 = {
    "数量指标": "产出指标",
    "质量指标": "产出指标",
    "时效指标": "产出指标",
    "经济成本指标": "成本指标",
    "社会成本指标": "成本指标",
    "生态环境成本指标": "成本指标",
    "经济效益指标": "效益指标",
    "社会效益指标": "效益指标",
    "生态效益指标": "效益指标",
    "服务对象满意度指标": "满意度指标",
}
POINTS_2021 = {"成本指标": 20, "产出指标": 40, "效益指标": 20, "满意度指标": 10}
POINTS_2015 = {"产出指标": 50, "效益指标": 30, "满意度指标": 10}
# a unit with this much luck reports that everything went as planned
SPOTLESS = 200
REASONS = (
    "受年初项目前期手续办理影响，实施进度较计划滞后，已倒排工期，四季度加快推进",
    "部分资金下达时间较晚，当年未能全部支出，结余资金已按规定申请结转",
    "服务对象自然减少，实际数低于年初测算，下年将据实核定目标",
    "材料价格上涨导致单价高于预期，后续通过集中采购控制成本",
    "受汛期连续降雨影响，野外作业天数减少，已增派人员赶工",
)


def wan(yuan: Decimal) -> Amount:
    """An amount as a unit types it: in 万元, with the digits it has."""
    return Amount(yuan, plain(yuan / WAN))


def indicators(district: District, kind: str, taxonomy: Taxonomy, scale: int) -> tuple[Indicator, ...]:
    """The set's lines in one taxonomy, targets scaled in percent, weights adding to 90."""
    rows = read_sets()[kind]
    points = POINTS_2021 if taxonomy is Taxonomy.Y2021 else POINTS_2015
    firsts = [_first_level(row[0], taxonomy) for row in rows]
    weights = _weights(firsts, points)
    lines = []
    for place, (row, first) in enumerate(zip(rows, firsts, strict=True)):
        second, name, operator, unit, target, accumulates, *standard = row
        if taxonomy is Taxonomy.Y2015 and first == "产出指标" and LEVEL1[second] == "成本指标":
            second = "成本指标"
        qualitative = operator == "定性"
        lines.append(
            Indicator(
                key=f"k{place + 1:02}",
                level1=first,
                level2=second,
                name=name,
                operator=Operator(operator),
                target=NOT_APPLICABLE if qualitative else Quantity.of(_scaled(target, unit, scale)),
                target_text=str(target) if qualitative else "",
                unit=unit,
                weight=Quantity.of(str(weights[place])),
                accumulates=bool(accumulates),
                standard=standard[0] if standard else "",
                source="业务台账" if second == "数量指标" else "",
            )
        )
    return tuple(lines)


_sets: dict[str, Any] = {}


def read_sets() -> dict[str, Any]:
    if not _sets:
        _sets.update(read("indicators.yaml"))
    return _sets


def _first_level(second: str, taxonomy: Taxonomy) -> str:
    first = LEVEL1[second]
    return "产出指标" if taxonomy is Taxonomy.Y2015 and first == "成本指标" else first


def _weights(firsts: list[str], points: dict[str, int]) -> list[int]:
    """Whole points that add to each first level's share; a missing level leaves its share to output."""
    spare = sum(share for level, share in points.items() if level not in firsts)
    weights = []
    for place, level in enumerate(firsts):
        share = points[level] + (spare if level == "产出指标" else 0)
        same = [at for at, other in enumerate(firsts) if other == level]
        base, more = divmod(share, len(same))
        weights.append(base + (1 if same.index(place) < more else 0))
    return weights


def _scaled(target: Any, unit: str, scale: int) -> str:
    value = Decimal(str(target))
    if unit in ("%", "‰", "起") or value <= 30:
        return plain(value)
    return plain(rounded(value * scale / 100, 0 if value == value.to_integral_value() else 1))


def header(unit: Unit, fund: Fund | None, year: int, month: int = 0) -> Header:
    return Header(
        region=unit.region_id,
        fiscal_year=year,
        month=month,
        department_code=unit.department.code,
        department_name=unit.department.name,
        unit_code=unit.code,
        unit_name=unit.name,
        subject_code=fund.code if fund else "",
        subject_name=fund.name if fund else "",
    )


def project_goal(
    district: District, fund: Fund, year: int, taxonomy: Taxonomy, planned: Budget
) -> ProjectGoalSheet:
    """The goal as filed with the budget: its money is the year's 年初预算."""
    dice = district.random
    total = planned.initial
    other = _initial(planned, FundType.UNIT_FUND)
    lines = indicators(district, district.sets[fund.pk], taxonomy, dice.randint(70, 130))
    reporter = district.reporters[fund.unit_id]
    funding = Funding()
    if not isinstance(total, Missing):
        years = 2027 - max(fund.since_year, 2021)
        funding = Funding(
            midterm_total=wan(total * years),
            midterm_fiscal=wan((total - other) * years),
            midterm_other=wan(other * years),
            annual_total=wan(total),
            annual_fiscal=wan(total - other),
            annual_other=wan(other),
        )
        lines = tuple(_within(line, total) for line in lines)
    return ProjectGoalSheet(
        header=header(fund.unit, fund, year),
        attribute=fund.attribute,
        period=fund.period,
        leader=reporter.name,
        phone=reporter.phone,
        funding=funding,
        midterm_goal=f"到2026年，{fund.name}各项任务按规划完成，管理机制健全，群众满意。",
        annual_goal=_goal_words(fund, year, lines),
        taxonomy=taxonomy,
        indicators=lines,
    )


def _within(line: Indicator, total: Decimal) -> Indicator:
    """A ceiling on the whole cost is the budget itself."""
    return replace(line, target=Quantity.of(plain(total / WAN))) if line.unit == "万元" else line


def _initial(planned: Budget, fund_type: str) -> Decimal:
    part = planned.by_type.get(fund_type)
    return Decimal(0) if part is None or isinstance(part.initial, Missing) else part.initial


def _goal_words(fund: Fund, year: int, lines: tuple[Indicator, ...]) -> str:
    named = "，".join(f"{line.name}{line.target_in_words}" for line in lines[:2])
    return f"{year}年完成{fund.name}年度任务：{named}；资金及时足额拨付，服务对象满意。"


def unit_goal(
    district: District, unit: Unit, year: int, taxonomy: Taxonomy, planned: dict[int, Budget]
) -> UnitGoalSheet:
    """`planned` has the year's budgets by fund id."""
    zero = Decimal(0)
    tasks = [("t0", "保障机构正常运转", "人员经费和公用经费", district.basic[unit.pk, year], zero)]
    for fund in district.funds:
        part = planned[fund.pk]
        if fund.unit_id == unit.pk and not isinstance(part.initial, Missing):
            other = _initial(part, FundType.UNIT_FUND)
            tasks.append((f"t{fund.pk}", fund.name[:60], fund.description, part.initial, other))
    total = sum((task[3] for task in tasks), zero)
    others = sum((task[4] for task in tasks), zero)
    reporter = district.reporters[unit.pk]
    return UnitGoalSheet(
        header=header(unit, None, year),
        tasks=tuple(
            Task(
                key=key, name=name, content=words, total=wan(yuan), fiscal=wan(yuan - other), other=wan(other)
            )
            for key, name, words, yuan, other in tasks
        ),
        tasks_total=wan(total),
        tasks_fiscal=wan(total - others),
        tasks_other=wan(others),
        annual_goal=f"{year}年围绕区委、区政府中心工作，全面履行{unit.name}职能，完成年度重点工作任务，厉行节约，规范预算管理。",
        leader=reporter.name,
        phone=reporter.phone,
        taxonomy=taxonomy,
        indicators=indicators(district, "unit", taxonomy, 100),
    )


def outcome(
    dice: random.Random, line: Indicator, share: int, luck: int, missing: float = 0
) -> Quantity | Missing:
    """What a line came to when `share` percent of the year has gone; luck 100 = mostly as planned."""
    if line.operator is Operator.QUALITATIVE:
        return NOT_APPLICABLE
    if isinstance(line.target, Missing) or dice.random() < missing:
        return NOT_REPORTED
    target, draw = line.target.value, dice.random()
    caps = line.operator in (Operator.AT_MOST, Operator.LESS_THAN) or target == 0
    # a cost rarely breaks its ceiling; an output falls short more easily
    slip = 0 if draw < (luck + 12 * caps) / 106 else dice.randint(2, 14) if luck > 82 else dice.randint(8, 48)
    if line.operator in (Operator.AT_MOST, Operator.LESS_THAN):
        value = target * (100 + slip - 3 * (slip == 0)) / 100
    elif target == 0:
        value = Decimal(1 if slip > 30 else 0)
    elif line.unit in ("%", "‰"):
        value = min(target * (100 - slip) / 100 + (slip == 0) * Decimal(dice.randint(0, 3)), Decimal(100))
    else:
        done = share if line.accumulates else 100
        value = target * (done - done * slip // 100 + (slip == 0) * dice.randint(0, 6)) / 100
    # people count whole things where the target is whole, else to the target's own digits
    exponent = target.as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return Quantity.of(plain(rounded(value, max(digits, 1 if line.unit == "%" else 0))))


def falls_short(line: Indicator, actual: Quantity | Missing) -> bool:
    if isinstance(actual, Missing) or isinstance(line.target, Missing):
        return False
    if line.operator in (Operator.AT_MOST, Operator.LESS_THAN):
        return actual.value > line.target.value
    return actual.value < line.target.value


def progress(dice: random.Random, line: Indicator, month: int, luck: int, missing: float) -> Progress:
    actual = outcome(dice, line, month * 100 // 12, luck, missing)
    band = None
    if line.operator is Operator.QUALITATIVE:
        band = Band.ACHIEVED if dice.random() < luck / 110 else Band.PARTLY
    short = falls_short(line, actual) and not line.accumulates
    late = (
        line.accumulates
        and isinstance(actual, Quantity)
        and isinstance(line.target, Quantity)
        and (actual.value * 12 < line.target.value * month * Decimal("0.9"))
    )
    behind = short or late or band is Band.PARTLY
    hopeless = behind and dice.random() < 0.05
    cause = dice.choice(list(Cause)) if behind else None
    return Progress(
        key=line.key,
        indicator=line,
        actual=actual,
        actual_text="正常推进" if band else "",
        band=band,
        forecast=NOT_APPLICABLE if band else actual if short else line.target,
        forecast_text=line.target_text if band else "",
        causes=(cause,) if cause else (),
        explanation=dice.choice(REASONS) if behind else "",
        likelihood=Likelihood.IMPOSSIBLE
        if hopeless
        else Likelihood.POSSIBLE
        if behind
        else Likelihood.CERTAIN,
        note="建议按程序调整绩效目标并相应调减预算" if hopeless else "",
    )


def result(dice: random.Random, line: Indicator, luck: int) -> Result:
    actual = outcome(dice, line, 100, luck)
    band: Band | None = None
    claimed: Quantity | Missing = NOT_REPORTED
    if line.operator is Operator.QUALITATIVE and isinstance(line.weight, Quantity):
        band = Band.ACHIEVED if dice.random() < luck / 110 else Band.PARTLY
        percent = dice.choice([100, 100, 100, 95] if band is Band.ACHIEVED else [60, 70, 75])
        percent = 100 if luck >= SPOTLESS else percent
        claimed = Quantity.of(plain(rounded(line.weight.value * percent / 100, 2)))
    short = falls_short(line, actual) or claimed not in (NOT_REPORTED, line.weight)
    over = (
        isinstance(actual, Quantity)
        and isinstance(line.target, Quantity)
        and line.target.value > 0
        and actual.value >= line.target.value * Decimal("1.3")
    )
    return Result(
        key=line.key,
        indicator=line,
        actual=actual,
        actual_text=line.target_text if band else "",
        band=band,
        claimed=claimed,
        reason=dice.choice(REASONS) if short or over else "",
        evidence="佐证材料目录第" + str(dice.randint(1, 30)) + "项",
    )


def with_claims(sheet: EvaluationSheet, scored: Scored) -> EvaluationSheet:
    """The same form with the unit's own scores, which are those the system computes."""
    points = {line.key: line.score for line in scored.lines}
    return replace(
        sheet,
        lines=tuple(replace(line, claimed=_as_claim(points[line.key])) for line in sheet.lines),
        execution_claimed=_as_claim(scored.execution.score),
        total_claimed=_as_claim(scored.total),
    )


def _as_claim(score: Decimal | Missing) -> Quantity | Missing:
    return score if isinstance(score, Missing) else Quantity.of(plain(score))


def forecasts(money: tuple[MoneyProgress, ...], month: int) -> tuple[MoneyProgress, ...]:
    """What each part comes to by year end at this pace, within its budget; the total is their sum."""
    rows, whole = [], Decimal(0)
    for row in reversed(money):
        if isinstance(row.budget, Missing) or isinstance(row.executed, Missing):
            rows.append(row)
            continue
        # people forecast in hundredths of a 万元
        pace = rounded(min(row.budget.yuan, row.executed.yuan * 12 / month) / 100, 0) * 100
        value = whole if row.key == "total" else max(pace, row.executed.yuan)
        whole += value
        rows.append(replace(row, forecast=wan(value)))
    return tuple(reversed(rows))


def evaluated(dice: random.Random, sheet: EvaluationSheet, luck: int) -> EvaluationSheet:
    """The prefilled form with results, reasons and, on a unit's form, its 基础数据表."""
    money = _carryover_first(sheet.money)
    common: dict[str, Any] = {
        "money": money,
        "execution_reason": _execution_reason(dice, money),
        "actual_goal": dice.choice(["全面完成", "较好完成", "基本完成"]) + "了年度目标确定的各项任务。",
        "lines": tuple(result(dice, line.indicator, luck) for line in sheet.lines),
    }
    if isinstance(sheet, UnitEvaluationSheet):
        return replace(sheet, **common, basic=basic_data(dice, sheet.basic))
    return replace(sheet, **common)


def _carryover_first(money: tuple[MoneyResult, ...]) -> tuple[MoneyResult, ...]:
    """Payments do not say which year's money they spent; these units spent what was carried over first."""
    rows = {row.key: row for row in money}
    carried, fiscal = rows.get("carryover"), rows.get("fiscal")
    total, other = rows["total"].executed, rows["other"].executed
    if carried is None or fiscal is None or not isinstance(carried.executed, Missing):
        return money
    if isinstance(carried.revised, Missing) or isinstance(total, Missing) or isinstance(other, Missing):
        return money
    appropriated = total.yuan - other.yuan
    used = min(carried.revised.yuan, appropriated)
    rows["carryover"] = replace(carried, executed=wan(used))
    rows["fiscal"] = replace(fiscal, executed=wan(appropriated - used))
    return tuple(rows[row.key] for row in money)


# 经费控制情况: yearly size in hundreds of yuan of the rows that are not sums of others
SIZES = {
    "vehicle_purchase": 0,
    "vehicle_running": 360,
    "abroad": 0,
    "reception": 120,
    "project_work": 5200,
    "project_running": 2100,
    "office": 1500,
    "utilities": 900,
    "meetings": 260,
}
SUMS = {
    "vehicles": ("vehicle_purchase", "vehicle_running"),
    "three_public": ("vehicle_purchase", "vehicle_running", "abroad", "reception"),
    "project": ("project_work", "project_running"),
    "public": ("office", "utilities", "meetings"),
}


def basic_data(dice: random.Random, blank: BasicData) -> BasicData:
    """基础数据表 filled in; posts and staff are there already."""
    figures = {}
    for key, size in SIZES.items():
        last, now = dice.randint(size * 7, size * 13), dice.randint(size * 6, size * 12)
        figures[key] = (last * 10, last * 9, now * 10, now * dice.randint(7, 10))
    for key, parts in SUMS.items():
        figures[key] = tuple(sum(column) for column in zip(*(figures[part] for part in parts), strict=True))
    rows = []
    for row in blank.spending:
        last_budget, last_final, budget, final = (wan(Decimal(figure)) for figure in figures[row.key])
        rows.append(replace(row, last_budget=last_budget, last_final=last_final, budget=budget, final=final))
    return replace(
        blank,
        spending=tuple(rows),
        procurement=wan(Decimal(dice.randint(20, 400) * 1000)),
        adjustment=wan(Decimal(0)) if isinstance(blank.adjustment, Missing) else blank.adjustment,
        economy_measures="严格执行公务接待、公务用车和会议培训管理制度，压减一般性支出",
    )


def _execution_reason(dice: random.Random, money: tuple[MoneyResult, ...]) -> str:
    total = money[0]
    if isinstance(total.revised, Missing) or isinstance(total.executed, Missing):
        return ""
    return dice.choice(REASONS[:2]) if total.executed.yuan < total.revised.yuan else ""
