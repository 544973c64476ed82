"""How well the audit tells consistent fiscal texts from those with one planted error, and how fast.

Run: .venv/bin/python benchmarks/audit_texts.py [--count N] [--seed N] [--jobs N] [--regime rounded] [--json]

The texts come from `benchmarks/texts/`, which shares no code with the checker; the checker is called only
through its public door, `jiheng.claims.check`. Half of the texts print rounded figures, half exact ones.
A fault counts as found if an error stands in the edited clause or uses a figure of the broken relation.
One of form is found if there is a finding of any weight that the clean text doesn't have, in the clause or
(for what is missing) anywhere.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import accumulate
from multiprocessing import Pool
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

import texts  # noqa: E402
from texts.printing import REGIMES  # noqa: E402

from jiheng import claims, policy  # noqa: E402
from jiheng.documents import reading  # noqa: E402
from jiheng.sheets import Severity  # noqa: E402

POLICY_DAY = date(2026, 1, 1)
ANYWHERE = ("missing part", "no annex")
Audit = Callable[[str], claims.Report]


@dataclass
class Seen:
    """What the checker made of one text; `kind` is that of the text, `fault` that of the error in it."""

    seed: int
    regime: str
    kind: str
    characters: int
    seconds: float
    relations: int
    verdicts: dict[str, int]
    errors: list[str]  # clause and message of each
    fault: str = ""
    note: str = ""
    clause: str = ""
    found: bool = False
    elsewhere: int = 0  # errors that have nothing to do with the fault
    repaired: bool = False  # the first repair gives the clean text back
    placed: bool = False  # the first repair touches only what was edited
    read_as_written: bool = True
    others: dict[str, int] = field(default_factory=dict)  # warnings and hints by code


class Rail:
    """Positions counted in letters and digits, so that a reader may change spaces and the bars of tables."""

    def __init__(self, text: str) -> None:
        self.before = [0, *accumulate(character.isalnum() for character in text)]

    def span(self, start: int, end: int) -> tuple[int, int]:
        left, right = self.before[start], self.before[end]
        return left, max(right, left + 1)


def meets(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def bare(text: str) -> str:
    """Letters, digits and signs alone: dress such as commas and full width doesn't matter."""
    narrow = unicodedata.normalize("NFKC", text)
    return "".join(c for c in narrow if c.isalnum() or c in ".%-()")


def audit(text: str) -> claims.Report:
    """The public door, from bytes on."""
    document = reading.read(text.encode(), "text.txt")
    return claims.check(document, policy.on(POLICY_DAY))


def look(seed: int, regime: str, kind: str, text: str, door: Audit) -> tuple[Seen, claims.Report]:
    start = time.perf_counter()
    report = door(text)
    seconds = time.perf_counter() - start
    errors = [f for f in report.findings if f.severity == Severity.ERROR]
    seen = Seen(
        seed=seed,
        regime=regime,
        kind=kind,
        characters=len(text),
        seconds=seconds,
        relations=len(report.relations),
        verdicts=dict(Counter(str(relation.verdict) for relation in report.relations)),
        errors=[f"{f.code} {f.kind} 〔{report.text[f.start : f.end].strip()}〕 {f.message}" for f in errors],
        others=dict(Counter(f"{f.severity} {f.code}" for f in report.findings if f not in errors)),
    )
    seen.read_as_written = bare(report.text) == bare(text)
    return seen, report


def clean(seed: int, regime: str, door: Audit) -> Seen:
    text = texts.clean(seed, regime=regime)
    return look(seed, regime, text.kind, text.text, door)[0]


