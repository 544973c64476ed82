"""Which goal lines use an indicator, told by goals and evaluation; what is seen from that."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.cast import Cast
from tests.evaluation import papers as evaluation_papers
from tests.web import filed

from jiheng import policy as policies
from jiheng.filings.models import Filing, State
from jiheng.goals import workflow
from jiheng.goals.workflow import check
from jiheng.library import contents, history, looking, uses
from jiheng.library.models import Indicator, Use
from jiheng.library.uses import GoalLines, Outcome
from jiheng.sheets import Indicator as Line
from jiheng.sheets import Missing, Operator, ProjectGoalSheet, Quantity
from jiheng.units.models import Unit


def line(name: str, target: str = "95", unit: str = "%", sign: Operator = Operator.AT_LEAST) -> Line:
    return Line(
        key="k1",
        level1="产出指标",
        level2="质量指标",
        name=name,
        operator=sign,
        target=Quantity.of(target),
        unit=unit,
        weight=Quantity.of("10"),
    )


def of_unit(unit: Unit, year: int, *lines: Line, is_approved: bool = True) -> GoalLines:
    return GoalLines(unit=unit, fund=None, fiscal_year=year, lines=lines, is_approved=is_approved)


def test_a_submitted_goal_is_told_and_an_approved_one_counts(cast: Cast) -> None:
    contents.load(cast.region)
    filing = filed.submitted(cast)
    assert Use.objects.count() == len(filed.LINES)
    assert not Use.objects.filter(is_approved=True).exists()
    for person in (cast.reviewer, cast.department, cast.division, cast.performance):
        filing = workflow.approve(person, filing, filing.revision)
    assert not Use.objects.filter(is_approved=False).exists()
    use = Use.objects.get(name="学生家长满意度")
    assert use.indicator == Indicator.objects.get(name="学生家长满意度")
    assert (use.target, use.measure, use.target_words, use.weight) == (Decimal(90), "%", "≥90%", Decimal(10))
    assert (use.unit, use.fund, use.subject) == (cast.school, cast.building, f"f{cast.building.pk}")


def test_many_approved_at_once_count_too(cast: Cast) -> None:
    filing = filed.at_desk(cast, cast.reviewer, cast.department, cast.division)
    workflow.approve_many(cast.performance, [(filing.pk, filing.revision)])
    assert Filing.objects.get(pk=filing.pk).state == State.APPROVED
    assert not Use.objects.filter(is_approved=False).exists()


def test_an_adjusted_goal_replaces_its_targets_only_when_approved(cast: Cast) -> None:
    filing = workflow.adjust(cast.reporter, filed.approved(cast), "工期延长")
    sheet = filing.as_sheet()
    assert isinstance(sheet, ProjectGoalSheet)
    lines = tuple(
        replace(item, target=Quantity.of("400")) if item.name == "新增学位数量" else item
        for item in sheet.indicators
    )
    goal = sheet.annual_goal.replace("四百五十", "四百")
    filing = workflow.save_draft(
        cast.reporter, filing, replace(sheet, indicators=lines, annual_goal=goal), filing.revision
    )
    filing = workflow.submit(cast.reporter, filing, filing.revision)
    assert Use.objects.get(name="新增学位数量").target == Decimal(450)
    for person in (cast.reviewer, cast.department, cast.division, cast.performance):
        filing = workflow.approve(person, filing, filing.revision)
    assert Use.objects.get(name="新增学位数量").target == Decimal(400)
    assert Use.objects.count() == len(filed.LINES)


def test_confirmed_results_are_told(cast: Cast) -> None:
    told = [Outcome(key="k1", actual=Quantity.of("93"), weight=Decimal(10), score=Decimal("9.79"))]
    uses.note_goals([of_unit(cast.school, 2023, line("验收合格率"))])
    assert uses.note_results(cast.region, 2023, {f"u{cast.school.pk}": told, "u0": told}) == 1
    use = Use.objects.get()
    assert (use.actual, use.actual_words, use.score, use.is_full) == (
        Decimal(93),
        "93",
        Decimal("9.79"),
        False,
    )
    gone = [Outcome(key="k1", actual=Missing(), weight=Decimal(10), score=None)]
    uses.note_results(cast.region, 2023, {f"u{cast.school.pk}": gone})
    use.refresh_from_db()
    assert (use.actual, use.score, use.is_full) == (None, None, None), "missing is neither zero nor full"


def test_evaluation_tells_what_came_of_a_goal_when_it_is_confirmed(cast: Cast) -> None:
    filing = evaluation_papers.at_division(cast)
    goal = Filing.objects.get(form="project_goal", fiscal_year=2023).as_sheet()
    assert isinstance(goal, ProjectGoalSheet)
    uses.note_goals(
        [GoalLines(unit=cast.school, fund=cast.building, fiscal_year=2023, lines=goal.indicators)]
    )
    evaluation_papers.passed(filing, cast.division, cast.performance)
    assert Use.objects.filter(score__isnull=False).count() == len(goal.indicators)


def test_lines_taken_off_a_form_are_no_uses_any_more(cast: Cast) -> None:
    uses.note_goals([of_unit(cast.school, 2024, line("甲"), replace(line("乙"), key="k2"))])
    uses.note_goals([of_unit(cast.school, 2024, replace(line("丙"), key="k2"))])
    assert [(use.key, use.name) for use in Use.objects.all()] == [("k2", "丙")]


def test_a_figure_that_does_not_fit_is_missing_and_its_words_are_kept(cast: Cast) -> None:
    uses.note_goals([of_unit(cast.school, 2024, line("天文数字", "1" * 14, "粒"))])
    use = Use.objects.get()
    assert (use.target, use.target_words) == (None, f"≥{'1' * 14}粒")


def test_typical_values_are_by_year_in_one_unit_of_measure(cast: Cast) -> None:
    contents.load(cast.region)
    item = Indicator.objects.get(name="公众满意度")
    targets = {cast.school: "90", cast.clinic: "92", cast.civil_bureau: "95", cast.health_bureau: "80"}
    uses.note_goals([of_unit(unit, 2023, line("公众满意度", target)) for unit, target in targets.items()])
    uses.note_goals([of_unit(cast.education_bureau, 2023, line("公众满意度", "9", "分"))])
    [year] = history.typical([item], 2024)[item.pk]
    assert (year.uses, year.units, year.low, year.median, year.high) == (4, 4, 80, 91, 95)
    assert year.in_words == "80—95，中位 91"
    assert history.typical([item], 2023) == {}


def test_a_name_written_in_two_ways_is_found(cast: Cast) -> None:
    uses.note_goals([of_unit(cast.school, 2024, line("巡查里程", "50", "公里"))])
    uses.note_goals([of_unit(cast.clinic, 2024, line("巡查 里程", "50", "千米"))])
    uses.note_goals([of_unit(cast.civil_bureau, 2024, line("巡查里程", "80", "公里"))])
    [clash] = looking.clashes(cast.region, 2024)
    assert clash.name == "巡查里程"
    assert [(way.measure, way.forms) for way in clash.ways] == [("公里", 2), ("千米", 1)]
    assert clash.ways[1].examples == (cast.clinic.name,)
    assert looking.clashes(cast.region, 2023) == []


def test_the_form_s_check_knows_how_others_write_a_name(cast: Cast) -> None:
    contents.load(cast.region)
    filing = filed.filled(cast)
    sheet = filing.as_sheet()
    assert isinstance(sheet, ProjectGoalSheet)
    lines = tuple(
        replace(item, name="学生家长满意度", unit="分") if item.name == "学生家长满意度" else item
        for item in sheet.indicators
    )
    codes = {finding.code for finding in check(filing, replace(sheet, indicators=lines))}
    assert "MB27" in codes
    uses.note_goals(
        [
            GoalLines(
                unit=cast.school,
                fund=cast.building,
                fiscal_year=2023,
                lines=[line("新增学位数量", "100", "个")],
                is_approved=True,
            )
        ]
    )
    said = [finding.message for finding in check(filing, sheet) if finding.code == "MB28"]
    assert len(said) == 1
    assert "2023 年本项目批复的 100个" in said[0]


def test_what_always_gets_full_marks_is_found(cast: Cast) -> None:
    contents.load(cast.region)
    policy = policies.on(date(2024, 6, 1), cast.region.pk)
    units = cast.units
    for year in (2022, 2023):
        uses.note_goals([of_unit(unit, year, line("公众满意度")) for unit in units[:3]])
        full = [Outcome(key="k1", actual=Quantity.of("96"), weight=Decimal(10), score=Decimal(10))]
        uses.note_results(cast.region, year, {f"u{unit.pk}": full for unit in units[:3]})
    [found] = looking.flat(cast.region, policy)
    assert (found.indicator.name, found.years, found.uses, found.units) == ("公众满意度", 2, 6, 3)
    less = [Outcome(key="k1", actual=Quantity.of("90"), weight=Decimal(10), score=Decimal(9))]
    uses.note_results(cast.region, 2023, {f"u{units[0].pk}": less})
    assert looking.flat(cast.region, policy) == []
