"""评审评分: a rater's own sheets, of whatever room the panel is; and what its organiser may do meanwhile."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils import timezone

from jiheng.panels import access as panels
from jiheng.panels import convening, rating
from jiheng.panels.models import Panel, PanelState, Seat, SeatState
from jiheng.panels.outcomes import NotDone, Stale
from jiheng.panels.sealing import sealed_text
from jiheng.sheets import plain
from jiheng.web.assessment_forms import sheet_of
from jiheng.web.exports import download
from jiheng.web.problems import based_on
from jiheng.web.shell import PersonRequest, key_in, page

# the url name of the page of what a panel judges, by the kind of its subject ("assessment:12")
SUBJECTS = {"assessment": "assessment", "fiscal": "fiscal_one", "review": "review_part"}


@page(guests=True)
def ratings(request: PersonRequest) -> HttpResponse:
    """My sheets: to fill in first, then those that were sealed."""
    seats = panels.my_seats(request.user).select_related("panel__unit").order_by("-panel__convened_at", "pk")
    rows = sorted(seats, key=lambda seat: seat.state != SeatState.SCORING)
    return render(request, "jiheng/ratings/list.html", {"rows": rows, "today": timezone.localdate()})


@page(guests=True)
def rating_sheet(request: PersonRequest, pk: int) -> HttpResponse:
    """One sheet, to fill in or, sealed, to read."""
    return _shown(request, panels.seat_for(request.user, pk))


def _shown(
    request: PersonRequest, seat: Seat, status: int = 200, wrong: NotDone | None = None
) -> HttpResponse:
    marks = {mark.line_id: mark for mark in seat.marks.all()}
    sent = request.POST if request.method == "POST" else None
    rows: list[dict[str, Any]] = []
    for line in seat.panel.lines.all():
        mark = marks.get(line.pk)
        typed = {
            "score": "" if mark is None or mark.score is None else plain(mark.score),
            "reason": mark.reason if mark else "",
            "evidence": mark.evidence if mark else "",
        }
        if sent is not None:
            typed = {name: sent.get(f"{name}-{line.code}", "") for name in typed}
        is_wrong = wrong is not None and wrong.field.startswith(f"lines.{line.code}.")
        rows.append({"line": line, "is_wrong": is_wrong, **typed})
    context = {
        "seat": seat,
        "panel": seat.panel,
        "rows": rows,
        "full": sum(line["line"].full for line in rows),
        "opinion": sent.get("opinion", "") if sent is not None else seat.opinion,
        "wrong": wrong,
        "is_open": seat.state == SeatState.SCORING and seat.panel.state == PanelState.SCORING,
        "is_late": timezone.localdate() > seat.panel.due_on,
        "subject": subject_address(seat.panel),
    }
    return render(request, "jiheng/ratings/sheet.html", context, status=status)


def subject_address(panel: Panel) -> str:
    """The page of what the panel judges; empty where there is none."""
    kind, _, number = panel.subject.partition(":")
    try:
        return reverse(SUBJECTS[kind], args=[int(number)])
    except (KeyError, ValueError, NoReverseMatch):
        return ""


@page(guests=True, methods=("POST",))
def save(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Keeps what was typed; with “封存” seals it at once."""
    seat = panels.seat_for(request.user, pk)
    is_sealing = request.POST.get("then") == "seal"
    try:
        held = rating.save_draft(request.user, seat, based_on(request), sheet_of(seat, request.POST))
    except NotDone as refused:
        return _shown(request, seat, 409 if isinstance(refused, Stale) else 422, refused)
    if not is_sealing:
        messages.success(request, "草稿已保存，只有您自己看得到；评完请封存")
        return redirect("rating_sheet", pk)
    try:
        sealed = rating.seal(request.user, held, held.revision)
    except NotDone as refused:
        return _shown(request, panels.seat_for(request.user, pk), 422, refused)
    messages.success(request, f"已封存，封存码 {sealed.digest[:16]}… 已公布，不能再改")
    return redirect("rating_sheet", pk)


@page(guests=True, methods=("POST",))
def recuse(request: PersonRequest, pk: int) -> HttpResponseBase:
    """申明回避."""
    seat = panels.seat_for(request.user, pk)
    try:
        rating.recuse(request.user, seat, based_on(request), request.POST.get("conflict", ""))
    except NotDone as refused:
        return _shown(request, seat, 409 if isinstance(refused, Stale) else 422, refused)
    messages.success(request, "已登记回避，今后也不会请您评审这个单位的项目")
    return redirect("ratings")


@page(guests=True)
def sealed(request: PersonRequest, pk: int) -> HttpResponse:
    """The text that was hashed, once the panel is opened: its sha256 is the published 封存码."""
    found = Seat.objects.filter(pk=pk, state=SeatState.SEALED, panel__in=panels.visible(request.user))
    seat = found.select_related("panel").first()
    if seat is None or seat.panel.state != PanelState.OPENED:
        raise Http404("没有找到这份评分表，或还没有启封")
    text = sealed_text(seat, seat.salt).encode()
    return download(text, f"{seat.panel.title} {seat.label} 封存原文.txt", "text/plain; charset=utf-8")


@page("convene_panel", methods=("POST",))
def organise(request: PersonRequest, pk: int) -> HttpResponseBase:
    """延期, 启封, 撤换: what the organiser does with a panel; back to the page of its subject."""
    panel = panels.panel_for(request.user, pk)
    reason, asked = request.POST.get("reason", ""), request.POST.get("verb", "")
    if asked == "extend":
        due_on = _day(request.POST.get("due_on", ""))
        convening.extend(request.user, panel, based_on(request), due_on, reason)
        messages.success(request, f"评分截止日期改为 {due_on}")
    elif asked == "open":
        convening.open_panel(request.user, panel, based_on(request), reason)
        messages.success(request, "已启封，可以看到各评分表")
    elif asked.startswith("remove-"):
        seat = panel.seats.filter(pk=key_in(asked.removeprefix("remove-")) or 0).first()
        if seat is None:
            raise Http404("没有找到这个席位")
        convening.remove_seat(request.user, seat, based_on(request), reason)
        messages.success(request, f"{seat.label}已撤换")
    else:
        raise NotDone("请选择要办理的事项")
    return redirect(subject_address(panel) or "ratings")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotDone("请填写新的截止日期", "due_on") from None


urlpatterns: list[URLPattern] = [
    path("ratings/", ratings, name="ratings"),
    path("ratings/<int:pk>/", rating_sheet, name="rating_sheet"),
    path("ratings/<int:pk>/save/", save, name="rating_save"),
    path("ratings/<int:pk>/recuse/", recuse, name="rating_recuse"),
    path("ratings/<int:pk>/sealed/", sealed, name="rating_sealed"),
    path("panels/<int:pk>/", organise, name="panel_organise"),
]
