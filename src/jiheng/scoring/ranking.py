"""重点评价遴选: how pressing it is to evaluate a project, with the points and the step of each factor
(财预〔2020〕10号: 重大、覆盖面广、社会关注度高的优先，以5年为周期覆盖重点项目); the weights are policy.

    ranked(facts, year, policy) -> list[Ranked]       the most pressing first
    five_years(ranked, year, policy) -> list[YearPlan]   when each key project's turn comes
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from jiheng.figures import rounded
from jiheng.policy import Policy
from jiheng.sheets import WAN, Missing, plain

ZERO, HUNDRED = Decimal(0), Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateFacts:
    """What is known of a project. `amount` 全年预算 in yuan; `gap` 自评得分−复核得分 in 分, Missing where
    nothing was reviewed; `last_evaluated` the year of its last evaluation in depth, None for never."""

    key: int
    amount: Decimal | Missing
    is_livelihood: bool
    red_lights: int
    gap: Decimal | Missing
    since_year: int
    last_evaluated: int | None = None
    problems: int = 0  # not closed yet
    concerns: int = 0  # 信访 and the like


class Factor(NamedTuple):
    """One factor's points; `Missing` points say why there are none."""

    label: str
    weight: Decimal
    points: Decimal | Missing
    step: str


class Ranked(NamedTuple):
    """A candidate with its points; `must` says why it has to be picked now ("" where it needn't)."""

    key: int
    place: int
    points: Decimal
    factors: tuple[Factor, ...]
    must: str
    is_key: bool  # 重点项目
    due_year: int  # the last year in which its cycle still holds
    amount: Decimal | Missing


class YearPlan(NamedTuple):
    """One year of the plan: whose turn it is, and what they come to in yuan."""

    year: int
    keys: tuple[int, ...]
    amount: Decimal


class _Terms(NamedTuple):
    """The policy's values, read once for all candidates."""

    bands: tuple[tuple[Decimal, Decimal, str], ...]  # from yuan, points, words; the highest first
    amount: Decimal
    livelihood: Decimal
    red: tuple[Decimal, Decimal]
    gap: tuple[Decimal, Decimal]
    years: Decimal
    problems: tuple[Decimal, Decimal]
    key_from: Decimal
    cycle: int


def ranked(facts: Iterable[CandidateFacts], year: int, policy: Policy) -> list[Ranked]:
    """Candidates for a year's evaluations, those that have to be picked first, then by points; equal points
    by amount, then by key, so that the same facts always give the same order. Raises PolicyError."""
    terms = _terms(policy)
    rows = [_candidate(item, year, terms) for item in facts]
    rows.sort(key=lambda row: (not row.must, -row.points, _order(row.amount), row.key))
    return [row._replace(place=place) for place, row in enumerate(rows, start=1)]


