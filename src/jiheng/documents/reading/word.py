"""Word documents by their XML: text in content controls, boxes, notes and tables too, deleted text not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from jiheng.documents.archive import Archive, DocumentError
from jiheng.documents.reading import wording
from jiheng.documents.reading.building import Builder, GridCell, Source
from jiheng.documents.reading.wordnumbers import Numbering, W, value_of
from jiheng.sheets.document import BlockKind, Document

_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_SKIPPED = frozenset(
    W + name
    for name in re.findall(
        r"\w+", "del moveFrom instrText delText pPr rPr sectPr tblPr tblGrid sdtPr sdtEndPr tcPr trPr"
    )
)
_CHARACTERS = {W + "tab": " ", W + "noBreakHyphen": "-", W + "br": "\n", W + "cr": "\n"}
_NOTE_MARK = re.compile(r"[\[［(（〔]?\s*(?:\d{1,3}|[①-⑳*※])\s*[\]］)）〕]?")
_CONTENTS = re.compile(r"toc\s?\d", re.IGNORECASE)
_HEADING = re.compile(r"(?:heading|标题)\s?([1-9])|title|标题", re.IGNORECASE)
_OUTLINE = frozenset("012345678")
_MOST_NESTED = 12  # tables within tables


def read_word(source: Source) -> Document:
    archive = Archive(source.data, source.name, source.limits.archive)
    members = set(archive.names)
    numbering, styles = (
        _xml(archive, name) if name in members else None for name in ("word/numbering.xml", "word/styles.xml")
    )
    reader = _Reader(source, numbering, styles)
    reader.blocks(_xml(archive, "word/document.xml"))
    for member in sorted(archive.names):
        if re.fullmatch(r"word/(footnotes|endnotes)\.xml", member):
            reader.notes(_xml(archive, member))
    for member in sorted(archive.names):
        if re.fullmatch(r"word/(header|footer)\d*\.xml", member):
            reader.notes(_xml(archive, member))
    if pictures := sum(member.startswith("word/media/") for member in members):
        reader.builder.unread.append(f"文档里有 {pictures} 幅图片，图上的字没有识读")
    return reader.builder.finish()


def _xml(archive: Archive, member: str) -> etree._Element:
    content = archive.read(member)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise DocumentError(
            f"文件“{archive.name}”含有实体声明，可能被改造过，已拒收；请用 Word 或 WPS 另存一份再查"
        )
    content = content.replace(_STRICT, W[1:-1].encode())
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise DocumentError(
            f"文件“{archive.name}”已损坏（{member} 不完整），请用 Word 或 WPS 打开后另存再查"
        ) from None


_Part = etree._Element | None


class _Reader:
    def __init__(
        self, source: Source, numbering: etree._Element | None, styles: etree._Element | None
    ) -> None:
        self.builder = Builder(source)
        self._numbering = Numbering(numbering, styles)
        self._style_names: dict[str, str] = {}
        self._levels: dict[str, int] = {}  # of headings, by style
        for style in () if styles is None else styles.iterchildren(W + "style"):
            key, name = style.get(W + "styleId", ""), value_of(style.find(W + "name"))
            self._style_names[key] = name
            outline = value_of(style.find(f"{W}pPr/{W}outlineLvl"))
            if found := _HEADING.fullmatch(name):
                self._levels[key] = int(found[1] or 1)
            elif outline in _OUTLINE:
                self._levels[key] = int(outline) + 1
        self._seen_notes: set[str] = set()
        self._boxes: list[etree._Element] = []

    def blocks(self, root: etree._Element, nested: int = 0) -> None:
        """Paragraphs and tables below an element, through whatever wraps them."""
        for child in root:
            if child.tag == W + "p":
                self._paragraph(child)
            elif child.tag == W + "tbl":
                self._table(child, nested)
            elif child.tag not in _SKIPPED and not callable(child.tag):
                self.blocks(child, nested)

    def notes(self, root: etree._Element) -> None:
        for paragraph in root.iter(W + "p"):
            text = wording.tidy(self._text(paragraph).replace("\n", " "))
            self._boxes.clear()
            if len(text) > 1 and not text.strip("-—－–· ").isdigit() and text not in self._seen_notes:
                self._seen_notes.add(text)
                self.builder.add(BlockKind.NOTE, text)

    def _paragraph(self, paragraph: etree._Element) -> None:
        style = value_of(paragraph.find(f"{W}pPr/{W}pStyle"))
        text = self._text(paragraph)
        mark = self._numbering.mark(paragraph, style) if text.strip() else ""
        level = self._levels.get(style, 0)
        for line in _lines(mark + text):
            if _CONTENTS.match(self._style_names.get(style, style)):
                self.builder.add(BlockKind.CONTENTS, line)
            elif level and wording.is_title(line):
                self.builder.add(BlockKind.HEADING, line, level=wording.heading_level(line) or level)
            else:
                self.builder.line(line)
        self._empty_boxes()

    def _empty_boxes(self) -> None:
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            for paragraph in box.iter(W + "p"):
                self.builder.add(BlockKind.NOTE, wording.tidy(self._text(paragraph).replace("\n", " ")))
            self._boxes.clear()

    def _text(self, paragraph: etree._Element) -> str:
        return "".join(self._pieces(paragraph))

    def _pieces(self, element: etree._Element) -> Iterator[str]:
        for child in element:
            tag = child.tag
            if tag == W + "t":
                yield child.text or ""
            elif tag in _CHARACTERS:
                yield _CHARACTERS[tag]
            elif tag == W + "txbxContent":
                self._boxes.append(child)
            elif tag == _CHOICE + "AlternateContent":
                yield from self._pieces(_chosen(child))
            elif tag == W + "r":
                yield from self._run(child)
            elif tag not in _SKIPPED and not callable(tag):
                yield from self._pieces(child)

    def _run(self, run: etree._Element) -> Iterator[str]:
        properties = run.find(W + "rPr")
        if properties is not None:
            hidden = properties.find(W + "vanish")
            if hidden is not None and hidden.get(W + "val") not in ("0", "false", "off"):
                return
            raised = properties.find(W + "vertAlign")
            if raised is not None and raised.get(W + "val") == "superscript":
                text = "".join(self._pieces(run))
                yield "" if _NOTE_MARK.fullmatch(text.strip()) else text
                return
        yield from self._pieces(run)

    def _table(self, table: etree._Element, nested: int) -> None:
        rows = [_cells(row) for row in _children(table, "tr") if not _is_deleted(row)]
        if nested >= _MOST_NESTED or (max(map(len, rows), default=0) < 2 and len(rows) < 2):
            for row in rows:
                for cell in row:
                    self.blocks(cell, nested + 1)
            return
        inner: list[etree._Element] = []
        self.builder.table(self._grid(rows, inner))
        self._empty_boxes()
        for nested_table in inner:
            self._table(nested_table, nested + 1)

    def _grid(self, rows: list[list[etree._Element]], inner: list[etree._Element]) -> list[GridCell]:
        grid: list[GridCell] = []
        open_at: dict[int, int] = {}  # column → index of the cell that a vertical merge goes on from
        for number, row in enumerate(rows):
            column = _skipped_before(row)
            for cell in row:
                width, merge = _spans(cell)
                if merge == "continue" and column in open_at:
                    above = grid[open_at[column]]
                    grid[open_at[column]] = above._replace(rows=number - above.row + 1)
                else:
                    open_at[column] = len(grid)
                    grid.append(GridCell(number, column, self._cell_text(cell, inner), 1, width))
                column += width
        return grid

    def _cell_text(self, cell: etree._Element, inner: list[etree._Element]) -> str:
        parts: list[str] = []
        self._gather(cell, parts, inner)
        return wording.tidy("\n".join(parts))

    def _gather(self, element: etree._Element, parts: list[str], inner: list[etree._Element]) -> None:
        for child in element:
            if child.tag == W + "p":
                parts.append(self._text(child))
            elif child.tag == W + "tbl":
                inner.append(child)
            elif child.tag not in _SKIPPED and not callable(child.tag):
                self._gather(child, parts, inner)


def _chosen(alternate: etree._Element) -> etree._Element:
    """Of what says the same twice the first that has text."""
    for child in alternate:
        if child.find(f".//{W}t") is not None:
            return child
    return etree.Element("none")


def _children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Children of a name, through content controls and other wrappers, not through tables or cells."""
    for child in element:
        if child.tag == W + name:
            yield child
        elif child.tag not in _SKIPPED and not callable(child.tag) and child.tag != W + "tbl":
            yield from _children(child, name)


