"""Upstream files by a mapping: messy ones, personal numbers, and rows beyond the database's comfort."""

import csv
import random
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from tests.cast import Cast

from jiheng.documents import personal
from jiheng.ledger import executed, stacks, upstream
from jiheng.ledger.models import Difference, Entry, EntryKind
from jiheng.units import imports
from jiheng.units.models import Batch, LogEntry, Person, Upload

FIRST = "43029924T354001001001"  # 民政局's relief fund
YEAR_END = date(2024, 12, 31)
ACCOUNT, ID = "6222021234567890123", "430211199001011234"
HEADER = (
    "pay_cert_no",
    "xpay_date",
    "agency_code",
    "pro_code",
    "xpay_amt",
    "payee_acct_name",
    "payee_acct_no",
)
HEADER += ("iden_no", "abstract", "is_deleted", "本地备注")


def row(number: str, amount: str = "100", **other: str) -> tuple[str, ...]:
    values = {"pay_cert_no": number, "xpay_date": "20240301101112345", "agency_code": "354001"}
    values |= {"pro_code": FIRST, "xpay_amt": amount, "is_deleted": "2", **other}
    return tuple(values.get(name, "") for name in HEADER)


def written(path: Path, rows, header=HEADER, encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def staged(person: Person, path: Path, key: str = "payments", year: int = 2024) -> Batch:
    one = upstream.chosen(person, key)
    kind = one.mapping.kind
    return imports.stage(person, kind, imports.receive_mapped(person, kind, path, path.name, one.text), year)


def pulled(person: Person, path: Path, key: str = "payments", *, good_rows_only: bool = False) -> Batch:
    return imports.publish(person, staged(person, path, key).pk, good_rows_only=good_rows_only)[0]


def spent(cast: Cast, until: date = YEAR_END):
    return executed.of_funds(cast.region, 2024, until, [cast.relief])[cast.relief.pk].total


@pytest.fixture(params=["entries", "stacked"])
def any_size(request, settings, tmp_path: Path) -> str:
    """The same outcome whether the rows live in the database or as Parquet."""
    settings.STACKS = tmp_path / "stacks"
    settings.COMFORT_ROWS = 0 if request.param == "stacked" else 200_000
    return request.param


def test_a_file_of_the_upstream_standard(cast: Cast, tmp_path: Path, any_size: str) -> None:
    rows = [
        row("A1", "1,000.50"),
        row("A2", "200"),
        row("A3", "7", is_deleted="1"),
        row("A4", "40", pro_code=""),
    ]
    batch = pulled(cast.treasury, written(tmp_path / "支付.csv", rows))
    assert batch.preview["counts"] == {"新增": 3, "更正": 0, "作废冲回": 0, "已有": 1}
    assert spent(cast) == Decimal("1200.50")
    assert spent(cast, date(2024, 2, 29)) == 0
    assert executed.basic_of_units(cast.region, 2024, YEAR_END)[cast.civil_bureau.pk].total == 40
    assert executed.of_funds(cast.region, 2024, YEAR_END, [cast.relief])[cast.relief.pk].entries == 2
    assert bool(stacks.published(cast.region.pk, 2024)) == (any_size == "stacked")


def test_the_same_file_twice_and_a_corrected_one(cast: Cast, tmp_path: Path, any_size: str) -> None:
    path = written(tmp_path / "a.csv", [row("A1"), row("A2", "20")])
    first = pulled(cast.treasury, path)
    before = (Entry.objects.count(), Batch.objects.count(), Upload.objects.count(), LogEntry.objects.count())
    assert pulled(cast.treasury, path) == first
    assert before == (
        Entry.objects.count(),
        Batch.objects.count(),
        Upload.objects.count(),
        LogEntry.objects.count(),
    )

    later = [row("A1", "150", xpay_date="2024-06-01"), row("A2", "20", is_deleted="1"), row("A3", "5")]
    batch = pulled(cast.treasury, written(tmp_path / "b.csv", later))
    assert batch.preview["counts"] == {"新增": 1, "更正": 1, "作废冲回": 1, "已有": 0}
    assert spent(cast) == 155
    assert spent(cast, date(2024, 5, 31)) == 5
    assert pulled(cast.treasury, written(tmp_path / "c.csv", later[:1])).preview["counts"]["已有"] == 1
    assert spent(cast) == 155


def test_a_year_that_grew_beyond_comfort_still_knows_its_entries(
    cast: Cast, tmp_path: Path, settings
) -> None:
    settings.STACKS = tmp_path / "stacks"
    pulled(cast.treasury, written(tmp_path / "a.csv", [row("A1"), row("A2", "20")]))
    settings.COMFORT_ROWS = 0
    batch = pulled(cast.treasury, written(tmp_path / "b.csv", [row("A1"), row("A2", "30"), row("A3", "5")]))
    assert batch.preview["counts"] == {"新增": 1, "更正": 1, "作废冲回": 0, "已有": 1}
    assert spent(cast) == 135
    settings.COMFORT_ROWS = 200_000  # a few rows more, into a year that has files
    batch = pulled(cast.treasury, written(tmp_path / "c.csv", [row("A3", "6"), row("A1", "1")]))
    assert batch.preview["counts"]["更正"] == 2
    assert spent(cast) == 37
    assert Entry.objects.filter(kind=EntryKind.CORRECTION, corrects__isnull=False).count() == 2
    found = stacks.rows(cast.region, 2024, YEAR_END, voucher="A3")
    assert [one["amount"] for one in found] == [6, 5, -5] or sorted(one["amount"] for one in found) == [
        -5,
        5,
        6,
    ]


def test_personal_numbers_are_sealed_on_arrival(cast: Cast, tmp_path: Path, any_size: str, settings) -> None:
    rows = [
        row("A1", payee_acct_no=ACCOUNT, payee_acct_name="张某", abstract=f"卡号{ACCOUNT}发放"),
        row("A2", payee_acct_no=f"{ACCOUNT[:4]} {ACCOUNT[4:]}", pro_code="没有的项目"),
        row("A3", iden_no="４３０２１１199001011234", 本地备注=ID),
        row("A4", iden_no=ID),
    ]
    path = written(tmp_path / "a.csv", rows)
    batch = pulled(cast.treasury, path, good_rows_only=True)
    kept = b"".join(Path(upload.file.path).read_bytes() for upload in Upload.objects.all())
    kept += b"".join(path.read_bytes() for path in stacks.published(cast.region.pk, 2024))
    told = str(
        [batch.preview, *LogEntry.objects.values(), *Entry.objects.values(), *Difference.objects.values()]
    )
    for number in (ACCOUNT, ID, ACCOUNT[4:]):
        assert number.encode() not in kept
        assert number not in told
    assert "****0123" in told
    key = settings.PERSONAL_KEY.encode()
    if any_size == "stacked":
        known = {one["voucher"]: one["payee_key"] for one in stacks.rows(cast.region, 2024, YEAR_END)}
    else:
        known = dict(Entry.objects.filter(batch=batch).values_list("voucher", "payee_key"))
    assert known["A3"] == known["A4"] == personal.keyed(ID, key)
    assert known["A1"] == personal.keyed(ACCOUNT, key)


def test_a_file_with_accounts_is_refused_without_a_mapping(cast: Cast, tmp_path: Path) -> None:
    data = written(tmp_path / "a.csv", [row("A1", payee_acct_no=ACCOUNT)]).read_bytes()
    with pytest.raises(ValidationError, match="个人信息栏目"):
        imports.receive(cast.treasury, "payments", "a.csv", data)
    assert not Upload.objects.exists()


def test_what_small_and_large_pulls_say_of_a_messy_file_is_the_same(
    cast: Cast, tmp_path: Path, settings
) -> None:
    settings.STACKS = tmp_path / "stacks"
    chance = random.Random(7)
    pick = chance.choice
    rows = [
        row(
            f"V{chance.randrange(90)}" if chance.random() < 0.9 else pick(["", " V1 ", "长" * 3, "9" * 70]),
            pick(["100", "1,234.50", "-5", "３４", "12.345", "1万元", "", "五百", "0.10", "￥9.00"]),
            xpay_date=pick(
                ["20240301101112345", "2024-03-01", "2024年3月5日", "45362", "20240230", "2023-12-31", "3/4"]
            ),
            agency_code=pick(["354001", "354001", "999", "'354001", " 354001"]),
            pro_code=pick([FIRST, FIRST, "", "43029924T000", "４３０"]),
            is_deleted=pick(["2", "0", "1", "", "否", "9"]),
            payee_acct_name=pick(["甲", " 乙　", "丙\x07", ""]),
            payee_acct_no=pick([ACCOUNT, "", "６２２２", "1"]),
        )
        for _ in range(300)
    ]
    path = written(tmp_path / "a.csv", rows)
    small = staged(cast.treasury, path)
    told = small.preview
    entries = Entry.objects.filter(batch=small)
    known = sorted(
        entries.values_list("voucher", "kind", "amount", "dated", "payee", "payee_key", "row", "payee_mask")
    )
    small_differences = sorted(
        Difference.objects.filter(batch=small).values_list("kind", "row", "code", "words")
    )
    settings.COMFORT_ROWS = 0
    large = staged(cast.treasury, path)
    for name in ("good", "bad_count", "bad", "notes", "sample", "counts", "total", "by_fund", "columns"):
        assert large.preview[name] == told[name], name
    assert (
        sorted(Difference.objects.filter(batch=large).values_list("kind", "row", "code", "words"))
        == small_differences
    )
    assert stacks.path_of(large).exists()
    imports.publish(cast.treasury, large.pk, good_rows_only=True)
    found = stacks.rows(cast.region, 2024, YEAR_END, most=1000)
    again = sorted(
        (
            one["voucher"],
            one["kind"],
            one["amount"],
            one["dated"],
            one["payee"],
            one["payee_key"],
            one["id"] % stacks.ROW_SPAN,
            one["payee_mask"],
        )
        for one in found
    )
    assert again == known
