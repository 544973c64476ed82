"""评价指标体系 of the fiscal evaluation (财预〔2020〕10号附件: 决策、过程、产出、效益): the frame to start
with, what is wrong with an adapted one, what its lines come to, and which line could turn the grade.

    template(kind, stage, policy) -> tuple[SchemeLine, ...]
    faults(lines, kind, policy) -> tuple[Finding, ...]        an error bars scoring
    rolled(lines, scores, policy) -> Rolled                    by level, in all, grade
    flips(lines, scores, policy) -> tuple[Flip, ...]           the easiest first
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from jiheng.figures import percent, rounded
from jiheng.policy import Policy
from jiheng.scoring.terms import terms_of
from jiheng.scoring.totals import grade
from jiheng.sheets import Finding, Grade, Missing, MissingReason, Severity, plain

ZERO = Decimal(0)
CENT = Decimal("0.01")
RESULTS = ("产出", "效益", "效果")  # the first levels that say what came of it
Kind = Literal["project", "unit"]
Stage = Literal["ongoing", "completed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeLine:
    """One indicator of the scheme: three levels, weight in 分, how it is scored, what proves it; `formula` is
    a key of `measures.MEASURES`, "" for judgement."""

    key: str
    level1: str
    level2: str
    level3: str
    weight: Decimal
    standard: str = ""
    formula: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """One first level; `rate` 得分率 in %, two decimals."""

    name: str
    weight: Decimal
    score: Decimal | Missing
    rate: Decimal | Missing


@dataclass(frozen=True, slots=True)
class Rolled:
    """A scheme's scores rolled up. While a line has none there is no total: `unscored` names them."""

    levels: tuple[Level, ...]
    total: Decimal | Missing
    grade: Grade | None
    step: str
    unscored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flip:
    """A line that alone could turn the grade: by how many points up (+) or down (−), and to which grade."""

    key: str
    label: str
    change: Decimal
    becomes: Grade
    step: str


def template(kind: Kind, stage: Stage, policy: Policy) -> tuple[SchemeLine, ...]:
    """The framework to adapt. Raises PolicyError."""
    return tuple(
        SchemeLine(
            key=f"z{place}",
            level1=str(row["levels"][0]),
            level2=str(row["levels"][1]),
            level3=str(row["levels"][2]),
            weight=Decimal(row["weight"] if kind == "unit" else row[stage]),
            standard=str(row["standard"]),
            formula=str(row.get("formula", "")),
            evidence=str(row["evidence"]),
        )
        for place, row in enumerate(policy.table(f"fiscal.scheme.{kind}"), start=1)
    )


def faults(lines: Sequence[SchemeLine], kind: Kind, policy: Policy) -> tuple[Finding, ...]:
    """What is wrong with a scheme; `field` is "lines[key].weight" or "lines". Raises PolicyError."""
    found = [fault for line in lines for fault in _faults_of(line)]
    names = Counter((line.level1, line.level2, line.level3) for line in lines)
    found += [
        _error("CP04", f"“{name[2]}”写了 {count} 次，请合并", "lines")
        for name, count in names.items()
        if count > 1
    ]
    full, total = policy.decimal("fiscal.scheme.total"), sum((line.weight for line in lines), ZERO)
    if total != full:
        short = "还差" if total < full else "超出"
        words = f"权重合计{plain(total)}分，应为{plain(full)}分，{short}{plain(abs(full - total))}分"
        found.append(_error("CP01", words, "lines"))
    results = sum((line.weight for line in lines if line.level1 in RESULTS), ZERO)
    least = policy.decimal("fiscal.scheme.result_from")
    if kind == "project" and results < least:
        words = f"产出、效益权重合计{plain(results)}分，不应低于{plain(least)}分（财预〔2020〕10号）"
        found.append(_error("CP02", words, "lines"))
    return tuple(found)


