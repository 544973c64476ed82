"""Who sees which tables of the accounts, and who may do what with them. Strangers: 404, wrong roles: 403."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from jiheng.accounts.kinds import Kind, kinds
from jiheng.accounts.models import Statement, StatementState
from jiheng.units import access
from jiheng.units.models import Person, Role, Unit

# who draws up the region's tables of each desk; 绩效股 stands in for the other sections
DESKS: Mapping[str, frozenset[Role]] = {
    "budget": frozenset({Role.BUDGET, Role.PERFORMANCE}),
    "treasury": frozenset({Role.TREASURY, Role.PERFORMANCE}),
    "debt": frozenset({Role.DEBT, Role.PERFORMANCE}),
}


def kind_of(name: str) -> Kind:
    """Raises Http404 for a kind that is not there."""
    found = kinds().get(name)
    if found is None:
        raise Http404("没有这种账表")
    return found


def sees_region(person: Person) -> bool:
    """Whether the person sees the region's own tables: everybody of the bureau, and the observers."""
    is_bureau = person.role in access.WHOLE_REGION or person.role == Role.DIVISION
    return person.is_active and bool(person.region_id) and is_bureau


def visible(person: Person) -> QuerySet[Statement]:
    """The region's tables for the bureau, the units' by `units_for`; observers see what was checked."""
    whose = Q(unit__in=access.units_for(person))
    if sees_region(person):
        whose |= Q(unit__isnull=True, region_id=person.region_id)
    found = Statement.objects.filter(whose)
    if person.role in access.READERS:
        found = found.exclude(state=StatementState.DRAFT)
    return found


def statement_for(person: Person, pk: int) -> Statement:
    """The table with whose it is. Raises Http404 for strangers."""
    rows = visible(person).select_related("region", "unit__department", "updated_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("没有这张账表，或您无权查看")
    return found


def may_draw_up(person: Person, kind: Kind, unit: Unit | None) -> bool:
    """Whether the person draws up this kind of table for the region (None) or a unit."""
    if not access.may(person, "keep_accounts"):
        return False
    if unit is None:
        return kind.of_region and person.role in DESKS.get(kind.desk, frozenset())
    return kind.of_units and person.role in access.UNIT_PEOPLE and person.unit_id == unit.pk


def may_edit(person: Person, statement: Statement) -> bool:
    """Whether the person may change this table, its state aside."""
    kind = kinds().get(statement.kind)
    return kind is not None and may_draw_up(person, kind, statement.unit)


def may_close(person: Person, statement: Statement) -> bool:
    """定稿 and opening again what is closed: the bureau's, of the region's tables the desk's own."""
    if not access.may(person, "close_accounts"):
        return False
    return statement.unit_id is not None or may_edit(person, statement)


def require_edit(person: Person, statement: Statement) -> None:
    """Raises Http404 for strangers, PermissionDenied for who sees the table and may not."""
    statement_for(person, statement.pk)
    if not may_edit(person, statement):
        raise PermissionDenied("这张账表由编制它的股室或单位填写，您可以查看，不能修改")


def require_close(person: Person, statement: Statement) -> None:
    """As `require_edit`."""
    statement_for(person, statement.pk)
    if not may_close(person, statement):
        raise PermissionDenied("账表由财政局编制股室定稿，您不能办理")
