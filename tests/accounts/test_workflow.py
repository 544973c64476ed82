"""From 编制中 to 定稿: who may, what bars, what is kept and logged; two people at once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from tests.accounts.made import checked, filled, of_region, of_school, opened, three_public
from tests.cast import Cast, make_entry

from jiheng.accounts import access, todo, workflow
from jiheng.accounts.checking import findings_of, year_findings
from jiheng.accounts.models import Statement, StatementState, StatementVersion
from jiheng.accounts.outcomes import NotKept, Refused, Stale
from jiheng.ledger.models import Entry, EntryKind
from jiheng.sheets import Amount, Missing, Severity
from jiheng.units.models import LogEntry


def codes(statement: Statement) -> list[tuple[str, str]]:
    return [(one.code, one.severity.value) for one in findings_of(statement).findings]


def test_a_wrong_total_is_told_and_bars_the_check(cast: Cast) -> None:
    made = opened(cast.reporter, unit=cast.school)
    made = filled(cast.reporter, made, three_public({"total": "172"}))
    assert made.errors == 1
    with pytest.raises(Refused) as refused:
        workflow.check(cast.reporter, made, made.revision)
    [finding] = refused.value.findings
    assert finding.code == "K23"
    assert finding.field == "rows[total].final"
    assert "172万元，应等于" in finding.message
    assert "相差 1万元" in finding.message
    made = filled(cast.reporter, made, {"total.final": "171"})
    assert workflow.check(cast.reporter, made, made.revision).state == StatementState.CHECKED


def test_every_step_keeps_a_version_and_is_logged(cast: Cast) -> None:
    made = checked(cast)
    closed = workflow.close(cast.treasury, made, made.revision)
    again = workflow.reopen(cast.treasury, closed, closed.revision, "单位更正接待费")
    kept = list(
        StatementVersion.objects.filter(statement=again).values_list("cause", "person__username", "note")
    )
    assert kept == [
        ("重新编制", "treasury", "单位更正接待费"),
        ("定稿", "treasury", ""),
        ("核对", "reporter", ""),
    ]
    actions = (
        LogEntry.objects.filter(subject="accounts.statement").order_by("pk").values_list("action", flat=True)
    )
    assert list(actions) == ["建立账表", "保存账表", "账表核对", "账表定稿", "账表重新编制"]
    saved = LogEntry.objects.get(action="保存账表")
    assert saved.after["合计·决算数"] == "171"
    assert saved.unit_name == "第一中学"


def test_two_people_editing_are_told_and_nothing_is_lost(cast: Cast) -> None:
    made = of_school(cast)
    theirs = filled(cast.reviewer, made, {"reception.final": "9", "total.final": "172"})
    with pytest.raises(Stale) as stale:
        filled(cast.reporter, made, {"reception.final": "7", "total.final": "170"})
    told = {one.label: (one.before, one.after) for one in stale.value.differences}
    assert told == {"合计·决算数": ("172", "170"), "公务接待费·决算数": ("9", "7")}
    assert cast.reviewer.name in stale.value.message
    assert Statement.objects.get(pk=made.pk).revision == theirs.revision


def test_what_is_checked_is_not_changed_without_opening_it_again(cast: Cast) -> None:
    made = checked(cast)
    with pytest.raises(NotKept, match="重新编制"):
        filled(cast.reporter, made, {"total.final": "1"})
    with pytest.raises(NotKept, match="写明原因"):
        workflow.reopen(cast.reporter, made, made.revision, " ")
    made = workflow.reopen(cast.reporter, made, made.revision, "漏了一笔")
    assert filled(cast.reporter, made, {"total.final": "170"}).errors == 1


def test_who_draws_up_what(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        opened(cast.debt, "transfers")
    with pytest.raises(PermissionDenied):
        opened(cast.budget, "debt")
    with pytest.raises(PermissionDenied):
        opened(cast.reporter, "debt")
    with pytest.raises(Http404):
        opened(cast.reporter, unit=cast.clinic)
    with pytest.raises(Http404):
        opened(cast.budget, "nothing")
    assert opened(cast.debt, "debt").kind == "debt"
    assert opened(cast.treasury, "g_income").kind == "g_income"
    made = of_school(cast)
    assert opened(cast.reviewer, unit=cast.school).pk == made.pk
    with pytest.raises(PermissionDenied):
        workflow.close(cast.reviewer, made, made.revision)
    with pytest.raises(Http404):
        access.statement_for(cast.observer, made.pk)


def test_a_figure_that_moved_far_wants_a_reason_before_it_is_closed(cast: Cast) -> None:
    last = filled(
        cast.budget, opened(cast.budget, year=2023), three_public({"reception": "20", "total": "183"})
    )
    assert last.errors == 0
    made = of_region(cast)
    assert str(made.as_table().cell("reception", "last_final")) == "20"
    asked = [one for one in findings_of(made).findings if one.code == "ZB01"]
    assert [one.field for one in asked] == ["rows[reception].reason"]
    assert "减少 12.00万元（60.00%）" in asked[0].message
    made = workflow.check(cast.budget, made, made.revision)
    with pytest.raises(Refused):
        workflow.close(cast.budget, made, made.revision)
    made = workflow.reopen(cast.budget, made, made.revision, "补原因")
    made = filled(cast.budget, made, {"r.reception": "严格控制接待标准"})
    made = workflow.check(cast.budget, made, made.revision)
    assert workflow.close(cast.budget, made, made.revision).state == StatementState.CLOSED


def test_the_units_sum_is_compared_with_the_region(cast: Cast) -> None:
    of_school(cast)
    region = of_region(cast)
    assert not [one for one in codes(region) if one[0] == "K53"]
    filled(cast.budget, region, {"reception.final": "10", "total.final": "173"})
    found = [one for one in year_findings(cast.region.pk, 2024).broken if one.code == "K53"]
    assert [one.severity for one in found] == [Severity.WARNING] * 2
    assert "各单位合计的" in found[0].message


def test_the_ledger_is_summed_up_and_what_was_typed_is_kept(cast: Cast) -> None:
    for number, (economic, amount, fund_type) in enumerate(
        (
            ("30217", "12345.67", "11"),
            ("30217", "-345.67", "11"),
            ("30231", "20000.00", "11"),
            ("30217", "5", "3"),
        )
    ):
        Entry.objects.create(
            region=cast.region,
            fiscal_year=2024,
            unit=cast.school,
            kind=EntryKind.PAYMENT,
            dated=date(2024, 5, 6),
            amount=Decimal(amount),
            fund_type=fund_type,
            function_code="2050299",
            economic_code=economic,
            voucher=f"ACC{number}",
            batch=cast.batch,
            row=number + 1,
            row_hash=f"acc-{number}",
        )
    made = of_school(cast)
    made, said = workflow.fill_from_ledger(cast.reporter, made, made.revision)
    table = made.as_table()
    assert table.cell("reception", "final") == Amount(Decimal("12000.00"))
    assert table.cell("cars_run", "final") == Amount(Decimal("20000.00"))
    assert table.cell("total", "final") == Amount(Decimal("32000.00"))
    assert str(table.cell("total", "budget")) == "171"
    assert said.count(Severity.ERROR) == 0
    assert [one.cause for one in made.versions.all()] == ["台账汇总前"]
    with pytest.raises(NotKept, match="不能从支付台账汇总"):
        t4 = opened(cast.reporter, "t4", unit=cast.school)
        workflow.fill_from_ledger(cast.reporter, t4, t4.revision)


def test_unit_tables_from_the_ledger_hold_together(cast: Cast) -> None:
    entry = make_entry(cast.batch, cast.building, cast.monitoring_window.opens_on, "1000.01")
    assert entry.function_code == ""
    for name in ("t3", "t5"):
        made = opened(cast.reporter, name, unit=cast.school)
        made, said = workflow.fill_from_ledger(cast.reporter, made, made.revision)
        total = made.as_table().cell("total", "project")
        assert isinstance(total, Amount)
        assert total.yuan == Decimal("15501000.01")
        assert not [one for one in said.findings if one.severity is Severity.ERROR]


def test_an_empty_table_and_a_blank_are_not_zero(cast: Cast) -> None:
    made = opened(cast.reporter, unit=cast.school)
    assert codes(made) == [("K29", "error")]
    made = filled(cast.reporter, made, {"total.final": "3", "reception.final": "3"})
    assert isinstance(made.as_table().cell("abroad", "final"), Missing)
    told = [one.message for one in findings_of(made).findings if one.code == "K29"]
    assert "“因公出国（境）费”的“决算数”没有填；没有发生的要写 0，不能空着" in told
    empty = opened(cast.reporter, "t9", unit=cast.school)
    assert codes(empty) == [("K29", "hint")]


def test_what_cannot_be_read_stays_as_typed_and_is_told(cast: Cast) -> None:
    made = filled(cast.reporter, opened(cast.reporter, unit=cast.school), three_public({"total": "约171"}))
    [finding] = [one for one in findings_of(made).findings if one.code == "TB01"]
    assert finding.field == "rows[total].final"
    assert made.errors >= 1
    assert made.as_table().cell("total", "final").note == "约171"


def test_a_table_with_errors_waits_for_who_draws_it_up(cast: Cast) -> None:
    made = of_school(cast)
    assert todo.for_person(cast.reporter) == []
    filled(cast.reporter, made, {"total.final": "172"})
    [line] = todo.for_person(cast.reporter)
    assert (line.count, line.url_name, line.params) == (1, "accounts", {"year": 2024})
    for person in (cast.budget, cast.bureau_reporter, cast.observer, cast.division):
        assert todo.for_person(person) == []
    region = of_region(cast)
    filled(cast.budget, region, {"total.final": "1"})
    assert [line.count for line in todo.for_person(cast.budget)] == [1]
    assert todo.for_person(cast.debt) == []
