"""Workbooks in: xlsx by its XML, old xls through calamine, CSV in UTF-8 or GBK; all under limits."""

from __future__ import annotations

import csv
import datetime
import functools
import io
import itertools
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import python_calamine

from jiheng.documents import cells
from jiheng.documents.archive import LIMITS, MEGABYTE, OLE_SIGNATURE, Archive, DocumentError, Limits
from jiheng.sheets import Place

_TAG = re.compile(r"<(?:\w+:)?(\w+)((?:\s+[\w:]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*/?>")
_ATTRIBUTE = re.compile(r"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_FORMAT_NOISE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')
_BUILT_IN_DATES = {*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)}
_BUILT_IN_PERCENTS = {9, 10}
_EPOCH = datetime.datetime(1899, 12, 30, tzinfo=datetime.UTC)
_EPOCH_1904 = datetime.datetime(1904, 1, 1, tzinfo=datetime.UTC)


class Cell(NamedTuple):
    """A cell as a person sees it. `kind` is text, number, percent, date, truth, error or empty."""

    ref: str
    text: str = ""
    kind: str = "empty"
    is_formula: bool = False


# The same four as a plain tuple: making a Cell costs as much as all the rest of reading a plain cell.
Plain = tuple[str, str, str, bool]


@dataclass(frozen=True, slots=True)
class _Formats:
    dates: frozenset[str] = frozenset()
    percents: frozenset[str] = frozenset()
    starts_1904: bool = False
    special: frozenset[str] = frozenset()  # both of them


class Worksheet:
    """One sheet: cells by reference, read when asked for."""

    def __init__(self, name: str, file: str, *, is_hidden: bool = False, member: str = "") -> None:
        self.name, self.file, self.is_hidden, self.member = name, file, is_hidden, member
        self.raw: dict[str, cells.RawCell] = {}
        self.merges: list[tuple[str, str]] = []
        self._strings: list[str] = []
        self._by_number: dict[str, str] = {}  # the same, by the number as cells write it
        self._formats = _Formats()

    @functools.cached_property
    def rows(self) -> dict[int, list[str]]:
        """The columns that hold something, by row, in file order."""
        grid: dict[int, list[str]] = {}
        for ref in self.raw:
            column, row = cells.split(ref)
            grid.setdefault(row, []).append(column)
        return grid

    @property
    def last_row(self) -> int:
        return max(self.rows, default=0)

    @functools.cached_property
    def merged_into(self) -> dict[str, str]:
        """For every cell under a merged range, the range's first cell."""
        covered = {}
        for first, last in self.merges:
            (left, top), (right, bottom) = cells.split(first), cells.split(last)
            columns = range(cells.column_number(left), cells.column_number(right) + 1)
            if (bottom - top + 1) * len(columns) > 20_000:
                continue  # a whole column merged by accident carries no form
            for row in range(top, bottom + 1):
                for column in columns:
                    covered[f"{cells.column_letters(column)}{row}"] = first
        return covered

    def place(self, ref: str) -> Place:
        column, row = cells.split(ref)
        return Place(self.file, self.name, row, column)

    def text(self, ref: str) -> str:
        return self.cell(ref).text

    def filled(self) -> list[Plain]:
        """Every cell of `raw` as `cell` gives it, though as plain tuples, for who reads a whole sheet."""
        special, shared, number_text = self._formats.special, self._by_number, cells.number_text
        found: list[Plain] = []
        for ref, style, kind, value, _ in self.raw.values():
            if kind == "s" and (text := shared.get(value)) is not None:
                found.append((ref, text, "text", False))
            elif kind == "" and value and style not in special:
                found.append((ref, number_text(value), "number", False))
            else:
                found.append(self.cell(ref))
        return found

    def cell(self, ref: str) -> Cell:
        """The cell at a reference; one that is not there is empty."""
        found = self.raw.get(ref)
        if found is None:
            return Cell(ref)
        _, style, kind, value, inside = found
        if kind == "" and value and style not in self._formats.special:
            return Cell(ref, cells.number_text(value), "number")
        if kind == "s" and value.isdigit() and int(value) < len(self._strings):
            return Cell(ref, self._strings[int(value)], "text")
        is_formula = "<f" in inside
        if kind == "inlineStr":
            return Cell(ref, cells.rich_text(inside), "text", is_formula)
        value = (value or cells.value_of(inside)).strip()
        if kind == "s":
            return Cell(ref, self._shared(value), "text", is_formula)
        if value == "" and not is_formula:
            return Cell(ref)
        if kind in ("", "n"):
            return Cell(ref, *self._number(value, style), is_formula)
        if kind == "b":
            return Cell(ref, "是" if value == "1" else "否", "truth", is_formula)
        if kind == "d":
            return Cell(ref, value[:10], "date", is_formula)
        return Cell(ref, cells.unescaped(value), "error" if kind == "e" else "text", is_formula)

    def _shared(self, value: str) -> str:
        index = int(value) if value.isdigit() else -1
        if not 0 <= index < len(self._strings):
            raise DocumentError(f"文件“{self.file}”的共享文本表已损坏，请用 Excel 或 WPS 另存后再传")
        return self._strings[index]

    def _number(self, value: str, style: str) -> tuple[str, str]:
        text = cells.number_text(value)
        if style in self._formats.percents:
            return _as_percent(text), "percent"
        if style in self._formats.dates:
            day = _as_date(text, starts_1904=self._formats.starts_1904)
            return (day, "date") if day else (text, "number")
        return text, "number"


