"""The runner's counting, with checkers that say what they are told to say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal

import audit_texts
import texts

from jiheng.claims import Edit, Found, Kind, Operand, Outcome, Relation, Repair, Report
from jiheng.sheets import Severity


def saying(*findings: Found, **more) -> Callable[[str], Report]:
    return lambda text: Report("", "", text, 0, findings=findings, **more)


def found(start: int, end: int, kind: Kind = Kind.SUM, severity: Severity = Severity.ERROR, **more) -> Found:
    return Found("F1", "WD00", severity, kind, start, end, "不能同时成立", **more)


def planted(seed: int) -> texts.Faulty:
    return texts.faulty(seed, texts.FAULTS[seed // 2 % len(texts.FAULTS)], "rounded")


def test_an_error_on_a_clean_text_is_a_false_alarm_and_a_hint_is_not() -> None:
    assert audit_texts.clean(3, "rounded", saying(found(0, 4))).errors
    hint = audit_texts.clean(3, "rounded", saying(found(0, 4, severity=Severity.HINT)))
    assert not hint.errors
    assert hint.others == {"hint WD00": 1}


def test_an_error_in_the_clause_is_the_fault_found() -> None:
    fault = planted(2).fault
    assert audit_texts.faulty(2, "rounded", saying(found(fault.start, fault.end))).found
    assert not audit_texts.faulty(2, "rounded", saying()).found
    warning = saying(found(fault.start, fault.end, severity=Severity.WARNING))
    assert not audit_texts.faulty(2, "rounded", warning).found


def test_an_error_elsewhere_is_not_the_fault() -> None:
    seen = audit_texts.faulty(2, "rounded", saying(found(0, 2)))
    assert not seen.found
    assert seen.elsewhere == 1


def test_an_error_that_uses_a_figure_of_the_broken_relation_finds_it() -> None:
    start, end, said = planted(2).fault.figures[0]
    operand = Operand(said, Decimal(1), "元", start, end, Decimal(0))
    relation = Relation("R1", "WD00", Kind.SUM, Outcome.ERROR, start, end, (operand,))
    door = saying(found(0, 2, relation="R1"), relations=(relation,))
    assert audit_texts.faulty(2, "rounded", door).found


def test_a_fault_of_form_needs_a_finding_that_the_clean_text_lacks() -> None:
    seed = texts.FAULTS.index("form") * 2
    text = planted(seed)
    assert text.fault.kind == "form"
    hint = found(text.fault.start, text.fault.end, Kind.RESIDUE, Severity.HINT)

    def only_faulty(said: str) -> Report:
        return saying(*([hint] if said == text.text else []))(said)

    assert audit_texts.faulty(seed, "rounded", only_faulty).found
    assert not audit_texts.faulty(seed, "rounded", saying(hint)).found


def test_a_repair_that_undoes_the_edit_is_counted() -> None:
    edit = planted(2).fault.edit
    undo = Edit(edit.start, edit.start + len(edit.new), edit.new, edit.old)
    seen = audit_texts.faulty(2, "rounded", saying(repairs=(Repair((undo,), ("F1",)),)))
    assert seen.repaired
    assert seen.placed
    other = Repair((Edit(0, 2, "", "某县"),), ("F1",))
    seen = audit_texts.faulty(2, "rounded", saying(repairs=(other,)))
    assert not seen.repaired
    assert not seen.placed


def test_places_survive_a_reader_that_changes_spaces_and_bars() -> None:
    ours, theirs = "| 合计 | 1,234.5 |\n乙", "合计\t1,234.5\n乙"
    one = audit_texts.Rail(ours).span(ours.index("1,"), ours.index("5") + 1)
    other = audit_texts.Rail(theirs).span(theirs.index("1,"), theirs.index("5") + 1)
    assert one == other
    assert audit_texts.bare("１，２３４．５") == audit_texts.bare("1,234.5")


def test_the_summary_counts_by_regime_and_kind() -> None:
    seen = [audit_texts.clean(s, "rounded", saying(found(0, 4))) for s in range(2)]
    seen += [audit_texts.faulty(s, "rounded", saying()) for s in (0, 2)]
    figures = audit_texts.summary(seen)
    assert (figures["clean"], figures["false_alarms"], figures["faulty"], figures["recall"]) == (2, 2, 2, 0.0)
    assert set(figures["recall_by_kind"]) == {"sum", "change"}
    assert json.loads(json.dumps([figures, *map(asdict, seen)]))


def test_the_public_door_is_reached() -> None:
    report = audit_texts.audit("甲乙两项合计3亿元，其中甲1亿元，乙2亿元。")
    assert report.text
    assert not [f for f in report.findings if f.severity == Severity.ERROR]
