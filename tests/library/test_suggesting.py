"""Suggestions are found by partial words, two-character words, synonyms and class; each says why."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone
from tests.cast import Cast

from jiheng import policy as policies
from jiheng.library import contents, uses, workflow
from jiheng.library.models import Indicator
from jiheng.library.suggesting import Suggestion, Wish, suggest
from jiheng.library.uses import GoalLines
from jiheng.library.workflow import IndicatorDraft
from jiheng.sheets import Indicator as Line
from jiheng.sheets import Operator, Quantity


@pytest.fixture(autouse=True)
def _first_content(cast: Cast) -> None:
    contents.load(cast.region)


def asked(cast: Cast, text: str = "", **more: object) -> list[Suggestion]:
    wish = Wish(region=cast.region, fiscal_year=2024, text=text, **more)  # type: ignore[arg-type]
    return suggest(wish, policies.on(timezone.localdate(), cast.region.pk))


def names(found: list[Suggestion]) -> list[str]:
    return [item.indicator.name for item in found]


def rate(name: str, target: str = "95", unit: str = "%", key: str = "k1") -> Line:
    return Line(
        key=key,
        level1="产出指标",
        level2="质量指标",
        name=name,
        operator=Operator.AT_LEAST,
        target=Quantity.of(target),
        unit=unit,
        weight=Quantity.of("10"),
    )


def goal(cast: Cast, year: int, *lines: Line) -> GoalLines:
    return GoalLines(unit=cast.school, fund=cast.building, fiscal_year=year, lines=lines, is_approved=True)


def test_a_word_of_two_characters_is_found(cast: Cast) -> None:
    found = asked(cast, "厕所")
    assert {"新建农村公共厕所", "农村卫生厕所普及率", "问题厕所整改数", "新建改建户用卫生厕所"} <= set(
        names(found)
    )
    assert found[0].reasons[0] == "名称含“厕所”"


def test_other_words_for_the_same_are_found_and_said(cast: Cast) -> None:
    found = asked(cast, "卫生间")
    told = {item.indicator.name: item.reasons[0] for item in found}
    assert told["新建农村公共厕所"] == "同义词“厕所”"


def test_one_character_and_words_apart_are_found(cast: Cast) -> None:
    assert "危桥改造数" in names(asked(cast, "桥"))
    assert names(asked(cast, "农村 厕所 普及"))[0] == "农村卫生厕所普及率"


def test_a_slip_of_the_pen_still_finds_it(cast: Cast) -> None:
    assert "沿线群众满意度" in names(asked(cast, "沿线群总满意度"))


def test_what_is_not_there_finds_nothing(cast: Cast) -> None:
    assert asked(cast, "航天发射") == []
    assert asked(cast, "〜！@#") == []


def test_without_a_text_the_project_s_name_and_class_suggest(cast: Cast) -> None:
    found = asked(cast, project="农村公路养护专项资金", function_code="2140106")
    assert {item.indicator.sector for item in found[:6]} == {"交通运输·农村公路"}
    assert "适用本功能分类" in found[0].reasons


def test_what_similar_projects_used_is_said_with_its_values(cast: Cast) -> None:
    cast.building.function_code = cast.meals.function_code = "2050202"
    cast.building.save()
    uses.note_goals(
        [
            goal(cast, year, rate("校舍维修改造合格率", target))
            for year, target in ((2022, "90"), (2023, "96"))
        ]
    )
    found = asked(cast, "合格率", function_code="2050299", subject=f"f{cast.meals.pk}")
    told = next(item for item in found if item.indicator.name == "校舍维修改造合格率")
    assert "1 个同类项目用过" in told.reasons
    assert [(year.year, year.median) for year in told.years] == [(2023, Decimal(96)), (2022, Decimal(90))]
    assert (told.target, told.target_from) == ("96", "2023 年 1 张目标表的中位值")


def test_the_project_s_own_target_comes_first(cast: Cast) -> None:
    uses.note_goals([goal(cast, 2023, rate("受益户满意度", "88"))])
    [told] = [
        item
        for item in asked(cast, "受益户满意", subject=f"f{cast.building.pk}")
        if item.indicator.name == "受益户满意度"
    ]
    assert told.reasons[1] == "本项目 2023 年用过"
    assert (told.target, told.target_from) == ("88", "本项目 2023 年批复值")


def test_a_number_of_people_elsewhere_is_nobody_s_target(cast: Cast) -> None:
    told = asked(cast, "特困供养月均人数")[0]
    assert told.indicator.name == "特困供养月均人数"
    assert told.target == "", "4754 people of another county are no target here"


def test_a_draft_of_others_is_no_history(cast: Cast) -> None:
    draft = GoalLines(unit=cast.school, fund=cast.building, fiscal_year=2023, lines=[rate("受益户满意度")])
    uses.note_goals([draft])
    assert asked(cast, "受益户满意度")[0].years == ()


def test_the_index_follows_every_change(cast: Cast) -> None:
    assert asked(cast, "无人机航测") == []
    draft = IndicatorDraft(
        name="无人机航测里程", sector="交通运输", level2="数量指标", operator="≥", unit="公里"
    )
    made = workflow.add(cast.performance, draft)
    assert names(asked(cast, "无人机航测")) == ["无人机航测里程"]
    workflow.retire(cast.performance, Indicator, made.pk, made.edition, "不再使用")
    assert asked(cast, "无人机航测") == []
    workflow.restore(cast.performance, Indicator, made.pk, 2, "又要用")
    assert names(asked(cast, "无人机航测")) == ["无人机航测里程"]


def test_another_region_s_library_is_not_seen(cast: Cast) -> None:
    other = type(cast.region).objects.create(code="430298000", name="邻区")
    wish = Wish(region=other, fiscal_year=2024, text="厕所")
    assert suggest(wish, policies.on(timezone.localdate(), other.pk)) == []
