"""An arrived file as checked rows: codes, dates and units by the mapping, all else as any table has it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from jiheng.documents.arrival import meta_of
from jiheng.documents.columns import Column, ColumnKind, value_of, without_control
from jiheng.documents.mapping import EMPTY, OTHER, Bound, SourceMapping, bind, standard_name
from jiheng.documents.sources import FORMULA, LETTERS, WIDE
from jiheng.documents.tables import MOST_BAD, BadCell, Row, TableRead
from jiheng.documents.workbook import Cell
from jiheng.figures import FigureError, parse
from jiheng.sheets import WAN, Place, plain

_DIGITS = re.compile(r"(\d{8})(?:\d{6}(?:\d{3})?)?")  # yyyyMMdd, with HHmmss, with SSS
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_SLASHES = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?:[ T].*)?")
CHUNK = 5000

Reader = Callable[[str, str], Any]


def reader(one: Bound, unit: str = "") -> Reader:
    """Text and letter of a cell → its value; raises ValueError with a Chinese reason. `unit` is the money
    column's own, as the mapping or the file's heading says."""
    source, column = one.source, one.column
    if unit:
        column = replace(column, kind=ColumnKind.WAN if unit == "万元" else ColumnKind.YUAN)
    if source.required:
        column = replace(column, required=True)

    @functools.lru_cache(maxsize=4096)  # codes, names and words come again and again
    def read(text: str, letter: str) -> Any:
        if letter == WIDE:
            raise ValueError("这一行的格数比表头多，各栏可能已错位：内容里的逗号请加引号后重新导出")
        clean = text.strip() or source.value
        if source.codes:
            clean = source.codes.get(clean, source.codes.get(OTHER, clean) if clean else clean)
        kind = LETTERS.get(letter, "text")
        if column.kind == ColumnKind.DATE:
            clean, kind = _day(clean, kind, source.dates)
        return value_of(column, Cell("", clean, kind, is_formula=letter == FORMULA))

    return read


def _day(text: str, kind: str, dates: str) -> tuple[str, str]:
    """A date as `value_of` reads it: 17 digits cut to the day, a serial marked as a number."""
    if dates in ("auto", "digits") and (found := _DIGITS.fullmatch(text)):
        return found[1], "text"
    if dates in ("auto", "excel") and _SERIAL.fullmatch(text):
        return text, "number"
    if dates in ("dmy", "mdy") and (slashes := _SLASHES.fullmatch(text)):
        day, month = (slashes[1], slashes[2]) if dates == "dmy" else (slashes[2], slashes[1])
        return f"{slashes[3]}-{month}-{day}", "text"
    return text, kind


def table(path: Path, name: str, columns: Sequence[Column], mapping: SourceMapping) -> TableRead:
    """The rows of an arrived file, all in memory: for as many as a person imports at once."""
    meta, bound = meta_of(path), bind(mapping, columns)
    readers = {one.column.name: reader(one, meta["units"].get(one.column.name, "")) for one in bound}
    order = {column: place for place, column in enumerate(meta["order"])}
    titles = {one.column.name: shown_title(one, meta) for one in bound}
    blank = dict.fromkeys(column.name for column in columns)
    rows: list[Row] = []
    bad: list[BadCell] = []
    bad_count = row_count = 0
    total = Decimal(0)
    with duckdb.connect() as con:
        found = con.execute(
            f"SELECT row, {', '.join(readers)}, kinds FROM read_parquet(?) ORDER BY row", [str(path)]
        )
        while chunk := found.fetchmany(CHUNK):
            for number, *texts, kinds in chunk:
                row_count += 1
                values, wrong = dict(blank), []
                for (column, read), text in zip(readers.items(), texts, strict=True):
                    letter = kinds[order[column]] if kinds and column in order else "t"
                    try:
                        values[column] = read(text or "", letter)
                    except ValueError as error:
                        shown = without_control((text or "").strip()[:60])
                        wrong.append(
                            BadCell(
                                number, titles[column], meta["letters"].get(column, ""), shown, str(error)
                            )
                        )
                        if letter == WIDE:
                            break
                total += values.get(meta["money"]) or 0
                bad_count += len(wrong)
                bad.extend(wrong[: max(0, MOST_BAD - len(bad))])
                if not wrong:
                    mark_refund(values, mapping)
                    rows.append(Row(number, values, Place(name, "", number)))
    notes = [*left_out(meta), *wrong_totals(meta, total)] if not bad_count else left_out(meta)
    return TableRead(rows, bad, bad_count, row_count, meta["letters"], notes)


def mark_refund(values: dict[str, Any], mapping: SourceMapping) -> None:
    """Where upstream writes what comes back as a negative payment, the row becomes a refund."""
    amount = values.get("amount")
    if mapping.negative_is_refund and amount is not None and amount < 0:
        values["kind"] = "退回"


def shown_title(one: Bound, meta: dict[str, Any]) -> str:
    """A column as its file names it, for the list of bad cells."""
    said = meta["titles"].get(one.column.name, "")
    return one.column.title if said in ("", one.column.title) else f"{one.column.title}（{said}）"


def left_out(meta: dict[str, Any]) -> list[str]:
    """That totals rows were left out, with their numbers."""
    totals = meta["totals"]
    if not totals:
        return []
    numbers = "、".join(str(row) for row, _, _ in totals[:10]) + ("……" if len(totals) > 10 else "")
    return [f"跳过 {len(totals)} 行合计、小计（第 {numbers} 行），只取明细"]


def wrong_totals(meta: dict[str, Any], total: Decimal) -> list[str]:
    """Where a file's own grand total is not what its rows add up to: it may be cut, or changed by hand."""
    notes = []
    is_wan = meta["units"].get(meta["money"]) == "万元"
    for row, word, said in meta["totals"]:
        try:
            figure = parse(said or "").value * (WAN if is_wan else 1)
        except FigureError:
            continue
        if word in ("合计", "总计") and figure != total:
            notes.append(
                f"文件第 {row} 行自带的“{word}”是 {plain(figure)} 元，逐行相加是 {plain(total)} 元，"
                f"相差 {plain(abs(figure - total))} 元：文件可能不完整或被改动过，请核对"
            )
    return notes


def dictionary(columns: Sequence[Column]) -> list[tuple[str, str, str, str]]:
    """The data dictionary of a target: standard name, title, whether required, what may stand in it."""
    return [
        (standard_name(column), column.heading, "必填" if column.required else "", column.help)
        for column in columns
    ]


__all__ = [
    "EMPTY",
    "OTHER",
    "dictionary",
    "left_out",
    "mark_refund",
    "reader",
    "shown_title",
    "table",
    "wrong_totals",
]
