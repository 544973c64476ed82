"""组织评审: a panel is convened, its seats filled and changed, its deadline moved, its sheets opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from jiheng import policy as policies
from jiheng.panels import access as panel_access
from jiheng.panels.engaging import EngagementDraft, conflict_of, engage
from jiheng.panels.models import Panel, PanelKind, PanelLine, PanelState, Seat, SeatState
from jiheng.panels.outcomes import NotDone, Stale, refusals_logged
from jiheng.projects.models import Fund, Project
from jiheng.units import access, log
from jiheng.units.access import GUESTS
from jiheng.units.models import Person, Unit

MOST_LINES, MOST_SEATS = 200, 30
_NUMERALS = "甲乙丙丁戊己庚辛壬癸"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """A line of the scheme: its code, name and full marks; the group is its 维度 or 一级/二级指标."""

    code: str
    name: str
    full: Decimal
    group: str = ""
    standard: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatDraft:
    """Who is to score: how the sheet is called, for whom they work."""

    person: Person
    label: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelDraft:
    """What is to be scored until when. `subject` is the higher room's own name of it, "kind:number".
    `least_sheets` sealed sheets are enough to open it once the deadline has passed (0: by policy)."""

    kind: PanelKind
    subject: str
    title: str
    fiscal_year: int
    unit: Unit
    fund: Fund | None = None
    project: Project | None = None
    lines: Sequence[LineDraft]
    due_on: date
    least_sheets: int = 0
    instructions: str = ""


def convene(actor: Person, draft: PanelDraft, seats: Sequence[SeatDraft]) -> Panel:
    """Sets up a panel and seats everybody; people from outside are engaged until the deadline. The higher
    room's verb has checked that the subject is the actor's. Raises NotDone (also for a conflict of interest),
    PermissionDenied."""
    with refusals_logged(actor, "组织评审", draft.unit, draft.unit.name), transaction.atomic():
        access.require(actor, "convene_panel")
        _check(actor, draft, seats)
        policy = policies.on(timezone.localdate(), draft.unit.region_id)
        least = draft.least_sheets or policy.whole("panels.least_sheets")
        panel = Panel.objects.create(
            region=draft.unit.region,
            kind=draft.kind,
            subject=draft.subject,
            title=draft.title,
            fiscal_year=draft.fiscal_year,
            unit=draft.unit,
            fund=draft.fund,
            project=draft.project,
            instructions=draft.instructions,
            due_on=draft.due_on,
            least_sheets=min(least, len(seats)),
            convened_by=actor,
            convened_role=actor.role,
            convened_at=timezone.now(),
        )
        PanelLine.objects.bulk_create(
            PanelLine(
                panel=panel,
                code=line.code,
                group=line.group,
                name=line.name,
                full=line.full,
                standard=line.standard,
                place=place,
            )
            for place, line in enumerate(draft.lines)
        )
        for each in seats:
            _sit(actor, panel, each)
        after = {"截止": draft.due_on, "评分人": "、".join(each.person.name for each in seats)}
        log.record(actor, "组织评审", panel, after=after, unit_name=draft.unit.name)
    return panel


def add_seat(actor: Person, panel: Panel, based_on: int, draft: SeatDraft) -> Seat:
    """One more rater, while scores are still out. Raises NotDone, Stale, PermissionDenied."""
    with refusals_logged(actor, "增加评分人", panel, panel.unit.name), transaction.atomic():
        held = _held(actor, panel, based_on)
        if held.seats.count() >= MOST_SEATS:
            raise NotDone(f"一个评审组最多 {MOST_SEATS} 人", "seats")
        seat = _sit(actor, held, draft)
        _moved(held)
        log.record(actor, "增加评分人", held, after={"评分人": draft.person.name}, unit_name=held.unit.name)
    return seat


def remove_seat(actor: Person, seat: Seat, based_on: int, reason: str) -> Panel:
    """Takes a rater off whose sheet is not sealed; with a reason. May leave all others in: then it opens."""
    panel = seat.panel
    with refusals_logged(actor, "撤换评分人", panel, panel.unit.name), transaction.atomic():
        held = _held(actor, panel, based_on)
        own = Seat.objects.select_for_update().get(pk=seat.pk)
        if own.state != SeatState.SCORING:
            raise NotDone(f"{own.label}的评分表“{own.get_state_display()}”，不能撤换", "seats")
        if not reason.strip():
            raise NotDone("撤换评分人须写明理由", "reason")
        own.state, own.reason = SeatState.REMOVED, reason.strip()
        own.save(update_fields=["state", "reason"])
        _moved(held)
        log.record(actor, "撤换评分人", held, before={"评分人": own.person.name}, reason=reason.strip())
        open_if_all_in(actor, held)
    return held


def extend(actor: Person, panel: Panel, based_on: int, due_on: date, reason: str) -> Panel:
    """Another deadline, with a reason; engagements that would end earlier go on until then."""
    with refusals_logged(actor, "延长评分期限", panel, panel.unit.name), transaction.atomic():
        held = _held(actor, panel, based_on)
        if due_on < timezone.localdate() or not reason.strip():
            raise NotDone("请写明理由，新的截止日期不能早于今天", "due_on")
        before, held.due_on = held.due_on, due_on
        held.save(update_fields=["due_on"])
        for seat in held.seats.filter(state=SeatState.SCORING).select_related("person"):
            _engaged(actor, held, seat.person, seat.organisation)
        _moved(held)
        change = {"before": {"截止": before}, "after": {"截止": due_on}}
        log.record(actor, "延长评分期限", held, **change, reason=reason.strip(), unit_name=held.unit.name)
    return held


def open_panel(actor: Person, panel: Panel, based_on: int, reason: str) -> Panel:
    """启封 by the organiser before all are in: only after the deadline, with enough sheets sealed and a
    reason; whoever did not seal is 未评. (When all are in it opens by itself.)"""
    with refusals_logged(actor, "启封评分", panel, panel.unit.name), transaction.atomic():
        held = _held(actor, panel, based_on)
        sealed = held.seats.filter(state=SeatState.SEALED).count()
        if timezone.localdate() <= held.due_on:
            raise NotDone(f"评分截止 {held.due_on}，截止前全部评分人封存后自动启封，不能提前启封")
        if sealed < held.least_sheets or not sealed:
            raise NotDone(
                f"已封存 {sealed} 份，少于启封至少需要的 {max(held.least_sheets, 1)} 份；请延期或增补评分人"
            )
        if not reason.strip():
            raise NotDone("还有人没有评分，启封须写明理由", "reason")
        held.seats.filter(state=SeatState.SCORING).update(state=SeatState.ABSENT)
        _open(actor, held, reason.strip())
    return held


def dissolve(actor: Person, panel: Panel, based_on: int, reason: str) -> Panel:
    """Ends a panel that has not been opened; the scores in it are never shown."""
    with refusals_logged(actor, "撤销评审组", panel, panel.unit.name), transaction.atomic():
        held = _held(actor, panel, based_on)
        if not reason.strip():
            raise NotDone("撤销评审组须写明理由", "reason")
        held.state = PanelState.DISSOLVED
        held.save(update_fields=["state"])
        _moved(held)
        log.record(actor, "撤销评审组", held, reason=reason.strip(), unit_name=held.unit.name)
    return held


def open_if_all_in(actor: Person, panel: Panel) -> None:
    """Opens the panel, whose row the caller holds, when the last sheet that was awaited is in."""
    states = set(panel.seats.exclude(state__in=panel_access.GONE).values_list("state", flat=True))
    if panel.state == PanelState.SCORING and states == {SeatState.SEALED}:
        _open(actor, panel, "全部评分人已封存")


def _open(actor: Person, panel: Panel, reason: str) -> None:
    panel.state, panel.opened_at = PanelState.OPENED, timezone.now()
    panel.save(update_fields=["state", "opened_at"])
    _moved(panel)
    digests = {seat.label: seat.digest for seat in panel.seats.filter(state=SeatState.SEALED)}
    log.record(actor, "启封评分", panel, after=digests, reason=reason, unit_name=panel.unit.name)


def _held(actor: Person, panel: Panel, based_on: int) -> Panel:
    """The organiser's panel, locked, as it was seen and still out for scoring."""
    panel_access.panel_for(actor, panel.pk)
    access.require(actor, "convene_panel")
    Panel.objects.select_for_update().get(pk=panel.pk)
    held = panel_access.panel_for(actor, panel.pk)
    if not panel_access.organises(actor, held):
        raise NotDone(f"“{held}”由{held.convened_by.get_role_display()}组织，请由其办理")
    if held.revision != based_on:
        raise Stale(held, held.get_state_display())
    if held.state != PanelState.SCORING:
        raise NotDone(f"“{held}”{held.get_state_display()}，不能再这样办理")
    return held


