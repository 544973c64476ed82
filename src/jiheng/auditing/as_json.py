"""A report as JSON: the fields of version 1 (docs/operations.md). Figures are decimal strings."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from jiheng.auditing.telling import Places, plainly
from jiheng.claims import Equation, Found, Operand, Relation, Repair, Report, Term, Word

HEAD, BETWEEN, TAIL = '{"version": 1, "documents": [\n', ",\n", "\n]}\n"


def report_json(report: Report) -> str:
    """One document of the array, on one line. `HEAD`, `BETWEEN` and `TAIL` make a whole answer of them."""
    return json.dumps(document(report), ensure_ascii=False)


def document(report: Report) -> dict[str, Any]:
    """The fields of one document; `error` is null where it could be read."""
    places = Places(report)
    return {
        "document": report.document,
        "sha256": report.sha256,
        "text": report.text,
        "characters": len(report.text),
        "figures": report.figures,
        "relations": [_relation(relation, report, places) for relation in report.relations],
        "findings": [_found(found, report, places) for found in report.findings],
        "repairs": [_repair(repair) for repair in report.repairs],
        "unread": list(report.unread),
        "error": report.error or None,
    }


def _relation(relation: Relation, report: Report, places: Places) -> dict[str, Any]:
    return {
        "id": relation.id,
        "code": relation.code,
        "kind": str(relation.kind),
        "verdict": str(relation.verdict),
        "quote": report.text[relation.start : relation.end],
        "start": relation.start,
        "end": relation.end,
        "place": places.of(relation.id, relation.start),
        "operands": [_operand(operand) for operand in relation.operands],
        "words": [_word(word) for word in relation.words],
        "readings": [_equation(equation) for equation in relation.readings],
        "stated": _value(relation.stated),
        "computed": _value(relation.computed),
        "difference": _value(relation.difference),
        "tolerance": _value(relation.tolerance),
        "proof": relation.proof,
        "message": relation.message,
    }


def _operand(operand: Operand) -> dict[str, Any]:
    return {
        "text": operand.text,
        "value": plainly(operand.value),
        "unit": operand.unit,
        "start": operand.start,
        "end": operand.end,
        "half": plainly(operand.half),
    }


def _word(word: Word) -> dict[str, Any]:
    return {
        "text": word.text,
        "sign": word.sign,
        "start": word.start,
        "end": word.end,
        "opposite": word.opposite,
    }


def _equation(equation: Equation) -> dict[str, Any]:
    return {
        "left": [_term(term) for term in equation.left],
        "base": [_term(term) for term in equation.base],
        "percent": equation.percent,
        "at_most": equation.at_most,
        "signs": list(equation.signs),
    }


def _term(term: Term) -> dict[str, Any]:
    return {"coefficient": plainly(term.coefficient), "operand": term.operand}


def _found(found: Found, report: Report, places: Places) -> dict[str, Any]:
    return {
        "id": found.id,
        "code": found.code,
        "severity": str(found.severity),
        "kind": str(found.kind),
        "relation": found.relation or None,
        "quote": report.text[found.start : found.end],
        "start": found.start,
        "end": found.end,
        "place": places.of(found.id, found.start),
        "message": found.message,
    }


def _repair(repair: Repair) -> dict[str, Any]:
    return {
        "edits": [
            {"start": edit.start, "end": edit.end, "text": edit.text, "replacement": edit.replacement}
            for edit in repair.edits
        ],
        "resolves": list(repair.resolves),
        "breaks": list(repair.breaks),
        "note": repair.note,
    }


def _value(value: Decimal | None) -> str | None:
    return None if value is None else plainly(value)
