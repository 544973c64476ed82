"""Every registered rule has its official source, its name, a case that trips it and one that does not."""

import re
from pathlib import Path

import pytest
import yaml

from jiheng.rules import redflags, registered

CASES = Path(__file__).parents[1] / "cases" / "rules"
LETTERS = {"goals": "MB", "monitoring": "JK", "evaluation": "PJ"}
NUMBER = re.compile(r"[\u4e00-\u9fff]+〔\d{4}〕\d+号")


@pytest.mark.parametrize("rule", registered(), ids=lambda rule: rule.code)
def test_a_rule_has_name_source_and_cases(rule):
    assert rule.check.__name__ == f"rule_{rule.code}"
    assert re.fullmatch(LETTERS[rule.pack] + r"\d\d", rule.code)
    assert NUMBER.search(rule.check.__doc__ or ""), "the docstring names no 文号"
    content = yaml.safe_load((CASES / f"{rule.code}.yaml").read_text(encoding="utf-8"))
    assert content["rule"] == rule.code
    assert content["meaning"]
    assert any(case["expect"] for case in content["cases"]), "no case trips it"
    assert any(not case["expect"] for case in content["cases"]), "no case leaves it silent"


@pytest.mark.parametrize("flag", redflags.flags(), ids=lambda flag: flag.code)
def test_a_red_flag_has_its_guard_its_question_and_cases(flag):
    assert flag.check.__name__ == f"flag_{flag.code}" and flag.check.__doc__
    assert flag.title and flag.guard and flag.question.endswith("吗？")
    content = yaml.safe_load((CASES / f"{flag.code}.yaml").read_text(encoding="utf-8"))
    assert content["rule"] == flag.code and content["meaning"]
    assert any(case["expect"] for case in content["cases"]), "no case trips it"
    assert any(not case["expect"] for case in content["cases"]), "no case of its guard leaves it silent"


def test_there_are_sixteen_red_flags():
    assert [flag.code for flag in redflags.flags()] == [f"F{number:02}" for number in range(1, 17)]


def test_there_is_no_case_file_without_a_rule():
    every = {rule.code for rule in registered()} | {flag.code for flag in redflags.flags()}
    assert {path.stem for path in CASES.glob("*.yaml")} == every


def test_scoring_keeps_its_own_codes():
    assert not [rule.code for rule in registered() if re.fullmatch(r"PJ0\d", rule.code)]
