"""Closed years: what a verb of any room asks before it changes something of a fiscal year.

A year is closed as a whole, or stage by stage: at the end of work year 2024, fiscal year 2023 is done with
altogether, and the goals and monitoring of 2024 are; its self-evaluation is the next work year's.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from jiheng.projects.models import ClosedYear, Stage
from jiheng.units.models import Person, Region


def why_closed(region: Region | str, fiscal_year: int, stage: Stage | str = "") -> str:
    """What to answer who wants to change something of this year (and stage); empty while it is open. With a
    stage, also where only that stage is closed. One query."""
    found = ClosedYear.objects.filter(region=region, fiscal_year=fiscal_year)
    closed = found.filter(Q(stage="") | Q(stage=stage)).order_by("stage").first()
    return "" if closed is None else words_of(closed)


def why_over(region: Region | str, work_year: int) -> str:
    """As `why_closed`, for what is done in a work year whatever fiscal years it looks at (重点评价, 四评): it
    is over once the fiscal year before it is closed altogether. One query."""
    closed = ClosedYear.objects.filter(region=region, fiscal_year=work_year - 1, stage="").first()
    if closed is None:
        return ""
    day = timezone.localdate(closed.closed_at)
    return f"{work_year} 工作年度已于 {day} 结转关闭，内容不能再改；仍可查看、打印和导出"


def words_of(closed: ClosedYear) -> str:
    """The refusal in words: what is closed since when, and what may still be done."""
    day = timezone.localdate(closed.closed_at)
    what = closed.get_stage_display() if closed.stage else "预算年度"
    return f"{closed.fiscal_year} 年{what}已于 {day} 结转关闭，内容不能再改；仍可查看、打印和导出"


def closed_in(region: Region | str) -> dict[tuple[int, str], str]:
    """Every closed (fiscal year, stage) with its refusal, stage empty for the whole year. One query."""
    found = ClosedYear.objects.filter(region=region).order_by("pk")
    return {(closed.fiscal_year, closed.stage): words_of(closed) for closed in found}


def why_in(closed: dict[tuple[int, str], str], fiscal_year: int, stage: str) -> str:
    """As `why_closed`, of what `closed_in` answered."""
    return closed.get((fiscal_year, "")) or closed.get((fiscal_year, stage), "")


def close(person: Person, work_year: int, wanted: Iterable[tuple[int, str]]) -> list[ClosedYear]:
    """Closes (fiscal year, stage or empty) for the person's region; what is closed already stays as it was.
    Whose right this is, and the log, is the caller's. Returns what was closed now."""
    assert person.region is not None
    made = []
    for fiscal_year, stage in wanted:
        row, is_new = ClosedYear.objects.get_or_create(
            region=person.region,
            fiscal_year=fiscal_year,
            stage=stage,
            defaults={"work_year": work_year, "closed_by": person, "closed_at": timezone.now()},
        )
        if is_new:
            made.append(row)
    return made
