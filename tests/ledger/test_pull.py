"""Payments by file: staged, published, overlapping, corrected, killed half-way."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import Cast
from tests.units.test_imports import sheet, staged

from jiheng.ledger import executed, pull
from jiheng.ledger.models import Entry, EntryKind
from jiheng.units import imports
from jiheng.units.models import Batch, BatchState, LogEntry, Person

HEADER = ("支付凭证号", "支付日期", "单位代码", "项目代码", "金额", "种类", "是否作废")
STANDARD = ("pay_cert_no", "xpay_date", "agency_code", "pro_code", "xpay_amt", "fund_type_code", "is_deleted")
FIRST = "43029924T354001001001"  # 民政局's relief fund
YEAR_END = date(2024, 12, 31)
ROWS = [
    ("A1", "2024-03-01", "354001", FIRST, "1000.00", "", ""),
    ("A2", "2024-03-02", "354001", FIRST, "2,000.50", "支付", "否"),
    ("A3", "2024-04-01", "354001", FIRST, "300", "退回", ""),
    ("A4", "2024-04-02", "354001", "", "40", "", ""),
]


def pulled(person: Person, rows, *, header=HEADER, good_rows_only: bool = False) -> Batch:
    batch = staged(person, "payments", sheet(header, rows), 2024)
    return imports.publish(person, batch.pk, good_rows_only=good_rows_only)[0]


def spent(cast: Cast, until: date = YEAR_END):
    return executed.of_funds(cast.region, 2024, until, [cast.relief])[cast.relief.pk].total


def test_only_what_is_published_counts(cast: Cast) -> None:
    batch = staged(cast.treasury, "payments", sheet(HEADER, ROWS), 2024)
    assert Entry.objects.filter(batch=batch).count() == 4
    assert spent(cast) == Decimal(0)
    imports.publish(cast.treasury, batch.pk)
    assert spent(cast) == Decimal("2700.50")
    assert executed.basic_of_units(cast.region, 2024, YEAR_END)[cast.civil_bureau.pk].total == Decimal(40)
    assert LogEntry.objects.get(action="导入支付").after["新增"] == 4


def test_the_file_is_reconciled_by_fund(cast: Cast) -> None:
    batch = pulled(cast.treasury, ROWS)
    assert batch.preview["total"] == "2740.50"
    assert batch.preview["by_fund"] == [["困难群众救助补助资金", 3, "2700.50"], ["基本支出", 1, "40"]]
    (warning,) = batch.preview["after"]
    assert "已支付 2,700.50 元，但没有 2024 年预算" in warning


def test_spending_above_the_budget_is_told(cast: Cast) -> None:
    code = cast.clinics.projects.get().code
    batch = pulled(cast.treasury, [("B1", "2024-07-01", "361002", code, "2900000.01", "", "")])
    assert "超出全年预算 3,200,000.00 元，多 0.01 元" in batch.preview["after"][0]


def test_the_same_file_twice_changes_nothing(cast: Cast) -> None:
    first = pulled(cast.treasury, ROWS)
    before = (Entry.objects.count(), Batch.objects.count(), LogEntry.objects.count())
    again = pulled(cast.treasury, ROWS)
    assert again == first
    assert (Entry.objects.count(), Batch.objects.count(), LogEntry.objects.count()) == before


def test_overlapping_rows_count_once(cast: Cast) -> None:
    pulled(cast.treasury, ROWS)
    batch = pulled(cast.treasury, [*ROWS, ("A5", "2024-05-01", "354001", FIRST, "7", "", "")])
    assert batch.preview["counts"] == {"新增": 1, "更正": 0, "作废冲回": 0, "已有": 4}
    assert spent(cast) == Decimal("2707.50")


def test_a_changed_voucher_is_taken_back_and_entered_anew(cast: Cast) -> None:
    pulled(cast.treasury, ROWS)
    batch = pulled(cast.treasury, [("A1", "2024-06-01", "354001", FIRST, "1500", "", "")])
    old, back, new = Entry.objects.filter(voucher="A1").order_by("pk")
    assert (back.kind, back.amount, back.corrects, back.dated) == (
        EntryKind.CORRECTION,
        Decimal("-1000.00"),
        old,
        date(2024, 3, 1),
    )
    assert (new.amount, new.batch, back.batch) == (Decimal("1500.00"), batch, batch)
    assert spent(cast, date(2024, 5, 31)) == Decimal("1700.50")
    assert spent(cast) == Decimal("3200.50")


def test_a_voided_voucher_is_taken_back(cast: Cast) -> None:
    pulled(cast.treasury, ROWS)
    void = ("A2", "2024-03-02", "354001", FIRST, "2000.50", "", "是")
    batch = pulled(cast.treasury, [void, ("A9", "2024-03-02", "354001", FIRST, "9", "", "是")])
    assert batch.preview["counts"] == {"新增": 0, "更正": 0, "作废冲回": 1, "已有": 1}
    assert spent(cast) == Decimal("700.00")
    assert pulled(cast.treasury, [ROWS[1]]).preview["counts"]["新增"] == 1
    assert spent(cast) == Decimal("2700.50")


def test_the_names_of_the_upstream_standard_are_understood(cast: Cast) -> None:
    rows = [("A1", "20240301", "354001", FIRST, "12.34", "12", "2")]
    pulled(cast.treasury, rows, header=STANDARD)
    assert executed.of_funds(cast.region, 2024, YEAR_END)[cast.relief.pk].by_type == {"12": Decimal("12.34")}


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (("B1", "2024-03-01", "999", FIRST, "1", "", ""), "单位代码", "没有这个单位"),
        (("B1", "2024-03-01", "354001", "P9", "1", "", ""), "项目代码", "没有这个项目"),
        (("B1", "2023-03-01", "354001", FIRST, "1", "", ""), "支付日期", "2024 预算年度"),
        (("B1", "2024-03-01", "354001", FIRST, "-1", "", ""), "金额", "请把种类写为“退回”"),
        (("A1", "2024-03-09", "354001", FIRST, "1", "", ""), "支付凭证号", "已在第 2 行"),
        (("B1", "2024-03-01", "354001", FIRST, "1.234", "", ""), "金额", "小数最多 2 位"),
    ],
)
def test_a_row_that_matches_nothing_is_reported_not_lost(
    cast: Cast, row: tuple, column: str, words: str
) -> None:
    batch = staged(cast.treasury, "payments", sheet(HEADER, [*ROWS, row]), 2024)
    (cell,) = batch.preview["bad"]
    assert (cell["row"], cell["column"]) == (6, column)
    assert words in cell["reason"]
    with pytest.raises(ValidationError, match="1 处错误"):
        imports.publish(cast.treasury, batch.pk)
    assert spent(cast) == Decimal(0)
    imports.publish(cast.treasury, batch.pk, good_rows_only=True)
    assert spent(cast) == Decimal("2700.50")


def test_two_staged_files_cannot_both_enter_the_same_row(cast: Cast) -> None:
    one = staged(cast.treasury, "payments", sheet(HEADER, ROWS), 2024)
    two = staged(cast.treasury, "payments", sheet(HEADER, ROWS[:2]), 2024)
    imports.publish(cast.treasury, one.pk)
    with pytest.raises(ValidationError, match="重新上传"):
        imports.publish(cast.treasury, two.pk)
    assert spent(cast) == Decimal("2700.50")


def test_what_a_killed_pull_left_is_removed_when_taken_up_again(cast: Cast, monkeypatch) -> None:
    monkeypatch.setattr(pull, "CHUNK", 2)
    upload = imports.receive(cast.treasury, "payments", "支付.csv", sheet(HEADER, ROWS))

    def killed(found: imports.ImportKind, batch: Batch) -> None:
        raise SystemExit(9)  # even the tidying up is not reached

    def stop(done: int, total: int, words: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(imports, "_drop", killed)
        with pytest.raises(SystemExit):
            imports.stage(cast.treasury, "payments", upload, 2024, stop)
    left = Batch.objects.get(kind="payments", state=BatchState.STAGED)
    assert Entry.objects.filter(batch=left).count() == 2
    with pytest.raises(ValidationError, match="尚未读完"):
        imports.publish(cast.treasury, left.pk)

    batch = imports.stage(cast.treasury, "payments", upload, 2024)
    assert not Entry.objects.filter(batch=left).exists()
    imports.publish(cast.treasury, batch.pk)
    assert spent(cast) == Decimal("2700.50")


def test_a_discarded_pull_leaves_no_entries(cast: Cast) -> None:
    batch = staged(cast.treasury, "payments", sheet(HEADER, ROWS), 2024)
    imports.discard(cast.treasury, batch.pk)
    assert not Entry.objects.filter(batch=batch).exists()


def test_published_entries_are_not_cleared(cast: Cast) -> None:
    batch = pulled(cast.treasury, ROWS)
    pull.clear(batch)
    assert Entry.objects.filter(batch=batch).count() == 4


@pytest.mark.parametrize("who", ["observer", "reporter", "budget", "admin"])
def test_who_may_not_pull_may_not(cast: Cast, who: str) -> None:
    with pytest.raises(PermissionDenied):
        staged(cast.people[who], "payments", sheet(HEADER, ROWS), 2024)


def test_publishing_takes_few_statements(cast: Cast, django_assert_max_num_queries) -> None:
    batch = staged(cast.treasury, "payments", sheet(HEADER, ROWS), 2024)
    with django_assert_max_num_queries(22):
        imports.publish(cast.treasury, batch.pk)


VOUCHERS = st.dictionaries(
    st.sampled_from(["V1", "V2", "V3", "V4"]),
    st.tuples(
        st.integers(1, 10**9),
        st.dates(date(2024, 1, 1), YEAR_END),
        st.sampled_from(["支付", "实拨"]),
        st.booleans(),
    ),
    min_size=1,
)


class Undo(Exception):
    """Rolls one example back."""


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pulls=st.lists(VOUCHERS, min_size=1, max_size=5), until=st.dates(date(2024, 1, 1), YEAR_END))
def test_any_sequence_of_overlapping_pulls_sums_to_the_last_state(cast: Cast, pulls, until: date) -> None:
    last: dict[tuple[str, str], tuple[int, date]] = {}
    seen: set[bytes] = set()
    with pytest.raises(Undo), transaction.atomic():
        for vouchers in pulls:
            rows = [
                (
                    name,
                    day.isoformat(),
                    "354001",
                    FIRST,
                    f"{fen // 100}.{fen % 100:02}",
                    kind,
                    "是" if void else "",
                )
                for name, (fen, day, kind, void) in vouchers.items()
            ]
            pulled(cast.treasury, rows)
            data = sheet(HEADER, rows)
            if data not in seen:  # the very same file changes nothing
                for name, (fen, day, kind, void) in vouchers.items():
                    last[name, kind] = (0 if void else fen, day)
            seen.add(data)
        for day in (until, YEAR_END):
            expected = sum(fen for fen, dated in last.values() if dated <= day)
            assert spent(cast, day) == Decimal(expected).scaleb(-2)
        raise Undo
