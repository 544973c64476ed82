"""The checks of form, case by case: each case lists everything that is found in its text, and why."""

import inspect
import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from jiheng import policy
from jiheng.claims.form import CHECKS, form_findings
from jiheng.sheets import Severity
from jiheng.sheets.document import Block, BlockKind, Cell, Document

CASES = Path(__file__).parents[1] / "cases" / "claims" / "form"
NUMBER = re.compile(r"[\u4e00-\u9fff]+〔\d{4}〕\d+号")
CODE = re.compile(r"[A-Z]{1,2}\d\d")
POLICY = policy.on(date(2024, 12, 31))


def cases():
    for path in sorted(CASES.glob("*.yaml")):
        for check, rows in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            for row in rows:
                yield pytest.param(check, row, id=f"{check} {row['name']}")


def document_of(case):
    """One block a line; a case's table stands at the end."""
    text, blocks = "", []
    for line in case["text"].splitlines():
        if line.strip():
            blocks.append(Block(BlockKind.PARAGRAPH, len(text), len(text) + len(line)))
        text += line + "\n"
    if "table" in case:
        start, cells = len(text), []
        for row, values in enumerate(case["table"]["rows"]):
            for column, value in enumerate(values):
                cells.append(Cell(row, column, len(text), len(text) + len(value)))
                text += value + "\t"
            text += "\n"
        title = case["table"]["title"]
        blocks.append(Block(BlockKind.TABLE, start, len(text), title=title, cells=tuple(cells)))
        text += case["table"].get("below", "")
    return Document(case["name"], "", text, tuple(blocks))


@pytest.mark.parametrize(("check", "case"), list(cases()))
def test_a_text_gets_exactly_the_findings_of_its_case(check, case):
    document = document_of(case)
    found = form_findings(document, POLICY, case.get("year"))
    said = [f"{one.code} {one.severity} {one.kind} {document.text[one.start : one.end]}" for one in found]
    assert sorted(said) == sorted(case["expect"]), [one.message for one in found]
    assert case["reason"]
    assert all(one.id == "" and re.search(r"[\u4e00-\u9fff]", one.message) for one in found)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_check_names_its_code_and_source_and_has_cases_of_both_kinds(check):
    assert NUMBER.search(inspect.getdoc(check))
    codes = set(CODE.findall(inspect.getdoc(check).split(",")[0]))
    assert codes
    mine = [case.values[1] for case in cases() if case.values[0] == check.__name__]
    assert any(case["expect"] for case in mine), "no case trips it"
    assert any(not case["expect"] for case in mine), "no case leaves it silent"


def test_there_is_no_case_without_a_check():
    assert {case.values[0] for case in cases()} <= {check.__name__ for check in CHECKS} | {"whole"}


def test_form_never_bars_publication():
    severities = {
        one.severity
        for case in cases()
        for one in form_findings(document_of(case.values[1]), POLICY, case.values[1].get("year"))
    }
    assert severities == {Severity.WARNING, Severity.HINT}


def test_every_pattern_of_the_required_contents_can_be_searched():
    for entry in POLICY.values():
        if entry.path.startswith(("contents.notes.", "contents.department")):
            re.compile(entry.value["heading"])
            codes = [row["code"] for row in entry.value["contents"]]
            assert len(codes) == len(set(codes))
            for row in entry.value["contents"]:
                for pattern in [*row.get("words", ()), *row.get("each", {}).values(), row.get("at", "")]:
                    re.compile(pattern)


@pytest.mark.parametrize(
    "text", ["", "\n\n", "2024年" * 3000, "（" * 5000, "附件" * 5000, "其中" * 5000, "1" * 9000]
)
def test_odd_texts_do_no_harm(text):
    block = Block(BlockKind.PARAGRAPH, 0, len(text))
    form_findings(Document("odd", "", text, (block,) if text else ()), POLICY)
