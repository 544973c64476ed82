"""登记簿: companies, contracts, invoices, agreements, ledgers of acceptance … as they came in by file.

The records of `rules.redflags` say which columns there are; here each becomes an import kind of its own,
with template, preview and mapping like any other. Rows are appended: the same row again changes nothing, a
changed one is a new version of its key, one marked 作废 no longer counts. Personal numbers come sealed only.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from jiheng.documents.tables import Column, ColumnKind, Row
from jiheng.ledger.models import RegistryRow
from jiheng.projects.models import Fund, Project
from jiheng.rules.redflags import REGISTRIES, Record
from jiheng.rules.redflags.codes import is_valid
from jiheng.rules.redflags.records import BLANK, DATE, LIST, NUMBER, PERCENT, WAN, YES, YUAN
from jiheng.sheets import Missing, plain
from jiheng.units.imports import Checked, ImportKind, Published, Wrong
from jiheng.units.models import Batch, Person, Region, Unit

ACTION = "import_registries"
YES_WORDS = ("是", "否")
STATES = ("有效", "作废")
MOST_KEY = 200
STATE = Column("state", "状态", ColumnKind.CHOICE, choices=STATES, help="可空；登记错了的写作废，不再核查")
FIGURES = (WAN, YUAN, PERCENT, NUMBER)
CODES = "统一社会信用代码"
Found = TypeVar("Found", bound=Record)


# ── columns ───────────────────────────────────────────────────────────────────────────────────────────


def column_of(item: Any) -> Column:
    """The column of a record's field."""
    told = item.metadata
    kind = {YES: ColumnKind.CHOICE, LIST: ColumnKind.TEXT}.get(told["kind"], told["kind"])
    return Column(
        item.name,
        told["label"],
        ColumnKind(kind),
        required=told["must"],
        choices=YES_WORDS if told["kind"] == YES else (),
        help=told["help"],
        is_personal=told["personal"],
    )


def _columns(record: type[Record], *, personal: bool) -> tuple[Column, ...]:
    every = [column_of(item) for item in dataclasses.fields(record)]
    return tuple(column for column in every if column.is_personal is personal)


# ── checking ──────────────────────────────────────────────────────────────────────────────────────────


def check(record: type[Record], batch: Batch, rows: Sequence[Row]) -> Checked:
    """Units and projects known, credit codes with their check digit, years and shares possible, keys once."""
    units = set(Unit.objects.filter(region=batch.region_id).values_list("code", flat=True))
    projects = set(Project.objects.filter(region=batch.region_id).values_list("code", flat=True))
    projects |= set(Fund.objects.filter(region=batch.region_id).values_list("code", flat=True))
    items = dataclasses.fields(record)
    first: dict[str, int] = {}
    wrong: list[Wrong] = []
    for row in rows:
        for item in items:
            reason = _wrong(item, row.values.get(item.name), units, projects)
            if reason:
                wrong.append(Wrong(row, item.name, reason))
        key = key_of(record, row.values)
        above = first.setdefault(key, row.number)
        if above != row.number:
            wrong.append(Wrong(row, record.KEY[0], f"与第 {above} 行是同一条登记，请核对后只留一行"))
        elif len(key) > MOST_KEY:
            wrong.append(Wrong(row, record.KEY[0], f"超过 {MOST_KEY} 个字，请核对"))
    return Checked(wrong)


def _wrong(item: Any, value: Any, units: set[str], projects: set[str]) -> str:
    """What is wrong with one value; empty if nothing."""
    told = item.metadata
    if value is None:
        if told["must"] and told["personal"]:
            return "没有证件号码：请在“取数”里按映射导入，证件号码到达时变为密文，不留原文"
        return ""
    if item.name == "unit" and value not in units:
        return "系统中没有这个单位，请先导入单位或核对代码"
    if item.name == "project" and value not in projects:
        return "系统中没有这个项目，请先导入专项和项目或核对代码"
    if told["label"].endswith(CODES) or item.name == "parent":
        return "" if is_valid(str(value)) else "统一社会信用代码有误：应为 18 位，末位校验不符，请核对"
    if item.name == "year" and not 2000 <= value <= 2100:
        return "应为四位年份（2000 至 2100）"
    if told["kind"] == PERCENT and not 0 <= value <= 100:
        return "应在 0 到 100 之间"
    return ""


def key_of(record: type[Record], values: Mapping[str, Any]) -> str:
    """The row's key, the same however often it comes; of a sealed number only its hash."""
    return "|".join(str(values.get(name) or "").partition(":")[0] for name in record.KEY)


# ── keeping ───────────────────────────────────────────────────────────────────────────────────────────


