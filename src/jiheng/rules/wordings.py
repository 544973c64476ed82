# ruff: noqa: N802 - a rule's official code stands in its function's name
"""Pack goals, the sense of a goal form: direction, wording, whether indicators speak of this project."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from jiheng.figures import FigureError, parse
from jiheng.policy import Policy
from jiheng.rules.engine import Context, Remark, error, hint, rule, warning
from jiheng.sheets import WAN, Amount, GoalSheet, Indicator, Operator, ProjectGoalSheet, Quantity

UPWARD = (Operator.AT_LEAST, Operator.MORE_THAN)
HUNDRED = Decimal(100)
_NUMBERS = re.compile(r"\d[\d,，]*(?:\.\d+)?\s*(?:%|％|[万亿]?[\u4e00-\u9fff]{1,2})")
# Dates, document numbers and ordinals are no targets.
_NO_TARGET = re.compile(
    r"\d+年\d+月\d+日|\d+月\d+日|\d+年(?:\d+月)?|\d+月(?:底|份|前|末)?|〔\d+〕\s*\d*号?|第\s*\d+|\d+号"
)


@rule("MB16", pack="goals")
def rule_MB16(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """A cost is not to be as high as possible: ≤ or =, 财预〔2021〕101号. A standard of least investment
    (元/公里·年, 国办发〔2019〕45号) is rightly ≥: direction follows meaning, so it is asked, not barred."""
    levels = policy.table("goals.cost_levels")
    standards = tuple(policy.table("goals.standard_units"))
    for line in sheet.indicators:
        is_cost = line.level1 in levels or line.level2 in levels
        # What stands in cost by mistake is misplaced rather than reversed: MB22 says so.
        if not is_cost or line.operator not in UPWARD or _misplaced(line, policy) is not None:
            continue
        said = f"成本指标“{line.name}”写成 {line.target_in_words}"
        if line.unit.startswith(standards):
            yield warning(
                f"indicators[{line.key}].operator",
                f"{said}；若是不低于的投入或补助标准可以保留并在备注说明，若是控制成本请改为“≤”或“=”",
            )
        else:
            yield error(
                f"indicators[{line.key}].operator", f"{said}，等于鼓励多花钱；请把计算符号改为“≤”或“=”"
            )


@rule("MB17", pack="goals")
def rule_MB17(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """Timeliness cannot exceed 100%: ≥100% is =100%, 财预〔2021〕101号 and review practice."""
    level = policy.text("goals.timeliness_level")
    for line in sheet.indicators:
        full = isinstance(line.target, Quantity) and line.target.value >= HUNDRED
        if line.level2 == level and line.unit == "%" and full and line.operator in UPWARD:
            yield error(
                f"indicators[{line.key}].operator",
                f"时效指标“{line.name}”写成 {line.target_in_words}，及时率不可能超过 100%；请改为“=100%”",
            )


@rule("MB18", pack="goals")
def rule_MB18(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """A quantity counts goods and services provided, not money paid, 财预〔2021〕101号."""
    level, words = policy.text("goals.quantity_level"), policy.table("goals.payment_words")
    for line in sheet.indicators:
        word = next((word for word in words if word in line.name), "")
        if line.level2 == level and word:
            yield error(
                f"indicators[{line.key}].name",
                f"数量指标“{line.name}”说的是“{word}”，不反映提供的产品或服务数量；请改为做了多少事、服务多少人",
            )


@rule("MB19", pack="goals")
def rule_MB19(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """A percentage of benefit says how it is computed, else it cannot be assessed, 财预〔2021〕101号."""
    level = policy.text("goals.benefit_level")
    for line in sheet.indicators:
        told = line.standard.strip() or line.basis.strip() or line.source.strip()
        if line.level1 == level and line.unit == "%" and not told:
            yield warning(
                f"indicators[{line.key}].basis",
                f"效益指标“{line.name}”{line.target_in_words} 没有计算口径；"
                "请在“指标值设定依据”写明分子、分母和数据来源",
            )


@rule("MB20", pack="goals")
def rule_MB20(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """Words that cannot be assessed (符合相关规定, 效果明显) are no target, 财预〔2015〕88号: 指标应明确."""
    words = policy.table("goals.vague_words")
    for line in sheet.indicators:
        text = line.target_text
        word = next((word for word in words if word in text), "")
        if line.operator is Operator.QUALITATIVE and word:
            yield warning(
                f"indicators[{line.key}].target_text",
                f"指标“{line.name}”的指标值“{text}”含“{word}”，不好考核；请写明达到什么状态、以什么为准，或改为定量",
            )


@rule("MB21", pack="goals")
def rule_MB21(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """A share of a whole is at most 100%, 财预〔2021〕101号; growth and completion rates may be more."""
    exempt = policy.table("goals.rate_exempt_words")
    for line in sheet.indicators:
        over = isinstance(line.target, Quantity) and line.target.value > HUNDRED
        if line.unit == "%" and over and not any(word in line.name for word in exempt):
            yield error(
                f"indicators[{line.key}].target",
                f"指标“{line.name}”的指标值 {line.target_in_words} 超过 100%；请核对，是增长率的请在名称写明",
            )


@rule("MB22", pack="goals")
def rule_MB22(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """A third level stands under the second level it belongs to, 财预〔2021〕101号; else it scores 0."""
    for line in sheet.indicators:
        row = _misplaced(line, policy)
        if row is not None:
            yield warning(
                f"indicators[{line.key}].level2",
                f"指标“{line.name}”放在“{line.level2}”，{row['word']}一般属于“{row['belongs']}”；请调整二级指标",
            )


@rule("MB23", pack="goals")
def rule_MB23(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """Those asked for satisfaction are those the project serves, 财预〔2021〕101号: 与项目密切相关."""
    about = _about(sheet, context)
    level = policy.text("goals.satisfaction_level")
    if not about:
        return
    for line in sheet.indicators:
        if line.level1 != level:
            continue
        for who, words in policy.table("goals.satisfaction_objects").items():
            if who in line.name and not any(word in about for word in words):
                yield warning(
                    f"indicators[{line.key}].name",
                    f"满意度指标“{line.name}”的对象是“{who}”，项目名称和目标里没有提到；请改为本项目的服务对象",
                )
                break


@rule("MB24", pack="goals")
def rule_MB24(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """Indicators speak of what the project does, 财预〔2015〕88号: 指标与目标任务相关."""
    about = _about(sheet, context)
    themes = policy.table("goals.themes")
    own = [theme for theme, words in themes.items() if any(word in about for word in words)]
    if not own:  # without a known theme of its own a project is not judged
        return
    for line in sheet.indicators:
        told = [theme for theme, words in themes.items() if any(word in line.name for word in words)]
        if told and not set(told) & set(own):
            yield warning(
                f"indicators[{line.key}].name",
                f"指标“{line.name}”说的是{'、'.join(told)}，项目内容是{'、'.join(own)}；"
                "请确认没有照抄别的项目，确有此项任务的请写进年度目标",
            )


@rule("MB25", pack="goals")
def rule_MB25(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """Figures in the goal's text stand again as an indicator's target or in the budget, 财预〔2015〕88号:
    绩效目标细化为绩效指标."""
    known: set[tuple[Decimal, str]] = set()
    for line in sheet.indicators:
        if isinstance(line.target, Quantity):
            known |= _spellings(line.target.value, line.unit)
    amounts = {amount.yuan for amount in _amounts(sheet, context)}
    for text in _NUMBERS.findall(_NO_TARGET.sub("；", sheet.annual_goal)):
        try:
            figure = parse(text)
        except FigureError:
            continue
        value, unit = figure.value * figure.scale, figure.base_unit
        if (unit.startswith("元") or unit == "") and value in amounts:
            continue
        if not any(value == number and (unit[:1] == other[:1] or not other) for number, other in known):
            yield warning(
                "annual_goal",
                f"年度目标里的“{text.strip()}”没有对应的指标值，也不是预算数；请补一条指标，或改成一致的数",
            )


@rule("MB26", pack="goals")
def rule_MB26(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """Building, large repairs and purchases have a cost indicator, 财预〔2021〕101号."""
    name = sheet.header.subject_name
    word = next((word for word in policy.table("goals.construction_words") if word in name), "")
    levels = policy.table("goals.cost_levels")
    if word and not any(line.level1 in levels or line.level2 in levels for line in sheet.indicators):
        yield hint("indicators", f"项目名称含“{word}”，但没有成本指标；工程、修缮、购置类项目应设成本指标")


def _misplaced(line: Indicator, policy: Policy) -> Mapping[str, str] | None:
    """The row of policy's list by which a line's name belongs to another second level."""
    rows: Sequence[Mapping[str, str]] = policy.table("goals.misplaced")
    return next((row for row in rows if line.level2 == row["level2"] and row["word"] in line.name), None)


def _about(sheet: GoalSheet, context: Context) -> str:
    """Everything that says what the subject does, apart from its indicators."""
    if isinstance(sheet, ProjectGoalSheet):
        own = sheet.header.subject_name + sheet.annual_goal + sheet.midterm_goal
    else:
        own = sheet.header.unit_name + sheet.annual_goal
        own += "".join(task.name + task.content for task in sheet.tasks)
    return own + context.fund_text


def _amounts(sheet: GoalSheet, context: Context) -> Iterator[Amount]:
    money: list[object] = [context.budget]
    if isinstance(sheet, ProjectGoalSheet):
        funding = sheet.funding
        money += [funding.annual_total, funding.annual_fiscal, funding.annual_other, funding.midterm_total]
    else:
        money += [sheet.tasks_total, sheet.tasks_fiscal, sheet.tasks_other]
        money += [amount for task in sheet.tasks for amount in (task.total, task.fiscal, task.other)]
    yield from (amount for amount in money if isinstance(amount, Amount))


def _spellings(value: Decimal, unit: str) -> set[tuple[Decimal, str]]:
    """A target as (value in base units, base unit): 1.2 万亩 is 12000 亩."""
    for prefix, scale in (("万", WAN), ("亿", WAN * WAN)):
        if unit.startswith(prefix):
            return {(value * scale, unit.removeprefix(prefix))}
    return {(value, unit)}
