"""A run finds hits, the same ones again as the same rows with their review; what is gone is marked."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from django.core.exceptions import PermissionDenied
from tests.cast import Cast, make_entry
from tests.findings import rows as problem_rows
from tests.flags import rows

from jiheng.flags import gathering, running
from jiheng.flags.models import FlagRun, Hit, HitState
from jiheng.ledger import stacks
from jiheng.ledger.models import Entry
from jiheng.policy import on
from jiheng.units import jobs
from jiheng.units.models import Job, JobState, LogEntry


def test_a_run_stores_each_hit_with_its_evidence(cast: Cast) -> None:
    rows.early_contract(cast, project=cast.building_projects[0].code)
    made = rows.run(cast)
    found = Hit.objects.get(flag="F01")
    assert made.counts["F01"] == 1 and made.fresh == sum(made.counts.values())
    assert found.unit == cast.school and found.fund == cast.building and found.level == "高"
    assert found.amount == Decimal(860000) and found.state == HitState.OPEN
    assert {"source": "合同", "key": "HT-1", "field": "签订日期", "value": "2024-03-15"} in found.evidence
    assert found.policy_version == on(rows.YEAR_END, cast.region.pk).version
    assert "listed" in made.left_out["F02"] and made.faults == []
    assert LogEntry.objects.filter(action="疑点核查").exists()


def test_running_again_keeps_the_row_and_its_review(cast: Cast) -> None:
    done = rows.dismissed(cast)
    made = rows.run(cast)
    again = Hit.objects.get(flag="F01")
    assert (again.pk, again.state, again.revision) == (done.pk, HitState.DISMISSED, done.revision)
    assert again.last_run == made and again.first_run != made and not again.has_changed
    assert (made.fresh, made.changed, made.gone) == (0, 0, 0) and made.same == sum(made.counts.values())


def test_what_changed_since_it_was_dismissed_says_so(cast: Cast) -> None:
    rows.dismissed(cast)
    rows.keep(cast, "contracts", rows.CONTRACT | {"signed": date(2024, 2, 1)})
    made = rows.run(cast)
    again = Hit.objects.get(flag="F01")
    assert made.changed == 1 and again.state == HitState.DISMISSED and again.has_changed
    assert "2024-02-01" in again.message


def test_what_is_no_longer_hit_is_gone_and_may_come_back(cast: Cast) -> None:
    found = rows.hit(cast)
    rows.keep(cast, "contracts", rows.CONTRACT | {"signed": date(2024, 7, 1)})
    made = rows.run(cast)
    gone = Hit.objects.get(pk=found.pk)
    assert made.gone == 1 and not gone.is_present and gone.gone_run == made
    rows.keep(cast, "contracts", rows.CONTRACT)
    rows.run(cast)
    back = Hit.objects.get(pk=found.pk)
    assert back.is_present and back.gone_run is None


def test_a_flag_that_crashes_is_told_and_its_hits_stay(cast: Cast, monkeypatch) -> None:
    found = rows.hit(cast)

    def crashes(facts, policy):
        raise ValueError("坏了")

    flags = tuple(
        type(one)(one.code, one.title, one.question, one.guard, one.needs, one.also, one.kind, 1, crashes)
        if one.code == "F01"
        else one
        for one in running.redflags.flags()
    )
    monkeypatch.setattr("jiheng.rules.redflags.flagging.flags", lambda: flags)
    made = rows.run(cast)
    assert [fault["code"] for fault in made.faults] == ["F01"] and "自身出错" in made.faults[0]["message"]
    assert Hit.objects.get(pk=found.pk).is_present


def test_only_who_may_runs_and_one_waiting_run_is_enough(cast: Cast) -> None:
    for person in (cast.division, cast.reporter, cast.observer):
        with pytest.raises(PermissionDenied):
            running.ask_run(person, 2024)
    job = running.ask_run(cast.performance, 2024)
    assert running.ask_run(cast.colleague, 2024) == job
    assert jobs.work_once()
    done = Job.objects.get(pk=job.pk)
    assert done.state == JobState.DONE and done.result["run"] == FlagRun.objects.get().pk
    assert done.done == done.total and "共" in done.message


# ── facts ─────────────────────────────────────────────────────────────────────────────────────────────


def facts(cast: Cast):
    return gathering.facts_of(cast.region, 2024, on(rows.YEAR_END), rows.YEAR_END)


def test_payments_that_no_flag_asks_for_are_not_read(cast: Cast) -> None:
    assert facts(cast).payments == ()
    entry = make_entry(cast.batch, cast.meals, date(2024, 5, 8), "3000.00")
    other = Entry.objects.filter(pk=entry.pk).values().get() | {"id": None, "voucher": "ZF-接待"}
    Entry.objects.create(**(other | {"summary": "公务接待费", "economic_code": "30201"}))
    assert [one.voucher for one in facts(cast).payments] == ["ZF-接待"]
    rows.keep(cast, "contract_payments", {"contract": "HT-1", "voucher": entry.voucher})
    assert {one.voucher for one in facts(cast).payments} == {"ZF-接待", entry.voucher}
    assert facts(cast).fund_of[entry.project.code] == cast.meals.code


def test_an_entry_taken_back_is_no_payment(cast: Cast) -> None:
    entry = make_entry(cast.batch, cast.meals, date(2024, 5, 8), "3000.00")
    values = Entry.objects.filter(pk=entry.pk).values().get()
    Entry.objects.create(
        **(values | {"id": None, "kind": "correction", "corrects_id": entry.pk, "amount": -3000})
    )
    rows.keep(cast, "contract_payments", {"contract": "HT-1", "voucher": entry.voucher})
    assert facts(cast).payments == ()


def test_contracts_belong_to_the_year_they_were_signed_or_paid_in(cast: Cast) -> None:
    entry = make_entry(cast.batch, cast.meals, date(2024, 5, 8), "3000.00")
    rows.keep(cast, "contracts", *(rows.CONTRACT | {"number": n, "signed": date(2022, 1, 5)} for n in "AB"))
    rows.keep(cast, "contract_payments", {"contract": "B", "voucher": entry.voucher})
    assert [one.number for one in facts(cast).contracts] == ["B"]


def test_money_of_funds_is_told_by_budget_and_payment(cast: Cast) -> None:
    found = {one.fund: one for one in facts(cast).fund_money}
    meals = found[cast.meals.code]
    assert meals.arrived_early == Decimal(8000000) and meals.arrived_late == 0
    assert meals.paid == Decimal(4000000) and meals.paid_in_december == 0


def test_one_file_that_answers_two_problems_is_hit(cast: Cast) -> None:
    problem_rows.replied(cast, fiscal_year=2024)
    problem_rows.replied(cast, fiscal_year=2024, title="运动场验收资料缺失")
    rows.run(cast)
    found = Hit.objects.get(flag="F16")
    assert found.unit == cast.school and "同时用于问题" in found.message


def test_stacked_rows_are_searched_where_they_live(tmp_path: Path) -> None:
    path = tmp_path / "batch-1.parquet"
    names = ", ".join(stacks.FIELDS)
    stacked = [
        (1, "payment", "A", "支付公务接待费", "30201", None),
        (2, "payment", "B", "货款", "30299", None),
        (3, "payment", "C", "支付公务接待费", "30201", None),
        (4, "correction", "C", "冲回：支付公务接待费", "30201", 3),
    ]
    rows_sql = ", ".join(
        f"({pk}, '{kind}', '{voucher}', DATE '2024-05-01', '105002', '', 10.5, '11', '', '{code}', '',"
        f" '{said}', '', '', {corrects or 'NULL'}::BIGINT)"
        for pk, kind, voucher, said, code, corrects in stacked
    )
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT * FROM (VALUES {rows_sql}) AS t({names})) TO '{path}' (FORMAT parquet)")
    found = gathering.in_files([path], *gathering.searched(["公务接待"], ["301"]))
    assert [(one.voucher, one.amount) for one in found] == [("A", Decimal("10.5"))]
    named = gathering.in_files([path], "voucher IN (SELECT unnest($wanted))", {"wanted": ["B", "C"]})
    assert [one.voucher for one in named] == ["B"]
