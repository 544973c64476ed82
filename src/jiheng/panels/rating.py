"""评分: a rater saves a draft, seals it, or declares a conflict of interest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from jiheng import policy as policies
from jiheng.panels import access as panel_access
from jiheng.panels.convening import open_if_all_in
from jiheng.panels.engaging import conflict_of
from jiheng.panels.models import Mark, Panel, PanelLine, PanelState, Recusal, Seat, SeatState
from jiheng.panels.outcomes import NotDone, Stale, refusals_logged
from jiheng.panels.sealing import digest_of, new_salt
from jiheng.policy import Policy
from jiheng.units import log
from jiheng.units.access import GUESTS
from jiheng.units.models import Person

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkDraft:
    """One line as it was typed: points (None: not scored yet), why, and the file and page it rests on."""

    code: str
    score: Decimal | None = None
    reason: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetDraft:
    """What a rater has written so far; lines that are not named are left as they stand."""

    marks: Sequence[MarkDraft]
    opinion: str = ""


def save_draft(person: Person, seat: Seat, based_on: int, draft: SheetDraft) -> Seat:
    """Keeps what was typed. Raises NotDone (field "lines.<code>.score") for points above the full marks or
    below 0, for somebody else's sheet, after the deadline or the engagement; Stale."""
    with refusals_logged(person, "填写评分", seat.panel, seat.panel.unit.name), transaction.atomic():
        held, _ = _own(person, seat, based_on)
        _write(held, draft)
        held.revision += 1
        held.opinion = draft.opinion.strip()
        held.save(update_fields=["opinion", "revision"])
        # how many, never how much: the log is read by people who must not know yet
        scored = held.marks.exclude(score=None).count()
        log.record(person, "填写评分", held.panel, after={"席位": held.label, "已评项数": scored})
    return held


def seal(person: Person, seat: Seat, based_on: int) -> Seat:
    """封存: the sheet is final, its digest goes to the log; the last one in opens the panel. Raises NotDone
    for a line without points, without the evidence or reason that policy wants; else as `save_draft`."""
    with refusals_logged(person, "封存评分", seat.panel, seat.panel.unit.name), transaction.atomic():
        held, panel = _own(person, seat, based_on)
        policy = policies.on(timezone.localdate(), panel.region_id)
        _complete(held, policy)
        held.total = sum((mark.score for mark in held.marks.all() if mark.score is not None), Decimal(0))
        held.salt = new_salt()
        held.digest = digest_of(held, held.salt)
        held.state, held.sealed_at = SeatState.SEALED, timezone.now()
        held.revision += 1
        held.save(update_fields=["total", "salt", "digest", "state", "sealed_at", "revision"])
        after = {"席位": held.label, "封存码": held.digest}
        log.record(person, "封存评分", panel, after=after, unit_name=panel.unit.name)
        open_if_all_in(person, panel)
    return held


def recuse(person: Person, seat: Seat, based_on: int, reason: str) -> Seat:
    """申明回避: the rater leaves this panel and judges this unit no more. Raises NotDone without a reason."""
    with refusals_logged(person, "申明回避", seat.panel, seat.panel.unit.name), transaction.atomic():
        held, panel = _own(person, seat, based_on)
        if not reason.strip():
            raise NotDone("申明回避须写明理由（如曾在该单位任职、参与过该项目）", "reason")
        held.state, held.reason = SeatState.RECUSED, reason.strip()
        held.revision += 1
        held.save(update_fields=["state", "reason", "revision"])
        facts = {"reason": held.reason, "declared_at": timezone.now()}
        Recusal.objects.update_or_create(person=held.person, unit=panel.unit, defaults=facts)
        log.record(person, "申明回避", panel, after={"席位": held.label}, reason=held.reason)
        open_if_all_in(person, panel)
    return held


def _own(person: Person, seat: Seat, based_on: int) -> tuple[Seat, Panel]:
    """The person's own sheet, locked with its panel, while it may be written."""
    panel = Panel.objects.select_for_update().get(pk=seat.panel_id)
    held = Seat.objects.select_for_update().get(pk=seat.pk)
    held.panel = panel
    if held.person_id != person.pk:
        _not_theirs(person, held)
    if person.role in GUESTS:
        panel_access.require_engaged(person, panel.subject)
    if not person.is_active:
        raise PermissionDenied("账号已停用")
    if held.revision != based_on:
        raise Stale(held, held.get_state_display())
    if held.state != SeatState.SCORING or panel.state != PanelState.SCORING:
        now = panel.get_state_display() if panel.state != PanelState.SCORING else held.get_state_display()
        raise NotDone(f"“{panel}”的这份评分表{now}，不能再改")
    if timezone.localdate() > panel.due_on:
        raise NotDone(f"评分已于 {panel.due_on} 截止，不能再评；确需补评请组织单位延期")
    policy = policies.on(timezone.localdate(), panel.region_id)
    conflict = conflict_of(person, panel.unit, with_department=policy.flag("panels.avoids_department"))
    if conflict:
        raise NotDone(conflict)
    return held, panel


def _not_theirs(person: Person, seat: Seat) -> None:
    """Two people may not score one sheet. Who has nothing to do with the panel is told nothing."""
    if not panel_access.visible(person).filter(pk=seat.panel_id).exists():
        raise Http404("没有找到这份评分表，或您无权查看")
    raise NotDone(f"这份评分表由{seat.label}本人填写，一份评分表不能由两人评分")


def _write(seat: Seat, draft: SheetDraft) -> None:
    lines = {line.code: line for line in seat.panel.lines.all()}
    known = {mark.line_id: mark for mark in seat.marks.all()}
    for typed in draft.marks:
        line = lines.get(typed.code)
        if line is None:
            raise NotDone(f"评分表里没有“{typed.code}”这一项", "lines")
        _check_score(line, typed.score)
        mark = known.get(line.pk) or Mark(seat=seat, line=line)
        mark.score, mark.reason, mark.evidence = typed.score, typed.reason.strip(), typed.evidence.strip()
        mark.save()


def _check_score(line: PanelLine, score: Decimal | None) -> None:
    if score is None:
        return
    if not score.is_finite() or score < 0 or score > line.full:
        raise NotDone(
            f"“{line.name}”得分应在 0 至满分 {line.full} 之间，现为 {score}", f"lines.{line.code}.score"
        )
    if score != score.quantize(CENT):
        raise NotDone(f"“{line.name}”得分最多两位小数，现为 {score}", f"lines.{line.code}.score")


def _complete(seat: Seat, policy: Policy) -> None:
    marks = {mark.line_id: mark for mark in seat.marks.all()}
    evidence_from = policy.decimal("panels.evidence_from")
    reason_below = policy.decimal("panels.reason_below")
    for line in seat.panel.lines.all():
        mark = marks.get(line.pk)
        if mark is None or mark.score is None:
            raise NotDone(f"“{line.name}”还没有评分", f"lines.{line.code}.score")
        share = mark.score * 100 / line.full
        if share >= evidence_from and not mark.evidence:
            raise NotDone(
                f"“{line.name}”得分 {mark.score}，达到满分的 {evidence_from}%，须写明依据材料（文件和页码）",
                f"lines.{line.code}.evidence",
            )
        if share < reason_below and not mark.reason:
            raise NotDone(
                f"“{line.name}”得分 {mark.score}，低于满分的 {reason_below}%，须写明评分理由",
                f"lines.{line.code}.reason",
            )
