"""The case files of tests/cases/scoring, and the rolled-up examples of the official rules."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.scoring.conftest import DAY, Case, evaluation, monitoring

from jiheng import policy
from jiheng.policy import Policy
from jiheng.scoring import grade, lights, score, worst_of
from jiheng.sheets import Grade, Light, Missing, MissingReason, Severity

FOLDER = Path(__file__).parents[1] / "cases" / "scoring"
PolicyOf = Callable[[Case], Policy]


def cases(name: str) -> list[Any]:
    # BaseLoader keeps every scalar as written, so that 8.00 stays 8.00.
    rows = yaml.load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return [pytest.param(row, id=row["名称"]) for row in rows]


def shown(value: Decimal | Missing) -> str:
    return value.reason.value if isinstance(value, Missing) else str(value)


def check(case: Case, line: Any) -> None:
    assert shown(line.score) == case["得分"]
    if "算式" in case:
        assert line.step == case["算式"]
    assert [finding.code for finding in line.findings] == case.get("提示", [])
    assert case.get("提示内容", "") in "".join(finding.message for finding in line.findings)


@pytest.mark.parametrize("case", cases("lines"))
def test_a_line_scores_as_the_case_says(case: Case, policy_of: PolicyOf) -> None:
    scored = score(evaluation([case["指标"]]), policy_of(case))
    check(case, scored.lines[0])
    assert all(finding.field.startswith("lines[k1].") for finding in scored.lines[0].findings)


@pytest.mark.parametrize("case", cases("execution"))
def test_the_execution_rate_scores_as_the_case_says(case: Case, policy_of: PolicyOf) -> None:
    check(case, score(evaluation([], case.get("资金")), policy_of(case)).execution)


@pytest.mark.parametrize("case", cases("totals"))
def test_a_total_has_the_grade_of_the_case(case: Case) -> None:
    assert grade(Decimal(case["总分"]), policy.on(DAY)) == Grade(case["等级"])


@pytest.mark.parametrize("case", cases("lights"))
def test_a_light_shines_as_the_case_says(case: Case, policy_of: PolicyOf) -> None:
    lines = [case["指标"]] if "指标" in case else []
    lit = lights(monitoring(int(case["月"]), lines, case.get("资金")), policy_of(case))
    line = lit.lines[0] if lines else lit.money
    assert (line.light.value if line.light else "无") == case["灯"]
    assert line.step == case["算式"]
    assert [warning.code for warning in lit.warnings] == case.get("提示", [])


def full(weight: str, done: str = "100", **more: str) -> Case:
    return {"符号": "≥", "指标值": "100", "完成值": done, "分值": weight, "原因": "已说明"} | more


SEVEN = [
    full("20", "92"),
    full("10"),
    full("10", "90"),
    full("10", "97.8"),
    full("30", "75"),
    full("10", "98"),
]
MONEY = {"预算": "500", "执行": "412.35", "原因": "尾款未付"}


def test_the_total_is_the_sum_of_the_rounded_scores() -> None:
    scored = score(evaluation(SEVEN, MONEY), policy.on(DAY))
    assert [str(line.score) for line in scored.lines] == ["18.40", "10.00", "9.00", "9.78", "22.50", "9.80"]
    assert (scored.total, scored.grade) == (Decimal("87.73"), Grade.GOOD)
    assert scored.findings == ()
    assert scored.policy_version == policy.on(DAY).version


def test_a_wrong_claimed_total_is_named_with_the_right_one() -> None:
    claimed = score(evaluation(SEVEN, MONEY, total_claimed=_points("100")), policy.on(DAY))
    assert claimed.total == Decimal("87.73")
    (finding,) = claimed.findings
    assert (finding.code, finding.severity, finding.field) == ("PJ01", Severity.ERROR, "total_claimed")
    assert "自评100分，按填报数据应得87.73分" in finding.message


def test_the_real_form_with_full_marks_is_caught_twice() -> None:
    lines = [
        full("5", "4604", 指标值="4754", 自评="5"),
        full("10", "5830", 符号="≤", 指标值="5300", 自评="10"),
    ]
    scored = score(evaluation(lines, {"预算": "100", "执行": "100"}), policy.on(DAY))
    assert [(f.code, f.field) for f in scored.findings] == [
        ("PJ01", "lines[k1].claimed"),
        ("PJ01", "lines[k2].claimed"),
    ]
    assert "4.84" in scored.findings[0].message
    assert "9.00" in scored.findings[1].message


def test_one_unreported_line_leaves_no_total_and_no_grade() -> None:
    scored = score(
        evaluation([*SEVEN[:5], {"符号": "≥", "指标值": "9", "分值": "10"}], MONEY), policy.on(DAY)
    )
    assert isinstance(scored.total, Missing)
    assert scored.total.reason is MissingReason.NOT_COMPUTABLE
    assert scored.grade is None
    assert [finding.code for finding in scored.findings] == ["PJ02"]


def test_a_form_without_indicators_has_no_total() -> None:
    scored = score(evaluation([], {"预算": "1", "执行": "1"}), policy.on(DAY))
    assert isinstance(scored.total, Missing)
    assert [(f.code, f.field) for f in scored.findings] == [("PJ02", "lines")]


def test_a_budget_of_zero_leaves_no_total_unless_policy_scales() -> None:
    sheet = evaluation(SEVEN, {"预算": "0", "执行": "0"})
    scored = score(sheet, policy.on(DAY))
    assert scored.total == Missing(MissingReason.NOT_APPLICABLE, "预算执行率不计分，不出总分")
    assert scored.grade is None
    assert {finding.code for finding in scored.findings} == {"PJ06"}


def test_a_budget_of_zero_scales_where_policy_says_so(policy_of: PolicyOf) -> None:
    chosen = policy_of({"政策": {"scoring.execution.zero_budget": "rescale"}})
    scored = score(evaluation(SEVEN, {"预算": "0", "执行": "0"}), chosen)
    assert scored.total == Decimal("88.31")  # 79.48/90×100 = 88.311…
    assert scored.grade is Grade.GOOD


@pytest.mark.parametrize("figure", ["1E+999990", "-1E+999990", "1E-999990", "9" * 70])
@pytest.mark.parametrize("place", ["指标值", "完成值", "分值"])
@pytest.mark.parametrize("sign", ["≥", "≤", "="])
def test_a_monstrous_figure_does_not_stop_the_run(figure: str, place: str, sign: str) -> None:
    line = full("10", 符号=sign) | {place: figure}
    now = policy.on(DAY)
    scored = score(evaluation([line], {"预算": figure, "执行": "3"}), now)
    assert isinstance(scored.lines[0].score, Decimal | Missing)
    lit = lights(monitoring(6, [line], {"预算": "3", "执行": figure}), now)
    assert lit.money.step and lit.lines[0].step


def test_the_worst_light_wins_for_goals_and_overall() -> None:
    green, blue, yellow, red = Light.GREEN, Light.BLUE, Light.YELLOW, Light.RED
    now = policy.on(DAY)
    assert worst_of([green, blue, yellow, green], now) is yellow
    assert worst_of([green, blue, yellow, green, red], now) is red
    assert worst_of([None, None], now) is None
    lit = lights(
        monitoring(6, [full("5", "60", 累计="是"), {"符号": "≥", "指标值": "9"}], {"预算": "9", "执行": "1"}),
        now,
    )
    assert (lit.goal, lit.money.light, lit.overall) == (blue, red, red)


def test_execution_first_turns_bad_goals_yellow(policy_of: PolicyOf) -> None:
    chosen = policy_of({"政策": {"lights.overall.method": "execution_first"}})
    good, bad = {"预算": "100", "执行": "60"}, {"预算": "100", "执行": "10"}
    on_track, late = full("5", "50", 累计="是"), full("5", "5", 累计="是")
    assert lights(monitoring(6, [on_track], good), chosen).overall is Light.GREEN
    assert lights(monitoring(6, [late], good), chosen).overall is Light.YELLOW
    assert lights(monitoring(6, [on_track], bad), chosen).overall is Light.RED


def test_money_and_goals_far_apart_warn_where_policy_says_so(policy_of: PolicyOf) -> None:
    chosen = policy_of({"政策": {"lights.warning.enabled": "true"}})
    apart = lights(monitoring(7, [full("5", "80")], {"预算": "100", "执行": "60"}), chosen)
    near = lights(monitoring(7, [full("5", "70")], {"预算": "100", "执行": "60"}), chosen)
    assert [warning.code for warning in apart.warnings] == ["JK93"]
    assert near.warnings == ()


def test_a_month_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="监控截止月"):
        lights(monitoring(0, []), policy.on(DAY))


def _points(text: str) -> Any:
    return evaluation([], {"分值": text}).execution_weight