def _faults_of(line: SchemeLine) -> list[Finding]:
    where = f"lines[{line.key}]"
    if not all((line.level1.strip(), line.level2.strip(), line.level3.strip())):
        return [_error("CP05", "一级、二级、三级指标都要填", where)]
    if line.weight <= ZERO or line.weight != line.weight.quantize(CENT):
        words = f"“{line.level3}”的权重{plain(line.weight)}分应大于0、最多两位小数"
        return [_error("CP03", words, f"{where}.weight")]
    return []


def rolled(lines: Sequence[SchemeLine], scores: Mapping[str, Decimal | None], policy: Policy) -> Rolled:
    """The total of a scheme; scores by key in 分, None where nobody has scored yet. Raises PolicyError."""
    levels = []
    for name in dict.fromkeys(line.level1 for line in lines):
        there = [line for line in lines if line.level1 == name]
        weight, score = sum((line.weight for line in there), ZERO), _sum(there, scores)
        share = percent(score, weight)
        levels.append(Level(name, weight, score, share if isinstance(share, Missing) else rounded(share, 2)))
    total = _sum(lines, scores)
    unscored = tuple(line.level3 for line in lines if scores.get(line.key) is None)
    words = "＋".join(f"{level.name}{_shown(level.score)}" for level in levels)
    step = f"{words} = {total}" if isinstance(total, Decimal) else f"{len(unscored)}条指标还没有得分"
    return Rolled(tuple(levels), total, grade(total, policy), step, unscored)


def flips(
    lines: Sequence[SchemeLine], scores: Mapping[str, Decimal | None], policy: Policy
) -> tuple[Flip, ...]:
    """Every line that alone could lift or lower the grade, the smallest change first; none while a line has
    no score. A line can rise to its weight and fall to nothing. Raises PolicyError."""
    whole = rolled(lines, scores, policy)
    if isinstance(whole.total, Missing) or whole.grade is None:
        return ()
    bounds = sorted((Decimal(lower), name) for lower, name in terms_of(policy).grades)
    above = next(((lower, name) for lower, name in bounds if lower > whole.total), None)
    held = [(lower, name) for lower, name in bounds if lower <= whole.total]
    own = held[-1][0] if held else None
    below = held[-2][1] if len(held) > 1 else Grade.POOR
    found = []
    for line in lines:
        score = scores[line.key]
        assert score is not None
        if above is not None and line.weight - score >= above[0] - whole.total:
            found.append(_flip(line, score, above[0] - whole.total, (whole.total, above[0]), above[1]))
        if own is not None and own > ZERO and score >= whole.total - own + CENT:
            found.append(_flip(line, score, own - CENT - whole.total, (whole.total, own), below))
    return tuple(sorted(found, key=lambda flip: (abs(flip.change), flip.change < 0)))


def _flip(
    line: SchemeLine, score: Decimal, change: Decimal, totals: tuple[Decimal, Decimal], becomes: Grade
) -> Flip:
    total, bound = totals
    word = "提高" if change > 0 else "降低"
    reach = f"达到{plain(bound)}" if change > 0 else f"低于{plain(bound)}"
    step = (
        f"“{line.level3}”由{plain(score)}分{word}{plain(abs(change))}分到{plain(score + change)}分，"
        f"总分由{plain(total)}分变为{plain(total + change)}分，{reach}，等级变为“{becomes}”"
    )
    return Flip(line.key, line.level3, change, becomes, step)


def _sum(lines: Sequence[SchemeLine], scores: Mapping[str, Decimal | None]) -> Decimal | Missing:
    given = [score for line in lines if (score := scores.get(line.key)) is not None]
    if len(given) < len(lines) or not lines:
        return Missing(MissingReason.NOT_COMPUTABLE, "还有指标没有得分")
    return sum(given, Decimal("0.00"))


def _shown(score: Decimal | Missing) -> str:
    return "—" if isinstance(score, Missing) else plain(score)


def _error(code: str, message: str, field: str) -> Finding:
    return Finding(code, Severity.ERROR, message, field)
