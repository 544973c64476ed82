"""Upstream files as rows of text: CSV in any usual encoding, Excel, and a view of a database.

A file is copied first and read from its copy, so that nobody changes it meanwhile; a copy that is not what
the file was when copying began is refused.
"""

from __future__ import annotations

import codecs
import csv
import datetime
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import python_calamine
from psycopg import sql

from jiheng.documents import workbook
from jiheng.documents.archive import OLE_SIGNATURE, Archive, DocumentError, Limits
from jiheng.documents.cells import column_number, split

CHUNK = 4 * 1024 * 1024
GIGABYTE = 1024 * 1024 * 1024
# what a pull may cost: far more than a form, for the rows go to disk and not into memory
LIMITS = Limits(
    file_bytes=16 * GIGABYTE,
    unpacked_bytes=2 * GIGABYTE,
    member_bytes=1 * GIGABYTE,
    rows=2_000_000,
    cells=60_000_000,
)
MOST_EXCEL_BYTES = 300 * 1024 * 1024  # a workbook is held in memory while it is read
HEAD_BYTES = 256 * 1024
BOM = b"\xef\xbb\xbf"

# a row: its number as the user sees it, its texts, and a letter for what each was (see LETTERS)
SourceRow = tuple[int, list[str], str]
LETTERS = {"t": "text", "n": "number", "d": "date", "p": "percent", "b": "truth", "e": "error"}
FORMULA, WIDE = "f", "w"
_LETTER_OF = {kind: letter for letter, kind in LETTERS.items()} | {"empty": "t"}


@dataclass(frozen=True, slots=True)
class Copied:
    """A file's own copy: what all later steps read."""

    path: Path
    sha256: str
    size: int


def copied(source: Path, name: str, folder: Path) -> Copied:
    """Copies and hashes a file in one go. Raises DocumentError if it changed meanwhile, is empty, too large,
    or cannot be read."""
    digest, target = hashlib.sha256(), folder / "source"
    try:
        before = source.stat()
        if before.st_size > LIMITS.file_bytes:
            raise DocumentError(
                f"文件“{name}”超过 {LIMITS.file_bytes // GIGABYTE} GB 的上限，请按月份拆分后再取"
            )
        with source.open("rb") as file, target.open("wb") as copy:
            while block := file.read(CHUNK):
                digest.update(block)
                copy.write(block)
            size = copy.tell()
        after = source.stat()
    except OSError as error:
        raise DocumentError(f"读不到文件“{name}”：请检查路径和权限（{error.strerror}）") from error
    if (before.st_size, before.st_mtime_ns, before.st_ino) != (
        after.st_size,
        after.st_mtime_ns,
        after.st_ino,
    ) or (size != after.st_size):
        raise DocumentError(f"文件“{name}”在读取时被改动，未取任何数据：请等上游导出结束后再取一次")
    if not size:
        raise DocumentError(f"文件“{name}”是空的，请核对后再取")
    return Copied(target, digest.hexdigest(), size)


# ── CSV ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Text:
    """A CSV in UTF-8, what it was written in, and how many lines it has."""

    path: Path
    encoding: str
    lines: int
    delimiter: str
    is_cut: bool  # without an end of line: perhaps not all of the file


