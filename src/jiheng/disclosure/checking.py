"""生成并审核 as a job: the file is written, uploaded to the audit and checked there; units by the hundred.

The region's file gets page numbers and a PDF where LibreOffice is installed. A unit's is one text without
contents, and needs none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from jiheng import wording
from jiheng.audits import checking, workflow
from jiheng.audits.gate import live_submission
from jiheng.audits.models import AuditedDocument, Purpose
from jiheng.audits.outcomes import Unfit
from jiheng.audits.workflow import UploadDraft
from jiheng.disclosure import access
from jiheng.disclosure.bases import bases_of
from jiheng.disclosure.drafts import Draft, draft_of
from jiheng.disclosure.models import Disclosure, DisclosureState
from jiheng.disclosure.outcomes import NotDone
from jiheng.disclosure.results import unit_results
from jiheng.disclosure.workflow import open_disclosure, publish
from jiheng.projects.access import units_in
from jiheng.units import jobs, log
from jiheng.units.access import region_of, require
from jiheng.units.models import Job, Person
from jiheng.units.receiving import keep

STEPS = 3  # write, check, store


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one unit: `state` after it, and why it is not further, in Chinese."""

    unit: str
    disclosure: int
    state: str
    told: str = ""


def check_job(job: Job) -> dict[str, Any]:
    """The worker's side of `workflow.ask_check`. Run again after a kill, it does the same."""
    person = _person(job)
    disclosure = access.disclosure_for(person, job.params["disclosure"])

    def tell(done: int, words: str) -> None:
        jobs.progress(job, done, STEPS, words)

    try:
        held = check(person, disclosure, draft_of(disclosure), tell)
    except NotDone as refused:
        raise jobs.JobError(refused.message) from None
    return {"disclosure": held.pk, "message": _said(held)}


def check(
    person: Person,
    disclosure: Disclosure,
    draft: Draft,
    tell: Callable[[int, str], None] | None = None,
    *,
    with_pages: bool = True,
) -> Disclosure:
    """Writes the file, has it audited, and stores both; 已审核 where no error is open. `with_pages` False:
    no page numbers, no PDF. Raises NotDone when it was changed meanwhile."""
    tell = tell or (lambda done, words: None)
    tell(0, f"正在生成“{draft.title}”")
    if draft.basis.unit is None and with_pages:
        made = wording.published(draft.texts, draft.title, draft.policy)
    else:
        made = wording.Published(wording.word(draft.texts, draft.title, draft.policy))
    tell(1, f"正在审核“{draft.title}”")
    document = checking.check_now(_uploaded(person, disclosure, draft, made.word))
    tell(2, "正在保存")
    return _store(person, disclosure, draft, made, document)


def _store(
    person: Person, disclosure: Disclosure, draft: Draft, made: wording.Published, document: AuditedDocument
) -> Disclosure:
    with transaction.atomic():
        held = Disclosure.objects.select_for_update().get(pk=disclosure.pk)
        if held.revision != disclosure.revision or held.state == DisclosureState.PUBLISHED:
            raise NotDone("生成的时候有人改了内容，请重新生成并审核")
        held.document, held.basis = document, draft.fingerprint
        held.sources = wording.sources_json(draft.texts, made.word)
        held.pdf = keep(person, f"{draft.title}.pdf", made.pdf) if made.pdf else None
        held.told = made.told
        held.asked, held.lacking = len(draft.missing_reasons), len(draft.lacking)
        passed = not document.open_errors and not draft.obstacles
        held.state = DisclosureState.CHECKED if passed else DisclosureState.PREPARED
        held.revision += 1
        held.updated_by, held.updated_at = person, timezone.now()
        held.save()
        after = {"状态": held.get_state_display(), "错误": document.errors, "核对": document.relations}
        log.record(person, "审核公开说明", held, after=after, unit_name=held.unit.name if held.unit else "")
    return held


def _uploaded(person: Person, disclosure: Disclosure, draft: Draft, data: bytes) -> AuditedDocument:
    """The file in the audit, waiting for its check: a new version of the last one, unless nothing changed."""
    name, before = f"{draft.title}.docx", _latest(disclosure.document)
    if before is not None and live_submission(before):
        raise NotDone(f"“{before}”在文件审核里已经送公开，请先撤回")
    if before is not None:
        try:
            return workflow.upload_version(person, before, before.revision, name, data)
        except Unfit:  # the same file as before
            return workflow.recheck(person, before, before.revision)
    unit = disclosure.unit_id
    wanted = UploadDraft(
        unit=unit, purpose=Purpose.FINAL_ACCOUNTS, fiscal_year=disclosure.fiscal_year, title=draft.title
    )
    try:
        return workflow.upload(person, wanted, name, data)
    except Unfit as refused:  # somebody uploaded the same file by hand
        if refused.document is None:
            raise NotDone(refused.message) from None
        return workflow.recheck(person, refused.document, refused.document.revision)


