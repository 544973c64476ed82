"""Approving 312 fund goals at once with their log entries, against the same done one by one.

In a real database file of its own with the example district. Run: .venv/bin/python benchmarks/approving.py
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import _district
import django

PAIRS, AIM = 3, 0.3


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        os.environ.update(_district.environment(_district.copied(Path(name))))
        os.environ["DJANGO_SETTINGS_MODULE"] = "jiheng.config.settings"
        django.setup()
        compare()


def compare() -> None:
    """By turns, so that what else the machine does falls on both."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from jiheng.filings.models import Desk, Filing, State
    from jiheng.goals import workflow
    from jiheng.sheets import Form
    from jiheng.units.models import LogEntry, Person

    reviewer = Person.objects.get(username="jixiao")
    goals = Filing.objects.filter(form=Form.PROJECT_GOAL, fiscal_year=2024)

    def at_last_desk() -> list[tuple[int, int]]:
        goals.update(state=State.IN_REVIEW, desk=Desk.PERFORMANCE, is_adjusting=False, returned_by=[])
        return list(goals.order_by("pk").values_list("pk", "revision"))

    def at_once(rows: list[tuple[int, int]]) -> None:
        results = workflow.approve_many(reviewer, rows, "同意")
        if not all(result.ok for result in results):
            raise SystemExit(next(result.message for result in results if not result.ok))

    def one_by_one(rows: list[tuple[int, int]]) -> None:
        for pk, revision in rows:
            workflow.approve(reviewer, Filing.objects.get(pk=pk), revision, "同意")

    def timed(work: Callable[[list[tuple[int, int]]], None]) -> tuple[float, float]:
        rows, logged = at_last_desk(), LogEntry.objects.count()
        wall, used = time.perf_counter(), time.process_time()
        work(rows)
        used, wall = time.process_time() - used, time.perf_counter() - wall
        approved = goals.filter(state=State.APPROVED).count()
        if (approved, LogEntry.objects.count() - logged) != (len(rows), len(rows)):
            raise SystemExit(f"{approved} of {len(rows)} approved, or not each of them logged")
        return wall, used

    rows = at_last_desk()
    with CaptureQueriesContext(connection) as queries:
        at_once(rows)
    pairs = [(timed(at_once), timed(one_by_one)) for _ in range(PAIRS)]
    print(f"approving {len(rows)} fund goals with log entries; {len(queries)} queries at once; {PAIRS} pairs")
    print(f"{'':<22}{'at once':>10}{'one by one':>13}{'ratio':>9}")
    for side, title in enumerate(("on the clock", "of the processor")):
        ours = statistics.median(pair[0][side] for pair in pairs)
        peer = statistics.median(pair[1][side] for pair in pairs)
        print(f"  {title:<20}{ours:8.3f} s{peer:11.2f} s{peer / ours:8.1f}× (aim < {AIM} s)")


if __name__ == "__main__":
    main()
