"""What an opened panel says: every sheet side by side, means, agreement, who stands apart. Nothing before."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from jiheng import policy as policies
from jiheng.figures import rounded
from jiheng.panels.models import Mark, Panel, PanelLine, PanelState, Seat, SeatState
from jiheng.panels.outcomes import NotDone
from jiheng.panels.sealing import holds
from jiheng.scoring.agreement import Agreement, Apart, kendall_w, standing_apart


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sealed sheet; whether it counts (the highest and lowest may not), and whether its hash holds."""

    seat: Seat
    total: Decimal
    counts: bool
    holds: bool


@dataclass(frozen=True, slots=True)
class OpenedLine:
    """One line with every sheet's mark, in the order of the sheets; the mean of those that count."""

    line: PanelLine
    marks: tuple[Mark, ...]
    mean: Decimal
    apart: tuple[Apart, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """The whole: points in all (two decimals, of `full`), its step, agreement and outliers."""

    panel: Panel
    sheets: tuple[Sheet, ...]
    lines: tuple[OpenedLine, ...]
    full: Decimal
    total: Decimal
    step: str
    agreement: Agreement
    agrees_little: bool
    apart: tuple[Apart, ...]


def opened(panel: Panel) -> Opened:
    """Computed from the sealed sheets, which never change, by the policy of the day of opening. Raises
    NotDone before the panel is opened: nobody, the organiser neither, sees a score until then."""
    if panel.state != PanelState.OPENED or panel.opened_at is None:
        raise NotDone(f"“{panel}”{panel.get_state_display()}，全部评分人封存、启封以后才能看到得分")
    policy = policies.on(timezone.localdate(panel.opened_at), panel.region_id)
    lines = list(panel.lines.all())
    seats = list(panel.seats.filter(state=SeatState.SEALED).select_related("person", "panel"))
    marks = {
        (mark.seat_id, mark.line_id): mark
        for mark in Mark.objects.filter(seat__in=seats).select_related("line")
    }
    trimmed = _trimmed(seats, policy.whole("panels.trim_from"))
    counting = [seat for seat in seats if seat.pk not in trimmed]
    full = sum((line.full for line in lines), Decimal(0))
    share = policy.decimal("panels.apart_from")
    rows = tuple(_line(line, [marks[seat.pk, line.pk] for seat in seats], trimmed, share) for line in lines)
    points = [[_score(marks[seat.pk, line.pk]) for line in lines] for seat in seats]
    agreement = kendall_w(points, [line.full for line in lines])
    total, step = _mean_of([(seat.label, _total(seat)) for seat in counting], len(seats) - len(counting))
    low = policy.decimal("panels.agreement_low")
    return Opened(
        panel=panel,
        sheets=tuple(Sheet(seat, _total(seat), seat.pk not in trimmed, holds(seat)) for seat in seats),
        lines=rows,
        full=full,
        total=total,
        step=step,
        agreement=agreement,
        agrees_little=isinstance(agreement.w, Decimal) and agreement.w < low,
        apart=tuple(standing_apart({seat.label: _total(seat) for seat in seats}, full, share)),
    )


def _trimmed(seats: list[Seat], trim_from: int) -> set[int]:
    """去掉一个最高分和一个最低分, where policy says so from this many sheets (0: never)."""
    if trim_from == 0 or len(seats) < max(trim_from, 3):
        return set()
    ordered = sorted(seats, key=lambda seat: (_total(seat), seat.pk))
    return {ordered[0].pk, ordered[-1].pk}


def _line(line: PanelLine, marks: list[Mark], trimmed: set[int], share: Decimal) -> OpenedLine:
    counting = [_score(mark) for mark in marks if mark.seat_id not in trimmed]
    mean = rounded(sum(counting, Decimal(0)) / len(counting), 2)
    by_rater = {mark.seat.label: _score(mark) for mark in marks}
    return OpenedLine(line, tuple(marks), mean, tuple(standing_apart(by_rater, line.full, share)))


def _mean_of(totals: list[tuple[str, Decimal]], left_out: int) -> tuple[Decimal, str]:
    mean = rounded(sum((total for _, total in totals), Decimal(0)) / len(totals), 2)
    sums = "＋".join(f"{total}" for _, total in totals)
    step = f"（{sums}）÷{len(totals)}＝{mean}" if len(totals) > 1 else f"{totals[0][0]}评分 {mean}"
    return mean, step + ("（已去掉一个最高分和一个最低分）" if left_out else "")


def _score(mark: Mark) -> Decimal:
    score: Decimal | None = mark.score
    assert score is not None  # a sealed sheet has points on every line
    return score


def _total(seat: Seat) -> Decimal:
    total: Decimal | None = seat.total
    assert total is not None
    return total
