"""Web pages: every block element a block of its own, tables with their spans, scripts and forms left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html

from jiheng.documents.archive import DocumentError
from jiheng.documents.reading import wording
from jiheng.documents.reading.building import Builder, GridCell, Source
from jiheng.documents.reading.plain import decoded
from jiheng.sheets.document import BlockKind, Document

_LEFT_OUT = frozenset(
    re.findall(
        r"\w+",
        "head script style noscript template svg math iframe object select option textarea button input "
        "canvas audio video map",
    )
)
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption "
        "figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section summary "
        "table tbody td tfoot th thead tr ul caption",
    )
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{3,20})", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_CHINESE = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030"}
_DEEPEST = 200  # elements within elements
_LONG_CELL = 300  # characters: a table with such paragraphs in a cell lays out a page
_MOST_SPAN = 1000


def read_page(source: Source) -> Document:
    builder = Builder(source)
    text, spoiled = _text_of(source)
    builder.unread += [spoiled] if spoiled else []
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text).replace("\0", "")
    try:
        root = html.document_fromstring(text, parser=html.HTMLParser(huge_tree=False, no_network=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        raise DocumentError(f"文件“{source.name}”不是可读的网页，或里面没有文字") from None
    _Walk(builder, source).element(root, 0)
    return builder.finish()


def _text_of(source: Source) -> tuple[str, str]:
    """By the charset the page names, if it keeps its word; else as any text."""
    named = _CHARSET.search(source.data[:4096])
    if named and source.data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        encoding = named[1].decode("ascii").lower()
        try:
            return source.data.decode(_CHINESE.get(encoding, encoding)).removeprefix("\ufeff"), ""
        except (UnicodeDecodeError, LookupError):
            pass
    return decoded(source)


class _Walk:
    """Goes through a page; `_line` gathers what stands in one line until a block ends it."""

    def __init__(self, builder: Builder, source: Source) -> None:
        self._builder, self._source = builder, source
        self._line: list[str] = []
        self._after_link = 0  # how much of the line there was at the end of its last link

    def element(self, element: etree._Element, depth: int) -> None:
        tag = element.tag
        if tag in _LEFT_OUT or not _is_element(element) or _is_hidden(element):
            return
        if depth > _DEEPEST:
            self._line.append(_raw_text(element))
            return
        if tag == "br":
            self._end()
        elif tag == "table":
            self._table(element, depth)
        elif tag == "pre":
            self._end()
            for line in _raw_text(element).split("\n"):
                self._line.append(line)
                self._end()
        elif tag in _BLOCKS:
            self._end()
            self._inside(element, depth)
            self._end(int(tag[1]) if re.fullmatch(r"h[1-6]", tag) else 0)
        else:
            if tag == "a" and self._after_link and not "".join(self._line[self._after_link :]).strip():
                self._end()  # links in a row are a menu
            self._inside(element, depth)
            self._after_link = len(self._line) if tag == "a" else self._after_link

    def _inside(self, element: etree._Element, depth: int) -> None:
        self._line.append(element.text or "")
        for child in element:
            self.element(child, depth + 1)
            self._line.append(child.tail or "")

    def _end(self, level: int = 0) -> None:
        text = wording.tidy("".join(self._line))
        self._line.clear()
        self._after_link = 0
        if text and level and len(text) <= wording.MOST_OF_A_HEADING:
            self._builder.add(BlockKind.HEADING, text, level=level)
        elif text:
            self._builder.line(text)

    def _table(self, table: etree._Element, depth: int) -> None:
        self._end()
        rows = list(_rows(table))
        if _lays_out(table, rows):
            for row in rows:
                for cell in row:
                    self.element(cell, depth + 1)
                    self._end()
            return
        for caption in table.iterchildren("caption"):
            self.element(caption, depth + 1)
            self._end()
        self._builder.table(_grid(rows))


def _is_element(node: etree._Element) -> bool:
    """Comments and processing instructions have a function for a tag."""
    return not callable(node.tag)


def _is_hidden(element: etree._Element) -> bool:
    return element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def _rows(table: etree._Element) -> Iterator[list[etree._Element]]:
    """Cells of each row of a table, not of the tables in it."""
    for child in table:
        if child.tag in ("thead", "tbody", "tfoot"):
            yield from _rows(child)
        elif child.tag == "tr":
            yield [cell for cell in child if cell.tag in ("td", "th")]


def _lays_out(table: etree._Element, rows: list[list[etree._Element]]) -> bool:
    """Whether a table holds a page's parts rather than data."""
    if table.find(".//table") is not None or max(map(len, rows), default=0) < 2:
        return True
    return any(len("".join(_raw_text(cell).split())) > _LONG_CELL for row in rows[:20] for cell in row)


def _raw_text(element: etree._Element) -> str:
    """All text inside, with a line end wherever a block starts; scripts and comments left out."""
    parts = [element.text or ""]
    for child in element.iterdescendants():
        if not _is_element(child) or child.tag in _LEFT_OUT:
            parts.append(child.tail or "")
            continue
        if child.tag in _BLOCKS or child.tag == "br":
            parts.append("\n")
        parts += (child.text or "", child.tail or "")
    return "".join(parts)


def _cell_text(cell: etree._Element) -> str:
    return wording.tidy(_raw_text(cell).replace("\t", " "))


def _grid(rows: list[list[etree._Element]]) -> list[GridCell]:
    grid = []
    covered: dict[int, int] = {}  # column → rows from here on that a cell above holds
    for number, row in enumerate(rows):
        column, taken = 0, {at: left - 1 for at, left in covered.items() if left > 1}
        for cell in row:
            while covered.get(column, 0) > 0:
                column += 1
            height, width = _span(cell, "rowspan"), _span(cell, "colspan")
            height = min(height, len(rows) - number)
            grid.append(GridCell(number, column, _cell_text(cell), height, width))
            if height > 1:
                taken.update(dict.fromkeys(range(column, column + width), height - 1))
            column += width
        covered = taken
    return grid


def _span(cell: etree._Element, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return min(max(int(value), 1), _MOST_SPAN) if value.isascii() and value.isdigit() else 1
