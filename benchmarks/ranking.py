"""遴选排序: a province's 37,000 projects ranked with points and steps, and the five-year plan, on one core.

    .venv/bin/python benchmarks/ranking.py [--projects 37000] [--seed 20240301]

Beside it, in the same run by turns, the bare sum of the same six factors in floats, without steps, must-picks
or a plan: what a worksheet column does. The ratio is what the explanations cost. Target: under 10 s.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from jiheng import policy  # noqa: E402
from jiheng.scoring.ranking import CandidateFacts, five_years, ranked  # noqa: E402
from jiheng.sheets import NOT_REPORTED, Missing  # noqa: E402

TARGET_S, ROUNDS = 10.0, 3


def drawn(count: int, seed: int) -> list[CandidateFacts]:
    """Invented projects: most small, some without a budget or a review."""
    dice = random.Random(seed)
    return [
        CandidateFacts(
            key=key,
            amount=NOT_REPORTED
            if dice.random() < 0.03
            else Decimal(int(10 ** dice.uniform(8.5, 12))).scaleb(-2),
            is_livelihood=dice.random() < 0.4,
            red_lights=dice.choice((0, 0, 0, 1, 2)),
            gap=NOT_REPORTED if dice.random() < 0.5 else Decimal(dice.randint(-500, 2500)).scaleb(-2),
            since_year=dice.randint(2010, 2024),
            last_evaluated=dice.choice((None, None, 2018, 2021, 2023)),
            problems=dice.choice((0, 0, 0, 1, 3)),
        )
        for key in range(count)
    ]


def bare(facts: list[CandidateFacts]) -> list[tuple[float, int]]:
    """The same factors as a column of floats, sorted."""
    rows = []
    for item in facts:
        wan = 0.0 if isinstance(item.amount, Missing) else float(item.amount) / 10_000
        points = 30 if wan >= 1000 else 24 if wan >= 500 else 18 if wan >= 200 else 12 if wan >= 100 else 6
        points += 20 * item.is_livelihood + min(10, 5 * item.red_lights) + min(10, 5 * item.problems)
        gap = 0.0 if isinstance(item.gap, Missing) else float(item.gap)
        passed = 5 if item.last_evaluated is None else 2024 - item.last_evaluated
        rows.append((points + max(0.0, min(10.0, gap)) + min(20.0, 4.0 * passed), item.key))
    return sorted(rows, reverse=True)


def main() -> int:
    """Prints seconds and the ratio; 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, default=37_000)
    parser.add_argument("--seed", type=int, default=20240301)
    asked = parser.parse_args()
    facts, book = drawn(asked.projects, asked.seed), policy.on(date(2024, 3, 1))
    ours, plans, theirs = [], [], []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        rows = ranked(facts, 2024, book)
        ours.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        five_years(rows, 2024, book)
        plans.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        bare(facts)
        theirs.append(time.perf_counter() - begun)
    ranking, plan, column = (statistics.median(times) for times in (ours, plans, theirs))
    print(f"{asked.projects:,} projects ranked with steps   {ranking:6.2f} s   (target {TARGET_S:.0f} s)")
    print(f"the plan of five years                {plan:6.2f} s")
    print(f"a bare column of floats               {column:6.2f} s   ratio {ranking / column:.1f}")
    return 0 if ranking + plan < TARGET_S else 1


if __name__ == "__main__":
    sys.exit(main())
