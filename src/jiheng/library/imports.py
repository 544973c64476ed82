"""Indicators and standards as they come in by file: new ones are added, known ones revised."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from jiheng.documents.tables import Column, ColumnKind, Row
from jiheng.library.models import Edition, Indicator, Standard, Status
from jiheng.library.uses import adopt
from jiheng.library.wording import folded
from jiheng.library.workflow import (
    IndicatorDraft,
    StandardDraft,
    codes_after,
    content_of,
    edition_of,
    standard_values,
    values_of,
)
from jiheng.sheets import Operator
from jiheng.units import log
from jiheng.units.imports import Checked, ImportKind, Published, Wrong, repeated
from jiheng.units.models import Batch, Person, Region

YES, NO = "是", "否"
CAUSE = "导入"
SIGNS = tuple(item.value for item in Operator)
CODES = "几个代码之间用空格隔开；3、5 或 7 位"

INDICATOR_COLUMNS = (
    Column("code", "指标编码", ColumnKind.CODE, help="可空；空的由系统编；与已有的相同则修订那一个"),
    Column("name", "指标名称", required=True, width=36),
    Column("sector", "行业领域", required=True, width=24),
    Column("level2", "二级指标", required=True, help="按 2021 版分类写，如 数量指标、经济成本指标"),
    Column("operator", "计算符号", ColumnKind.CHOICE, required=True, choices=SIGNS),
    Column("unit", "计量单位", help="定性指标可空"),
    Column("typed", "典型值", help="只写数字"),
    Column("value_words", "典型值说明", width=30, help="定性指标的写法，或典型值从哪来"),
    Column("place", "典型值地区"),
    Column("year", "典型值年度", ColumnKind.WHOLE),
    Column("function_codes", "适用功能分类", help=CODES),
    Column("keywords", "关键词", width=24),
    Column("accumulates", "累计型", ColumnKind.CHOICE, choices=(YES, NO)),
    Column("meaning", "指标解释", width=36),
    Column("formula", "计算公式", width=30),
    Column("source", "来源", width=30),
    Column("is_verified", "来源已核", ColumnKind.CHOICE, choices=(YES, NO)),
    Column("card_source", "完成值来源", width=30),
    Column("card_check", "核验方法", width=30),
    Column("card_accuracy", "精度要求", width=30),
    Column("card_limits", "局限", width=30),
    Column("card_remedy", "弥补办法", width=30),
)
STANDARD_COLUMNS = (
    Column("code", "标准编码", ColumnKind.CODE, help="可空；空的由系统编；与已有的相同则修订那一个"),
    Column("name", "标准名称", required=True, width=36),
    Column("sector", "行业领域", required=True, width=24),
    Column(
        "operator",
        "约束方向",
        ColumnKind.CHOICE,
        required=True,
        choices=("≥", "≤", "="),
        help="≥ 不低于的投入标准；≤ 上限；= 按标准执行",
    ),
    Column("typed", "标准值", required=True, help="只写数字"),
    Column("unit", "计量单位", required=True, help="如 元/公里·年"),
    Column("function_codes", "适用功能分类", help=CODES),
    Column("scope", "适用范围", width=36),
    Column("place", "适用地区"),
    Column("year", "标准年度", ColumnKind.WHOLE),
    Column("document", "依据文号", width=24),
    Column("source", "来源", width=30),
    Column("is_verified", "来源已核", ColumnKind.CHOICE, choices=(YES, NO)),
)

Item = Indicator | Standard


@dataclass(frozen=True, slots=True)
class _Kind:
    """What differs between the two."""

    model: type[Indicator] | type[Standard]
    draft: type[IndicatorDraft] | type[StandardDraft]
    letters: str
    columns: tuple[Column, ...]
    values: Callable[[Any, Region], dict[str, Any]]


_INDICATORS = _Kind(Indicator, IndicatorDraft, "ZB", INDICATOR_COLUMNS, values_of)
_STANDARDS = _Kind(
    Standard, StandardDraft, "BZ", STANDARD_COLUMNS, lambda draft, region: standard_values(draft)
)


def _draft_of(kind: _Kind, row: Row, known: Item | None) -> Any:
    """What a row says; an empty cell leaves what is kept as it is."""
    given: dict[str, Any] = {}
    for item in fields(kind.draft):
        value = row.values.get(item.name)
        if item.name in ("accumulates", "is_verified"):
            value = None if value is None else value == YES
        if value is None and known is not None:
            value = getattr(known, item.name)
        if value is not None:
            given[item.name] = value
    return kind.draft(**given)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the region keeps, as a row may name it: by code, else by name, sector, direction and unit."""

    by_code: Mapping[str, Item]
    by_words: Mapping[tuple[str, ...], Item]

    @classmethod
    def of(cls, kind: _Kind, region: Region) -> _Known:
        found: Any = kind.model.objects.filter(region=region)
        items: list[Item] = list(found.order_by("status", "-code"))
        active = [item for item in items if item.status == Status.ACTIVE]
        return cls(
            {item.code: item for item in items},
            {(item.folded, item.sector, item.operator, item.unit): item for item in active},
        )

    def of_row(self, row: Row) -> Item | None:
        if row.values["code"]:
            return self.by_code.get(row.values["code"])
        return self.by_words.get(_words(row))