def _cells(row: etree._Element) -> list[etree._Element]:
    return list(_children(row, "tc"))


def _is_deleted(row: etree._Element) -> bool:
    return row.find(f"{W}trPr/{W}del") is not None


def _skipped_before(row: list[etree._Element]) -> int:
    parent = row[0].getparent() if row else None
    before = parent.find(f"{W}trPr/{W}gridBefore") if parent is not None else None
    return _number(before, 0)


def _spans(cell: etree._Element) -> tuple[int, str]:
    """Columns of a cell and "restart", "continue" or nothing of a vertical merge."""
    merge = cell.find(f"{W}tcPr/{W}vMerge")
    return max(_number(cell.find(f"{W}tcPr/{W}gridSpan"), 1), 1), (
        "" if merge is None else merge.get(W + "val") or "continue"
    )


def _number(element: etree._Element | None, otherwise: int) -> int:
    value = value_of(element)
    return min(int(value), 1000) if value.isascii() and value.isdigit() else otherwise


def _lines(text: str) -> Iterator[str]:
    """A paragraph's lines: a break inside a sentence parts nothing."""
    held = ""
    for line in text.split("\n"):
        line = wording.tidy(line)
        if not line:
            continue
        if held and (held[-1] in "。；：！？;:" or wording.numbering(line)[0] or len(held) < 15):
            yield held
            held = line
        else:
            held += wording.glue(held, line) + line
    if held:
        yield held
