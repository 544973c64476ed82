from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sheets.strategies import AMOUNTS, MISSING, SHEETS

from jiheng.policy import on
from jiheng.rules import Context, registered, run
from jiheng.rules.engine import PACKS, Rule, error, rule, run_rules, warning
from jiheng.sheets import (
    Finding,
    Form,
    Header,
    Indicator,
    ProjectGoalSheet,
    Severity,
    UnitGoalSheet,
)

POLICY = on(date(2024, 1, 15))
SHEET = ProjectGoalSheet(
    header=Header(fiscal_year=2024), indicators=(Indicator(key="b", name="甲"), Indicator(key="a", name="乙"))
)


def made(code, check, **dates):
    return Rule(code, "goals", check, (Form.PROJECT_GOAL,), dates.get("since"), dates.get("until"))


def test_a_crashing_rule_is_a_finding_against_itself_and_the_run_goes_on():
    def crashes(sheet, policy, context):
        yield error("phone", "说了一半")
        raise ZeroDivisionError("除以零")

    def speaks(sheet, policy, context):
        yield warning("phone", "电话不对")

    assert run_rules([made("MB90", crashes), made("MB91", speaks)], SHEET, POLICY, Context()) == [
        Finding(
            "MB90",
            Severity.WARNING,
            "检查规则 MB90 自身出错，本条未检查（ZeroDivisionError：除以零）；请告知系统管理员",
        ),
        Finding("MB91", Severity.WARNING, "电话不对", "phone"),
    ]


def test_findings_stand_in_form_order_whatever_the_rules_order():
    fields = ["indicators[a].weight", "indicators[b].weight", "indicators", "funding.annual_total", ""]

    def says(sheet, policy, context):
        yield from (error(field, field) for field in fields)

    found = [finding.field for finding in run_rules([made("MB90", says)], SHEET, POLICY, Context())]
    assert found == list(reversed(fields))


def test_a_rule_holds_between_its_dates_both_included():
    dated = made("MB90", lambda *_: [], since=date(2021, 8, 18), until=date(2023, 12, 31))
    days = (date(2021, 8, 17), date(2021, 8, 18), date(2023, 12, 31), date(2024, 1, 1))
    assert [dated.holds_on(day) for day in days] == [False, True, True, False]


def test_the_registry_is_closed_after_import():
    before = registered()
    with pytest.raises(RuntimeError, match="closed"):

        @rule("MB99", pack="goals")
        def rule_MB99(sheet, policy, context):
            return []

    assert registered() == before


def test_a_pack_refuses_a_form_it_does_not_know():
    with pytest.raises(ValueError, match="monitoring"):
        run("monitoring", SHEET, POLICY, Context())


def test_an_empty_form_is_checked_without_a_crash():
    found = run("goals", ProjectGoalSheet(header=Header(fiscal_year=2024)), POLICY, Context())
    assert found
    assert not [finding for finding in found if "自身出错" in finding.message]


CONTEXTS = st.builds(
    Context,
    expected=st.none() | st.from_type(Header),
    budget=AMOUNTS | MISSING,
    approved=st.none() | st.from_type(ProjectGoalSheet) | st.from_type(UnitGoalSheet),
    ledger_executed=AMOUNTS | MISSING,
    due_month_share=st.just(Decimal("0.5")) | MISSING,
)


@settings(max_examples=80, deadline=None)
@given(SHEETS, CONTEXTS)
def test_no_rule_crashes_on_any_form(sheet, context):
    pack = next(pack for pack, forms in PACKS.items() if sheet.form in forms)
    found = run(pack, sheet, POLICY, context)
    assert not [finding.message for finding in found if "自身出错" in finding.message]