def _moved(panel: Panel) -> None:
    panel.revision += 1
    panel.save(update_fields=["revision"])


def _sit(actor: Person, panel: Panel, draft: SeatDraft) -> Seat:
    person = draft.person
    if not person.is_active or person.region_id != panel.region_id:
        raise NotDone(f"{person.name}已停用或不在本区，请另选", "seats")
    policy = policies.on(timezone.localdate(), panel.region_id)
    conflict = conflict_of(person, panel.unit, with_department=policy.flag("panels.avoids_department"))
    if conflict:
        raise NotDone(conflict, "seats")
    if panel.seats.filter(person=person).exists():
        raise NotDone(f"{person.name}在这个评审组里已有席位，一人只评一份", "seats")
    _engaged(actor, panel, person, draft.organisation)
    label = draft.label.strip() or _label(panel)
    return Seat.objects.create(panel=panel, person=person, label=label, organisation=draft.organisation)


def _engaged(actor: Person, panel: Panel, person: Person, organisation: str) -> None:
    """People from outside see the panel's subject at least until its deadline."""
    if person.role not in GUESTS:
        return
    known = panel_access.engagements(person).filter(subject=panel.subject).first()
    if known is not None and known.until >= panel.due_on:
        return
    wanted = EngagementDraft(
        subject=panel.subject,
        title=panel.title,
        unit=panel.unit,
        fund=panel.fund,
        until=panel.due_on,
        since=known.since if known is not None else None,
        organisation=organisation or (known.organisation if known is not None else ""),
    )
    engage(actor, person, wanted)


