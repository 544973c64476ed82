"""The case files of the fiscal evaluation: ranking, questionnaires, schemes, flips, measures, inflation."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.scoring.conftest import DAY, Case
from tests.scoring.test_scoring_cases import cases, shown

from jiheng import policy
from jiheng.policy import Policy
from jiheng.scoring.inflation import inflation
from jiheng.scoring.measures import MEASURES, measured
from jiheng.scoring.questionnaires import Asked, Survey, surveyed
from jiheng.scoring.ranking import CandidateFacts, five_years, ranked
from jiheng.scoring.schemes import SchemeLine, faults, flips, rolled, template
from jiheng.sheets import NOT_REPORTED, WAN, Quantity

PolicyOf = Callable[[Case], Policy]
NOW = policy.on(DAY)


def candidate(words: Case, key: int = 1) -> CandidateFacts:
    return CandidateFacts(
        key=key,
        amount=Decimal(words["金额"]) * WAN if "金额" in words else NOT_REPORTED,
        is_livelihood=words["民生"] == "是",
        red_lights=int(words["红灯"]),
        gap=Decimal(words["偏差"]) if "偏差" in words else NOT_REPORTED,
        since_year=int(words["起始年"]),
        last_evaluated=int(words["上次"]) if "上次" in words else None,
        problems=int(words.get("问题", 0)),
        concerns=int(words.get("信访", 0)),
    )


@pytest.mark.parametrize("case", cases("ranking"))
def test_a_candidate_gets_the_points_of_the_case(case: Case) -> None:
    (row,) = ranked([candidate(case["项目"])], 2024, NOW)
    steps = {factor.label: factor.step for factor in row.factors}
    assert steps | case["算式"] == steps
    assert (str(row.points), row.must) == (case["得分"], case["必选"])


@pytest.mark.parametrize("case", cases("questionnaires"))
def test_a_questionnaire_comes_to_what_the_case_says(case: Case, policy_of: PolicyOf) -> None:
    questions = tuple(Asked(row[0], tuple(int(count) for count in row[1:])) for row in case["问题"])
    numbers = case["问卷"]
    survey = Survey(
        issued=int(numbers["发放"]),
        returned=int(numbers["收回"]),
        valid=int(numbers["有效"]),
        questions=questions,
    )
    if "拒绝" in case:
        with pytest.raises(ValueError, match=case["拒绝"]):
            surveyed(survey, NOW)
        return
    found = surveyed(survey, policy_of(case))
    assert shown(found.satisfaction) == case["满意度"]
    assert [question.step for question in found.questions] == case["算式"]
    assert found.step == case.get("总式", found.step)
    assert (shown(found.return_rate), shown(found.valid_rate)) == (case["回收率"], case["有效率"])
    assert [finding.code for finding in found.findings] == case["提示"]


@pytest.mark.parametrize("case", cases("inflation"))
def test_units_are_ordered_as_the_case_says(case: Case) -> None:
    gaps = {int(key): [Decimal(gap) for gap in unit] for key, unit in case["单位"].items()}
    found = [
        [str(row.key), str(row.count), str(row.mean.normalize()), str(row.shrunk), row.step]
        for row in inflation(gaps, NOW)
    ]
    assert found == [
        [row[0], row[1], str(Decimal(row[2]).normalize()), row[3], row[4]] for row in case["结果"]
    ]


def scheme(case: Case) -> tuple[SchemeLine, ...]:
    return tuple(
        SchemeLine(
            key=f"z{place}", level1=row[0], level2=row[0] or "无", level3=row[1], weight=Decimal(row[2])
        )
        for place, row in enumerate(case["指标"])
    )


@pytest.mark.parametrize("case", cases("schemes"))
def test_a_scheme_is_as_the_case_says(case: Case) -> None:
    lines = scheme(case)
    if "错误" in case:
        found = faults(lines, case.get("种类", "project"), NOW)
        assert [fault.code for fault in found] == case["错误"]
        assert case.get("提示", "") in "".join(fault.message for fault in found)
        return
    scores = {
        line.key: None if row[3] == "无" else Decimal(row[3])
        for line, row in zip(lines, case["指标"], strict=True)
    }
    whole, turns = rolled(lines, scores, NOW), flips(lines, scores, NOW)
    assert shown(whole.total) == case["总分"]
    assert (whole.grade.value if whole.grade else None) == case.get("等级")
    assert whole.step == case.get("总式", whole.step)
    assert {level.name: shown(level.rate) for level in whole.levels} == case.get(
        "得分率", {level.name: shown(level.rate) for level in whole.levels}
    )
    names = {line.key: line.level1 for line in lines}
    expected = [(row[0], Decimal(row[1]), row[2]) for row in case["翻转"]]
    assert [(names[turn.key], turn.change, turn.becomes.value) for turn in turns] == expected
    assert "算式" not in case or case["算式"] == turns[0].step


@pytest.mark.parametrize("case", cases("measures"))
def test_two_figures_give_the_points_of_the_case(case: Case) -> None:
    first, second = (Quantity.of(text) if text else NOT_REPORTED for text in case["数"])
    found = measured(case["公式"], first, second, Decimal(case["分值"]), NOW)
    assert shown(found.score) == case["得分"]
    assert found.step == case.get("算式", found.step)


@pytest.mark.parametrize(("kind", "stage"), [("project", "ongoing"), ("project", "completed"), ("unit", "")])
def test_the_frameworks_of_policy_are_without_fault(kind: str, stage: str) -> None:
    lines = template(kind, stage or "ongoing", NOW)  # type: ignore[arg-type]
    assert faults(lines, kind, NOW) == ()  # type: ignore[arg-type]
    assert all(line.formula in {"", *MEASURES} for line in lines)
    assert all(line.evidence and line.standard for line in lines)


def test_what_must_be_picked_stands_first_and_ties_go_by_amount() -> None:
    due = {"金额": "500", "民生": "否", "红灯": "0", "偏差": "0", "起始年": "2010", "上次": "2019"}
    pressing = due | {"红灯": "2", "民生": "是", "上次": "2023"}
    larger = pressing | {"金额": "600"}
    rows = ranked([candidate(pressing, 1), candidate(larger, 2), candidate(due, 3)], 2024, NOW)
    assert [(row.key, row.place) for row in rows] == [(3, 1), (2, 2), (1, 3)]


def test_the_plan_covers_every_key_project_in_time() -> None:
    words = {"金额": "900", "民生": "否", "红灯": "0", "起始年": "2010"}
    facts = [candidate(words | {"上次": str(2019 + key % 5)}, key) for key in range(13)]
    small = candidate(words | {"金额": "90"}, 99)
    rows = ranked([*facts, small], 2024, NOW)
    plan = five_years(rows, 2024, NOW)
    assert [turn.year for turn in plan] == [2024, 2025, 2026, 2027, 2028]
    due = {row.key: row.due_year for row in rows}
    assert all(turn.year <= due[key] for turn in plan for key in turn.keys)
    assert sorted(key for turn in plan for key in turn.keys) == list(range(13))
    assert sum(turn.amount for turn in plan) == 13 * 900 * WAN
