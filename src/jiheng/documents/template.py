"""A form is a blank and a map of its cells; both come from a workbook with marks, ours or a bureau's."""

from __future__ import annotations

import functools
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace

from jiheng.documents import fields, layout, sheetxml
from jiheng.documents.archive import Archive, DocumentError
from jiheng.documents.cells import column_letters, column_number, split
from jiheng.documents.fields import MARK, Field, Kind, UnknownMark
from jiheng.documents.workbook import Worksheet, open_workbook
from jiheng.sheets import Form

SNAPSHOT_SHEET = "_jiheng"
SNAPSHOT_MEMBER = "xl/worksheets/jiheng.xml"
_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORKSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
EMPTY_SHEET = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<worksheet xmlns="{_NAMESPACE}"><sheetData></sheetData></worksheet>'
)

LONGEST_BLOCK = 300  # rows formatted by accident to the end of the sheet are no lines

Pattern = tuple[str | Field, ...]


class TemplateError(DocumentError):
    """An uploaded blank whose marks are wrong; `errors` lists each of them in Chinese."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("；".join(errors))
        self.errors = tuple(errors)


@dataclass(frozen=True, slots=True)
class Block:
    """Repeating lines: the rows of a collection, first to last in the blank, and the field in each column."""

    collection: str
    first: int
    last: int
    columns: tuple[tuple[str, Field], ...]

    @property
    def capacity(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class SheetMap:
    """Where everything stands on one sheet of the blank."""

    name: str
    member: str
    labels: dict[str, str]
    singles: dict[str, Pattern]
    blocks: tuple[Block, ...]
    key_column: str
    title: str
    row_labels: dict[str, str]  # "money[total]" → 年度资金总额


@dataclass(frozen=True, eq=False)
class FormTemplate:
    """A form's blank and cell map; the same type for the built-in blanks and for uploaded ones."""

    form: Form
    blank: bytes
    sheets: tuple[SheetMap, ...]
    separate: frozenset[str]  # indicator fields with a column of their own beside the target


@functools.cache
def built_in(form: Form) -> FormTemplate:
    """The official form as it came with Jiheng."""
    return from_marks(layout.marked_blank(form), form)


def from_marks(data: bytes, form: Form, name: str = "空表.xlsx") -> FormTemplate:
    """A workbook whose cells hold marks such as {{项目名称}} as a form.

    Raises TemplateError naming every unknown, repeated or missing mark and its cell, DocumentError if the
    file is no acceptable workbook.
    """
    form = Form(form)
    book = open_workbook(data, name)
    errors: list[str] = []
    maps = []
    archive = Archive(data, name)
    for sheet in book.visible:
        drawn = sheetxml.parsed(archive.read(sheet.member).decode("utf-8-sig")) if sheet.member else None
        if drawn is None:
            raise DocumentError(f"空表“{name}”应为 xlsx 工作簿，请用 Excel 或 WPS 另存为 xlsx 再传")
        found = _mapped(form, sheet, {row.number for row in drawn.rows if row.cells}, errors)
        if found is not None:
            maps.append(found)
    errors += _missing_and_repeated(form, maps)
    if errors:
        raise TemplateError(errors)
    separate = {
        f.name for m in maps for b in m.blocks for _, f in b.columns if f.name in ("operator", "unit")
    }
    return FormTemplate(form, _normalised(data, name, maps), tuple(maps), frozenset(separate))


