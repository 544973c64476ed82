import pytest
from tests.rules.cases import cases, findings_of

from jiheng.rules import registered
from jiheng.rules.engine import PACKS
from jiheng.sheets import Form

PACK_OF = {item.code: item.pack for item in registered()}
GOOD = [(pack, form) for pack, forms in PACKS.items() for form in forms]


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.rule} {case.name}")
def test_a_rule_says_exactly_what_its_case_states(case):
    found = findings_of(PACK_OF[case.rule], case.form, case.change, case.context)
    said = [
        {"field": finding.field, "severity": finding.severity.value, "message": finding.message}
        for finding in found
        if finding.code == case.rule
    ]
    assert said == case.expect


@pytest.mark.parametrize(("pack", "form"), GOOD)
def test_of_a_correct_form_no_rule_says_anything(pack: str, form: Form):
    assert findings_of(pack, form, {}, {}) == []
