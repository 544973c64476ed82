"""What counties really send: each is said in Chinese, and nothing is half-pulled."""

import sqlite3
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import xlsxwriter
from django.core.exceptions import ValidationError
from tests.cast import Cast
from tests.ledger.test_mapped_pull import FIRST, HEADER, pulled, row, spent, staged, written

from jiheng.documents import mapping, sources
from jiheng.documents.archive import DocumentError
from jiheng.ledger import upstream
from jiheng.ledger.models import Difference, DifferenceKind, Entry
from jiheng.units import imports
from jiheng.units.models import Upload


def refused(cast: Cast, path: Path, words: str) -> None:
    before = Entry.objects.count()
    with pytest.raises(ValidationError, match=words):
        staged(cast.treasury, path)
    assert Entry.objects.count() == before
    assert not Upload.objects.exists()


def test_a_column_missing_or_renamed_is_named(cast: Cast, tmp_path: Path) -> None:
    header = tuple("pay_no" if name == "pay_cert_no" else name for name in HEADER)
    path = written(tmp_path / "a.csv", [row("A1")], header)
    refused(cast, path, "缺少栏目：支付凭证号.*文件里的栏目有：pay_no.*在映射中补上新名称")


def test_half_a_file_is_not_taken(cast: Cast, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [row("A1"), row("A2")])
    path.write_bytes(path.read_bytes()[:-12].rstrip(b",2\r\n")[:-2])
    refused(cast, path, "文件可能没有传完")
    path = written(tmp_path / "b.csv", [row("A1", abstract='第"1"批')])
    path.write_bytes(path.read_bytes().replace(b'""1""', b'""1"x'))
    refused(cast, path, "引号没有成对")


def test_a_file_changed_while_it_is_read_is_refused(cast: Cast, tmp_path: Path, monkeypatch) -> None:
    path = written(tmp_path / "a.csv", [row("A1")])
    stat, times = Path.stat, []

    def growing(self: Path, **options):
        if self == path:
            times.append(1)
            if len(times) == 2:
                with path.open("a") as file:
                    file.write("x\n")
        return stat(self, **options)

    monkeypatch.setattr(sources.Path, "stat", growing)
    with pytest.raises(DocumentError, match="在读取时被改动"):
        sources.copied(path, "a.csv", tmp_path)


def test_units_that_contradict_each_other(cast: Cast, tmp_path: Path) -> None:
    header = tuple("金额（万元）" if name == "xpay_amt" else name for name in HEADER)
    pulled(cast.treasury, written(tmp_path / "a.csv", [row("A1", "1.5")], header))
    assert spent(cast) == Decimal("15000")
    text = upstream.ready()["payments"].text.replace("支付金额, 金额]}", "支付金额, 金额], unit: 元}")
    path = written(tmp_path / "b.csv", [row("A1", "1.5")], header)
    with pytest.raises(ValidationError, match="单位是元，而文件表头写的是万元"):
        imports.receive_mapped(cast.treasury, "payments", path, "b.csv", text)


def test_last_years_file_and_totals_that_do_not_add_up_are_told(cast: Cast, tmp_path: Path) -> None:
    rows = [row(f"A{n}", xpay_date="2023-05-01") for n in range(3)] + [("合计", "", "", "", "999")]
    batch = staged(cast.treasury, written(tmp_path / "a.csv", rows))
    told = " ".join(batch.preview["notes"])
    assert "3 行中有 3 行的支付日期不在 2024 年" in told
    assert "跳过 1 行合计、小计（第 5 行）" in told
    assert "自带的“合计”是 999 元，逐行相加是 300 元，相差 699 元" in told
    assert Difference.objects.filter(batch=batch, kind=DifferenceKind.YEAR).count() == 3


def test_refunds_beyond_payments_and_payments_beyond_the_budget(cast: Cast, tmp_path: Path) -> None:
    pulled(cast.treasury, written(tmp_path / "a.csv", [row("A1", "10")]))
    batch = pulled(cast.treasury, written(tmp_path / "b.csv", [row("T1", "15")]), "refunds")
    assert spent(cast) == -5
    (gap,) = Difference.objects.filter(batch=batch)
    assert (gap.kind, gap.amount) == (DifferenceKind.REFUND, -5)
    code = cast.clinics.projects.get().code
    over = row("B1", "2900000.01", agency_code="361002", pro_code=code)
    batch = pulled(cast.treasury, written(tmp_path / "c.csv", [over]))
    (gap,) = Difference.objects.filter(batch=batch)
    assert (gap.kind, gap.amount) == (DifferenceKind.OVER, Decimal("0.01"))


