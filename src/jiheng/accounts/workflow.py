"""What people do with a table of the accounts: open it, fill it in, check it, close it, open it again.

Every verb checks access, then state and the revision it was based on, then changes and logs, in one
transaction. States: 编制中 → 已核对 → 已定稿; what is not 编制中 is opened again before it is changed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from jiheng.accounts import access, ledger, reading
from jiheng.accounts.checking import Said, findings_of
from jiheng.accounts.comparing import REASON
from jiheng.accounts.kinds import kinds
from jiheng.accounts.models import Statement, StatementState, StatementVersion
from jiheng.accounts.outcomes import NotKept, Refused, Stale, differences
from jiheng.accounts.reading import Recognised
from jiheng.projects import years
from jiheng.sheets import AccountTable, Severity, account_from_json, account_json
from jiheng.units import log
from jiheng.units.access import region_of, unit_for
from jiheng.units.models import Person

# what last year's table brings into this year's: from column → to column
_CARRIED = (("final", "last_final"), ("budget", "last_budget"))


def open_statement(person: Person, kind_name: str, fiscal_year: int, unit_pk: int | None = None) -> Statement:
    """The table of the region (unit None) or a unit, made with last year's figures if it is not there yet.
    Raises Http404, PermissionDenied."""
    kind, region = access.kind_of(kind_name), region_of(person)
    unit = unit_for(person, unit_pk) if unit_pk is not None else None
    whose = {"region": region, "unit": unit, "fiscal_year": fiscal_year, "kind": kind_name}
    there = Statement.objects.filter(**whose).first()
    if there is not None:
        return access.statement_for(person, there.pk)
    if not access.may_draw_up(person, kind, unit):
        raise PermissionDenied("这张账表由编制它的股室或单位建立，您不能新建")
    if why := years.why_closed(region, fiscal_year):
        raise NotKept(why)
    table = kind.blank(region, fiscal_year, unit)
    last = Statement.objects.filter(**(whose | {"fiscal_year": fiscal_year - 1})).first()
    if last is not None:
        table = _carried(table, last.as_table())
    try:
        with transaction.atomic():
            made = Statement.objects.create(
                **whose, table=account_json(table), updated_by=person, updated_at=timezone.now()
            )
            _log(person, "建立账表", made)
    except IntegrityError:  # somebody opened it at the same moment
        made = Statement.objects.get(**whose)
    return made


def _carried(table: AccountTable, last: AccountTable) -> AccountTable:
    """Last year's added rows, and its figures in the columns of last year."""
    known = {row.key for row in table.rows}
    keys = [column.key for column in table.columns]
    pairs = [(keys.index(to), last.place(name)) for name, to in _CARRIED if to in keys and name in keys]
    if pairs:
        kind = kinds()[table.kind]
        for row in last.rows:
            if row.is_open and row.key not in known:
                blank = replace(kind.open_row(row.label, row.code), key=row.key)
                table = table.with_row(blank, before=kind.open_before)
    changes = {
        (row.key, keys[to]): before.cells[place]
        for row in table.rows
        for to, place in pairs
        if (before := last.row(row.key)) is not None
    }
    return table.with_cells(changes)


def save_draft(
    person: Person, statement: Statement, table: AccountTable, based_on: int
) -> tuple[Statement, Said]:
    """Stores the table, if changed, and says what is wrong with it. Raises Stale, NotKept."""
    access.require_edit(person, statement)
    with transaction.atomic():
        held = _held(statement, based_on, table)
        _must_be(held, StatementState.DRAFT, "修改")
        return _store(person, held, table, "保存账表")


def _store(person: Person, held: Statement, table: AccountTable, action: str) -> tuple[Statement, Said]:
    before = held.as_table()
    said = findings_of(held, table)
    changed = differences(before, table)
    counts = {"errors": said.count(Severity.ERROR), "warnings": said.count(Severity.WARNING)}
    if not changed:
        Statement.objects.filter(pk=held.pk).update(**counts)
    else:
        held.table, held.revision = account_json(table), held.revision + 1
        held.updated_by, held.updated_at = person, timezone.now()
        held.errors, held.warnings = counts["errors"], counts["warnings"]
        held.save()
        _log(
            person,
            action,
            held,
            before={one.label: one.before for one in changed[:100]},
            after={one.label: one.after for one in changed[:100]},
        )
    return held, said


def check(person: Person, statement: Statement, based_on: int) -> Statement:
    """核对: without errors the table is 已核对 and a version is kept. Raises Refused with the errors."""
    access.require_edit(person, statement)
    with transaction.atomic():
        held = _held(statement, based_on)
        _must_be(held, StatementState.DRAFT, "核对")
        said = findings_of(held)
        errors = [finding for finding in said.findings if finding.severity is Severity.ERROR]
        if errors:
            raise Refused(held, "核对通过", errors)
        held.errors, held.warnings = 0, said.count(Severity.WARNING)
        return _moved(person, held, StatementState.CHECKED, "核对")


def close(person: Person, statement: Statement, based_on: int) -> Statement:
    """定稿, by the bureau. Raises Refused while an error stands or a reason of change is missing."""
    access.require_close(person, statement)
    with transaction.atomic():
        held = _held(statement, based_on)
        _must_be(held, StatementState.CHECKED, "定稿")
        barring = [
            finding
            for finding in findings_of(held).findings
            if finding.severity is Severity.ERROR or finding.code == REASON
        ]
        if barring:
            raise Refused(held, "定稿", barring)
        return _moved(person, held, StatementState.CLOSED, "定稿")


