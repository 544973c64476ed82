"""The example district: of the promised size, whole, and such as its own checks would let pass."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db.models import Count, F, Sum

from jiheng.assessment.models import Assessment, AssessmentState
from jiheng.audits.models import AuditedDocument, AuditFinding, AuditState, FindingState
from jiheng.demo.build import build
from jiheng.evaluation import workflow as evaluation
from jiheng.evaluation.models import Score
from jiheng.evaluation.watch import watchlist
from jiheng.filings.models import Filing, State, Step
from jiheng.findings.models import Correction, Evidence, Notice, Problem, ProblemState
from jiheng.fiscal.models import KeyEvaluation, SchemeRow
from jiheng.flags.models import FlagRun, Hit
from jiheng.ledger.models import Entry
from jiheng.monitoring.models import Reading
from jiheng.panels.models import PanelKind, Seat, SeatState
from jiheng.panels.sealing import holds
from jiheng.projects.models import Fund, Project
from jiheng.reviews.models import FourReview
from jiheng.sheets import Form, Severity
from jiheng.units.models import Department, LogEntry, Person, Region, Role, Unit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]


def test_it_has_the_promised_size(district):
    assert (district.units, district.funds) == (121, 312)
    assert Unit.objects.count() == 121
    # beside them the projects that ask for money for the first time in 2025
    assert Fund.objects.filter(since_year__lte=2024).count() == 312
    assert Region.objects.get().is_demo


def test_a_fund_has_one_or_more_projects_and_a_department_one_or_more_units():
    projects = Counter(Fund.objects.annotate(n=Count("projects")).values_list("n", flat=True))
    units = Counter(Department.objects.annotate(n=Count("unit")).values_list("n", flat=True))
    assert 0 not in projects
    assert len(projects) > 2
    assert 0 not in units
    assert len(units) > 3
    assert Project.objects.count() > 312


def test_payments_reach_from_2021_to_2024_and_stay_within_budget():
    years = Entry.objects.values_list("fiscal_year", flat=True).distinct()
    assert set(years) == {2021, 2022, 2023, 2024}
    assert Entry.objects.count() > 60_000
    assert not Entry.objects.exclude(project=None).exclude(project__fund=F("fund")).exists()


@pytest.mark.parametrize(
    ("form", "year", "month", "count"),
    [
        (Form.UNIT_GOAL, 2024, 0, 121),
        (Form.PROJECT_GOAL, 2024, 0, 312),
        (Form.UNIT_EVALUATION, 2023, 0, 121),
        (Form.PROJECT_EVALUATION, 2023, 0, 312),
        (Form.MONITORING, 2024, 7, 433),
    ],
)
def test_the_year_is_fully_covered(form, year, month, count):
    found = Filing.objects.filter(form=form, fiscal_year=year, month=month, state=State.APPROVED)
    assert found.count() == count
    assert all(filing["header"]["fiscal_year"] == year for filing in found.values_list("sheet", flat=True))


def test_work_is_waiting_too():
    desks = Counter(Filing.objects.filter(state=State.IN_REVIEW).values_list("desk", flat=True))
    assert desks["performance"] >= 50
    assert {"department", "division", "performance"} <= set(desks)
    assert Filing.objects.filter(state=State.RETURNED, remarks__isnull=False).exists()
    assert Filing.objects.filter(state=State.DRAFT).exists()
    assert Correction.objects.values("state").distinct().count() == 3


def test_eight_evaluations_of_the_year_about_3_and_26_of_three_years_about_8_hundred_million():
    yi = 10**8
    rows = KeyEvaluation.objects.filter(year=2024)
    assert (rows.count(), KeyEvaluation.objects.count()) == (8, 26)
    assert round(sum(row.amount for row in rows) / yi) == 3
    assert round(sum(row.amount for row in KeyEvaluation.objects.all()) / yi) == 8
    assert {"planned", "working", "first", "second", "confirmed"} == set(rows.values_list("state", flat=True))
    assert set(rows.filter(state="confirmed").values_list("grade", flat=True)) == {"良"}
    assert not SchemeRow.objects.filter(score__isnull=False, citations=None).exists()


def test_problems_stand_in_every_state_and_some_come_back():
    states = Counter(Problem.objects.values_list("state", flat=True))
    assert set(states) == set(ProblemState.values) - {ProblemState.MERGED}
    assert Problem.objects.filter(recurs__isnull=False).count() >= 2
    assert not Problem.objects.filter(state="closed", evidence=None).exists()
    reused = Evidence.objects.values("sha256").annotate(n=Count("pk")).filter(n__gt=1)
    assert reused.count() == 1
    assert Notice.objects.count() == len(set(Notice.objects.values_list("number", flat=True)))


def test_three_projects_are_confirmed_under_four_reviews_and_one_waits_for_a_deputy():
    rows = FourReview.objects.order_by("serial")
    assert [(row.state, row.grade) for row in rows] == [("confirmed", "良")] * 3 + [("open", "")]
    grades = [part["grade"] for row in rows[:3] for part in row.frozen["parts"] if part["by"] != "self"]
    assert grades == ["良"] * 9
    seats = Seat.objects.filter(panel__kind__in=("audit", "congress"))
    assert [seat.person.username for seat in seats.exclude(state=SeatState.SEALED)] == ["renda"]
    assert all(holds(seat) for seat in seats.filter(state=SeatState.SEALED))


def test_drafts_wait_in_the_audit_with_their_mistakes():
    drafts = AuditedDocument.objects.filter(errors__gt=0).order_by("pk")
    assert [(draft.state, draft.errors) for draft in drafts] == [
        (AuditState.CHECKED, 4),
        (AuditState.CHECKED, 2),
    ]
    assert {found.state for found in AuditFinding.objects.all()} == {FindingState.OPEN}


def test_the_flags_find_what_was_put_into_the_registries():
    found = Counter(Hit.objects.values_list("flag", flat=True))
    assert {f"F{number:02}" for number in range(1, 12)} <= set(found)
    run = FlagRun.objects.get()
    assert run.faults == [] and sum(run.counts.values()) == Hit.objects.count()
    tax = Hit.objects.get(flag="F05")
    assert "完成 43.31%" in tax.message and tax.clue is not None
    assert set(Hit.objects.values_list("state", flat=True)) == {"open", "asked", "dismissed", "clue"}


def test_lights_are_mixed():
    lights = Counter(Reading.objects.filter(filing__month=7).values_list("overall", flat=True))
    assert sum(lights.values()) == 433
    assert min(lights["红"], lights["黄"], lights["绿"]) > 20


def test_every_self_evaluation_is_frozen_and_would_pass_its_checks_again():
    assert Score.objects.filter(frozen_at__isnull=False).count() == 433
    for filing in Filing.objects.filter(form=Form.PROJECT_EVALUATION)[::12]:
        errors = [
            finding.message
            for finding in evaluation.check(filing, filing.as_sheet())
            if finding.severity is Severity.ERROR
        ]
        assert errors == []


def test_the_watch_list_finds_full_marks_and_high_scores_on_little_spending():
    person = Person.objects.get(username="jixiao")
    found = watchlist(person, Region.objects.get(), 2023)
    assert found.clusters
    assert found.high_scores


def test_every_move_of_a_form_is_logged():
    assert LogEntry.objects.filter(subject="filings.filing").count() == Step.objects.count()


def test_everybody_has_somewhere_to_belong():
    assert not Unit.objects.filter(contact=None).exists()
    assert Person.objects.filter(role=Role.REPORTER).count() == 121
    assert set(Person.objects.values_list("role", flat=True)) == set(Role.values)


def test_building_again_on_top_is_refused():
    with pytest.raises(ValueError, match="已有"):
        build()
    assert Entry.objects.aggregate(total=Sum("amount"))["total"] > 0


def test_assessments_stand_in_every_state_with_sheets_that_hash():
    assert set(Assessment.objects.values_list("state", flat=True)) == set(AssessmentState)
    verdicts = set(Assessment.objects.exclude(verdict="").values_list("verdict", flat=True))
    assert verdicts == {"支持", "调整完善后支持", "不予支持"}
    sealed = Seat.objects.filter(state=SeatState.SEALED).select_related("panel")
    assert sealed.filter(panel__kind=PanelKind.ASSESSMENT).count() == 13
    assert all(holds(seat) for seat in sealed)