def test_gbk_excel_parquet_and_a_view_say_the_same(cast: Cast, tmp_path: Path, monkeypatch) -> None:
    rows = [row(f"A{n}", "12.34", payee_acct_name="某商行") for n in range(5)]
    path = written(tmp_path / "a.csv", rows, encoding="gbk")
    pulled(cast.treasury, path)
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        page = book.add_worksheet("明细")
        page.write_row(3, 1, HEADER)
        for number, values in enumerate(rows, start=4):
            page.write_row(number, 1, values)
            page.write_number(number, 5, 12.34)
    same = {"新增": 0, "更正": 0, "作废冲回": 0, "已有": 5}
    assert pulled(cast.treasury, tmp_path / "a.xlsx").preview["counts"] == same
    utf8 = written(tmp_path / "u.csv", rows)
    parquet = tmp_path / "a.parquet"
    duckdb.execute(
        f"COPY (SELECT * FROM read_csv('{utf8}', all_varchar=true)) TO '{parquet}' (FORMAT parquet)"
    )
    assert pulled(cast.treasury, parquet).preview["counts"] == same
    with sqlite3.connect(tmp_path / "up.db") as up:
        names = ", ".join(f'"{name}"' for name in HEADER)
        up.execute(f"CREATE TABLE pay_view ({names})")
        up.executemany(f"INSERT INTO pay_view VALUES ({', '.join('?' * len(HEADER))})", rows)
    monkeypatch.setenv("UPSTREAM", f"sqlite:///{tmp_path / 'up.db'}")
    text = upstream.ready()["payments"].text + "format: database\ndsn: UPSTREAM\nview: pay_view\n"
    upload = imports.receive_mapped(cast.treasury, "payments", None, "视图", text)
    assert imports.stage(cast.treasury, "payments", upload, 2024).preview["counts"] == same


def test_budgets_and_carry_overs_by_the_upstream_names(cast: Cast, tmp_path: Path) -> None:
    header = ("agency_code", "pro_code", "amount", "cor_bgt_doc_no", "doc_date", "adj_batch_no")
    lines = [
        ("354001", FIRST, "100", "1号", "20240101", ""),
        ("354001", FIRST, "-30", "2号", "20240601", "T1"),
    ]
    batch = pulled(cast.budget, written(tmp_path / "a.csv", lines, header), "budgets")
    assert batch.preview["counts"] == {"新增": 2, "已有": 0}
    lines = [("354001", FIRST, "7", "3号", "20240101", "")]
    batch = pulled(cast.budget, written(tmp_path / "b.csv", lines, header), "carryovers")
    assert batch.preview["counts"] == {"新增": 1, "已有": 0}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: a\nkind: payments\ncolumns: {}\nwhat: 1\n", "what：不认识这一项"),
        ("title: a\ntitle: b\nkind: payments\ncolumns: {}\n", "第 2 行：“title”写了两次"),
        ("title: &x a\nkind: *x\ncolumns: {}\n", "锚点"),
        ("title: a\nkind: payments\ncolumns: {a: {codes: {1: 是}}}\n", "应为文字"),
        ("x" * 70_000, "超过 64 KB"),
        ("- a\n", "名称: 内容"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(text: str, words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        mapping.load(text)


def test_an_own_mapping_has_versions(cast: Cast) -> None:
    text = upstream.ready()["payments"].text.replace("支付凭证（国库集中支付）", "本地支付")
    first = upstream.save(cast.treasury, text)
    assert upstream.save(cast.treasury, text) == first
    second = upstream.save(cast.treasury, text.replace("凭证编号", "凭证序号"))
    assert (first.version, second.version) == (1, 2)
    assert upstream.chosen(cast.treasury, "本地支付").version == 2
    upstream.retire(cast.treasury, second.pk)
    assert "本地支付" not in [one.mapping.title for one in upstream.offered(cast.treasury)]
    assert upstream.versions(first).count() == 3
    with pytest.raises(ValidationError, match="不是可取的数据种类"):
        upstream.save(cast.treasury, text.replace("kind: payments", "kind: nothing"))