def as_utf8(path: Path, name: str, encoding: str) -> Text:
    """The file in UTF-8, beside it when it was not. Raises DocumentError for another encoding than told."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        tried = ["utf-16"]
    elif encoding == "auto":
        tried = ["utf-8", "gb18030"]
    else:
        tried = ["gb18030" if encoding == "gbk" else encoding]
    for one in tried:
        found = _transcoded(path, one)
        if found is not None:
            return found
    told = {"utf-8": "UTF-8", "gb18030": "GBK", "utf-16": "UTF-16"}[tried[-1]]
    what = "既不是 UTF-8 也不是 GBK 编码的文本" if encoding == "auto" else f"不是映射所说的 {told} 编码"
    raise DocumentError(f"文件“{name}”{what}，请核对编码或另存为 UTF-8 的 CSV 再取")


def _transcoded(path: Path, encoding: str) -> Text | None:
    """None if the bytes are not of this encoding, or hold a NUL as no text does."""
    decoder = codecs.getincrementaldecoder(encoding)()
    target, lines, first, last = path.with_suffix(".utf8"), 0, "", ""
    with path.open("rb") as file:
        is_plain = encoding == "utf-8" and file.read(3) != BOM
        file.seek(0)
        with Path(os.devnull if is_plain else target).open("wb") as out:
            while True:
                block = file.read(CHUNK)
                try:
                    text = decoder.decode(block, final=not block)
                except UnicodeDecodeError:
                    return None
                if "\0" in text:
                    return None
                if not first:
                    text = text.removeprefix("\ufeff")
                    first = text[:HEAD_BYTES]
                lines += text.count("\n")
                last = text[-1:] or last
                if not is_plain:
                    out.write(text.encode())
                if not block:
                    break
    top = "\n".join(first.split("\n")[:20])
    delimiter = max(",\t;|", key=top.count)
    return Text(path if is_plain else target, encoding, lines + (last != "\n"), delimiter, last not in "\r\n")


def head_of(text: Text, rows: int) -> list[tuple[int, list[str]]]:
    """The first records with the number of the line on which each ends."""
    found: list[tuple[int, list[str]]] = []
    with text.path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=text.delimiter)
        try:
            for record in reader:
                found.append((reader.line_num, record))
                if len(found) >= rows:
                    break
        except csv.Error:
            pass
    return found


def csv_rows(text: Text, name: str, width: int, after: int) -> Iterator[SourceRow]:
    """The records after the header, short ones filled up, long ones marked. Raises DocumentError for quotes
    that do not close and for a file that ends in the middle of a row."""
    number = 0
    record: list[str] = []
    with text.path.open(encoding="utf-8", newline="") as file:
        try:
            for number, record in enumerate(csv.reader(file, delimiter=text.delimiter, strict=True), start=1):
                if number <= after:
                    continue
                is_wide = any(cell.strip() for cell in record[width:])
                letters = WIDE * width if is_wide else ""
                yield number, (record + [""] * width)[:width], letters
        except csv.Error:
            raise DocumentError(
                f"文件“{name}”第 {number + 1} 行起引号没有成对，或文件没有传完，未取任何数据：请重新导出"
            ) from None
    if text.is_cut and number > after and 0 < len(record) < width:
        raise DocumentError(
            f"文件“{name}”最后一行（第 {number} 行）只有 {len(record)} 格，应有 {width} 格："
            "文件可能没有传完，未取任何数据，请重新导出后再取"
        )


# ── Excel ─────────────────────────────────────────────────────────────────────────────────────────────


def excel_rows(path: Path, name: str, sheet: str) -> Iterator[SourceRow]:
    """The rows of the named or first visible sheet. A workbook with formulas is read cell by cell, that they
    are told apart from values; a plain one by the fast reader."""
    if path.stat().st_size > MOST_EXCEL_BYTES:
        most = MOST_EXCEL_BYTES // 1024 // 1024
        raise DocumentError(f"工作簿“{name}”超过 {most} MB，请另存为 CSV 后再取")
    data = path.read_bytes()
    if data[:8] != OLE_SIGNATURE and (data[:2] != b"PK" or _is_intricate(data, name)):
        yield from _careful(data, name, sheet)
        return
    if data[:8] == OLE_SIGNATURE:
        workbook.open_workbook(data, name, LIMITS)  # refuses macros, passwords and what is broken
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        visible = [
            found.name
            for found in book.sheets_metadata
            if found.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        page = book.get_sheet_by_name(_sheet_named(name, sheet, visible))
        top = page.start[0] if page.start else 0
        left = page.start[1] if page.start else 0
        for number, values in enumerate(page.iter_rows(), start=top + 1):
            cells = [("", "t")] * left + [_fast(value) for value in values]
            yield number, [text for text, _ in cells], "".join(letter for _, letter in cells)
    except (python_calamine.CalamineError, OSError) as error:
        raise DocumentError(f"文件“{name}”读不出来，请用 Excel 或 WPS 打开后另存为 xlsx 再取") from error


def _sheet_named(name: str, sheet: str, sheets: list[str]) -> str:
    if not sheet:
        if sheets:
            return sheets[0]
        raise DocumentError(f"工作簿“{name}”没有可见的工作表，请核对")
    if sheet in sheets:
        return sheet
    raise DocumentError(f"工作簿“{name}”里没有工作表“{sheet}”（有：{'、'.join(sheets)}），请核对映射")


def _is_intricate(data: bytes, name: str) -> bool:
    """Whether a workbook has formulas; what must not be taken at all is refused here."""
    archive = Archive(data, name, LIMITS)
    workbook.refuse_active(archive, set(archive.names))
    pages = [member for member in archive.names if member.startswith("xl/worksheets/")]
    return any(b"<f>" in (xml := archive.read(member)) or b"<f " in xml for member in pages)


def _careful(data: bytes, name: str, sheet: str) -> Iterator[SourceRow]:
    book = workbook.open_workbook(data, name, LIMITS)
    chosen = book.named(_sheet_named(name, sheet, [page.name for page in book.visible]))
    if chosen is None:
        return
    for number in sorted(chosen.rows):
        cells = {column_number(split(cell.ref)[0]): cell for cell in _cells(chosen, number)}
        width = max(cells)
        texts = [cells[place].text if place in cells else "" for place in range(1, width + 1)]
        letters = [
            "t"
            if place not in cells
            else FORMULA
            if cells[place].is_formula
            else _LETTER_OF[cells[place].kind]
            for place in range(1, width + 1)
        ]
        yield number, texts, "".join(letters)


def _cells(sheet: workbook.Worksheet, number: int) -> list[workbook.Cell]:
    return [sheet.cell(f"{letter}{number}") for letter in sheet.rows[number]]


def _fast(value: Any) -> tuple[str, str]:
    if isinstance(value, str):
        return value, "t"
    if isinstance(value, bool):
        return ("是" if value else "否"), "b"
    if isinstance(value, float | int):
        return as_text(value), "n"
    if isinstance(value, datetime.date):
        return as_text(value), "d"
    return as_text(value), "t"


def as_text(value: Any) -> str:
    """A value of a workbook or database as a person would read it; a double by its shortest digits."""
    if value is None:
        return ""
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        is_day = value.time() == datetime.time()
        return value.date().isoformat() if is_day else value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


# ── a database's view ─────────────────────────────────────────────────────────────────────────────────


def view_rows(dsn: str, view: str) -> Iterator[SourceRow]:
    """The column names as row 0, then the rows of a view, read as the server sends them.

    `dsn` names an environment variable: postgresql://… or sqlite:///path; nothing secret stands in a mapping.
    """
    address = os.environ.get(dsn, "")
    if not (dsn and view and address):
        raise DocumentError(
            f"映射要从数据库视图取数：请在环境变量 {dsn or 'JIHENG_UPSTREAM'} 中写明连接，并写明视图名"
        )
    try:
        if address.startswith("sqlite:///"):
            path = Path(address.removeprefix("sqlite:///")).resolve()
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
                quoted = ".".join(f'"{part}"' for part in view.split("."))
                cursor = database.execute(f"SELECT * FROM {quoted}")
                yield from _numbered([part[0] for part in cursor.description], cursor)
        elif address.startswith(("postgresql://", "postgres://")):
            with psycopg.connect(address) as server, server.cursor(name="jiheng_pull") as remote:
                server.read_only = True
                remote.itersize = 5000
                remote.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(*view.split("."))))
                yield from _numbered([part.name for part in remote.description or ()], remote)
        else:
            raise DocumentError(f"环境变量 {dsn} 只支持 postgresql://… 或 sqlite:///…，请核对")
    except (sqlite3.Error, psycopg.Error):
        # the driver's own words may repeat the address with its password
        raise DocumentError(
            f"连不上环境变量 {dsn} 所指的数据库，或没有视图 {view}：请核对连接和权限"
        ) from None


def _numbered(names: list[str], rows: Any) -> Iterator[SourceRow]:
    yield 0, names, ""
    for number, row in enumerate(rows, start=1):
        yield number, [as_text(value) for value in row], ""