@dataclass(frozen=True, slots=True)
class Workbook:
    """An opened workbook: its sheets in order, hidden ones too."""

    name: str
    sheets: tuple[Worksheet, ...]

    @property
    def visible(self) -> tuple[Worksheet, ...]:
        return tuple(sheet for sheet in self.sheets if not sheet.is_hidden)

    def named(self, name: str) -> Worksheet | None:
        return next((sheet for sheet in self.sheets if sheet.name == name), None)


def open_workbook(data: bytes, name: str, limits: Limits = LIMITS) -> Workbook:
    """An Excel or CSV file as cells. Raises DocumentError (Chinese) for what cannot or must not be read."""
    if len(data) > limits.file_bytes:
        raise DocumentError(
            f"文件“{name}”有 {len(data) / MEGABYTE:.1f} MB，超过上限 {limits.file_bytes // MEGABYTE} MB，"
            "请删去图片等无关内容或拆分后再传"
        )
    if not data.strip(b"\0 \r\n\t"):
        raise DocumentError(f"文件“{name}”是空的，请核对后再传")
    lower = name.lower()
    if lower.endswith((".xlsm", ".xltm", ".xlam", ".xlsb")):
        raise DocumentError(
            f"文件“{name}”是启用宏的工作簿或二进制工作簿，不接收；请另存为“Excel 工作簿（*.xlsx）”再传"
        )
    if data[:8] == OLE_SIGNATURE:
        return _open_xls(data, name, limits)
    if data[:2] == b"PK":
        return _open_xlsx(data, name, limits)
    if lower.endswith((".csv", ".txt")):
        return _open_csv(data, name, limits)
    raise DocumentError(
        f"文件“{name}”不是 Excel 工作簿（xlsx、xls）或 CSV，请用 Excel 或 WPS 另存为 xlsx 再传"
    )


