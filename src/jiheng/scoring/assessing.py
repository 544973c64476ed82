"""事前绩效评估: the verdict that points, dimensions and vetoes lead to, with its steps. Pure.

There is no national line: bands, the floor of a dimension and the vetoes are policy (assessment.*)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from jiheng.figures import rounded
from jiheng.policy import Policy

SUPPORT, IMPROVE, REFUSE = "支持", "调整完善后支持", "不予支持"
VERDICTS = (SUPPORT, IMPROVE, REFUSE)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A 维度 with its points out of its full marks."""

    name: str
    points: Decimal
    full: Decimal


@dataclass(frozen=True, slots=True)
class Verdict:
    """支持, 调整完善后支持 or 不予支持, and why."""

    verdict: str
    steps: tuple[str, ...]


def verdict_of(
    points: Decimal, full: Decimal, dimensions: Sequence[Dimension], vetoes: Sequence[str], policy: Policy
) -> Verdict:
    """What `points` of `full` come to; `vetoes` are codes of assessment.vetoes. Raises ValueError for a code
    that policy has not, or full marks of 0."""
    if full <= 0:
        raise ValueError("full marks must be above 0")
    share = points * 100 / full
    verdict = _banded(share, policy)
    steps = [f"得分 {points}，满分 {full}，得分率 {rounded(share, 2)}%，按分数线为“{verdict}”"]
    least = policy.decimal("assessment.dimension_from")
    weak = [each for each in dimensions if each.points * 100 / each.full < least]
    for each in weak:
        rate = rounded(each.points * 100 / each.full, 2)
        steps.append(f"“{each.name}”得分率 {rate}%，低于 {least}%，结论不高于“{IMPROVE}”")
    if weak and verdict == SUPPORT:
        verdict = IMPROVE
    names = veto_names(policy)
    unknown = [code for code in vetoes if code not in names]
    if unknown:
        raise ValueError(f"no such veto: {unknown}")
    for code in vetoes:
        steps.append(f"一票否决：{names[code]}，结论为“{REFUSE}”")
    return Verdict(REFUSE if vetoes else verdict, tuple(steps))


def veto_names(policy: Policy) -> Mapping[str, str]:
    """Code → words of the vetoes in force."""
    return {str(row["code"]): str(row["name"]) for row in policy.table("assessment.vetoes")}


def _banded(share: Decimal, policy: Policy) -> str:
    rows = sorted(policy.table("assessment.bands"), key=lambda row: Decimal(row["from"]), reverse=True)
    return next(str(row["verdict"]) for row in rows if share >= Decimal(row["from"]))
