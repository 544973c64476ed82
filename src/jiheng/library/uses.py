"""Who uses an indicator: written by the verbs of goals and evaluation, which stand above the library."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from jiheng.library.models import Indicator, Status, Use
from jiheng.library.wording import folded
from jiheng.projects.models import Fund
from jiheng.sheets import Indicator as Line
from jiheng.sheets import Missing, Operator, Quantity
from jiheng.units.models import Region, Unit

LARGEST = Decimal(10) ** 12
FINEST = Decimal("0.000001")
_GIVEN = (
    *("unit", "fund", "function_code", "indicator", "name", "folded", "level2", "operator", "measure"),
    *("target", "target_words", "weight", "is_approved"),
)
_RESULT = ("actual", "actual_words", "score", "is_full")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalLines:
    """The indicator lines of one goal form."""

    unit: Unit
    fund: Fund | None
    fiscal_year: int
    lines: Sequence[Line]
    is_approved: bool = False

    @property
    def subject(self) -> str:
        return subject_of(self.unit.pk, self.fund.pk if self.fund else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one line: its value at year's end, and its points."""

    key: str
    actual: Quantity | Missing
    actual_words: str = ""
    weight: Decimal | None = None
    score: Decimal | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """The region's indicators by folded name, retired ones as what replaced them."""

    by_name: Mapping[str, Sequence[Indicator]] = field(default_factory=dict)

    @classmethod
    def of(cls, region: Region, names: Iterable[str]) -> _Known:
        found = Indicator.objects.filter(region=region, folded__in=set(names)).select_related("replaced_by")
        by_name: dict[str, list[Indicator]] = defaultdict(list)
        for item in found.order_by("code"):
            by_name[item.folded].append(successor(item))
        return cls(by_name)

    def link(self, name: str, function_code: str) -> Indicator | None:
        """The one of this name: of the fund's own class if there is one, an active one before a retired."""
        ordered = sorted(
            self.by_name.get(name, ()),
            key=lambda item: (item.status != Status.ACTIVE, not fits_class(item, function_code)),
        )
        return ordered[0] if ordered else None


def subject_of(unit_pk: int, fund_pk: int | None) -> str:
    """Whose form a line stands on."""
    return f"u{unit_pk}" if fund_pk is None else f"f{fund_pk}"


def successor(item: Indicator) -> Indicator:
    """What stands for an indicator today: itself, or the last of those that replaced it."""
    seen = {item.pk}
    while item.replaced_by is not None and item.replaced_by.pk not in seen:
        item = item.replaced_by
        seen.add(item.pk)
    return item


def fits_class(item: Indicator, function_code: str) -> bool:
    """Whether the indicator is kept for this 支出功能分类."""
    return any(function_code.startswith(code) for code in item.function_codes.split())


def note_goals(goals: Sequence[GoalLines]) -> int:
    """Keeps the lines of goal forms as uses: new lines are added, changed ones changed, those no longer on a
    form removed. Which indicator a line is follows from its name. Returns how many lines there are."""
    if not goals:
        return 0
    region = goals[0].unit.region
    known = _Known.of(region, (folded(line.name) for goal in goals for line in goal.lines))
    for goal in goals:
        kept = [line.key for line in goal.lines]
        old = Use.objects.filter(region=region, fiscal_year=goal.fiscal_year, subject=goal.subject)
        old.exclude(key__in=kept).delete()
    rows = [_use(goal, line, known) for goal in goals for line in goal.lines if line.name.strip()]
    Use.objects.bulk_create(
        rows,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["region", "fiscal_year", "subject", "key"],
        update_fields=_GIVEN,
    )
    return len(rows)


def _use(goal: GoalLines, line: Line, known: _Known) -> Use:
    code = goal.fund.function_code if goal.fund else ""
    name = folded(line.name)
    return Use(
        region_id=goal.unit.region_id,
        fiscal_year=goal.fiscal_year,
        subject=goal.subject,
        unit=goal.unit,
        fund=goal.fund,
        function_code=code,
        key=line.key,
        indicator=known.link(name, code),
        name=line.name.strip()[:200],
        folded=name,
        level2=line.level2[:20],
        operator=line.operator.value,
        measure=line.unit.strip()[:30],
        target=None if line.operator is Operator.QUALITATIVE else stored(line.target),
        target_words=line.target_in_words[:200],
        weight=_points(line.weight),
        is_approved=goal.is_approved,
    )


def approve(region: Region | str, fiscal_year: int, subjects: Sequence[str]) -> None:
    """The goals of these subjects are approved: their targets count as history. One statement."""
    found = Use.objects.filter(region=region, fiscal_year=fiscal_year, subject__in=subjects)
    found.filter(is_approved=False).update(is_approved=True)


def note_results(region: Region, fiscal_year: int, told: Mapping[str, Sequence[Outcome]]) -> int:
    """Lays the confirmed results of self-evaluations (by subject) over the uses; a line that no goal told of
    is passed over. Returns how many lines were found."""
    by_line = {(subject, item.key): item for subject, items in told.items() for item in items}
    rows = list(Use.objects.filter(region=region, fiscal_year=fiscal_year, subject__in=list(told)))
    found = [row for row in rows if (row.subject, row.key) in by_line]
    for row in found:
        item = by_line[row.subject, row.key]
        row.actual = stored(item.actual)
        row.actual_words = (item.actual_words or _text(item.actual))[:200]
        row.score = item.score
        row.is_full = None if item.score is None or item.weight is None else item.score >= item.weight
    Use.objects.bulk_create(
        found, batch_size=1000, update_conflicts=True, unique_fields=["id"], update_fields=_RESULT
    )
    return len(found)


def adopt(indicators: Sequence[Indicator]) -> int:
    """Links uses that nothing in the library answered to so far to new indicators of their name."""
    if not indicators:
        return 0
    loose = Use.objects.filter(region=indicators[0].region_id, indicator=None)
    wanted = set(loose.values_list("folded", flat=True).distinct())
    linked = 0
    for item in indicators:
        if item.folded in wanted:
            linked += loose.filter(folded=item.folded).update(indicator=item)
    return linked


def stored(value: Quantity | Missing) -> Decimal | None:
    """A figure as the uses keep it; none for what is missing or too large or fine for the column."""
    if isinstance(value, Missing) or abs(value.value) >= LARGEST:
        return None
    return value.value if value.value == value.value.quantize(FINEST) else None


def _points(weight: Quantity | Missing) -> Decimal | None:
    if isinstance(weight, Missing) or abs(weight.value) >= LARGEST:
        return None
    return weight.value if weight.value == weight.value.quantize(Decimal("0.01")) else None


def _text(value: Quantity | Missing) -> str:
    return "" if isinstance(value, Missing) else str(value)