def _mapped(form: Form, sheet: Worksheet, drawn: set[int], errors: list[str]) -> SheetMap | None:
    labels: dict[str, str] = {}
    singles: dict[str, Pattern] = {}
    repeating: dict[tuple[str, int], list[tuple[str, Field]]] = {}
    for ref in sheet.raw:
        text = sheet.text(ref)
        if "{{" not in text:
            if text.strip() and sheet.merged_into.get(ref, ref) == ref:
                labels[ref] = text
            continue
        pattern = _pattern(form, text, f"{sheet.name}!{ref}", errors)
        column, row = split(ref)
        many = [part for part in pattern if isinstance(part, Field) and part.collection]
        if many and len(pattern) > 1:
            errors.append(f"{sheet.name}!{ref}：重复行的单元格里只能有一个标记，现在是“{text}”")
        elif many:
            repeating.setdefault((many[0].collection, row), []).append((column, many[0]))
        elif pattern:
            singles[ref] = pattern
    if not singles and not repeating:
        return None
    free = drawn - {split(ref)[1] for ref in [*labels, *singles]}
    blocks = [_block(*where, tuple(columns), free) for where, columns in repeating.items()]
    last = max(
        [column_number(split(ref)[0]) for ref in sheet.raw]
        + [column_number(split(e)[0]) for _, e in sheet.merges]
    )
    blocks.sort(key=lambda block: block.first)
    return SheetMap(
        sheet.name,
        sheet.member,
        labels,
        singles,
        tuple(blocks),
        column_letters(last + 1),
        _title(form, labels, singles, sheet),
        _row_labels(sheet, labels, singles),
    )


def _pattern(form: Form, text: str, where: str, errors: list[str]) -> Pattern:
    parts: list[str | Field] = []
    for number, piece in enumerate(MARK.split(text)):
        if number % 2 == 0:
            if piece:
                parts.append(piece)
            continue
        try:
            parts.append(fields.resolve(form, piece))
        except UnknownMark as error:
            errors.append(f"{where}：{error.args[0]}")
    return tuple(parts)


def _block(collection: str, row: int, columns: tuple[tuple[str, Field], ...], free: set[int]) -> Block:
    last = row
    while last + 1 in free and last - row < LONGEST_BLOCK:
        last += 1
    return Block(collection, row, last, columns)


def _title(form: Form, labels: dict[str, str], singles: dict[str, Pattern], sheet: Worksheet) -> str:
    """The words that recognise the sheet: the first text on it, without years and brackets."""
    first = min([*labels, *singles], key=lambda ref: (split(ref)[1], column_number(split(ref)[0])))
    parts = singles.get(first, (labels.get(first, ""),))
    words = max((part for part in parts if isinstance(part, str)), key=len, default=sheet.name)
    return words.strip(" 　（）()年度")


def _row_labels(sheet: Worksheet, labels: dict[str, str], singles: dict[str, Pattern]) -> dict[str, str]:
    found: dict[str, str] = {}
    for ref, pattern in singles.items():
        group = pattern[0].group if isinstance(pattern[0], Field) else ""
        if "[" not in group or group in found:
            continue
        column, row = split(ref)
        for number in range(column_number(column) - 1, 0, -1):
            label = labels.get(f"{column_letters(number)}{row}")
            if label:
                found[group] = label.strip(" 　：:")
                break
    return found


