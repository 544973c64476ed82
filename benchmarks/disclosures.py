"""Random closed tables through the door of the disclosure: facts, texts, Word; the audit finds no error.

Run: .venv/bin/python benchmarks/disclosures.py [--count N] [--seed N]

A case is the region's four notes in one file (performance drawn as in `wording_audit.py`) and one unit's
explanation. Every figure is found in the file as read, in its order, and every figure names its source.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiheng.config.settings")

import django  # noqa: E402

django.setup()

from drawn_tables import Tables  # noqa: E402
from wording_audit import unread_figures  # noqa: E402

from jiheng import policy, wording  # noqa: E402
from jiheng.auditing import audit_document  # noqa: E402
from jiheng.disclosure.drafts import accounts_facts, texts_of  # noqa: E402
from jiheng.documents import reading  # noqa: E402
from jiheng.sheets import Severity  # noqa: E402


def cases(seed: int, rules: policy.Policy) -> list[tuple[wording.Text, ...]]:
    """The texts of the region and of a unit."""
    drawn = Tables(seed)
    region, unit = drawn.of_region(), drawn.of_unit()
    facts = (*accounts_facts(region), drawn.facts.performance())
    goals = wording.Sourced(Decimal(seed % 9), "105001/results/goals")
    department = replace(wording.department_of(unit.tables, unit.prior, unit.whose), goals=goals)
    return [texts_of(facts, region, rules), texts_of((department,), unit, rules)]


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--count", type=int, default=1000)
    asked.add_argument("--seed", type=int, default=0)
    given = asked.parse_args()
    rules = policy.on(date(2026, 1, 1))
    found, errors, took = Counter(), [], Counter()
    figures = lost = bare = 0
    for seed in range(given.seed, given.seed + given.count):
        for texts in cases(seed, rules):
            start = time.perf_counter()
            data = wording.word(texts, "决算公开说明", rules)
            took["word"] += time.perf_counter() - start
            start = time.perf_counter()
            document = reading.read(data, "text.docx")
            report = audit_document(document, rules, year=Tables(seed).year)
            took["audit"] += time.perf_counter() - start
            runs = [run for text in texts for run in text.figures()]
            figures, lost = figures + len(runs), lost + len(unread_figures(texts, document))
            bare += sum(not run.sources for run in runs)
            found.update(f"{one.severity} {one.code}" for one in report.findings)
            errors += [(seed, one.message) for one in report.findings if one.severity is Severity.ERROR]
    print(f"{given.count} sets of tables, {2 * given.count} files, {figures} figures; not read: {lost}")
    print(f"figures without a source: {bare}; findings: {dict(sorted(found.items()))}; errors: {len(errors)}")
    for seed, message in errors[:10]:
        print(f"  seed {seed}: {message}")
    print(f"writing {took['word']:.1f} s, reading and auditing {took['audit']:.1f} s")
    if errors or lost or bare:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
