"""Scoring one line of a self-evaluation, and what has to be said about it.

Codes: PJ01 claimed score differs · PJ02 nothing to score by · PJ03 qualitative score outside its band ·
PJ04 deviation reason due · PJ05 over-achievement unexplained · PJ06 budget of the execution rate ·
PJ07 target without a sound formula · PJ08 unverifiable · PJ09 weight of the execution rate.
"""

from __future__ import annotations

from decimal import Decimal

from jiheng.figures import rounded
from jiheng.scoring.formulas import HUNDRED, ZERO, Term, by_operator, share
from jiheng.scoring.records import ScoredLine
from jiheng.scoring.terms import Terms
from jiheng.sheets import (
    Amount,
    EvaluationSheet,
    Finding,
    Missing,
    MissingReason,
    Operator,
    Quantity,
    Result,
    Severity,
    plain,
)

EXECUTION = "预算执行率"

Outcome = tuple[Decimal | Missing, str, list[Finding]]


def score_line(line: Result, terms: Terms) -> ScoredLine:
    """One indicator of a self-evaluation. Findings name the field as `lines[<key>].actual`."""
    try:
        return _scored(line, terms)
    except ArithmeticError:  # a figure like 1E+999999 was typed
        label = line.indicator.name
        said = _error("PJ02", f"“{label}”的数值过大或过小，无法计算，请核对", f"lines[{line.key}].actual")
        nothing = _not_computable("数值过大或过小")
        return ScoredLine(line.key, label, nothing, nothing, "数值过大或过小，不计分", (said,))


def _scored(line: Result, terms: Terms) -> ScoredLine:
    at = f"lines[{line.key}]"
    indicator = line.indicator
    label = indicator.name or "（未填名称的指标）"
    weight = indicator.weight
    if isinstance(weight, Missing):
        said = _error("PJ02", f"指标“{label}”没有填分值，无法计分，请填写分值", f"{at}.indicator.weight")
        return ScoredLine(line.key, label, weight, weight, "未填分值，不计分", (said,))
    if weight.value < ZERO:
        said = _error("PJ02", f"指标“{label}”的分值{weight}为负，请改为正数", f"{at}.indicator.weight")
        nothing = _not_computable("分值为负")
        return ScoredLine(line.key, label, weight.value, nothing, "分值为负，不计分", (said,))
    score, step, findings = _outcome(line, weight, label, at, terms)
    if not isinstance(score, Missing):
        if indicator.operator is not Operator.QUALITATIVE:
            findings += claim_differs(label, score, step, line.claimed, f"{at}.claimed")
        findings += _reason(line, score, weight, label, f"{at}.reason", terms)
    return ScoredLine(line.key, label, weight.value, score, step, tuple(findings))


def score_execution(sheet: EvaluationSheet, terms: Terms) -> ScoredLine:
    """S1 预算执行率 from the money row keyed "total": 全年执行数÷全年预算数×分值, at most the weight."""
    try:
        return _scored_execution(sheet, terms)
    except ArithmeticError:
        said = _error("PJ02", f"{EXECUTION}的金额或分值过大、过小，无法计算，请核对", "money[total].executed")
        nothing = _not_computable("数值过大或过小")
        return ScoredLine("execution", EXECUTION, nothing, nothing, "数值过大或过小，不计分", (said,))


def _scored_execution(sheet: EvaluationSheet, terms: Terms) -> ScoredLine:
    weight, findings = _execution_weight(sheet, terms)
    score, step, said = _executed(sheet, weight, terms)
    findings += said
    if not isinstance(score, Missing):
        findings += claim_differs(EXECUTION, score, step, sheet.execution_claimed, "execution_claimed")
        due = score * HUNDRED < weight.value * terms.execution_below
        if due and not sheet.execution_reason.strip():
            message = f"{EXECUTION}得{score}分、低于分值{weight}分，请填写偏差原因及改进措施"
            findings.append(_error("PJ04", message, "execution_reason"))
    return ScoredLine("execution", EXECUTION, weight.value, score, step, tuple(findings))


def claim_differs(
    label: str, score: Decimal, step: str, claimed: Quantity | Missing, field: str
) -> list[Finding]:
    """PJ01: the form's own score is not the one that follows from its figures. Too much is an error."""
    if isinstance(claimed, Missing) or claimed.value == score:
        return []
    severity = Severity.ERROR if claimed.value > score else Severity.WARNING
    message = f"“{label}”自评{claimed}分，按填报数据应得{score}分（{step}），请核对后更正"
    return [Finding("PJ01", severity, message, field)]


