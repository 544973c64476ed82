# ruff: noqa: N802 - a rule's official code stands in its function's name
"""Pack evaluation: arithmetic and completeness of self-evaluation forms, 财预〔2020〕10号.

What a line should score, whether its band, reason or over-achievement holds, is scoring's to say (PJ01–PJ09);
nothing is said twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from jiheng.policy import Policy
from jiheng.rules.engine import Context, Remark, error, rule, warning
from jiheng.rules.ties import (
    changed_lines,
    frame_remarks,
    header_remarks,
    required_remarks,
    same_money,
    total_remarks,
)
from jiheng.sheets import (
    Amount,
    EvaluationSheet,
    Form,
    Missing,
    MoneyResult,
    Quantity,
    UnitEvaluationSheet,
    label_of,
    plain,
)

COLUMNS = ("initial", "revised", "executed")
# A unit's total is split twice: by nature of income and by nature of spending.
SPLITS = {
    Form.PROJECT_EVALUATION: (("", ("fiscal", "carryover", "other")),),
    Form.UNIT_EVALUATION: (
        ("按收入性质：", ("general", "fund", "special", "other")),
        ("按支出性质：", ("basic", "project")),
    ),
}


@rule("PJ10", pack="evaluation")
def rule_PJ10(sheet: EvaluationSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """The form is of the year evaluated and of this subject, 财预〔2020〕10号."""
    yield from header_remarks(sheet.header, context.expected)


@rule("PJ11", pack="evaluation")
def rule_PJ11(sheet: EvaluationSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """年度资金总额 = Σ其中 in each of the three columns, 财预〔2020〕10号 form."""
    rows = {row.key: row for row in sheet.money}
    total = rows.get("total")
    if total is None:
        yield error("money", "没有“年度资金总额”一行；请补上并填写全年预算数、全年执行数")
        return
    for column in COLUMNS:
        for words, keys in SPLITS[sheet.form]:
            parts = [(rows[key].label or key, getattr(rows[key], column)) for key in keys if key in rows]
            label = f"{words}年度资金总额的{label_of(MoneyResult, column)}"
            yield from total_remarks(f"money[total].{column}", label, getattr(total, column), parts, policy)


@rule("PJ12", pack="evaluation")
def rule_PJ12(sheet: EvaluationSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """全年执行数 is at most 全年预算数, row by row, 财预〔2020〕10号; what has no budget has no execution."""
    for row in sheet.money:
        if isinstance(row.executed, Missing) or isinstance(row.revised, Missing):
            continue
        gap = row.executed.in_wan - row.revised.in_wan
        if gap > 0:
            yield error(
                f"money[{row.key}].executed",
                f"{row.label or row.key}全年执行数 {row.executed} 万元大于全年预算数 {row.revised} 万元，"
                f"超出 {plain(gap)} 万元；请核对，有追加的应计入全年预算数",
            )


@rule("PJ13", pack="evaluation")
def rule_PJ13(sheet: EvaluationSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """The total row is filled and not negative, 财预〔2020〕10号 form."""
    for row in sheet.money:
        for column in COLUMNS:
            amount = getattr(row, column)
            label = f"{row.label or row.key}的{label_of(row, column)}"
            if isinstance(amount, Amount) and amount.yuan < 0:
                yield error(f"money[{row.key}].{column}", f"{label}是 {amount} 万元；不能为负，请核对")
    total = next((row for row in sheet.money if row.key == "total"), None)
    for column in COLUMNS if total is not None else ():
        parts = [getattr(row, column) for row in sheet.money if row.key != "total"]
        # With a part filled PJ11 already says what the total should be.
        if isinstance(getattr(total, column), Missing) and not any(
            isinstance(part, Amount) for part in parts
        ):
            label = f"年度资金总额的{label_of(MoneyResult, column)}"
            yield error(f"money[total].{column}", f"{label}未填；请填写，没有的填 0")


@rule("PJ14", pack="evaluation")
def rule_PJ14(sheet: EvaluationSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """Weights with execution's add up to 100, 财预〔2020〕10号."""
    weights = [line.indicator.weight for line in sheet.lines]
    lines = sum((weight.value for weight in weights if isinstance(weight, Quantity)), Decimal(0))
    execution = sheet.execution_weight
    mine = execution.value if isinstance(execution, Quantity) else Decimal(0)
    wanted = policy.decimal("weights.evaluation_total")
    if lines + mine != wanted:
        words = f" {execution} 分" if isinstance(execution, Quantity) else "未填"
        yield error(
            "lines",
            f"执行率{words}＋各指标 {plain(lines)} 分＝{plain(lines + mine)} 分，"
            f"应为 {plain(wanted)} 分，相差 {plain(lines + mine - wanted)} 分；请核对各行分值",
        )