def _label(panel: Panel) -> str:
    taken = panel.seats.count()
    return f"专家{_NUMERALS[taken]}" if taken < len(_NUMERALS) else f"专家{taken + 1}"


def _check(actor: Person, draft: PanelDraft, seats: Sequence[SeatDraft]) -> None:
    if actor.region_id != draft.unit.region_id:
        raise NotDone("只能组织本区的评审", "unit")
    if not 1 <= len(seats) <= MOST_SEATS:
        raise NotDone(f"请选择评分人（1 至 {MOST_SEATS} 人）", "seats")
    if draft.due_on < timezone.localdate():
        raise NotDone(f"评分截止日期 {draft.due_on} 早于今天，请核对", "due_on")
    codes = [line.code for line in draft.lines]
    if not 1 <= len(codes) <= MOST_LINES or len(set(codes)) < len(codes):
        raise NotDone(f"评分项应有 1 至 {MOST_LINES} 个，编号不能重复", "lines")
    for line in draft.lines:
        if line.full <= 0 or line.full != line.full.quantize(Decimal("0.01")):
            raise NotDone(
                f"“{line.name}”的满分应大于 0、最多两位小数，现为 {line.full}", f"lines.{line.code}.full"
            )
    if Panel.objects.filter(subject=draft.subject, region=draft.unit.region).exclude(
        state=PanelState.DISSOLVED
    ):
        raise NotDone(f"“{draft.title}”已有评审组，不必重复组织")