def _outcome(line: Result, weight: Quantity, label: str, at: str, terms: Terms) -> Outcome:
    actual, indicator = line.actual, line.indicator
    if isinstance(actual, Missing) and actual.reason is MissingReason.UNVERIFIABLE:
        score = rounded(weight.value * terms.unverifiable / HUNDRED, terms.places)
        message = f"“{label}”的完成情况无法核实（无佐证），按规定得{score}分；如有佐证请补充"
        return score, f"无法核实，得 {score}", [_warning("PJ08", message, f"{at}.actual")]
    if indicator.operator is Operator.QUALITATIVE:
        return _qualitative(line, weight, label, at, terms)
    if isinstance(actual, Missing):
        return _unreported(line, actual, label, at)
    if isinstance(indicator.target, Missing):
        message = (
            f"“{label}”没有可比的指标值（现为“{indicator.target_text}”），无法计分，请填写数字或改为定性指标"
        )
        nothing = _not_computable("没有可比的指标值")
        return nothing, "没有可比的指标值，不计分", [_error("PJ02", message, f"{at}.indicator.target")]
    return _quantitative(line, actual, indicator.target, weight, label, at, terms)


def _unreported(line: Result, actual: Missing, label: str, at: str) -> Outcome:
    if line.actual_text.strip():
        message = f"“{label}”的实际完成值填的是文字“{line.actual_text}”，应填数字，请改正"
    else:
        message = f"“{label}”的实际完成值{actual}，不计分，总分也无法得出；请填报，没有佐证的选“无法核实”"
    return actual, f"{actual}，不计分", [_error("PJ02", message, f"{at}.actual")]


def _quantitative(
    line: Result, actual: Quantity, target: Quantity, weight: Quantity, label: str, at: str, terms: Terms
) -> Outcome:
    indicator = line.indicator
    satisfaction = "满意度" in indicator.level1 or "满意度" in indicator.level2
    figures = Term.of(actual), Term.of(target), Term.of(weight)
    points = by_operator(indicator.operator, *figures, terms, satisfaction=satisfaction)
    if points.value is None:
        message = f"“{label}”{points.words}，请核对指标值和完成值"
        return _not_computable(points.words), points.words, [_error("PJ07", message, f"{at}.actual")]
    score = rounded(points.value, terms.places)
    findings = []
    if (
        target.value == ZERO
        and actual.value > ZERO
        and indicator.operator in (Operator.AT_LEAST, Operator.MORE_THAN)
    ):
        message = (
            f"“{label}”的指标值为“{indicator.operator}0”、完成值{actual}，请核对计算符号是否应为“≤”或“=”"
        )
        findings.append(_warning("PJ07", message, f"{at}.indicator.operator"))
    return score, f"{points.words}{score}", findings


def _qualitative(line: Result, weight: Quantity, label: str, at: str, terms: Terms) -> Outcome:
    """S6 定性三档: the unit's own score, held to the points of the band it chose."""
    if line.band is None:
        message = f"定性指标“{label}”没有选完成档次，不计分，请在三档中选一档"
        nothing = Missing(MissingReason.NOT_REPORTED)
        return nothing, "未选完成档次，不计分", [_error("PJ02", message, f"{at}.band")]
    allowed = terms.bands[line.band]
    span = f"{line.band}：{allowed.in_words(weight.value)}"
    if isinstance(line.claimed, Missing):
        message = f"定性指标“{label}”没有填得分，请按“{span}”填写"
        return line.claimed, f"{span}，未填得分", [_error("PJ02", message, f"{at}.claimed")]
    score = rounded(line.claimed.value, terms.places)
    if not allowed.holds(score, weight.value):
        message = f"定性指标“{label}”自评{line.claimed}分，不在所选档次内（{span}），请改档次或改得分"
        nothing = _not_computable("得分不在所选档次内")
        return nothing, f"{span}，自评{line.claimed}不在档内", [_error("PJ03", message, f"{at}.claimed")]
    return score, f"{span}，自评 {score}", []


