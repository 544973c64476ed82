"""问题台账: the register under filters, its overdue list, totals by unit and year, rows for a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from jiheng.findings.models import OPEN_PROBLEMS, TO_REPLY, Problem, ProblemState
from jiheng.findings.problems import visible
from jiheng.units.models import Person

HEADINGS = (
    *("问题编号", "来源", "类别", "责任单位", "专项资金", "项目", "预算年度", "问题名称", "问题事实"),
    *("涉及金额（元）", "没有金额的原因", "整改要求", "发现日期", "通知书", "下达日期", "整改期限", "状态"),
    *("是否逾期", "整改措施", "整改结果", "已整改金额（元）", "佐证份数", "销号日期", "再现自", "并入"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemFilter:
    """What a reader of the register looks for; empty means any. `state` is one of ProblemState, or "open",
    "to_reply", "overdue", "recurring"."""

    unit: int | None = None
    department: int | None = None
    division: int | None = None
    fund: int | None = None
    year: int | None = None
    kind: str = ""
    source: str = ""
    state: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The problems of one unit or year: how many, how many open, overdue, closed; yuan of those that have an
    amount (None where none has)."""

    name: str
    key: int
    count: int
    open: int
    overdue: int
    closed: int
    amount: Decimal | None
    bare: int


def found(person: Person, wanted: ProblemFilter, day: date | None = None) -> QuerySet[Problem]:
    """The problems that a person sees and looks for, the overdue first, then by deadline."""
    rows = without_state(person, wanted)
    asked = state_asked(wanted.state, day or timezone.localdate())
    return rows.filter(asked) if asked is not None else rows


def without_state(person: Person, wanted: ProblemFilter) -> QuerySet[Problem]:
    """The same whatever the state, for the counts on the tabs."""
    rows = visible(person)
    exact: dict[str, Any] = {
        "unit": wanted.unit,
        "unit__department": wanted.department,
        "unit__department__division": wanted.division,
        "fund": wanted.fund,
        "fiscal_year": wanted.year,
        "kind": wanted.kind,
        "source": wanted.source,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    for word in wanted.word.split():
        rows = rows.filter(
            Q(number__icontains=word)
            | Q(title__icontains=word)
            | Q(description__icontains=word)
            | Q(unit__name__icontains=word)
            | Q(fund__name__icontains=word)
        )
    return rows


def state_asked(state: str, day: date) -> Q | None:
    """What a word of the filter means; None for none, or one that is not known."""
    words = {
        "open": Q(state__in=OPEN_PROBLEMS),
        "to_reply": Q(state__in=TO_REPLY),
        "overdue": late(day),
        "recurring": Q(recurs__isnull=False) & ~Q(state=ProblemState.MERGED),
    }
    return words.get(state) or (Q(state=state) if state in ProblemState.values else None)


def late(day: date) -> Q:
    """逾期: the unit has not replied, and the day is past the deadline."""
    return Q(state__in=TO_REPLY, due_on__lt=day)


def is_overdue(problem: Problem, day: date) -> bool:
    return problem.state in TO_REPLY and problem.due_on is not None and problem.due_on < day


def by_unit(rows: QuerySet[Problem], day: date) -> list[Tally]:
    """Totals of each unit, the most open first. One query."""
    return _tallies(rows, day, "unit", "unit__name")


def by_year(rows: QuerySet[Problem], day: date) -> list[Tally]:
    """Totals of each fiscal year, the latest first. One query."""
    found = _tallies(rows, day, "fiscal_year", "fiscal_year")
    return sorted(found, key=lambda tally: -tally.key)


def in_all(rows: QuerySet[Problem], day: date) -> Tally:
    """The same of all of them. One query."""
    told = _counted(rows).aggregate(**_sums(day))
    return Tally(name="合计", key=0, **{name.removeprefix("n_"): value for name, value in told.items()})


def _counted(rows: QuerySet[Problem]) -> QuerySet[Problem]:
    return rows.exclude(state=ProblemState.MERGED).order_by()


def _sums(day: date) -> dict[str, Any]:
    return {
        # named apart from the model's own fields
        "n_count": Count("pk"),
        "n_open": Count("pk", filter=Q(state__in=OPEN_PROBLEMS)),
        "n_overdue": Count("pk", filter=late(day)),
        "n_closed": Count("pk", filter=Q(state=ProblemState.CLOSED)),
        "n_amount": Sum("amount"),
        "n_bare": Count("pk", filter=Q(amount__isnull=True)),
    }


def _tallies(rows: QuerySet[Problem], day: date, key: str, name: str) -> list[Tally]:
    told = _counted(rows).values(key, name) if key != name else _counted(rows).values(key)
    sums = _sums(day)
    tallies = [
        Tally(name=str(row[name]), key=row[key], **{word.removeprefix("n_"): row[word] for word in sums})
        for row in told.annotate(**sums)
    ]
    return sorted(tallies, key=lambda tally: (-tally.overdue, -tally.open, -tally.count, tally.name))


def export_rows(rows: QuerySet[Problem], day: date) -> Iterator[tuple[Any, ...]]:
    """The problems under `HEADINGS`; amounts as exact Decimal yuan, an absent one as None. Read in pieces."""
    wide = rows.select_related("unit", "fund", "project", "notice", "recurs", "merged_into")
    wide = wide.prefetch_related("replies", "evidence")
    for item in wide.iterator(chunk_size=500):
        sent = sorted((reply for reply in item.replies.all() if reply.sent_at), key=lambda one: one.pk)
        last = sent[-1] if sent else None
        keys = {reply.pk for reply in sent}
        yield (
            item.number,
            item.get_source_display(),
            item.kind,
            item.unit.name,
            item.fund.name if item.fund else "",
            item.project.name if item.project else "",
            item.fiscal_year,
            item.title,
            item.description,
            item.amount,
            Problem.MISSING.get(item.amount_missing, item.amount_missing),
            item.requirement,
            item.found_on.isoformat(),
            item.notice.number if item.notice else "",
            timezone.localdate(item.issued_at).isoformat() if item.issued_at else "",
            item.due_on.isoformat() if item.due_on else "",
            item.get_state_display(),
            "是" if is_overdue(item, day) else "否",
            last.measures if last else "",
            last.result if last else "",
            last.mended if last else None,
            sum(1 for one in item.evidence.all() if one.reply_id in keys),
            timezone.localdate(item.closed_at).isoformat() if item.closed_at else "",
            item.recurs.number if item.recurs else "",
            item.merged_into.number if item.merged_into else "",
        )