@rule("PJ15", pack="evaluation")
def rule_PJ15(sheet: EvaluationSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """One indicator frame a form, that of its goal, 财预〔2015〕88号 or 财预〔2021〕101号."""
    lines = [(f"lines[{line.key}].indicator", line.indicator) for line in sheet.lines]
    yield from frame_remarks("lines", sheet.taxonomy, lines, policy)


@rule("PJ16", pack="evaluation")
def rule_PJ16(sheet: EvaluationSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """Evaluated against the approved indicators, targets and weights, 财预〔2020〕10号."""
    if context.approved is not None:
        lines = [(line.key, line.indicator) for line in sheet.lines]
        yield from changed_lines("lines", lines, context.approved.indicators)


@rule("PJ17", pack="evaluation")
def rule_PJ17(sheet: EvaluationSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """A result has its evidence; without it a reviewer gives 0, 财预〔2020〕10号 review practice."""
    for line in sheet.lines:
        reported = isinstance(line.actual, Quantity) or line.band is not None or line.actual_text.strip()
        if reported and not line.evidence.strip():
            yield warning(
                f"lines[{line.key}].evidence",
                f"指标“{line.indicator.name}”没有写佐证材料；复核时无佐证的按 0 分计，请写明材料名称",
            )


@rule("PJ18", pack="evaluation")
def rule_PJ18(sheet: EvaluationSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """总分 = 预算执行率得分 + Σ指标得分 as the unit claims them, 财预〔2020〕10号 form."""
    claims = [("预算执行率", sheet.execution_claimed)]
    claims += [(line.indicator.name, line.claimed) for line in sheet.lines]
    given = [claim.value for _, claim in claims if isinstance(claim, Quantity)]
    if isinstance(sheet.total_claimed, Missing) or not given:
        return
    computed = sum(given, Decimal(0))
    gap = sheet.total_claimed.value - computed
    if gap != 0:
        blank = [name for name, claim in claims if isinstance(claim, Missing)]
        left_out = f"（{'、'.join(blank)}未填得分）" if blank else ""
        yield error(
            "total_claimed",
            f"总分 {sheet.total_claimed} 分，各行得分合计 {plain(computed)} 分{left_out}，"
            f"相差 {plain(gap)} 分；请核对",
        )


@rule("PJ19", pack="evaluation")
def rule_PJ19(sheet: EvaluationSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """A claimed score lies between 0 and the line's weight, 财预〔2020〕10号: 得分最高不能超过分值."""
    rows = [("execution_claimed", "预算执行率", sheet.execution_weight, sheet.execution_claimed)]
    rows += [
        (f"lines[{line.key}].claimed", f"指标“{line.indicator.name}”", line.indicator.weight, line.claimed)
        for line in sheet.lines
    ]
    for field, label, weight, claimed in rows:
        if isinstance(claimed, Missing) or isinstance(weight, Missing):
            continue
        if not 0 <= claimed.value <= weight.value:
            yield error(field, f"{label}得分 {claimed} 不在 0 至分值 {weight} 之间；请改正")


@rule("PJ20", pack="evaluation")
def rule_PJ20(sheet: EvaluationSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """The executed amount is the year's payments, 财预〔2020〕10号; amounts are prefilled from the ledger."""
    for row in sheet.money:
        if row.key != "total" or isinstance(row.executed, Missing):
            continue
        ledger = context.ledger_executed
        if isinstance(ledger, Missing) or same_money(row.executed, ledger, policy):
            continue
        gap = row.executed.in_wan - ledger.in_wan
        said = f"全年执行数 {row.executed} 万元，支付数据 {ledger} 万元，相差 {plain(gap)} 万元"
        yield error(f"money[{row.key}].executed", f"{said}；请点“重新取数”，支付数据有误的请联系国库股更正")


@rule("PJ21", pack="evaluation")
def rule_PJ21(sheet: EvaluationSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """全年预算数 is the approved budget with its adjustments, 财预〔2020〕10号."""
    for row in sheet.money:
        if row.key != "total" or isinstance(row.revised, Missing) or isinstance(context.budget, Missing):
            continue
        if not same_money(row.revised, context.budget, policy):
            gap = row.revised.in_wan - context.budget.in_wan
            yield error(
                f"money[{row.key}].revised",
                f"全年预算数 {row.revised} 万元，预算（含调整）是 {context.budget} 万元，"
                f"相差 {plain(gap)} 万元；请改为预算数，预算有调整的请先办理调整",
            )


@rule("PJ22", pack="evaluation")
def rule_PJ22(sheet: EvaluationSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """No text field that the form requires is empty, 财预〔2020〕10号: 内容完整."""
    yield from required_remarks(sheet, policy)


@rule("PJ23", pack="evaluation")
def rule_PJ23(sheet: EvaluationSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """预期目标 is the approved goal's text, 财预〔2020〕10号."""
    if context.approved is None or not sheet.expected_goal.strip():
        return
    if "".join(sheet.expected_goal.split()) != "".join(context.approved.annual_goal.split()):
        yield error("expected_goal", "预期目标与批复的年度目标文字不一致；请改回批复的目标")


@rule("PJ24", pack="evaluation", only=Form.UNIT_EVALUATION)
def rule_PJ24(sheet: UnitEvaluationSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """基础数据表 gives posts, staff and spending, from which control rates follow, 财预〔2020〕10号 and the
    provinces' 部门整体支出 form."""
    for name in ("posts", "staff"):
        if isinstance(getattr(sheet.basic, name), Missing):
            yield warning(
                f"basic.{name}", f"基础数据表的{label_of(sheet.basic, name)}未填；请填写，控制率由此计算"
            )
    for row in sheet.basic.spending:
        for name in ("last_budget", "last_final", "budget", "final"):
            if isinstance(getattr(row, name), Missing):
                yield warning(
                    f"basic.spending[{row.key}].{name}",
                    f"基础数据表“{row.label}”的{label_of(row, name)}未填；请填写，没有发生的填 0",
                )