def five_years(rows: Sequence[Ranked], year: int, policy: Policy) -> list[YearPlan]:
    """覆盖计划: every key project once in the coming cycle, none later than due, about as many each year; in
    each year the most pressing first."""
    cycle = policy.whole("fiscal.ranking.cycle")
    keys = [row for row in rows if row.is_key]
    most = -(-len(keys) // cycle)
    turns: list[list[Ranked]] = [[] for _ in range(cycle)]
    for row in sorted(keys, key=lambda row: (max(row.due_year, year), row.place)):
        last = min(max(row.due_year - year, 0), cycle - 1)
        room = (turn for turn in range(last + 1) if len(turns[turn]) < most)
        turns[next(room, last)].append(row)
    return [
        YearPlan(
            year + turn,
            tuple(row.key for row in sorted(there, key=lambda row: row.place)),
            sum((row.amount for row in there if not isinstance(row.amount, Missing)), ZERO),
        )
        for turn, there in enumerate(turns)
    ]


def _candidate(facts: CandidateFacts, year: int, terms: _Terms) -> Ranked:
    factors = (
        _amount(facts.amount, terms),
        _livelihood(facts.is_livelihood, terms.livelihood),
        _counted("上年监控红灯", facts.red_lights, "次", terms.red),
        _gap(facts.gap, terms.gap),
        _years(facts, year, terms),
        _counted("问题和信访", facts.problems + facts.concerns, "件", terms.problems),
    )
    points = sum((item.points for item in factors if not isinstance(item.points, Missing)), ZERO)
    is_key = not isinstance(facts.amount, Missing) and facts.amount >= terms.key_from
    due = (facts.since_year if facts.last_evaluated is None else facts.last_evaluated) + terms.cycle
    must = f"重点项目满{terms.cycle}年未评价，必选" if is_key and due <= year else ""
    return Ranked(facts.key, 0, rounded(points, 2), factors, must, is_key, due, facts.amount)


def _amount(amount: Decimal | Missing, terms: _Terms) -> Factor:
    if isinstance(amount, Missing):
        return Factor("金额", terms.amount, amount, f"全年预算{amount}，不计分")
    shown = f"{rounded(amount / WAN, 2):,f}万元"
    for least, points, words in terms.bands:
        if amount >= least:
            return Factor("金额", terms.amount, points, f"{shown}≥{words} = {plain(points)}")
    return Factor("金额", terms.amount, ZERO, f"{shown}，得 0")


def _livelihood(is_livelihood: bool, weight: Decimal) -> Factor:  # noqa: FBT001 — a fact, not a switch
    points = weight if is_livelihood else ZERO
    return Factor(
        "民生", weight, points, f"{'民生项目' if is_livelihood else '不是民生项目'}，得 {plain(points)}"
    )


def _counted(label: str, count: int, measure: str, rule: tuple[Decimal, Decimal]) -> Factor:
    weight, each = rule
    points = min(weight, each * count)
    limit = f"，以{plain(weight)}为限得 " if each * count > weight else " = "
    return Factor(label, weight, points, f"{count}{measure}×{plain(each)}{limit}{plain(points)}")


def _gap(gap: Decimal | Missing, rule: tuple[Decimal, Decimal]) -> Factor:
    weight, full = rule
    if isinstance(gap, Missing):
        return Factor("自评偏差", weight, gap, f"{gap}，不计分")
    if gap <= ZERO:
        return Factor("自评偏差", weight, ZERO, f"自评不高于复核（{plain(gap)}分），得 0")
    points = rounded(min(weight, gap * weight / full), 2)
    limit = f"，以{plain(weight)}为限得 " if gap > full else " = "
    return Factor(
        "自评偏差", weight, points, f"高{plain(gap)}分/{plain(full)}×{plain(weight)}{limit}{plain(points)}"
    )


def _years(facts: CandidateFacts, year: int, terms: _Terms) -> Factor:
    weight = terms.years
    if facts.last_evaluated is None:
        return Factor("距上次评价", weight, weight, f"从未重点评价，得 {plain(weight)}")
    passed = max(year - facts.last_evaluated, 0)
    points = rounded(min(weight, weight * passed / terms.cycle), 2)
    limit = f"，以{plain(weight)}为限得 " if passed > terms.cycle else " = "
    step = f"{facts.last_evaluated}年评过，{passed}年/{terms.cycle}×{plain(weight)}{limit}{plain(points)}"
    return Factor("距上次评价", weight, points, step)


def _order(amount: Decimal | Missing) -> Decimal:
    return ZERO if isinstance(amount, Missing) else -amount


def _terms(policy: Policy) -> _Terms:
    amount = policy.table("fiscal.ranking.amount")
    weight = Decimal(amount["weight"])
    bands = sorted(amount["bands"], key=lambda band: Decimal(band["from"]), reverse=True)

    def rule(name: str, second: str) -> tuple[Decimal, Decimal]:
        found = policy.table(f"fiscal.ranking.{name}")
        return Decimal(found["weight"]), Decimal(found[second])

    return _Terms(
        bands=tuple(
            (
                Decimal(band["from"]) * WAN,
                rounded(weight * band["share"] / HUNDRED, 2),
                f"{plain(Decimal(band['from']))}万元，{plain(weight)}×{plain(Decimal(band['share']))}%",
            )
            for band in bands
        ),
        amount=weight,
        livelihood=policy.decimal("fiscal.ranking.livelihood"),
        red=rule("red_lights", "each"),
        gap=rule("gap", "full"),
        years=policy.decimal("fiscal.ranking.years"),
        problems=rule("problems", "each"),
        key_from=policy.decimal("fiscal.ranking.key_from") * WAN,
        cycle=policy.whole("fiscal.ranking.cycle"),
    )
