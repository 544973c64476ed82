# ruff: noqa: N802 - a rule's official code stands in its function's name
"""Pack monitoring: what a monitoring form must satisfy, 财预〔2019〕136号."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from jiheng.figures import percent, rounded
from jiheng.policy import Policy
from jiheng.rules.engine import Context, Remark, error, rule, warning
from jiheng.rules.ties import changed_lines, header_remarks, same_money, total_remarks
from jiheng.sheets import (
    Amount,
    Cause,
    Likelihood,
    Missing,
    MoneyProgress,
    MonitoringSheet,
    Operator,
    Progress,
    Quantity,
    label_of,
    plain,
)

COLUMNS = ("budget", "executed", "forecast")


@rule("JK01", pack="monitoring")
def rule_JK01(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """The form is this year's, this month's and this subject's own, 财预〔2019〕136号."""
    yield from header_remarks(sheet.header, context.expected)


@rule("JK02", pack="monitoring")
def rule_JK02(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """The executed amount is the payments' (自动取数), 财预〔2019〕136号."""
    total = _total(sheet)
    if total is None or isinstance(total.executed, Missing) or isinstance(context.ledger_executed, Missing):
        return
    if same_money(total.executed, context.ledger_executed, policy):
        return
    gap = total.executed.in_wan - context.ledger_executed.in_wan
    said = f"执行数 {total.executed} 万元，支付数据 {context.ledger_executed} 万元，相差 {plain(gap)} 万元"
    yield error("money[total].executed", f"{said}；请点“重新取数”，支付数据有误的请联系国库股更正")


@rule("JK03", pack="monitoring")
def rule_JK03(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """年度资金总额 = Σ其中 in each column of the form, 财预〔2019〕136号."""
    total = _total(sheet)
    if total is None:
        yield error("money", "没有“年度资金总额”一行；请补上并填写预算数、执行数")
        return
    for column in COLUMNS:
        parts = [(row.label or row.key, getattr(row, column)) for row in sheet.money if row.key != "total"]
        label = f"年度资金总额的{label_of(MoneyProgress, column)}"
        yield from total_remarks(f"money[total].{column}", label, getattr(total, column), parts, policy)


@rule("JK04", pack="monitoring")
def rule_JK04(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """0 ≤ 执行 ≤ 全年预算, 财预〔2019〕136号. The form has only 年初预算数: above it is asked about, as the
    budget may have been raised; above the budget with its adjustments is barred."""
    for row in sheet.money:
        label = row.label or row.key
        if isinstance(row.executed, Amount) and row.executed.yuan < 0:
            yield error(f"money[{row.key}].executed", f"{label}执行数 {row.executed} 万元为负；请核对退回")
        for column in ("executed", "forecast"):
            amount = getattr(row, column)
            limit, name, say = row.budget, "年初预算数", warning
            if row.key == "total" and isinstance(context.revised_budget, Amount):
                limit, name, say = context.revised_budget, "全年预算数（含调整）", error
            if isinstance(amount, Missing) or isinstance(limit, Missing):
                continue
            gap = amount.in_wan - limit.in_wan
            if gap > 0:
                yield say(
                    f"money[{row.key}].{column}",
                    f"{label}{label_of(row, column)} {amount} 万元大于{name} {limit} 万元，"
                    f"超出 {plain(gap)} 万元；请核对，预算有追加的请先办理调整",
                )


@rule("JK05", pack="monitoring")
def rule_JK05(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """The form's budget is the approved one, 财预〔2019〕136号."""
    total = _total(sheet)
    if total is None or isinstance(total.budget, Missing) or isinstance(context.budget, Missing):
        return
    if not same_money(total.budget, context.budget, policy):
        gap = total.budget.in_wan - context.budget.in_wan
        yield error(
            "money[total].budget",
            f"预算数 {total.budget} 万元，批复的预算是 {context.budget} 万元，"
            f"相差 {plain(gap)} 万元；请改为批复数",
        )


@rule("JK06", pack="monitoring")
def rule_JK06(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """The year's forecast of payments is at least what is paid already, 财预〔2019〕136号."""
    for row in sheet.money:
        if isinstance(row.forecast, Amount) and isinstance(row.executed, Amount):
            gap = row.executed.in_wan - row.forecast.in_wan
            if gap > 0:
                yield error(
                    f"money[{row.key}].forecast",
                    f"{row.label or row.key}全年预计执行数 {row.forecast} 万元"
                    f"小于已执行数 {row.executed} 万元，相差 {plain(gap)} 万元；请核对，预计数应包含已执行数",
                )


@rule("JK07", pack="monitoring")
def rule_JK07(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """The total row's amounts are all filled, 财预〔2019〕136号: 预算执行进度."""
    total = _total(sheet)
    if total is None:
        return
    for column in COLUMNS:
        parts = [getattr(row, column) for row in sheet.money if row.key != "total"]
        # With a part filled JK03 already says what the total should be.
        if isinstance(getattr(total, column), Missing) and not any(
            isinstance(part, Amount) for part in parts
        ):
            yield error(
                f"money[total].{column}",
                f"年度资金总额的{label_of(MoneyProgress, column)}未填；请填写，没有发生的填 0",
            )


@rule("JK08", pack="monitoring")
def rule_JK08(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """Every indicator's progress is reported, 财预〔2019〕136号: 绩效目标实现程度."""
    for line in sheet.lines:
        name = line.indicator.name
        if line.indicator.operator is Operator.QUALITATIVE:
            if line.band is None and not line.actual_text.strip():
                yield error(
                    f"lines[{line.key}].band", f"定性指标“{name}”没有报执行情况；请选择完成档次并写明情况"
                )
        elif isinstance(line.actual, Missing):
            told = f"（写的是“{line.actual_text}”）" if line.actual_text else ""
            yield error(
                f"lines[{line.key}].actual", f"指标“{name}”没有报执行情况{told}；请填数字，尚未开展的填 0"
            )


@rule("JK09", pack="monitoring")
def rule_JK09(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """Each indicator has a forecast for the year and 完成目标可能性, 财预〔2019〕136号 form."""
    for line in sheet.lines:
        name = line.indicator.name
        no_number = isinstance(line.forecast, Missing) and not line.forecast_text.strip()
        if no_number:
            yield error(f"lines[{line.key}].forecast", f"指标“{name}”没有填全年预计完成情况；请填写")
        if line.likelihood is None:
            choices = "、".join(f"“{choice.value}”" for choice in Likelihood)
            yield error(
                f"lines[{line.key}].likelihood", f"指标“{name}”没有选完成目标可能性；请在{choices}中选一项"
            )


@rule("JK10", pack="monitoring")
def rule_JK10(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """A forecast short of the target has its cause and explanation, 财预〔2019〕136号: 偏差原因分析."""
    for line in sheet.lines:
        if not misses(line):
            continue
        lacking = [
            word
            for word, there in (("偏差原因", bool(line.causes)), ("原因说明", bool(line.explanation.strip())))
            if not there
        ]
        if lacking:
            yield error(
                f"lines[{line.key}].{'causes' if lacking[0] == '偏差原因' else 'explanation'}",
                f"指标“{line.indicator.name}”全年预计 {line.forecast}，"
                f"目标 {line.indicator.target_in_words}，"
                f"预计不能完成，但没有{'和'.join(lacking)}；请填写",
            )


@rule("JK11", pack="monitoring")
def rule_JK11(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """完全不可能 requires causes and measures in 备注, 财预〔2019〕136号 form."""
    for line in sheet.lines:
        if line.likelihood is Likelihood.IMPOSSIBLE and not line.note.strip():
            yield error(
                f"lines[{line.key}].note",
                f"指标“{line.indicator.name}”选了“完全不可能”，备注未填；请写明不能完成的原因和采取的措施",
            )


@rule("JK12", pack="monitoring")
def rule_JK12(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """The cause 其他 is explained, 财预〔2019〕136号 form: 原因说明."""
    for line in sheet.lines:
        # A missed target without any explanation is JK10's.
        if Cause.OTHER in line.causes and not line.explanation.strip() and not misses(line):
            yield error(
                f"lines[{line.key}].explanation",
                f"指标“{line.indicator.name}”的偏差原因选了“其他”，原因说明未填；请写明具体原因",
            )


@rule("JK13", pack="monitoring")
def rule_JK13(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """What accumulates does not shrink: the year's forecast is at least what is done, 财预〔2019〕136号."""
    for line in sheet.lines:
        given = isinstance(line.actual, Quantity) and isinstance(line.forecast, Quantity)
        if line.indicator.accumulates and given and line.forecast.value < line.actual.value:  # type: ignore[union-attr]
            yield error(
                f"lines[{line.key}].forecast",
                f"累计型指标“{line.indicator.name}”全年预计 {line.forecast} 小于已完成 {line.actual}；请核对",
            )


@rule("JK14", pack="monitoring")
def rule_JK14(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """Rates and satisfaction are not prorated by month, 财预〔2019〕136号: only what accumulates is."""
    level = policy.text("goals.satisfaction_level")
    for line in sheet.lines:
        item = line.indicator
        if item.accumulates and (item.level1 == level or item.unit == "%"):
            yield warning(
                f"lines[{line.key}].indicator.accumulates",
                f"指标“{item.name}”是比率或满意度，却标为累计型，会按月份折算目标；请改为非累计型",
            )


@rule("JK15", pack="monitoring")
def rule_JK15(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """The form monitors the approved goal, 财预〔2019〕136号: 监控批复的绩效目标."""
    if context.approved is not None:
        lines = [(line.key, line.indicator) for line in sheet.lines]
        yield from changed_lines("lines", lines, context.approved.indicators)


@rule("JK16", pack="monitoring")
def rule_JK16(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """完成目标可能性 fits the forecast, 财预〔2019〕136号 form."""
    for line in sheet.lines:
        if line.indicator.operator is Operator.QUALITATIVE or isinstance(line.forecast, Missing):
            continue
        missed = misses(line)
        if (missed and line.likelihood is Likelihood.CERTAIN) or (
            not missed and line.likelihood is Likelihood.IMPOSSIBLE
        ):
            yield warning(
                f"lines[{line.key}].likelihood",
                f"指标“{line.indicator.name}”全年预计 {line.forecast}，"
                f"目标 {line.indicator.target_in_words}，"
                f"却选了“{line.likelihood.value}”；两处不一致，请核对",
            )


@rule("JK17", pack="monitoring")
def rule_JK17(sheet: MonitoringSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """Execution well behind the year gone by has a cause stated, 财预〔2019〕136号: 偏差原因分析."""
    total = _total(sheet)
    if total is None or isinstance(total.executed, Missing) or isinstance(total.budget, Missing):
        return
    share = percent(total.executed.yuan, total.budget.yuan)
    if isinstance(share, Missing) or isinstance(context.due_month_share, Missing):
        return
    due = context.due_month_share * 100
    told = any(line.causes or line.explanation.strip() for line in sheet.lines)
    if share < due * policy.decimal("checks.slow_share") / 100 and not told:
        yield warning(
            "money[total].executed",
            f"预算执行率 {rounded(share, 2)}%，时间进度 {rounded(due, 2)}%，明显偏慢，"
            "但各指标都没有说明偏差原因；请说明",
        )


def misses(line: Progress) -> bool:
    """Whether the forecast is short of the target; false where either is missing or it is qualitative."""
    if isinstance(line.forecast, Missing) or isinstance(line.indicator.target, Missing):
        return False
    return not meets(line.forecast.value, line.indicator.operator, line.indicator.target.value)


def meets(value: Decimal, operator: Operator, target: Decimal) -> bool:
    """Whether a value satisfies a target; qualitative targets are not judged by number.

    = is met by more too, but 0 by nothing else: what is done beyond the plan is no shortfall to explain.
    """
    if operator is Operator.AT_LEAST:
        return value >= target
    if operator is Operator.MORE_THAN:
        return value > target
    if operator is Operator.AT_MOST:
        return value <= target
    if operator is Operator.LESS_THAN:
        return value < target
    if operator is Operator.EQUAL:
        return value <= 0 if target == 0 else value >= target
    return True


def _total(sheet: MonitoringSheet) -> MoneyProgress | None:
    return next((row for row in sheet.money if row.key == "total"), None)