def _latest(document: AuditedDocument | None) -> AuditedDocument | None:
    while document is not None and hasattr(document, "next_version"):
        document = document.next_version
    return document


def _said(held: Disclosure) -> str:
    document = held.document
    words = checking.in_words(document) if document is not None else ""
    result = "审核通过，可以公开" if held.state == DisclosureState.CHECKED else "还不能公开"
    return f"{result}。{words}"


# ── all units in one go ───────────────────────────────────────────────────────────────────────────────


def ask_units(person: Person, fiscal_year: int, *, publishing: bool = False) -> Job:
    """Generates and checks (or publishes) the explanations of all units that the person draws up."""
    require(person, "disclose_units")
    job = jobs.enqueue("disclose_units", person, year=fiscal_year, publishing=publishing)
    log.record(person, "批量公开部门决算说明" if publishing else "批量生成部门决算说明", region_of(person))
    return job


def units_job_for(person: Person, pk: int) -> Job:
    """A job of `ask_units` of the person's region. Raises Http404 for any other."""
    rows = Job.objects.filter(kind="disclose_units", person__region=person.region_id)
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("没有找到这个任务")
    return found


def units_job(job: Job) -> dict[str, Any]:
    """The worker's side of `ask_units`. Run again after a kill, what was done already is done no more."""
    person, year = _person(job), int(job.params["year"])

    def tell(done: int, total: int, words: str) -> None:
        jobs.progress(job, done, total, words)

    work = publish_units if job.params["publishing"] else check_units
    found = work(person, year, tell)
    tell(len(found), len(found), "")
    wanted = DisclosureState.PUBLISHED if job.params["publishing"] else DisclosureState.CHECKED
    passed = sum(one.state in (wanted, DisclosureState.PUBLISHED) for one in found)
    rest = [f"{one.unit}：{one.told}" for one in found if one.told]
    verb = "公开" if job.params["publishing"] else "审核通过"
    message = f"{len(found)} 个单位，{verb} {passed} 个，没有办成 {len(found) - passed} 个"
    return {"year": year, "message": message, "rest": rest}


def check_units(
    person: Person, year: int, tell: Callable[[int, int, str], None] = lambda done, total, words: None
) -> list[Outcome]:
    """Every unit's explanation generated and checked, as far as its accounts and reasons allow; what is
    public, or checked and unchanged, is left as it is."""
    region = region_of(person)
    units = [unit for unit in units_in(region, year).order_by("code") if access.may_prepare(person, unit)]
    bases, results = bases_of(region, units, year), unit_results(region, year, units)
    there = {row.unit_id: row for row in _rows(region.pk, year)}
    found = []
    for number, unit in enumerate(units):
        tell(number, len(units), f"正在生成和审核：{unit.name}")
        disclosure = there.get(unit.pk) or open_disclosure(person, year, unit.pk)
        if disclosure.state == DisclosureState.PUBLISHED:
            found.append(Outcome(unit.name, disclosure.pk, disclosure.state))
            continue
        draft = draft_of(disclosure, bases[unit.pk], results)
        found.append(_checked(person, disclosure, draft))
    return found


def publish_units(
    person: Person, year: int, tell: Callable[[int, int, str], None] = lambda done, total, words: None
) -> list[Outcome]:
    """Publishes every checked explanation of a unit; what cannot be published says why."""
    rows = [row for row in _rows(region_of(person).pk, year) if row.state != DisclosureState.PUBLISHED]
    found = []
    for number, row in enumerate(rows):
        tell(number, len(rows), f"正在公开：{row.whose}")
        try:
            publish(person, row, row.revision)
        except NotDone as refused:
            found.append(Outcome(row.whose, row.pk, row.state, refused.message))
        else:
            found.append(Outcome(row.whose, row.pk, DisclosureState.PUBLISHED))
    return found


def _checked(person: Person, disclosure: Disclosure, draft: Draft) -> Outcome:
    whose = disclosure.whose
    if disclosure.state == DisclosureState.CHECKED and disclosure.basis == draft.fingerprint:
        return Outcome(whose, disclosure.pk, disclosure.state)
    if draft.obstacles:
        return Outcome(whose, disclosure.pk, disclosure.state, "；".join(draft.obstacles[:3]))
    try:
        held = check(person, disclosure, draft)
    except NotDone as refused:
        return Outcome(whose, disclosure.pk, disclosure.state, refused.message)
    told = "" if held.state == DisclosureState.CHECKED else "审核发现错误，请打开审核文件处理"
    return Outcome(whose, held.pk, held.state, told)


def _rows(region: str, year: int) -> list[Disclosure]:
    rows = Disclosure.objects.filter(region_id=region, fiscal_year=year, unit__isnull=False)
    return list(
        rows.select_related("region", "unit__department", "document__upload", "updated_by").order_by(
            "unit__code"
        )
    )


def _person(job: Job) -> Person:
    if job.person is None:
        raise jobs.JobError("这个任务没有发起人")
    return job.person