def _open_xlsx(data: bytes, name: str, limits: Limits) -> Workbook:
    archive = Archive(data, name, limits)
    members = set(archive.names)
    refuse_active(archive, members)
    book = _xml(archive, "xl/workbook.xml")
    relations = _relations(_xml(archive, "xl/_rels/workbook.xml.rels"))
    entries = [attributes for tag, attributes in _tags(book) if tag == "sheet"]
    if len(entries) > limits.sheets:
        raise DocumentError(
            f"文件“{name}”有 {len(entries)} 张工作表，超过上限 {limits.sheets} 张，请删去无关工作表再传"
        )
    shared = cells.strings(_xml(archive, "xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in members else []
    by_number = dict(zip(map(str, itertools.count()), shared, strict=False))
    formats = _formats(_xml(archive, "xl/styles.xml") if "xl/styles.xml" in members else "", book)
    sheets, total = [], 0
    for entry in entries:
        member = relations.get(entry.get("r:id") or entry.get("id", ""), "")
        if "worksheets/" not in member or member not in members:
            continue
        is_hidden = entry.get("state", "visible") != "visible"
        title = cells.unescaped(entry.get("name", ""))
        sheet = Worksheet(title, name, is_hidden=is_hidden, member=member)
        xml = _xml(archive, member)
        sheet.raw, sheet.merges = cells.scan(xml), cells.merges(xml)
        sheet._strings, sheet._by_number, sheet._formats = shared, by_number, formats
        total += len(sheet.raw)
        _check_size(sheet, total, limits)
        sheets.append(sheet)
    if not sheets:
        raise DocumentError(f"文件“{name}”里没有工作表，请核对后再传")
    return Workbook(name, tuple(sheets))


def refuse_active(archive: Archive, members: set[str]) -> None:
    """Raises DocumentError for macros, links to other workbooks, embedded files, and what is no workbook."""
    name = archive.name
    lower = [member.lower() for member in members]
    if any("vbaproject" in member or "macrosheets/" in member for member in lower):
        raise DocumentError(f"文件“{name}”含有宏，不接收；请另存为“Excel 工作簿（*.xlsx）”再传")
    if any("externallinks/" in member for member in lower):
        raise DocumentError(
            f"文件“{name}”链接着其他工作簿，数值会随别的文件变化；请在“数据—编辑链接”中断开链接，或复制后“粘贴为数值”再传"
        )
    if any("/embeddings/" in member or "activex/" in member for member in lower):
        raise DocumentError(f"文件“{name}”嵌入了其他文件或控件，不接收；请删去后再传")
    if "xl/workbook.xml" not in members or "xl/_rels/workbook.xml.rels" not in members:
        what = "Word 文档" if "word/document.xml" in members else "别的压缩文件"
        raise DocumentError(f"文件“{name}”不是 Excel 工作簿（像是{what}），请传 xlsx 文件")


def _xml(archive: Archive, member: str) -> str:
    content = archive.read(member)
    try:
        text = content.decode().removeprefix("\ufeff")  # utf-8-sig is decoded in Python, this in C
    except UnicodeDecodeError:
        raise DocumentError(
            f"文件“{archive.name}”的内部编码不是 UTF-8，请用 Excel 或 WPS 另存后再传"
        ) from None
    if "<!" in text and ("<!DOCTYPE" in text or "<!ENTITY" in text):
        raise DocumentError(
            f"文件“{archive.name}”含有实体声明，可能被改造过，已拒收；请用 Excel 或 WPS 另存一份再传"
        )
    if text.rstrip("\0 \r\n\t")[-1:] != ">":
        raise DocumentError(f"文件“{archive.name}”已损坏（内容不完整），请用 Excel 或 WPS 打开后另存再传")
    return text


def _tags(xml: str) -> Iterator[tuple[str, dict[str, str]]]:
    for tag, attributes in _TAG.findall(xml):
        yield tag, {key: double or single for key, double, single in _ATTRIBUTE.findall(attributes)}


def _relations(xml: str) -> dict[str, str]:
    targets = {}
    for tag, entry in _tags(xml):
        if tag == "Relationship" and entry.get("TargetMode") != "External":
            target = entry.get("Target", "")
            joined = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
            targets[entry.get("Id", "")] = posixpath.normpath(joined)
    return targets


@functools.lru_cache(maxsize=64)
def _formats(styles: str, book: str) -> _Formats:
    custom = {e.get("numFmtId", ""): e.get("formatCode", "") for tag, e in _tags(styles) if tag == "numFmt"}
    dates, percents = set(), set()
    _, _, after = styles.partition("cellXfs")
    used = [e for tag, e in _tags(after.partition("cellXfs>")[0]) if tag == "xf"]
    for index, entry in enumerate(used):
        number = entry.get("numFmtId", "0")
        code = _FORMAT_NOISE.sub("", cells.unescaped(custom.get(number, ""))).lower()
        built_in = int(number) if number.isdigit() and number not in custom else 0
        if "%" in code or built_in in _BUILT_IN_PERCENTS:
            percents.add(str(index))
        elif built_in in _BUILT_IN_DATES or (set(code) & set("ymdhs年月日") and "general" not in code):
            dates.add(str(index))
    starts_1904 = bool(re.search(r"date1904\s*=\s*[\"'](1|true)", book))
    return _Formats(frozenset(dates), frozenset(percents), starts_1904, frozenset(dates | percents))


def _check_size(sheet: Worksheet, total: int, limits: Limits) -> None:
    if total > limits.cells:
        raise DocumentError(f"文件“{sheet.file}”的单元格超过上限 {limits.cells} 个，请拆分后再传")
    if len(sheet.raw) > limits.rows and len(sheet.rows) > limits.rows:
        raise DocumentError(f"工作表“{sheet.name}”超过上限 {limits.rows} 行，请拆分后再传")
    for ref in sheet.raw if len(sheet.raw) > limits.columns else ():
        if ref[1] > "9" and cells.column_number(cells.split(ref)[0]) > limits.columns:
            raise DocumentError(
                f"工作表“{sheet.name}”的列数超过上限 {limits.columns}（到了 {ref}），请删去右侧无关内容"
            )


def _as_percent(text: str) -> str:
    """0.95 in a percent format is what the user sees as 95%."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, _, fraction = digits.partition(".")
    if not (whole.isdigit() and (fraction.isdigit() or not fraction)):
        return text
    fraction = fraction.ljust(2, "0")
    moved = (whole + fraction[:2]).lstrip("0") or "0"
    rest = fraction[2:].rstrip("0")
    return f"{sign}{moved}.{rest}%" if rest else f"{sign}{moved}%"


def _as_date(text: str, *, starts_1904: bool) -> str:
    try:
        days = float(text)
        day = (_EPOCH_1904 if starts_1904 else _EPOCH) + datetime.timedelta(days=days)
    except (ValueError, OverflowError):
        return ""
    if days < 1 or day.year > 2200:
        return ""
    if day.time() == datetime.time():
        return day.date().isoformat()
    return day.strftime("%Y-%m-%d %H:%M:%S")


def _open_xls(data: bytes, name: str, limits: Limits) -> Workbook:
    if "EncryptedPackage".encode("utf-16-le") in data or "EncryptionInfo".encode("utf-16-le") in data:
        raise DocumentError(f"文件“{name}”加了密码，无法读取，请取消密码后再传")
    if "_VBA_PROJECT".encode("utf-16-le") in data:
        raise DocumentError(f"文件“{name}”含有宏，不接收；请另存为“Excel 工作簿（*.xlsx）”再传")
    broken = f"文件“{name}”不是可读的 xls 工作簿，请用 Excel 或 WPS 打开后另存为 xlsx 再传"
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = book.sheet_names
        if len(names) > limits.sheets:
            raise DocumentError(f"文件“{name}”有 {len(names)} 张工作表，超过上限 {limits.sheets} 张")
        sheets = [_xls_sheet(book.get_sheet_by_name(title), title, name, limits) for title in names]
    except python_calamine.PasswordError:
        raise DocumentError(f"文件“{name}”加了密码，无法读取，请取消密码后再传") from None
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError(broken) from None
    except BaseException as panic:
        # pyo3 raises a panic in the Rust reader as a BaseException of its own.
        if type(panic).__name__ != "PanicException":
            raise
        raise DocumentError(broken) from None
    return Workbook(name, tuple(sheets))


def _xls_sheet(source: Any, title: str, name: str, limits: Limits) -> Worksheet:
    if source.total_height > limits.rows or source.total_width > limits.columns:
        raise DocumentError(f"工作表“{title}”超过 {limits.rows} 行或 {limits.columns} 列的上限，请拆分后再传")
    sheet = Worksheet(title, name)
    for row, values in enumerate(source.to_python(skip_empty_area=False), start=1):
        _fill_row(sheet, row, [_old_value(value) for value in values])
    for (top, left), (bottom, right) in source.merged_cell_ranges or []:
        first = f"{cells.column_letters(left + 1)}{top + 1}"
        sheet.merges.append((first, f"{cells.column_letters(right + 1)}{bottom + 1}"))
    return sheet


def _old_value(value: Any) -> tuple[str, str]:
    """Type and text; an old workbook holds doubles, so the shortest digits are what was typed."""
    if isinstance(value, bool):
        return "b", "1" if value else "0"
    if isinstance(value, float):
        text = cells.number_text(repr(value))
        return "n", text.removesuffix(".0")
    if isinstance(value, int):
        return "n", str(value)
    if isinstance(value, datetime.date | datetime.datetime):
        return "d", value.isoformat()
    return "str", str(value)


def _fill_row(sheet: Worksheet, row: int, values: list[tuple[str, str]]) -> None:
    for column, (kind, text) in enumerate(values, start=1):
        if text:
            ref = f"{cells.column_letters(column)}{row}"
            escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("_x", "_x005F_x")
            sheet.raw[ref] = (ref, "", kind, escaped, "")


def _open_csv(data: bytes, name: str, limits: Limits) -> Workbook:
    text = _csv_text(data, name)
    sheet = Worksheet("CSV", name)
    first = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    try:
        for row, values in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1):
            if row > limits.rows or len(values) > limits.columns:
                raise DocumentError(
                    f"文件“{name}”第 {row} 行超过 {limits.rows} 行或 {limits.columns} 列的上限，请拆分后再传"
                )
            _fill_row(sheet, row, [("str", value) for value in values])
    except csv.Error:
        raise DocumentError(
            f"文件“{name}”不是完整的 CSV（引号没有成对），请用 Excel 或 WPS 另存后再传"
        ) from None
    return Workbook(name, (sheet,))


def _csv_text(data: bytes, name: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise DocumentError(f"文件“{name}”既不是 UTF-8 也不是 GBK 编码的文本，请用 Excel 或 WPS 另存为 xlsx 再传")
