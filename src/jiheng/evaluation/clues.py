"""What self-evaluation hands in as 问题线索: scores that the review found far off, and high scores on little
spending (reference F13: 自评虚高)."""

from __future__ import annotations

from jiheng.evaluation.models import Score
from jiheng.evaluation.watch import difference_of, own_score, watchlist
from jiheng.findings.problems import ClueDraft
from jiheng.sheets import plain
from jiheng.units.access import region_of
from jiheng.units.models import Person


def noticed(person: Person, fiscal_year: int) -> list[ClueDraft]:
    """The year's forms worth a second look, as `watch.watchlist` has them. Two queries."""
    found = watchlist(person, region_of(person), fiscal_year)
    drafts = [_differs(item) for item in found.differences]
    seen = {draft.origin for draft in drafts}
    return drafts + [draft for item in found.high_scores if (draft := _is_high(item)).origin not in seen]


def _differs(item: Score) -> ClueDraft:
    own, gap = own_score(item), difference_of(item)
    words = f"自评{plain(own)}分、复核{plain(item.reviewed)}分" if own is not None and item.reviewed else ""
    apart = f"，相差{plain(abs(gap))}分" if gap is not None else ""
    return _draft(item, "自评与复核得分差异较大", f"{words}{apart}。")


def _is_high(item: Score) -> ClueDraft:
    own = own_score(item)
    rate = f"预算执行率{plain(item.execution_rate)}%" if item.execution_rate is not None else ""
    return _draft(item, "执行率低而自评得分高", f"{rate}，自评{plain(own) if own is not None else '—'}分。")


def _draft(item: Score, what: str, words: str) -> ClueDraft:
    filing = item.filing
    return ClueDraft(
        origin=f"score:{filing.pk}",
        kind="管理",
        title=f"{filing.fund.name if filing.fund else '部门整体'}{what}",
        description=f"{filing.fiscal_year}年度绩效自评：{words}",
        unit=filing.unit,
        fund=filing.fund,
        fiscal_year=filing.fiscal_year,
    )
