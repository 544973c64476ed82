"""The list of hits under its filters, counts by state and flag, and the workbook of what they show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Case, Count, F, Q, QuerySet, When

from jiheng.flags.access import state_for, steps_for, visible
from jiheng.flags.models import DECIDED, UNDECIDED, Hit, HitState
from jiheng.flags.running import unseen
from jiheng.rules import redflags
from jiheng.sheets import plain
from jiheng.units.models import Person

TITLES = {flag.code: flag.title for flag in redflags.flags()}
HEADINGS = (
    *("疑点类型", "名称", "等级", "单位", "专项资金", "涉及对象", "疑点内容", "涉及金额（元）"),
    *("状态", "是否仍在", "首次发现", "最近发现", "办理记录"),
)
LEVELS = tuple(level.value for level in redflags.Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class HitFilter:
    """What the list shows; empty means any. `state` also knows undecided, fresh, changed, gone."""

    fiscal_year: int
    flag: str = ""
    unit: int | None = None
    fund: int | None = None
    level: str = ""
    state: str = ""
    word: str = ""


def found(person: Person, wanted: HitFilter) -> QuerySet[Hit]:
    """The hits under all filters, the weightiest first."""
    rows = without_state(person, wanted).filter(state_asked(person, wanted.state))
    return rows.select_related("unit", "fund", "clue", "clue__problem", "first_run").order_by(
        "-is_present", "level_order", "flag", F("amount").desc(nulls_last=True), "pk"
    )


def without_state(person: Person, wanted: HitFilter) -> QuerySet[Hit]:
    """Under all filters but the state's."""
    rows = visible(person).filter(fiscal_year=wanted.fiscal_year)
    exact = {"flag": wanted.flag, "unit": wanted.unit, "fund": wanted.fund, "level": wanted.level}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if wanted.word:
        rows = rows.filter(Q(message__icontains=wanted.word) | Q(subject__icontains=wanted.word))
    return rows.annotate(level_order=_level_order())


def state_asked(person: Person, state: str) -> Q:
    """The condition of a tab; an unknown one shows all that are there."""
    if state in HitState.values:
        return Q(state=state, is_present=True)
    if state == "gone":
        return Q(is_present=False)
    if state == "fresh" and person.region is not None:
        return unseen(person.region) & Q(is_present=True)
    if state == "changed":
        return Q(state__in=DECIDED, is_present=True) & ~Q(decided_hash=F("evidence_hash"))
    return Q(is_present=True) if state != "undecided" else Q(state__in=UNDECIDED, is_present=True)


def by_flag(person: Person, fiscal_year: int) -> dict[str, tuple[int, int]]:
    """By flag: how many hits there are now, and how many of them nobody has decided on."""
    rows = visible(person).filter(fiscal_year=fiscal_year, is_present=True).order_by().values_list("flag")
    counted = rows.annotate(total=Count("pk"), waiting=Count("pk", filter=Q(state__in=UNDECIDED)))
    return {flag: (total, waiting) for flag, total, waiting in counted}


def export_rows(person: Person, rows: QuerySet[Hit]) -> Iterator[tuple[str, ...]]:
    for hit in rows.select_related("last_run").prefetch_related("steps__person"):
        steps = (
            f"{step.get_kind_display()}（{step.person.name}）：{step.text}" for step in steps_for(person, hit)
        )
        yield (
            hit.flag,
            TITLES[hit.flag],
            hit.level,
            hit.unit.name,
            hit.fund.name if hit.fund else "",
            hit.subject,
            hit.message,
            "" if hit.amount is None else plain(hit.amount),
            state_for(person, hit),
            "是" if hit.is_present else "已消失",
            hit.first_run.at.strftime("%Y-%m-%d"),
            hit.last_run.at.strftime("%Y-%m-%d"),
            "；".join(steps),
        )


def _level_order() -> Case:
    return Case(*(When(level=level, then=place) for place, level in enumerate(LEVELS)), default=len(LEVELS))
