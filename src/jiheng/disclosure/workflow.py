"""What people do with an explanation: open it, write reasons and words, have it checked, publish, withdraw.

Every verb checks access, then state and the revision it was based on, then changes and logs, in one
transaction. States: 编制中 → 已审核 → 已公开 → 已撤回, from where it is written and checked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from jiheng.audits import outcomes as audits
from jiheng.audits import workflow as documents
from jiheng.disclosure import access
from jiheng.disclosure.drafts import Draft, draft_of
from jiheng.disclosure.freezing import freeze
from jiheng.disclosure.models import Disclosure, DisclosureState, Publication
from jiheng.disclosure.outcomes import Barred, NotDone, Stale
from jiheng.disclosure.words import Words, words_json
from jiheng.units import jobs, log
from jiheng.units.access import region_of, unit_for
from jiheng.units.models import Job, JobState, Person
from jiheng.wording import figures_in

MOST_WORDS = 500  # of one reason
RUNNING = (JobState.QUEUED, JobState.RUNNING)


def open_disclosure(person: Person, fiscal_year: int, unit_pk: int | None = None) -> Disclosure:
    """The explanation of the region (unit None) or a unit, made if it is not there yet. Raises Http404,
    PermissionDenied."""
    region = region_of(person)
    unit = unit_for(person, unit_pk) if unit_pk is not None else None
    whose = {"region": region, "unit": unit, "fiscal_year": fiscal_year}
    there = Disclosure.objects.filter(**whose).first()
    if there is not None:
        return access.disclosure_for(person, there.pk)
    if not access.may_prepare(person, unit):
        raise PermissionDenied("公开说明由本单位或财政局编制股室编制，您不能新建")
    try:
        with transaction.atomic():
            made = Disclosure(**whose, updated_by=person, updated_at=timezone.now())
            _count(made, draft_of(made))
            made.save(force_insert=True)
            _log(person, "编制公开说明", made)
    except IntegrityError:  # somebody opened it at the same moment
        made = Disclosure.objects.get(**whose)
    return access.disclosure_for(person, made.pk)


def save_reasons(
    person: Person, disclosure: Disclosure, based_on: int, reasons: Mapping[str, str]
) -> Disclosure:
    """Writes reasons by their keys (`drafts.Question.key`), the others stay. Raises Stale; NotDone with
    `fields` where a reason has amounts or rates of its own, or is too long."""
    access.require_prepare(person, disclosure)
    said = {key: text.strip() for key, text in reasons.items()}
    wrong = {key: _wrong(text) for key, text in said.items() if _wrong(text)}
    if wrong:
        raise NotDone(f"有 {len(wrong)} 处原因要改，没有保存", wrong)
    with transaction.atomic():
        held = _held(disclosure, based_on)
        _editable(held)
        known = {one.key: one.reason for one in draft_of(held).questions}
        changed = {key: text for key, text in said.items() if key in known and known[key] != text}
        if not changed:
            return held
        held.reasons = held.reasons | changed
        before = {key: known[key] for key in changed}
        return _changed(person, held, "写增减原因", before, changed)


def save_words(person: Person, disclosure: Disclosure, based_on: int, words: Words) -> Disclosure:
    """Writes what people say: passages, 附件1. Raises Stale, NotDone with `fields`."""
    access.require_prepare(person, disclosure)
    wrong = words.problems_found()
    if wrong:
        raise NotDone("；".join(wrong.values()), wrong)
    with transaction.atomic():
        held = _held(disclosure, based_on)
        _editable(held)
        before, after = held.words, words_json(words)
        if before == after:
            return held
        held.words = after
        return _changed(person, held, "写公开说明文字", before, after)


def ask_check(person: Person, disclosure: Disclosure, based_on: int) -> Job:
    """生成并审核, left to the worker (`checking.check_job`). Raises Stale, Barred."""
    access.require_prepare(person, disclosure)
    with transaction.atomic():
        held = _held(disclosure, based_on)
        _editable(held)
        if held.job is not None and held.job.state in RUNNING:
            raise NotDone("正在生成和审核，请等这一次结束")
        obstacles = draft_of(held).obstacles
        if obstacles:
            raise Barred(held, "生成和审核", obstacles)
        job = jobs.enqueue("check_disclosure", person, disclosure=held.pk)
        Disclosure.objects.filter(pk=held.pk).update(job=job)
        _log(person, "生成并审核公开说明", held)
    return job


def publish(person: Person, disclosure: Disclosure, based_on: int, note: str = "") -> Publication:
    """公开: the checked file goes out as it is, everything frozen with the policy of the day. Raises Stale;
    Barred while an error is open, or the accounts say something else than the checked file."""
    access.require_publish(person, disclosure)
    with transaction.atomic():
        held = _held(disclosure, based_on)
        if held.state != DisclosureState.CHECKED or held.document is None:
            raise Barred(held, "公开", [f"现为“{held.get_state_display()}”，请先生成并审核通过"])
        draft = draft_of(held)
        if draft.fingerprint != held.basis:
            raise Barred(held, "公开", ["审核以后账表、结果或文字有变化，请重新生成并审核"])
        try:
            sent = documents.send_for_publication(person, held.document, held.document.revision, note)
        except audits.NotDone as refused:
            reasons = refused.reasons if isinstance(refused, audits.Barred) else [refused.message]
            raise Barred(held, "公开", reasons) from None
        made = freeze(person, held, draft, sent)
        held.state = DisclosureState.PUBLISHED
        _stored(person, held)
        after = {"次数": made.number, "sha256": made.sha256}
        _log(person, "公开决算说明", held, after=after, reason=note.strip())
    return made


def withdraw(person: Person, disclosure: Disclosure, based_on: int, reason: str) -> Disclosure:
    """撤回, with a reason: the publication stays in the trace, the explanation can be written on again."""
    access.require_publish(person, disclosure)
    if not reason.strip():
        raise NotDone("撤回请写明理由", {"reason": "撤回请写明理由"})
    with transaction.atomic():
        held = _held(disclosure, based_on)
        live = held.publications.filter(withdrawn_at=None).select_related("submission__document").first()
        if live is None:
            raise NotDone(f"“{held}”没有公开，不必撤回")
        document = live.submission.document
        if live.submission.withdrawn_at is None:
            documents.withdraw(person, document, document.revision, reason)
        live.withdrawn_by, live.withdrawn_at = person, timezone.now()
        live.withdraw_reason = reason.strip()
        live.save(update_fields=["withdrawn_by", "withdrawn_at", "withdraw_reason"])
        held.state = DisclosureState.WITHDRAWN
        _stored(person, held)
        _log(person, "撤回决算公开", held, before={"次数": live.number}, reason=reason.strip())
    return held


# ── what every verb asks first ────────────────────────────────────────────────────────────────────────


def _wrong(reason: str) -> str:
    typed = figures_in(reason)
    if typed:
        return f"原因里不能写“{'”“'.join(typed)}”：数只能来自账表，请改成文字"
    return f"最多写 {MOST_WORDS} 字，现有 {len(reason)} 字" if len(reason) > MOST_WORDS else ""


def _held(disclosure: Disclosure, based_on: int) -> Disclosure:
    """The row, locked. Raises Stale when it is no longer the one that the verb was based on."""
    Disclosure.objects.select_for_update().get(pk=disclosure.pk)
    rows = Disclosure.objects.select_related(
        "region", "unit__department", "document__upload", "pdf", "job", "updated_by"
    )
    held = rows.get(pk=disclosure.pk)
    if held.revision != based_on:
        raise Stale(held)
    return held


def _editable(held: Disclosure) -> None:
    if held.state == DisclosureState.PUBLISHED:
        raise NotDone(f"“{held}”已经公开，要改请先撤回")


def _count(held: Disclosure, draft: Draft) -> None:
    held.asked, held.lacking = len(draft.missing_reasons), len(draft.lacking)


def _changed(
    person: Person, held: Disclosure, action: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Disclosure:
    """Stores other words: what was checked is no longer what is said."""
    _count(held, draft_of(held))
    held.state = DisclosureState.PREPARED
    _stored(person, held)
    _log(person, action, held, before=before, after=after)
    return held


def _stored(person: Person, held: Disclosure) -> None:
    held.revision += 1
    held.updated_by, held.updated_at = person, timezone.now()
    held.save()


def _log(person: Person, action: str, held: Disclosure, **said: Any) -> None:
    log.record(person, action, held, unit_name=held.unit.name if held.unit else "", **said)
