"""Who sees which panel, sheet and subject. Strangers get 404; nobody sees another's scores before opening."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from jiheng.panels.models import Engagement, Panel, PanelState, Seat, SeatState
from jiheng.panels.outcomes import NotDone
from jiheng.units.access import GUESTS, may
from jiheng.units.models import Person

GONE = (SeatState.RECUSED, SeatState.REMOVED)


def engagements(person: Person, day: date | None = None) -> QuerySet[Engagement]:
    """What the person is engaged for on a day (today): the subjects that they may see."""
    today = day or timezone.localdate()
    found = Engagement.objects.filter(person=person, since__lte=today, until__gte=today, ended_at=None)
    return found if person.is_active else found.none()


def subjects(person: Person, kind: str) -> set[int]:
    """The numbers n of the subjects "kind:n" that the person is engaged for today."""
    keys = engagements(person).filter(subject__startswith=f"{kind}:").values_list("subject", flat=True)
    return {int(key.partition(":")[2]) for key in keys}


def is_engaged(person: Person, subject: str) -> bool:
    """Whether the person may see the subject today."""
    return engagements(person).filter(subject=subject).exists()


def require_engaged(person: Person, subject: str) -> None:
    """Raises Http404 for who never was engaged for it, NotDone (with the day) for whose time is over."""
    if is_engaged(person, subject):
        return
    row = Engagement.objects.filter(person=person, subject=subject).first()
    if row is None:
        raise Http404("没有找到这项内容，或您无权查看")
    if row.ended_at is not None:
        raise NotDone(f"对“{row.title}”的委托已于 {timezone.localdate(row.ended_at)} 终止，不能再办理")
    if row.since > timezone.localdate():
        raise NotDone(f"对“{row.title}”的委托自 {row.since} 起生效")
    raise NotDone(f"对“{row.title}”的委托已于 {row.until} 届满，不能再办理；确需继续请联系绩效股延期")


def visible(person: Person) -> QuerySet[Panel]:
    """The panels that the person organises (with the colleagues of that role), or has a seat on."""
    if not person.is_active or not person.region_id:
        return Panel.objects.none()
    own = Q(seats__in=my_seats(person))
    if may(person, "convene_panel"):
        own |= Q(convened_role=person.role)
    return Panel.objects.filter(own, region_id=person.region_id).distinct()


def panel_for(person: Person, pk: int) -> Panel:
    """The panel with its unit and fund. Raises Http404 for strangers."""
    found = visible(person).select_related("region", "unit__department", "fund", "convened_by")
    panel = found.filter(pk=pk).first()
    if panel is None:
        raise Http404("没有找到这个评审组，或您无权查看")
    return panel


def organises(person: Person, panel: Panel) -> bool:
    """Whether it is the person's to seat, extend, open and dissolve."""
    is_theirs = panel.convened_role == person.role and panel.region_id == person.region_id
    return is_theirs and may(person, "convene_panel")


def my_seats(person: Person) -> QuerySet[Seat]:
    """The person's own sheets; of people from outside only while they are engaged."""
    seats = Seat.objects.filter(person=person).exclude(state=SeatState.REMOVED)
    if not person.is_active:
        return seats.none()
    if person.role in GUESTS:
        seats = seats.filter(panel__subject__in=engagements(person).values("subject"))
    return seats


def seat_for(person: Person, pk: int) -> Seat:
    """One of the person's own sheets, with its panel. Raises Http404 for anybody else's."""
    found = my_seats(person).select_related("panel__unit", "panel__fund", "panel__region", "person")
    seat = found.filter(pk=pk).first()
    if seat is None:
        raise Http404("没有找到这份评分表，或您无权查看")
    return seat


def may_see_scores(person: Person, seat: Seat) -> bool:
    """A sheet's own rater always; anybody else who sees the panel only when it has been opened."""
    return seat.person_id == person.pk or seat.panel.state == PanelState.OPENED


def waiting(person: Person) -> QuerySet[Seat]:
    """The sheets that the person has yet to seal."""
    open_ones = my_seats(person).filter(state=SeatState.SCORING, panel__state=PanelState.SCORING)
    return open_ones.select_related("panel__unit").order_by("panel__due_on", "pk")
