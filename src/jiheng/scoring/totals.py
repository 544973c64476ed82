"""Rolling a self-evaluation up: every line, the total out of 100, the grade."""

from __future__ import annotations

from decimal import Decimal

from jiheng.figures import rounded
from jiheng.policy import Policy
from jiheng.scoring.lines import claim_differs, score_execution, score_line
from jiheng.scoring.records import Scored, ScoredLine
from jiheng.scoring.terms import Terms, terms_of
from jiheng.sheets import EvaluationSheet, Finding, Grade, Missing, MissingReason, Severity, plain


def score(sheet: EvaluationSheet, policy: Policy) -> Scored:
    """A self-evaluation sheet (财预〔2020〕10号), scored with its steps; scores and weights in 分.

    The claimed score never changes the computed one; where they differ there is a finding. A line that cannot
    be scored is `Missing`, and then so is the total: nobody is graded on part of a form. A budget of zero
    leaves the execution rate out; whether the rest is scaled to 100 is policy. Raises PolicyError when
    a value is not in force.
    """
    terms = terms_of(policy)
    execution = score_execution(sheet, terms)
    lines = tuple(score_line(line, terms) for line in sheet.lines)
    total, step, said = _total(execution, lines, terms)
    findings = [finding for line in (execution, *lines) for finding in line.findings] + said
    if not isinstance(total, Missing):
        findings += claim_differs("总分", total, step, sheet.total_claimed, "total_claimed")
    return Scored(execution, lines, total, _grade(total, terms), tuple(findings), terms.version)


def total_of(execution: ScoredLine, lines: tuple[ScoredLine, ...], policy: Policy) -> Decimal | Missing:
    """The total of lines that already have their scores (a reviewer's, say), rolled up as `score` does it."""
    return _total(execution, lines, terms_of(policy))[0]


def grade(total: Decimal | Missing, policy: Policy) -> Grade | None:
    """优良中差 of a total in 分, rounded half-up first: 89.995 is 90.00 and 优. None for a missing total."""
    return _grade(total, terms_of(policy))


def _grade(total: Decimal | Missing, terms: Terms) -> Grade | None:
    if isinstance(total, Missing):
        return None
    points = rounded(total, terms.places)
    return next((grade for lower, grade in terms.grades if points >= lower), Grade.POOR)


def _total(
    execution: ScoredLine, lines: tuple[ScoredLine, ...], terms: Terms
) -> tuple[Decimal | Missing, str, list[Finding]]:
    if not lines:
        said = Finding("PJ02", Severity.ERROR, "没有绩效指标，无法得出总分，请填写绩效指标", "lines")
        return Missing(MissingReason.NOT_REPORTED, "没有绩效指标"), "", [said]
    scores = [line.score for line in lines if not isinstance(line.score, Missing)]
    if len(scores) < len(lines):
        names = [line.label for line in lines if isinstance(line.score, Missing)]
        shown = "、".join(names[:3]) + ("等" if len(names) > 3 else "")
        return Missing(MissingReason.NOT_COMPUTABLE, f"{len(names)}条指标没有得分：{shown}"), "", []
    total = sum(scores, Decimal(0))
    if not isinstance(execution.score, Missing):
        total = rounded(total + execution.score, terms.places)
        return total, f"{execution.label}与各指标得分相加 = {total}", []
    if execution.score.reason is not MissingReason.NOT_APPLICABLE:
        return Missing(MissingReason.NOT_COMPUTABLE, "预算执行率没有得分"), "", []
    return _without_execution(total, execution, terms)


def _without_execution(
    points: Decimal, execution: ScoredLine, terms: Terms
) -> tuple[Decimal | Missing, str, list[Finding]]:
    """A budget of zero: no total, or the indicators' points scaled to 100, as policy says."""
    weight = execution.weight
    if terms.zero_budget == "rescale" and not isinstance(weight, Missing) and weight < terms.full_total:
        rest = terms.full_total - weight
        total = rounded(points * terms.full_total / rest, terms.places)
        step = f"{plain(points)}/{plain(rest)}×{plain(terms.full_total)} = {total}"
        message = f"预算执行率不计分，其余得分折算为满分{plain(terms.full_total)}：{step}"
        return total, step, [Finding("PJ06", Severity.HINT, message, "total_claimed")]
    message = (
        f"预算执行率不计分，各指标共得{plain(points)}分，不能按满分{plain(terms.full_total)}定总分和等级"
    )
    said = Finding("PJ06", Severity.WARNING, message, "total_claimed")
    return Missing(MissingReason.NOT_APPLICABLE, "预算执行率不计分，不出总分"), "", [said]