def faulty(seed: int, regime: str, door: Audit) -> Seen:
    planted = texts.faulty(seed, texts.FAULTS[seed // 2 % len(texts.FAULTS)], regime)
    fault = planted.fault
    seen, report = look(seed, regime, planted.clean.kind, planted.text, door)
    seen.fault, seen.note = fault.kind, fault.note
    seen.clause = planted.text[fault.start : fault.end].strip()
    ours, theirs = Rail(planted.text), Rail(report.text)
    clause = ours.span(fault.start, fault.end)
    figures = [ours.span(start, end) for start, end, _ in fault.figures]
    relations = {relation.id: relation for relation in report.relations}

    def concerns(found: claims.Found) -> bool:
        spans = [theirs.span(o.start, o.end) for o in _operands(found, relations)]
        return meets(theirs.span(found.start, found.end), clause) or any(
            meets(span, figure) for span in spans for figure in [*figures, clause]
        )

    errors = [f for f in report.findings if f.severity == Severity.ERROR]
    seen.elsewhere = sum(not concerns(f) for f in errors)
    if fault.kind == "form":
        seen.found = _form_found(report, door(planted.clean.text), fault.note, concerns)
    else:
        seen.found = any(concerns(f) for f in errors)
    _repair(seen, report, planted)
    return seen


def _operands(found: claims.Found, relations: dict[str, claims.Relation]) -> Sequence[claims.Operand]:
    return relations[found.relation].operands if found.relation in relations else ()


def _form_found(
    report: claims.Report, before: claims.Report, note: str, concerns: Callable[[claims.Found], bool]
) -> bool:
    """A finding that the clean text doesn't have, at the clause or for what is missing anywhere."""
    new = Counter((f.code, f.kind) for f in report.findings)
    new -= Counter((f.code, f.kind) for f in before.findings)
    return any(
        (f.code, f.kind) in new and (concerns(f) or (note in ANYWHERE and f.kind == claims.Kind.MISSING))
        for f in report.findings
    )


def _repair(seen: Seen, report: claims.Report, planted: texts.Faulty) -> None:
    """Whether the first proposal undoes the fault, or at least edits nothing else."""
    if not report.repairs:
        return
    text, edit = report.text, planted.fault.edit
    ours, theirs = Rail(planted.text), Rail(text)
    span = ours.span(edit.start, edit.start + len(edit.new))
    proposal = sorted(report.repairs[0].edits, key=lambda e: -e.start)
    seen.placed = all(meets(theirs.span(e.start, e.end), span) for e in proposal)
    for e in proposal:
        text = text[: e.start] + e.replacement + text[e.end :]
    seen.repaired = bare(text) == bare(planted.clean.text)


Task = tuple[str, int, str]


def _one(task: Task) -> Seen:
    what, seed, regime = task
    return (clean if what == "clean" else faulty)(seed, regime, audit)


def run(tasks: Iterable[Task], jobs: int) -> Iterator[Seen]:
    if jobs < 2:
        yield from map(_one, tasks)
        return
    with Pool(jobs) as pool:
        yield from pool.imap(_one, tasks, chunksize=8)


def summary(seen: Sequence[Seen]) -> dict:
    """The figures of one regime."""
    plain, planted = [s for s in seen if not s.fault], [s for s in seen if s.fault]
    kinds: dict[str, list[Seen]] = defaultdict(list)
    for one in planted:
        kinds[one.fault].append(one)
    seconds = sum(s.seconds for s in plain)
    return {
        "clean": len(plain),
        "false_alarms": sum(bool(s.errors) for s in plain),
        "faulty": len(planted),
        "recall": _share(s.found for s in planted),
        "recall_by_kind": {
            kind: {"texts": len(kinds[kind]), "recall": _share(s.found for s in kinds[kind])}
            for kind in texts.FAULTS
            if kind in kinds
        },
        "errors_elsewhere": sum(s.elsewhere for s in planted),
        "repaired": _share(s.repaired for s in planted if s.found and s.fault != "form"),
        "repair_in_place": _share(s.placed for s in planted if s.found and s.fault != "form"),
        "relations_per_text": sum(s.relations for s in plain) / max(1, len(plain)),
        "verdicts": dict(sum((Counter(s.verdicts) for s in plain), Counter())),
        "characters_per_text": sum(s.characters for s in plain) / max(1, len(plain)),
        "texts_per_second": len(plain) / seconds if seconds else 0.0,
        "characters_per_second": sum(s.characters for s in plain) / seconds if seconds else 0.0,
        "not_read_as_written": sum(not s.read_as_written for s in seen),
        "warnings_and_hints_on_clean": dict(sum((Counter(s.others) for s in plain), Counter())),
    }


def _share(values: Iterable[bool]) -> float:
    told = list(values)
    return sum(told) / len(told) if told else 0.0


def show(regime: str, figures: dict) -> None:
    print(f"\n{regime}: {figures['clean']} consistent texts, {figures['faulty']} with one planted error")
    alarms = figures["false_alarms"]
    print(f"  false alarms     {alarms} of {figures['clean']} ({alarms / max(1, figures['clean']):.2%})")
    print(f"  recall           {figures['recall']:.1%}   errors elsewhere: {figures['errors_elsewhere']}")
    for kind, of in figures["recall_by_kind"].items():
        print(f"    {kind:<14} {of['recall']:7.1%}  of {of['texts']}")
    print(
        f"  first repair     gives the clean text back {figures['repaired']:.1%}, "
        f"edits only the fault {figures['repair_in_place']:.1%} of those found"
    )
    print(f"  relations        {figures['relations_per_text']:.1f} a text  {figures['verdicts']}")
    print(
        f"  speed            {figures['texts_per_second']:.0f} texts/s of "
        f"{figures['characters_per_text']:.0f} characters on one core, "
        f"{figures['characters_per_second'] / 5000:.0f}/s at 5,000"
    )
    print(f"  beside errors    {figures['warnings_and_hints_on_clean']} on consistent texts")
    if figures["not_read_as_written"]:
        print(f"  read otherwise than written: {figures['not_read_as_written']}")


def examples(seen: Sequence[Seen], number: int) -> None:
    alarms = [(s, error) for s in seen if not s.fault for error in s.errors]
    if alarms:
        print(f"\nfalse alarms (first {number} of {len(alarms)})")
    for s, error in alarms[:number]:
        print(f"  seed {s.seed} {s.regime} {s.kind}: {error}")
    missed = [s for s in seen if s.fault and not s.found]
    if missed:
        print(f"\nmissed (first {number} of {len(missed)})")
    for s in missed[:number]:
        print(f"  seed {s.seed} {s.regime} {s.kind}: {s.fault} ({s.note}) 〔{s.clause}〕")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=2000, help="texts of each sort, all regimes together")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--regime", choices=REGIMES)
    parser.add_argument("--show", type=int, default=20, help="false alarms and misses to print")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    asked = parser.parse_args()
    seeds = range(asked.seed, asked.seed + asked.count)
    tasks = [
        (what, seed, asked.regime or REGIMES[seed % 2]) for what in ("clean", "faulty") for seed in seeds
    ]
    seen = list(run(tasks, asked.jobs))
    regimes = {r: summary([s for s in seen if s.regime == r]) for r in REGIMES}
    regimes = {r: of for r, of in regimes.items() if of["clean"]}
    if asked.json:
        rows = [asdict(s) for s in seen if (s.fault and not s.found) or (s.errors and not s.fault)]
        print(json.dumps({"regimes": regimes, "false_alarms_and_misses": rows}, ensure_ascii=False))
        return
    for regime, of in regimes.items():
        show(regime, of)
    examples(seen, asked.show)


if __name__ == "__main__":
    main()
