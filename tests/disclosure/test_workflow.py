"""From closed accounts to a publication and back: what is asked, what bars, what is frozen."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast
from tests.disclosure.made import YEAR, close_region, close_unit, of_region, opened, year_done

from jiheng.accounts.models import Statement, StatementState
from jiheng.audits.models import AuditedDocument, AuditFinding, Submission
from jiheng.disclosure import access, checking, workflow
from jiheng.disclosure.checking import check_units, publish_units
from jiheng.disclosure.drafts import draft_of
from jiheng.disclosure.models import Disclosure, DisclosureState, Publication
from jiheng.disclosure.outcomes import Barred, NotDone, Stale
from jiheng.disclosure.published import public_departments, public_year, public_years
from jiheng.documents import office, reading
from jiheng.sheets import Amount, account_json
from jiheng.units import jobs
from jiheng.units.models import LogEntry

pytestmark = pytest.mark.django_db
WHY = "接待批次减少"


@pytest.fixture(autouse=True)
def _without_office(monkeypatch: pytest.MonkeyPatch) -> None:
    """Page numbers and PDF are tested in tests/wording; here they would take seconds."""

    def none(*_: object) -> bytes:
        raise office.NoOffice

    monkeypatch.setattr(office, "converted", none)


def checked(cast: Cast) -> Disclosure:
    made = of_region(cast)
    return checking.check(cast.performance, made, draft_of(made))


def published(cast: Cast) -> Publication:
    made = checked(cast)
    return workflow.publish(cast.performance, made, made.revision)


def test_four_notes_from_closed_accounts_without_an_error(cast: Cast) -> None:
    made = checked(cast)
    assert made.state == DisclosureState.CHECKED
    assert made.document is not None
    assert (made.document.errors, made.asked, made.lacking) == (0, 0, 0)
    with made.document.upload.file.open("rb") as file:
        text = reading.read(file.read(), "a.docx").text
    for said in ("目 录", "“三公”经费支出合计6.00万元", "评价发现问题2个，已完成整改销号1个", "附件1"):
        assert said in text
    figures = json.loads(made.sources)
    assert figures["sha256"] == made.document.upload.sha256
    assert {"430299000/2024/three_public/total.final", "performance/2024/unit_goals"} <= {
        source for figure in figures["figures"] for source in figure["sources"]
    }


def test_every_figure_of_the_page_stands_in_the_word_file(cast: Cast) -> None:
    made = checked(cast)
    assert made.document is not None
    with made.document.upload.file.open("rb") as file:
        text = reading.read(file.read(), "a.docx").text
    at = 0
    for note in draft_of(made).texts:
        for run in note.figures():
            at = text.index(run.text, at) + len(run.text)


def test_what_is_not_closed_or_not_explained_bars_the_check(cast: Cast) -> None:
    close_region(cast, reasons=False)
    Statement.objects.filter(kind="debt").update(state=StatementState.CHECKED)
    made = opened(cast.treasury)
    draft = draft_of(made)
    assert "《地方政府债务限额、余额和发行还本付息情况表》还没有定稿" in draft.obstacles
    assert "缺少应写明的内容：专项资金绩效目标数" in draft.obstacles
    assert made.asked == 0  # less than the bounds of policy
    with pytest.raises(Barred) as refused:
        workflow.ask_check(cast.treasury, made, made.revision)
    assert refused.value.reasons == draft.obstacles


def test_a_reason_is_asked_written_and_printed(cast: Cast) -> None:
    close_region(cast, reasons=False)
    row = Statement.objects.get(kind="three_public")
    last = {("reception", "last_final"): Amount.wan("3")}
    row.table = account_json(row.as_table().with_cells(dict(last)))
    row.save()
    made = opened(cast.budget)
    [asked] = draft_of(made).missing_reasons
    assert (asked.key, asked.label) == ("three_public/reception", "公务接待费")
    assert "比上年决算数3.00万元减少1.00万元" in asked.question
    made = workflow.save_reasons(cast.budget, made, made.revision, {asked.key: WHY, "x/y": "不存在"})
    assert made.reasons == {asked.key: WHY}
    assert f"主要原因是{WHY}" in draft_of(made).texts[0].plain
    assert made.asked == 0
    logged = LogEntry.objects.get(action="写增减原因")
    assert (logged.before, logged.after) == ({asked.key: ""}, {asked.key: WHY})


def test_figures_typed_into_a_reason_are_refused(cast: Cast) -> None:
    made = of_region(cast)
    with pytest.raises(NotDone) as refused:
        workflow.save_reasons(
            cast.budget, made, made.revision, {"three_public/cars": "压减支出3.5万元，下降百分之十"}
        )
    assert "3.5万元" in refused.value.fields["three_public/cars"]
    assert not Disclosure.objects.get().reasons


def test_it_is_published_frozen_withdrawn_and_published_again(cast: Cast) -> None:
    first = published(cast)
    with first.word.file.open("rb") as file:
        assert hashlib.sha256(file.read()).hexdigest() == first.sha256
    year = public_year(cast.region, YEAR)
    assert year is not None
    assert public_years(cast.region) == [YEAR]
    assert [text.kind for text in year.texts] == ["three_public", "transfers", "debt", "performance"]
    assert [line.grade for line in year.reviewed] == ["良", "优"]
    assert {"three_public", "transfers", "debt", "g_income"} <= {table.kind for table in year.tables}
    assert (year.evaluated, year.edition, len(year.results)) == (2023, 1, 0)  # no goals of 2023 here
    assert year.files[0].data[:2] == b"PK"
    assert year.files[0].sha256 == first.sha256
    assert Submission.objects.get().withdrawn_at is None

    made = first.disclosure
    with pytest.raises(NotDone, match="已经公开"):
        workflow.save_reasons(cast.budget, made, made.revision, {"three_public/cars": WHY})
    with pytest.raises(NotDone, match="理由"):
        workflow.withdraw(cast.performance, made, made.revision, " ")
    made = workflow.withdraw(cast.performance, made, made.revision, "接待费的原因写得不准")
    assert public_year(cast.region, YEAR) is None
    made = workflow.save_reasons(cast.budget, made, made.revision, {"transfers/total": "上级补助增加"})
    made = checking.check(cast.performance, made, draft_of(made))
    second = workflow.publish(cast.performance, made, made.revision)
    again = public_year(cast.region, YEAR)
    assert again is not None
    assert second.number == 2
    assert again.texts != year.texts
    assert [(one.number, one.reason) for one in again.trace] == [(1, "接待费的原因写得不准"), (2, "")]
    first.refresh_from_db()
    assert first.sha256 != second.sha256
    assert AuditedDocument.objects.count() == 2


def test_a_publication_keeps_what_it_said_when_the_accounts_move_on(cast: Cast) -> None:
    published(cast)
    before = public_year(cast.region, YEAR)
    Statement.objects.filter(kind="three_public").delete()
    assert public_year(cast.region, YEAR) == before


def test_what_changed_since_the_check_is_checked_again(cast: Cast) -> None:
    made = checked(cast)
    row = Statement.objects.get(kind="three_public")
    row.table["rows"][1]["cells"][0] = ["yuan", "20000", "2"]
    row.save()
    with pytest.raises(Barred, match="有变化"):
        workflow.publish(cast.performance, made, made.revision)
    assert not Publication.objects.exists()


def test_an_open_error_of_the_audit_bars_publication(cast: Cast) -> None:
    made = checked(cast)
    assert made.document is not None
    AuditFinding.objects.create(
        document=made.document,
        identity="HE01:1-2",
        likeness="",
        number="1",
        code="HE01",
        kind="sum",
        severity="error",
        rank=0,
        start=1,
        end=2,
        quote="6.00万元",
        message="合计不等",
    )
    with pytest.raises(Barred, match="1 处错误没有答复"):
        workflow.publish(cast.performance, made, made.revision)


def test_the_same_file_is_checked_again_without_a_new_version(cast: Cast) -> None:
    made = checked(cast)
    again = checking.check(cast.performance, made, draft_of(made))
    assert again.document_id == made.document_id
    assert AuditedDocument.objects.count() == 1


def test_who_comes_second_is_told(cast: Cast) -> None:
    made = of_region(cast)
    workflow.save_reasons(cast.budget, made, made.revision, {"transfers/total": "上级补助增加"})
    with pytest.raises(Stale, match="罗静"):
        workflow.save_reasons(cast.debt, made, made.revision, {"transfers/total": "别的"})


def test_the_worker_does_what_the_page_asked_for(cast: Cast) -> None:
    made = of_region(cast)
    workflow.ask_check(cast.performance, made, made.revision)
    assert jobs.work_once()
    held = Disclosure.objects.select_related("job").get()
    assert held.state == DisclosureState.CHECKED, held.job
    assert held.job is not None
    assert "可以公开" in held.job.result["message"]


def test_all_units_in_one_go(cast: Cast) -> None:
    year_done(cast)
    drawn = [cast.education_bureau, cast.school, cast.civil_bureau]  # the first three by code
    for unit in drawn:
        close_unit(cast, unit)
    told: list[str] = []
    found = check_units(cast.performance, YEAR, lambda done, total, words: told.append(f"{done}/{total}"))
    assert [one.state for one in found] == ["checked"] * 3 + ["prepared"] * 2, [one.told for one in found]
    assert "还没有编制" in found[4].told
    assert told == ["0/5", "1/5", "2/5", "3/5", "4/5"]
    assert {one.state for one in publish_units(cast.performance, YEAR)} == {"published", "prepared"}
    assert [one.unit_name for one in public_departments(cast.region, YEAR)] == [unit.name for unit in drawn]
    assert public_year(cast.region, YEAR) is None
    again = check_units(cast.performance, YEAR)
    assert sum(one.state == "published" for one in again) == 3


def test_a_departments_explanation_has_its_sections(cast: Cast) -> None:
    close_unit(cast, cast.school)
    made = opened(cast.reporter, cast.school)
    draft = draft_of(made)
    assert draft.lacking == ("预算绩效情况",)
    text = draft.texts[0].plain
    for said in ("机关运行经费支出3.00万元", "会议费支出3.00万元", "收入总计140.00万元"):
        assert said in text


def test_strangers_and_other_roles(cast: Cast) -> None:
    made = of_region(cast)
    with pytest.raises(Http404):
        access.disclosure_for(cast.reporter, made.pk)
    with pytest.raises(PermissionDenied):
        workflow.save_reasons(cast.division, made, made.revision, {})
    with pytest.raises(PermissionDenied):
        workflow.publish(cast.debt, made, made.revision)
    with pytest.raises(Http404):
        access.disclosure_for(cast.observer, made.pk)
    with pytest.raises(Http404):
        workflow.open_disclosure(cast.reporter, YEAR, cast.clinic.pk)
    with pytest.raises(PermissionDenied):
        workflow.open_disclosure(cast.department, YEAR, cast.school.pk)


def test_many_units_take_no_more_queries_each(cast: Cast) -> None:
    year_done(cast)
    for unit in cast.units:
        close_unit(cast, unit)
    check_units(cast.performance, YEAR)
    assert [one.told for one in publish_units(cast.performance, YEAR)] == [""] * 5
    with CaptureQueriesContext(connection) as seen:
        assert len(public_departments(cast.region, YEAR)) == 5
    assert len(seen) <= 3