def _reason(
    line: Result, score: Decimal, weight: Quantity, label: str, field: str, terms: Terms
) -> list[Finding]:
    if line.reason.strip():
        return []
    if score * HUNDRED < weight.value * terms.indicator_below:
        message = f"“{label}”得{score}分、低于分值{weight}分，请填写偏差原因分析及改进措施"
        return [_error("PJ04", message, field)]
    target, actual, operator = line.indicator.target, line.actual, line.indicator.operator
    if isinstance(target, Missing) or isinstance(actual, Missing) or target.value <= ZERO:
        return []
    raising = operator in (Operator.AT_LEAST, Operator.MORE_THAN, Operator.EQUAL)
    if raising and actual.value * HUNDRED >= target.value * terms.over_from:
        reached = rounded(actual.value * HUNDRED / target.value, 0)
        message = (
            f"“{label}”完成值{actual}为指标值{target}的{reached}%，达到{plain(terms.over_from)}%以上，"
            "不扣分，但请在偏差原因栏说明是否指标值定低了"
        )
        return [_error("PJ05", message, field)]
    return []


def _execution_weight(sheet: EvaluationSheet, terms: Terms) -> tuple[Quantity, list[Finding]]:
    given = sheet.execution_weight
    if isinstance(given, Missing):
        return Quantity(terms.execution_weight), []
    if given.value < ZERO:
        message = f"{EXECUTION}分值{given}为负，已按规定的{plain(terms.execution_weight)}分计算，请改正"
        return Quantity(terms.execution_weight), [_error("PJ09", message, "execution_weight")]
    if given.value == terms.execution_weight:
        return given, []
    message = f"{EXECUTION}分值为{given}分，规定为{plain(terms.execution_weight)}分，请核对"
    return given, [_warning("PJ09", message, "execution_weight")]


def _executed(sheet: EvaluationSheet, weight: Quantity, terms: Terms) -> Outcome:
    row = next((row for row in sheet.money if row.key == "total"), None)
    if row is None:
        message = "没有“年度资金总额”一行，预算执行率无法计分，请填写"
        return Missing(), "没有年度资金总额，不计分", [_error("PJ02", message, "money")]
    for amount, name, what in (
        (row.revised, "revised", "全年预算数"),
        (row.executed, "executed", "全年执行数"),
    ):
        if isinstance(amount, Missing):
            message = f"年度资金总额的{what}{amount}，预算执行率不计分，请填写（没有的填0）"
            return amount, f"{what}{amount}，不计分", [_error("PJ02", message, f"money[total].{name}")]
    assert isinstance(row.revised, Amount) and isinstance(row.executed, Amount)
    if row.revised.yuan <= ZERO:
        return _no_budget(row.revised, row.executed)
    budget, executed = (Term(amount.yuan, str(amount)) for amount in (row.revised, row.executed))
    findings = []
    if executed.value > budget.value:
        message = f"全年执行数{executed.text}万元大于全年预算数{budget.text}万元，请核对两数；得分以分值为限"
        findings.append(_warning("PJ06", message, "money[total].executed"))
    elif executed.value < ZERO:
        message = f"全年执行数{executed.text}万元为负，预算执行率得0分，请核对是否退回以前年度资金"
        findings.append(_warning("PJ06", message, "money[total].executed"))
    points = share(executed, budget, Term.of(weight))
    assert points.value is not None
    score = rounded(points.value, terms.places)
    return score, f"{points.words}{score}", findings


def _no_budget(budget: Amount, executed: Amount) -> Outcome:
    field = "money[total].revised"
    if budget.yuan == ZERO and executed.yuan == ZERO:
        message = "全年预算数、执行数都为0，预算执行率不计分；如有分项金额，请补填总额"
        nothing = Missing(MissingReason.NOT_APPLICABLE, "全年预算数为0，不计分")
        return nothing, "全年预算数为0，不计分", [_warning("PJ06", message, field)]
    message = f"全年预算数{budget}万元、执行数{executed}万元，预算执行率无法计算，请核对全年预算数"
    return (
        _not_computable("全年预算数不大于0"),
        f"{executed}/{budget} 无法计算",
        [_error("PJ06", message, field)],
    )


def _not_computable(why: str) -> Missing:
    return Missing(MissingReason.NOT_COMPUTABLE, why)


def _error(code: str, message: str, field: str) -> Finding:
    return Finding(code, Severity.ERROR, message, field)


def _warning(code: str, message: str, field: str) -> Finding:
    return Finding(code, Severity.WARNING, message, field)
