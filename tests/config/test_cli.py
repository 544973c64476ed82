"""`jiheng`: Chinese words, exit codes, and the score command."""

from __future__ import annotations

from pathlib import Path

import pytest

from jiheng.config.cli import main
from jiheng.documents import forms
from jiheng.sheets import Form


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = int(stop.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "缺少参数: 命令"),
        (("fly",), "不认识的取值"),
        (("score",), "缺少参数: 文件.xlsx"),
        (("score", "a.xlsx", "--date", "2024-13-01"), "应为日期（如 2024-03-31），现为"),
        (("score", "a.xlsx", "--format", "pdf"), "不认识的取值"),
        (("pull", "a.csv", "--region", "430299000"), "缺少参数: --year"),
        (("pull", "a.csv", "--region", "430299000", "--year", "24"), "应为四位年度，现为"),
        (("run", "--fast"), "不认识的参数: --fast"),
        (("district", "destroy"), "不认识的取值"),
    ],
)
def test_wrong_usage_is_told_in_chinese_with_exit_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], expected: str
) -> None:
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert expected in err
    assert "--help" in err


def test_help_is_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert "usage" not in out
    assert "为一张自评表计分" in out


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = run(capsys, "score", str(tmp_path / "没有.xlsx"))
    assert code == 2
    assert "读不到文件" in err


def test_a_folder_is_not_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = run(capsys, "score", str(tmp_path))
    assert code == 2
    assert "是文件夹" in err


def test_a_file_that_is_no_workbook(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    wrong = tmp_path / "自评.xlsx"
    wrong.write_bytes(b"not a workbook")
    code, _, err = run(capsys, "score", str(wrong))
    assert code == 2
    assert "自评.xlsx" in err


def test_a_goal_form_is_not_scored(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    goal = tmp_path / "目标.xlsx"
    goal.write_bytes(forms.blank(Form.PROJECT_GOAL))
    code, _, err = run(capsys, "score", str(goal))
    assert code == 2
    assert "绩效自评表可以计分" in err


def test_a_region_without_policy_of_its_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    form = tmp_path / "自评.xlsx"
    form.write_bytes(forms.blank(Form.PROJECT_EVALUATION))
    code, _, err = run(capsys, "score", str(form), "--region", "999999999")
    assert code == 2
    assert "没有区划 999999999 的政策文件" in err