def _words(row: Row) -> tuple[str, ...]:
    values = row.values
    return folded(values["name"]), values["sector"], values["operator"], values["unit"] or ""


def _check(kind: _Kind, batch: Batch, rows: Sequence[Row]) -> Checked:
    known = _Known.of(kind, batch.region)
    wrong = repeated(rows, "code", "编码")
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        first = seen.setdefault(_words(row), row.number)
        if first != row.number:
            wrong.append(Wrong(row, "name", f"与第 {first} 行的名称、行业、方向和单位都相同，请只留一行"))
        try:
            kind.values(_draft_of(kind, row, known.of_row(row)), batch.region)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                wrong.append(Wrong(row, name, "；".join(messages)))
    return Checked(wrong)


def _publish(kind: _Kind, person: Person, batch: Batch, rows: Sequence[Row]) -> Published:
    region, known, now = batch.region, _Known.of(kind, batch.region), timezone.now()
    nameless = [row for row in rows if not row.values["code"] and known.of_row(row) is None]
    free = kind.model.objects.filter(region=region, code__startswith=kind.letters)
    given = dict(
        zip([row.number for row in nameless], codes_after(free, kind.letters, len(nameless)), strict=True)
    )
    new: list[Any] = []
    changed: list[Any] = []
    drafts = []
    for row in rows:
        item = known.of_row(row)
        values = kind.values(_draft_of(kind, row, item), region)
        if item is None:
            code = row.values["code"] or given[row.number]
            new.append(kind.model(region=region, code=code, updated_at=now, **values))
            continue
        before = content_of(item)
        for name, value in values.items():
            setattr(item, name, value)
        after = content_of(item)
        if after == before:
            continue
        item.edition, item.updated_at = item.edition + 1, now
        changed.append(item)
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        drafts.append(
            log.LogDraft(
                action=f"{CAUSE}修订{item._meta.verbose_name}",
                subject=item,
                before={name: before.get(name, "") for name in names},
                after={name: after.get(name, "") for name in names},
            )
        )
    manager: Any = kind.model.objects
    manager.bulk_create(new, batch_size=500)
    for item in changed:
        item.save()
    editions = [edition_of(item, CAUSE, person, f"第 {batch.pk} 批") for item in [*new, *changed]]
    Edition.objects.bulk_create(editions, batch_size=500)
    log.record_many(person, drafts)
    if kind is _INDICATORS:
        adopt([*new, *changed])
    counts = {"新增": len(new), "修订": len(changed), "无变化": len(rows) - len(new) - len(changed)}
    return Published(counts)


def exported(kind: type[Item], items: Sequence[Item]) -> list[dict[str, Any]]:
    """Rows of the import's own columns, so that a list that went out can come in again."""
    columns = INDICATOR_COLUMNS if kind is Indicator else STANDARD_COLUMNS
    return [{column.name: _cell(item, column.name) for column in columns} for item in items]


def _cell(item: Item, name: str) -> Any:
    value = getattr(item, name)
    if isinstance(value, bool):
        return YES if value else NO
    return value


INDICATORS = ImportKind(
    name="indicators",
    title="标准指标",
    action="import_library",
    columns=INDICATOR_COLUMNS,
    check=lambda batch, rows: _check(_INDICATORS, batch, rows),
    publish=lambda person, batch, rows: _publish(_INDICATORS, person, batch, rows),
    examples=(
        {
            "name": "危桥改造数",
            "sector": "交通运输·农村公路",
            "level2": "数量指标",
            "operator": "≥",
            "unit": "座",
            "function_codes": "214 21401",
            "source": "本区历年目标表",
        },
    ),
)
STANDARDS = ImportKind(
    name="standards",
    title="支出标准",
    action="import_library",
    columns=STANDARD_COLUMNS,
    check=lambda batch, rows: _check(_STANDARDS, batch, rows),
    publish=lambda person, batch, rows: _publish(_STANDARDS, person, batch, rows),
    examples=(
        {
            "name": "县道日常养护标准",
            "sector": "交通运输·农村公路",
            "operator": "≥",
            "typed": "10000",
            "unit": "元/公里·年",
            "document": "国办发〔2019〕45号",
        },
    ),
)
