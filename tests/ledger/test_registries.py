"""Registries: by file with preview, as versions of rows, personal numbers sealed."""

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from tests.cast import Cast

from jiheng.documents import personal
from jiheng.ledger import registries, upstream
from jiheng.ledger.models import RegistryRow
from jiheng.units import imports
from jiheng.units.models import Batch, Person

CODE = "91430299MA4T10001C"
HEADER = (
    "合同编号",
    "单位代码",
    "合同名称",
    "乙方",
    "乙方统一社会信用代码",
    "签订日期",
    "合同价（元）",
    "约定预付比例（%）",
    "框架协议",
    "代付协议收款人",
    "状态",
)
FIRST = (
    "HT-1",
    "105002",
    "校舍改造",
    "恒昌建设",
    CODE,
    "2024-03-01",
    "860,000.50",
    "30%",
    "否",
    "甲公司、乙公司",
    "",
)


def staged(person: Person, rows: list[tuple[str, ...]], header: tuple[str, ...] = HEADER) -> Batch:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    upload = imports.receive(person, "registry_contracts", "合同.csv", text.getvalue().encode())
    return imports.stage(person, "registry_contracts", upload)


def published(person: Person, rows: list[tuple[str, ...]]) -> Batch:
    return imports.publish(person, staged(person, rows).pk)[0]


def changed(row: tuple[str, ...], **columns: str) -> tuple[str, ...]:
    return tuple(columns.get(title, value) for title, value in zip(HEADER, row, strict=True))


def test_a_file_becomes_records_with_exact_money(cast: Cast) -> None:
    batch = published(cast.treasury, [FIRST])
    assert batch.preview["counts"] == {"新增": 1, "更正": 0, "作废": 0, "已有": 0}
    [contract] = registries.records(cast.region, "contracts")
    assert contract.price == Decimal("860000.50") and contract.signed == date(2024, 3, 1)
    assert contract.prepaid == 30 and contract.other_payees == ("甲公司", "乙公司")
    assert contract.is_framework is False and contract.accepted is None
    assert registries.counted(cast.region)["contracts"] == 1
    found = registries.row_for(cast.region, "合同", "HT-1")
    assert found is not None and found.batch == batch and found.row == 2


def test_the_same_again_changes_nothing_a_change_is_a_version_and_void_no_longer_counts(cast: Cast) -> None:
    published(cast.treasury, [FIRST])
    more = changed(FIRST, 合同编号="HT-2")
    assert published(cast.treasury, [FIRST, more]).preview["counts"]["已有"] == 1
    mended = changed(FIRST, **{"合同价（元）": "900000"})
    assert published(cast.treasury, [mended]).preview["counts"] == {
        "新增": 0,
        "更正": 1,
        "作废": 0,
        "已有": 0,
    }
    prices = {one.key: one.price for one in registries.records(cast.region, "contracts")}
    assert prices == {"HT-1": Decimal(900000), "HT-2": Decimal("860000.50")}
    assert published(cast.treasury, [changed(mended, 状态="作废")]).preview["counts"]["作废"] == 1
    assert [one.key for one in registries.records(cast.region, "contracts")] == ["HT-2"]
    assert RegistryRow.objects.filter(key="HT-1").count() == 3
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RegistryRow.objects.update(key="x")


def test_what_cannot_be_is_said_cell_by_cell(cast: Cast) -> None:
    bad = changed(
        FIRST, 单位代码="999999", 乙方统一社会信用代码="91430299MA4T10001X", **{"约定预付比例（%）": "130"}
    )
    batch = staged(cast.treasury, [FIRST, FIRST, bad])
    reasons = {(cell["row"], cell["column"]): cell["reason"] for cell in batch.preview["bad"]}
    assert reasons[3, "合同编号"].startswith("与第 2 行是同一条登记")
    assert reasons[4, "单位代码"].startswith("系统中没有这个单位")
    assert reasons[4, "乙方统一社会信用代码"].startswith("统一社会信用代码有误")
    assert reasons[4, "约定预付比例"] == "应在 0 到 100 之间"
    with pytest.raises(ValidationError, match="未导入任何数据"):
        imports.publish(cast.treasury, batch.pk)


def test_only_who_may_imports(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        staged(cast.reporter, [FIRST])


def test_personal_numbers_come_by_a_mapping_and_are_sealed(cast: Cast, tmp_path: Path, settings) -> None:
    number = "430211199001011234"
    header = ("发放编号", "政策事项编号", "单位代码", "身份证号", "姓名", "期间", "发放金额", "发放日期")
    rows = [header, ("B1", "DB", "354001", number, "甲", "2024-06", "600", "2024-06-10")]
    path = tmp_path / "发放.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(ValidationError, match="含有个人信息栏目"):
        imports.receive(cast.treasury, "registry_subsidies", "发放.csv", path.read_bytes())
    one = upstream.chosen(cast.treasury, "subsidies")
    upload = imports.receive_mapped(cast.treasury, one.mapping.kind, path, path.name, one.text)
    imports.publish(cast.treasury, imports.stage(cast.treasury, one.mapping.kind, upload).pk)
    [found] = registries.records(cast.region, "subsidies")
    assert found.person == personal.sealed(number, settings.PERSONAL_KEY.encode())
    assert found.who == found.person.partition(":")[0] and found.amount == 600
    assert number not in str(list(RegistryRow.objects.values()))


@pytest.mark.parametrize("key", ["subsidies", "acceptances", "deaths"])
def test_the_ready_mappings_name_columns_that_are_there(cast: Cast, key: str) -> None:
    assert upstream.save(cast.treasury, upstream.ready()[key].text).version == 1


def test_the_dead_are_told_by_a_mapping_only(cast: Cast) -> None:
    data = "死亡或注销日期\n2024-03-18\n".encode()
    upload = imports.receive(cast.treasury, "registry_deaths", "死亡.csv", data)
    batch = imports.stage(cast.treasury, "registry_deaths", upload)
    assert "按映射导入" in batch.preview["bad"][0]["reason"]