def reopen(person: Person, statement: Statement, based_on: int, reason: str) -> Statement:
    """重新编制: what was checked by who draws it up, what is closed by the bureau; with a reason."""
    if statement.state == StatementState.CLOSED or not access.may_edit(person, statement):
        access.require_close(person, statement)
    if not reason.strip():
        raise NotKept("重新编制请写明原因", statement)
    with transaction.atomic():
        held = _held(statement, based_on)
        if held.state == StatementState.DRAFT:
            raise NotKept(f"“{held}”正在编制，不必重新打开", held)
        return _moved(person, held, StatementState.DRAFT, "重新编制", reason.strip())


def fill_from_ledger(person: Person, statement: Statement, based_on: int) -> tuple[Statement, Said]:
    """Sums the table up from the payments as far as they carry its classes; what it was is kept as a version.
    Raises NotKept where the ledger says nothing of this kind, or of this year."""
    access.require_edit(person, statement)
    with transaction.atomic():
        held = _held(statement, based_on)
        _must_be(held, StatementState.DRAFT, "汇总")
        table = ledger.summed(held, held.as_table())
        keep(person, held, "台账汇总前")
        return _store(person, held, table, "从台账汇总账表")


def take(
    person: Person, statement: Statement, based_on: int, name: str, data: bytes
) -> tuple[Statement, Recognised]:
    """Fills the table from a workbook (or another document): the table is found by its title. What it was is
    kept as a version; with one cell that cannot be read nothing is taken. Raises NotKept, DocumentError."""
    access.require_edit(person, statement)
    read = [one for one in reading.recognise(data, name) if one.kind == statement.kind]
    if len(read) != 1:
        title = kinds()[statement.kind].title
        many = f"文件“{name}”里有 {len(read)} 张表名像“{title}”，请只留一张"
        raise NotKept(
            many if read else f"文件“{name}”里没有表名像“{title}”的表：表按名称认，请核对表题", statement
        )
    if read[0].problems:
        raise NotKept(f"没有导入：{'；'.join(read[0].problems[:20])}", statement)
    with transaction.atomic():
        held = _held(statement, based_on)
        _must_be(held, StatementState.DRAFT, "导入")
        keep(person, held, "导入前")
        held, _ = _store(person, held, reading.laid_over(held.as_table(), read[0]), "导入账表")
    return held, read[0]


def take_all(
    person: Person, fiscal_year: int, unit_pk: int | None, name: str, data: bytes
) -> list[tuple[Statement, Recognised]]:
    """Fills every table that a file holds and the person draws up, all of them or none; tables that are not
    there yet are made. Raises NotKept, DocumentError, Http404."""
    unit = unit_for(person, unit_pk) if unit_pk is not None else None
    found = reading.recognise(data, name)
    mine = [one for one in found if access.may_draw_up(person, kinds()[one.kind], unit)]
    if not mine:
        there = "、".join(f"《{one.title}》" for one in found)
        raise NotKept(
            f"文件“{name}”里没有由您编制的表{f'，只有{there}' if there else '：表按表题认，请核对'}"
        )
    twice = {one.title for one in mine if sum(other.kind == one.kind for other in mine) > 1}
    problems = [f"《{title}》有不止一张，请只留一张" for title in sorted(twice)]
    problems += [problem for one in mine for problem in one.problems]
    if problems:
        raise NotKept(f"没有导入：{'；'.join(problems[:20])}")
    taken = []
    with transaction.atomic():
        for one in mine:
            made = open_statement(person, one.kind, fiscal_year, unit_pk)
            held = _held(made, made.revision)
            _must_be(held, StatementState.DRAFT, "导入")
            keep(person, held, "导入前")
            held, _ = _store(person, held, reading.laid_over(held.as_table(), one), "导入账表")
            taken.append((held, one))
    return taken


def keep(person: Person, held: Statement, cause: str, note: str = "") -> StatementVersion:
    """Keeps the table as it stands as a version."""
    number = held.versions.count() + 1
    return StatementVersion.objects.create(
        statement=held,
        number=number,
        cause=cause,
        table=held.table,
        state=held.state,
        note=note,
        person=person,
        at=timezone.now(),
    )


def _moved(person: Person, held: Statement, to: StatementState, cause: str, note: str = "") -> Statement:
    before = held.get_state_display()
    held.state, held.revision = to, held.revision + 1
    held.updated_by, held.updated_at = person, timezone.now()
    held.save()
    keep(person, held, cause, note)
    _log(person, f"账表{cause}", held, before={"状态": before}, after={"状态": to.label}, reason=note)
    return held


def _held(statement: Statement, based_on: int, mine: AccountTable | None = None) -> Statement:
    """The row, locked. Raises Stale when it is no longer the one that the verb was based on."""
    Statement.objects.select_for_update().get(pk=statement.pk)
    held = Statement.objects.select_related("region", "unit", "updated_by").get(pk=statement.pk)
    if held.revision != based_on:
        raise Stale(held, mine)
    if why := years.why_closed(held.region_id, held.fiscal_year):
        raise NotKept(f"“{held}”：{why}", held)
    return held


def _must_be(held: Statement, state: StatementState, verb: str) -> None:
    if held.state != state:
        advice = "要改请先点“重新编制”" if state == StatementState.DRAFT else "请先核对通过"
        raise NotKept(f"“{held}”现为“{held.get_state_display()}”，不能{verb}；{advice}", held)


def _log(person: Person, action: str, held: Statement, **said: Any) -> None:
    log.record(person, action, held, unit_name=held.unit.name if held.unit else "", **said)


def table_of(version: StatementVersion) -> AccountTable:
    """The record of a kept version."""
    return account_from_json(version.table)
