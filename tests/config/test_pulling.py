"""`jiheng pull`: the same file twice, bad cells, nobody to sign for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cast import Cast

from jiheng.config import CommandError, pulling
from jiheng.config.cli import parser
from jiheng.ledger.models import Entry
from jiheng.units.models import Person, Role

HEAD = "支付凭证号,支付日期,单位代码,项目代码,金额\n"


def pull(*arguments: str | Path) -> int:
    return pulling.pull(parser().parse_args(["pull", *map(str, arguments)]))


@pytest.fixture
def payments(tmp_path: Path, cast: Cast) -> Path:
    path = tmp_path / "支付.csv"
    project = cast.building_projects[0].code
    path.write_text(f"{HEAD}P1,2024-09-02,105002,{project},1000.50\n", encoding="utf-8")
    return path


def test_a_file_is_taken_once(cast: Cast, payments: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = Entry.objects.count()
    where = ("--year", "2024", "--region", cast.region.pk)
    assert pull(payments, *where) == 0
    assert Entry.objects.count() == before + 1
    assert pull(payments, *where) == 0
    assert Entry.objects.count() == before + 1
    assert "同一文件再次导入不会改变任何数据" in capsys.readouterr().out


def test_bad_cells_are_named_and_nothing_is_taken(
    cast: Cast, payments: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Entry.objects.count()
    payments.write_text(
        payments.read_text(encoding="utf-8") + "P2,2024-09-03,105002,,五百万\n", encoding="utf-8"
    )
    assert pull(payments, "--year", "2024", "--region", cast.region.pk) == 1
    told = capsys.readouterr().out
    assert "第 3 行 金额（E 列）“五百万”" in told
    assert "未导入任何数据" in told
    assert Entry.objects.count() == before
    assert pull(payments, "--year", "2024", "--region", cast.region.pk, "--good-rows") == 0
    assert Entry.objects.count() == before + 1


def test_an_unknown_region_names_the_known_ones(cast: Cast, payments: Path) -> None:
    with pytest.raises(CommandError, match="库中现有：430299000 天衡区"):
        pull(payments, "--year", "2024", "--region", "999999999")


def test_somebody_must_sign_for_it(cast: Cast, payments: Path) -> None:
    Person.objects.filter(role=Role.TREASURY).update(is_active=False)
    with pytest.raises(CommandError, match="没有在用的国库股人员"):
        pull(payments, "--year", "2024", "--region", cast.region.pk)


def test_who_may_not_import_is_refused(cast: Cast, payments: Path) -> None:
    with pytest.raises(CommandError, match="不能导入支付数据"):
        pull(payments, "--year", "2024", "--region", cast.region.pk, "--login", "reporter")


def test_a_missing_file_stops_before_anything_is_taken(cast: Cast, payments: Path) -> None:
    before = Entry.objects.count()
    with pytest.raises(CommandError, match="读不到文件"):
        pull(payments, "没有.csv", "--year", "2024", "--region", cast.region.pk)
    assert Entry.objects.count() == before
