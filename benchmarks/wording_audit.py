"""Random accounts become notes, the notes Word files, and the audit reads every figure and finds no error.

Run: .venv/bin/python benchmarks/wording_audit.py [--count N] [--seed N] [--gaps PERCENT]

A case is one set of accounts: the four notes of a region in one file, and one department's explanation.
`--gaps` leaves out that many figures in a hundred: then contents are missing, and the text says which, but
still nothing may contradict itself.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

from drawn_accounts import Draw  # noqa: E402

from jiheng import claims, policy, wording  # noqa: E402
from jiheng.documents import reading  # noqa: E402
from jiheng.sheets import Document, Severity  # noqa: E402

POLICY_DAY = date(2026, 1, 1)


def unread_figures(texts: Sequence[wording.Text], document: Document) -> list[str]:
    """Figures that were written and do not stand in the text as read, each in its order."""
    at, lost = 0, []
    for text in texts:
        for run in text.figures():
            found = document.text.find(run.text, at)
            if found < 0:
                lost.append(run.text)
            else:
                at = found + len(run.text)
    return lost


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--count", type=int, default=1000)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--gaps", type=int, default=0)
    given = asked.parse_args()
    rules = policy.on(POLICY_DAY)
    found, verdicts, figures, lost = Counter(), Counter(), 0, 0
    errors, took = [], Counter()
    for seed in range(given.seed, given.seed + given.count):
        draw = Draw(seed, given.gaps)
        for facts in (draw.facts(), (draw.department("区审计局"),)):
            start = time.perf_counter()
            texts = [wording.note(one, rules) for one in facts]
            data = wording.word(texts, "决算公开说明", rules)
            took["write"] += time.perf_counter() - start
            start = time.perf_counter()
            document = reading.read(data, "text.docx")
            report = claims.check(document, rules, year=draw.whose.year)
            took["audit"] += time.perf_counter() - start
            figures += sum(len(text.figures()) for text in texts)
            lost += len(unread_figures(texts, document))
            verdicts.update(str(relation.verdict) for relation in report.relations)
            found.update(f"{finding.severity} {finding.code}" for finding in report.findings)
            errors += [(seed, one.message) for one in report.findings if one.severity is Severity.ERROR]
    print(f"{given.count} sets of accounts, {2 * given.count} files, {figures} figures; not read: {lost}")
    print(f"relations checked: {dict(verdicts)}")
    print(f"findings: {dict(sorted(found.items()))}")
    print(f"errors: {len(errors)}")
    for seed, message in errors[:10]:
        print(f"  seed {seed}: {message}")
    print(f"writing {took['write']:.1f} s, reading and checking {took['audit']:.1f} s")
    if errors or lost:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
