"""`jiheng ask`: what is printed, in which form, and how it says no."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest
from tests.analytics import ledgers

from jiheng.config.cli import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("ledger")
    ledgers.own(place)
    return str(place)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["ask", *arguments]) == 0
    return capsys.readouterr().out


def test_the_questions_are_listed_without_a_source(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "--list")
    assert "按单位执行\tunits\t各单位花了多少，占全年预算多少？" in out
    assert "年底突击\tdecember" in out


def test_a_table_a_person_can_read(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "按单位执行", "--source", folder, "--until", "2024-06-30")
    assert "2024 年，截至 2024-06-30" in out and "第一中学" in out and "合计" in out
    assert "执行率 = 执行数 ÷ 全年预算" in out


def test_names_of_classes_are_known(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "教育支出" in said(capsys, "functions", "--source", folder)


def test_json_keeps_money_exact_and_says_what_is_missing(
    folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads(said(capsys, "funds", "--source", folder, "--format", "json", "--unit", "105003"))
    keys = [column["key"] for column in told["columns"]]
    row = dict(zip(keys, next(row for row in told["rows"] if "F0" in row), strict=True))
    assert row["budget"] == {"missing": "没有预算指标"}
    assert row["spent"].count(".") == 1 and len(row["spent"].partition(".")[2]) == 2
    assert told["version"] == 1 and told["steps"][-1].startswith("SQL：")


def test_csv_is_no_formula(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "payments.csv"
    head = "支付日期,凭证号,单位代码,金额（元）,收款人,摘要\n"
    path.write_text(f"{head}2024-01-02,V1,105001,-5.00,=1+1,账号6222021234567890123\n", encoding="utf-8")
    out = said(capsys, "--details", "--source", str(path), "--format", "csv")
    [row] = list(csv.DictReader(io.StringIO(out.lstrip("\ufeff"))))
    assert row["收款人"] == "'=1+1" and row["金额（元）"] == "-5.00" and row["摘要"] == "账号****0123"


def test_pages_of_payments(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "--details", "--source", folder, "--page", "2", "--unit", "105001")
    assert "共 500 笔" in out and "第 2 页，共 5 页" in out and "****1234" in out


def test_a_file_can_take_the_answer(folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "答.csv"
    assert said(capsys, "months", "--source", folder, "--format", "csv", "--output", str(path)) == ""
    assert path.read_text(encoding="utf-8-sig").startswith("月份,执行数（元）")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "请用 --source"),
        (("--source", "."), "请写明问题"),
        (("谁最好", "--source", "."), "没有“谁最好”这个问题，可以问：按单位执行（units）"),
        (("units", "--source", "没有这个文件夹"), "找不到“没有这个文件夹”"),
        (("units", "--source", ".", "--page", "0"), "正整数"),
    ],
)
def test_what_cannot_be_answered_is_2(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_spark_that_is_not_installed_is_said(
    folder: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    assert main(["ask", "units", "--source", folder, "--engine", "spark"]) == 2
    assert "jiheng[spark]" in capsys.readouterr().err
