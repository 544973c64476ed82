"""`jiheng`: Chinese words, exit codes, and the score command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jiheng.config.cli import main
from jiheng.documents import forms
from jiheng.sheets import (
    Amount,
    Form,
    Header,
    Indicator,
    MoneyResult,
    Operator,
    ProjectEvaluationSheet,
    Quantity,
    Result,
)


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


def evaluation(claimed: str) -> bytes:
    """The well-known line: 4,604 万元 spent of 4,754 万元, with this claim where 4.84 are due."""
    spent = {"initial": Amount.wan("4500"), "revised": Amount.wan("4754"), "executed": Amount.wan("4604")}
    return forms.fill(
        ProjectEvaluationSheet(
            header=Header(
                fiscal_year=2023, unit_name="第一中学", subject_name="薄弱学校改造", region="430299000"
            ),
            money=(MoneyResult(key="total", label="年度资金总额", **spent),),
            execution_weight=Quantity.of("5"),
            execution_claimed=Quantity.of(claimed),
            lines=(
                Result(
                    key="k1",
                    indicator=Indicator(
                        key="k1",
                        level1="产出指标",
                        level2="数量指标",
                        name="改造教学楼",
                        operator=Operator.AT_LEAST,
                        target=Quantity.of("2"),
                        unit="栋",
                        weight=Quantity.of("95"),
                    ),
                    actual=Quantity.of("2"),
                    claimed=Quantity.of("95"),
                ),
            ),
        )
    )


def test_score_explains_every_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    form = tmp_path / "自评.xlsx"
    form.write_bytes(evaluation("5"))
    _, out, _ = run(capsys, "score", str(form), "--date", "2024-04-01")
    assert "4604/4754×5 = 4.84" in out
    assert "改造教学楼：95" in out
    assert "按 2024-04-01 的政策计分" in out


def test_score_as_json_finds_the_inflated_claim(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    form = tmp_path / "自评.xlsx"
    form.write_bytes(evaluation("5"))
    code, out, _ = run(capsys, "score", str(form), "--date", "2024-04-01", "--format", "json")
    answer = json.loads(out)
    assert code == 1
    assert answer["execution"]["score"] == "4.84"
    assert answer["total"] == "99.84"
    assert any("4.84" in finding["message"] for finding in answer["findings"])