def publish(name: str, person: Person, batch: Batch, rows: Sequence[Row]) -> Published:
    """Appends what is new or changed; the caller's transaction keeps two imports apart."""
    fresh, counts = versions(batch.region, name, batch, [(row.number, row.values) for row in rows])
    RegistryRow.objects.bulk_create(fresh, batch_size=1000)
    return Published(counts)


def versions(
    region: Region, name: str, batch: Batch, rows: Sequence[tuple[int, Mapping[str, Any]]]
) -> tuple[list[RegistryRow], dict[str, int]]:
    """The rows to append, not stored yet, and what they do to the registry, in words."""
    record = REGISTRIES[name]
    before = {row.key: row for row in _latest(region, name)}
    fresh: list[RegistryRow] = []
    counts = {"新增": 0, "更正": 0, "作废": 0, "已有": 0}
    for number, typed in rows:
        values = {item.name: _kept(item, typed.get(item.name)) for item in dataclasses.fields(record)}
        is_void = typed.get("state") == STATES[1]
        said = json.dumps([values, is_void], ensure_ascii=False, sort_keys=True)
        row_hash, key = hashlib.sha256(said.encode()).hexdigest(), key_of(record, typed)
        last = before.get(key)
        if last is not None and last.row_hash == row_hash:
            counts["已有"] += 1
            continue
        counts["作废" if is_void else "更正" if last is not None else "新增"] += 1
        fresh.append(
            RegistryRow(
                region=region,
                registry=name,
                key=key,
                version=last.version + 1 if last is not None else 1,
                values=values,
                is_void=is_void,
                row_hash=row_hash,
                batch=batch,
                row=number,
            )
        )
    return fresh, counts


def _latest(region: Region | str, name: str) -> list[RegistryRow]:
    rows = RegistryRow.objects.filter(region=region, registry=name).order_by("key", "version")
    return list({row.key: row for row in rows}.values())


def records(region: Region | str, name: str) -> tuple[Record, ...]:
    """A registry's rows as they stand now, by key: the latest version of each that is not void."""
    record = REGISTRIES[name]
    return tuple(_as_record(record, row.values) for row in _latest(region, name) if not row.is_void)


def row_for(region: Region | str, title: str, key: str) -> RegistryRow | None:
    """Where a piece of evidence stands: the latest version of a row, by its registry's title and its key."""
    name = next((name for name, record in REGISTRIES.items() if title == record.TITLE), "")
    key = "|".join(part.partition(":")[0] for part in key.split("|"))
    found = RegistryRow.objects.filter(region=region, registry=name, key=key).order_by("-version")
    return found.select_related("batch__upload").first()


def counted(region: Region | str) -> dict[str, int]:
    """How many rows each registry has, whatever their version."""
    keys = RegistryRow.objects.filter(region=region).values_list("registry", "key").distinct()
    counts = dict.fromkeys(REGISTRIES, 0)
    for name, _ in keys:
        counts[name] = counts.get(name, 0) + 1
    return counts


def _kept(item: Any, value: Any) -> Any:
    """A typed value as JSON; None where nothing was said."""
    if value is None or value == "" or isinstance(value, Missing):
        return None
    kind = item.metadata["kind"]
    if kind == YES:
        return value is True or value == YES_WORDS[0]
    if kind == LIST:
        parts = value if isinstance(value, tuple) else str(value).replace("，", "、").split("、")
        return [part.strip() for part in parts if part.strip()]
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else value


def _as_record(record: type[Found], values: Mapping[str, Any]) -> Found:
    made = {
        item.name: _read(item.metadata["kind"], values.get(item.name)) for item in dataclasses.fields(record)
    }
    return record(**made)


def _read(kind: str, value: Any) -> Any:
    if value is None:
        return BLANK.get(kind, "")
    if kind in FIGURES:
        return Decimal(value)
    if kind == DATE:
        return date.fromisoformat(value)
    return tuple(value) if kind == LIST else value


# ── as kinds of import ────────────────────────────────────────────────────────────────────────────────


def _kind(name: str) -> ImportKind:
    record = REGISTRIES[name]
    return ImportKind(
        name=f"registry_{name}",
        title=record.TITLE,
        action=ACTION,
        columns=(*_columns(record, personal=False), STATE),
        check=partial(check, record),
        publish=partial(publish, name),
        is_mappable=True,
        mapped=_columns(record, personal=True),
    )


COMPANIES = _kind("companies")
LISTED = _kind("listed")
ITEMS = _kind("items")
SUBSIDIES = _kind("subsidies")
MATERIALS = _kind("materials")
CONTRACTS = _kind("contracts")
CONTRACT_PAYMENTS = _kind("contract_payments")
INVOICES = _kind("invoices")
AGREEMENTS = _kind("agreements")
PROOFS = _kind("proofs")
TAXES = _kind("taxes")
ACCEPTANCES = _kind("acceptances")
DEATHS = _kind("deaths")
TRANSFERS = _kind("transfers")