def _missing_and_repeated(form: Form, maps: list[SheetMap]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for sheet in maps:
        alone = [(ref, p) for ref, pattern in sheet.singles.items() if len(pattern) == 1 for p in pattern]
        lines = [(f"{column}{b.first}", found) for b in sheet.blocks for column, found in b.columns]
        for ref, found in [*alone, *lines]:
            if not isinstance(found, Field) or found.kind is Kind.COMPUTED:
                continue
            path, where = f"{found.path()}[{found.option}]", f"{sheet.name}!{ref}"
            if path in seen:
                yield f"{where}：“{found.label}”的标记重复，{seen[path]} 已有同一标记"
            seen[path] = where
    have = {
        part.path()
        for sheet in maps
        for pattern in sheet.singles.values()
        for part in pattern
        if isinstance(part, Field)
    } | {found.path() for sheet in maps for block in sheet.blocks for _, found in block.columns}
    for mark in fields.required(form):
        if fields.resolve(form, mark).path() not in have:
            yield f"缺少标记“{{{{{mark}}}}}”，请写到《{form.heading}》对应的单元格里"


def _normalised(data: bytes, name: str, maps: list[SheetMap]) -> bytes:
    """The blank proper: marks cleared, key columns hidden, the snapshot sheet added, calcChain dropped."""
    archive = Archive(data, name)
    parts = {member: archive.read(member) for member in archive.names if not member.endswith("/")}
    for sheet in maps:
        parts[sheet.member] = _without_marks(parts[sheet.member].decode("utf-8-sig"), sheet).encode()
    parts.pop("xl/calcChain.xml", None)
    types = parts["[Content_Types].xml"].decode("utf-8-sig")
    relations = parts["xl/_rels/workbook.xml.rels"].decode("utf-8-sig")
    book = parts["xl/workbook.xml"].decode("utf-8-sig")
    types = re.sub(r"<Override\b[^>]*calcChain[^>]*/>", "", types)
    relations = re.sub(r"<Relationship\b[^>]*calcChain[^>]*/>", "", relations)
    if f'name="{SNAPSHOT_SHEET}"' in book:
        raise DocumentError(
            f"空表里已有名为“{SNAPSHOT_SHEET}”的工作表：请从“下载带标记的空表”开始改，不要用填报过的表"
        )
    number = max((int(found) for found in re.findall(r'sheetId="(\d+)"', book)), default=0) + 1
    name_and_number = f'name="{SNAPSHOT_SHEET}" sheetId="{number}" state="veryHidden"'
    entry = f'<sheet xmlns:r="{_RELATION}" {name_and_number} r:id="rIdJiheng"/></sheets>'
    target = f'Type="{_RELATION}/worksheet" Target="worksheets/jiheng.xml"'
    link = f'<Relationship Id="rIdJiheng" {target}/></Relationships>'
    override = f'<Override PartName="/{SNAPSHOT_MEMBER}" ContentType="{_WORKSHEET}"/></Types>'
    parts["xl/workbook.xml"] = book.replace("</sheets>", entry).encode()
    parts["xl/_rels/workbook.xml.rels"] = relations.replace("</Relationships>", link).encode()
    parts["[Content_Types].xml"] = types.replace("</Types>", override).encode()
    parts[SNAPSHOT_MEMBER] = EMPTY_SHEET.encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as out:
        for member, content in parts.items():
            out.writestr(zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _unmarked(cell: sheetxml.CellXml, row: int, sheet: SheetMap) -> sheetxml.CellXml:
    """An input cell emptied; words around a year or month stay, with room to write it: （　　　年度）."""
    empty = sheetxml.cleared(cell)
    pattern = sheet.singles.get(f"{cell.column}{row}", ())
    if not any(isinstance(part, Field) and part.kind is Kind.WHOLE for part in pattern) or len(pattern) == 1:
        return empty
    text = "".join(part if isinstance(part, str) else "　　" for part in pattern)
    inside = f'<is><t xml:space="preserve">{sheetxml.escaped(text)}</t></is>'
    return replace(empty, attributes=f'{empty.attributes} t="inlineStr"'.strip(), inside=inside)


def _without_marks(xml: str, sheet: SheetMap) -> str:
    marked = set(sheet.singles) | {f"{column}{b.first}" for b in sheet.blocks for column, _ in b.columns}
    keyed = {row for block in sheet.blocks for row in range(block.first, block.last + 1)}
    source = sheetxml.parsed(xml)
    rows = []
    for row in source.rows:
        found = [
            _unmarked(c, row.number, sheet) if f"{c.column}{row.number}" in marked else c for c in row.cells
        ]
        if row.number in keyed:
            found.append(sheetxml.CellXml(sheet.key_column, "", "", None))
        rows.append(sheetxml.RowXml(row.number, row.attributes, tuple(found)))
    head = sheetxml.hide_column(source.head, sheet.key_column) if sheet.blocks else source.head
    return sheetxml.written(sheetxml.SheetXml(head, tuple(rows), source.tail, source.merges))
