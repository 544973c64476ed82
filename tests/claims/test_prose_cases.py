"""What the prose of a document states, case by case: own sentences, the relations read from them, and why.

A case lists relations as [code or kind, verdict, operands …] (operands as printed, in any order) and
findings as [severity, code or kind, clause]. All findings that come from a relation are compared; relations
that are not listed count only where the case says `only`, and those left undecided (unknown) never.
"""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import yaml

from jiheng import policy
from jiheng.claims import check
from jiheng.claims.verifier import verify
from jiheng.documents.reading import read

CASES = Path(__file__).parents[1] / "cases" / "claims" / "prose"
FIELDS = {"name", "text", "format", "year", "relations", "only", "findings", "reason"}
VERDICTS = ("ok", "rounding", "error", "unknown")
POLICY = policy.on(date(2024, 12, 31))


def load(folder):
    return [
        (path.stem, case)
        for path in sorted(folder.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def audited(case):
    name = f"{case['name']}.{case.get('format', 'txt')}"
    return check(read(case["text"].encode(), name), POLICY, year=case.get("year"))


def differences(case, report):
    """What the report says otherwise than the case, one line each; empty where they agree."""
    wrong = []
    left = list(report.relations)
    for name, verdict, *operands in case.get("relations", ()):
        wanted = sorted(map(str, operands))
        match = next(
            (
                each
                for each in left
                if name in (each.code, each.kind.value)
                and each.verdict.value == verdict
                and sorted(operand.text for operand in each.operands) == wanted
            ),
            None,
        )
        if match is None:
            wrong.append(f"没有这个关系：{name} {verdict} {'、'.join(wanted)}")
        else:
            left.remove(match)
    if case.get("only"):
        wrong += [f"多出来的关系：{shown(each)}" for each in left if each.verdict.value != "unknown"]
    return wrong + _findings(case, report)


def _findings(case, report):
    said = [one for one in report.findings if one.relation]
    wrong = []
    for severity, name, quote in case.get("findings", ()):
        match = next(
            (
                one
                for one in said
                if one.severity.value == severity
                and name in (one.code, one.kind.value)
                and report.text[one.start : one.end] == quote
            ),
            None,
        )
        if match is None:
            wrong.append(f"没有这条提示：{severity} {name} “{quote}”")
        else:
            said.remove(match)
    extra = [
        f"{one.severity.value} {one.code} “{report.text[one.start : one.end]}” {one.message}" for one in said
    ]
    return wrong + [f"多出来的提示：{each}" for each in extra]


def shown(relation):
    texts = "、".join(operand.text for operand in relation.operands)
    return f"{relation.code} {relation.kind.value} {relation.verdict.value} {texts}"


def explained(case, report, wrong):
    listed = "\n  ".join(map(shown, report.relations)) or "（没有读出关系）"
    return f"\n{case['name']}\n{case['text']}\n" + "\n".join(wrong) + f"\n读出的关系：\n  {listed}"


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{family} {case['name']}") for family, case in load(CASES)]
)
def test_a_text_says_what_its_case_says(case):
    report = audited(case)
    wrong = differences(case, report)
    assert not wrong, explained(case, report, wrong)
    for relation in report.relations:
        if relation.verdict.value == "error":
            assert verify(relation), shown(relation)


def test_the_cases_are_whole():
    cases = load(CASES)
    assert len(cases) >= 300
    names = Counter((family, case["name"]) for family, case in cases)
    assert [name for name, count in names.items() if count > 1] == []
    for family, case in cases:
        assert set(case) <= FIELDS, (family, case["name"])
        assert re.search(r"[\u4e00-\u9fff=]", case["reason"]), (family, case["name"])
        assert all(verdict in VERDICTS for _, verdict, *_ in case.get("relations", ())), case["name"]


def test_cases_hold_err_and_stay_silent():
    """A checker that always complains, or never does, must fail this collection."""
    kinds = Counter()
    for _, case in load(CASES):
        severities = {severity for severity, *_ in case.get("findings", ())}
        decided = any(verdict in ("ok", "rounding") for _, verdict, *_ in case.get("relations", ()))
        kinds["error" if severities & {"error", "warning"} else "holds" if decided else "silent"] += 1
    total = kinds.total()
    assert kinds["holds"] >= total * 2 // 5
    assert kinds["error"] >= total // 4
    assert kinds["silent"] >= total // 12
