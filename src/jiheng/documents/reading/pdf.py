"""PDF files: text and ruling lines from PDFium, put together as a person reads them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence

import pypdfium2

from jiheng.documents.archive import DocumentError
from jiheng.documents.reading import wording
from jiheng.documents.reading.building import Builder, GridCell, Source
from jiheng.documents.reading.pdfflow import Flow, Paragraph, Sheet, footnotes, in_columns, without_heads
from jiheng.documents.reading.pdfgrid import Table, tables_of
from jiheng.documents.reading.pdflines import Line, lines_of
from jiheng.documents.reading.pdfpage import Page, page_of
from jiheng.sheets.document import BlockKind, Document

_BOMB = 50_000  # bytes: a stream this small inflates to no more than 50 MB
_PIECE = 1 << 20
_SAME_COLUMNS = 4.0  # points
_FEW = 30  # characters
_BLANK = 20  # strokes: a page with no more and no text is an empty one


def read_pdf(source: Source) -> Document:
    _refuse_bombs(source)
    builder = Builder(source)
    unread: dict[int, str] = {}
    sheets = list(_sheets(source, unread))
    builder.unread += _in_words(unread)
    without_heads(sheets)
    writer = _Writer(builder, sheets)
    writer.write()
    writer.finish()
    return builder.finish()


def _refuse_bombs(source: Source) -> None:
    """A stream that inflates beyond all measure is met before PDFium holds it."""
    data, most = source.data, source.limits.stream_bytes
    for found in re.finditer(rb"stream\r?\n(?=x)", data):
        end = data.find(b"endstream", found.end())
        if end - found.end() < _BOMB:
            continue
        inflater, size, rest = zlib.decompressobj(), 0, data[found.end() : end]
        try:
            while rest and size <= most:
                size += len(inflater.decompress(rest, _PIECE))
                rest = inflater.unconsumed_tail
        except zlib.error:
            continue
        source.clock.check()
        if size > most:
            raise DocumentError(f"文件“{source.name}”解压后过大，可能是压缩炸弹，已拒收；请重新导出后再查")


def _opened(source: Source) -> pypdfium2.PdfDocument:
    name = source.name
    try:
        book = pypdfium2.PdfDocument(source.data)
        count = len(book)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error) or "ecurity" in str(error):
            raise DocumentError(f"文件“{name}”加了密码，无法读取，请取消密码后再查") from None
        raise DocumentError(f"文件“{name}”已损坏或不完整，不是可读的 PDF，请重新导出后再查") from None
    if not 0 < count <= source.limits.pages:
        book.close()
        if not count:
            raise DocumentError(f"文件“{name}”一页也没有，请核对后再查")
        raise DocumentError(f"文件“{name}”有 {count} 页，超过上限 {source.limits.pages} 页，请拆分后再查")
    return book


def _sheets(source: Source, unread: dict[int, str]) -> Iterator[Sheet]:
    """Page after page; one that cannot be read is named in `unread` and has no lines."""
    book = _opened(source)
    try:
        for number in range(1, len(book) + 1):
            source.clock.check()
            try:
                raw = book[number - 1]
            except pypdfium2.PdfiumError:
                unread[number] = "已损坏，无法读取"
                continue
            page = page_of(raw.raw, source.limits)
            raw.close()
            yield _sheet(number, page, unread)
    finally:
        book.close()


def _sheet(number: int, page: Page, unread: dict[int, str]) -> Sheet:
    sheet = Sheet(number, [], [])
    text = "".join(char.text for char in page.chars)
    if page.is_too_large:
        unread[number] = "的内容过多，没有读取"
    elif not text:
        if page.has_pictures or page.drawn > _BLANK:
            unread[number] = "没有文字，是扫描件、图片或转成图形的字，无法识读"
    elif wording.is_garbage(text):
        unread[number] = "的字体编码有误，文字无法识读"
    else:
        if page.has_pictures and len(text) < _FEW:
            unread[number] = "除几个字外都是图片，图上的字无法识读"
        elif page.turned > _FEW:
            unread[number] = "有方向不同的字没有读取"
        sheet.tables, outside = tables_of(page)
        sheet.lines = lines_of(outside)
    return sheet


def _in_words(unread: dict[int, str]) -> list[str]:
    """“第3页…”, “第5—9页…”: one sentence for pages in a row with the same reason."""
    runs: list[tuple[int, int, str]] = []
    for number, reason in sorted(unread.items()):
        if runs and runs[-1][1] == number - 1 and runs[-1][2] == reason:
            runs[-1] = (runs[-1][0], number, reason)
        else:
            runs.append((number, number, reason))
    return [
        f"第{first}页{reason}" if first == last else f"第{first}—{last}页{reason}"
        for first, last, reason in runs
    ]


class _Writer:
    """Hands paragraphs and tables to the builder; a table goes on over pages when nothing stands between."""

    def __init__(self, builder: Builder, sheets: Sequence[Sheet]) -> None:
        self._builder, self._sheets = builder, sheets
        self._flow = Flow(sheets)
        self._table: Table | None = None
        self._table_page = 0
        self._above: list[str] = []  # the last lines
        self._notes: list[tuple[str, int]] = []  # with their page; they wait for the paragraph to end
        self._captions: list[str] = []  # those above the open table

    def write(self) -> None:
        for sheet in self._sheets:
            self._notes += [(head, sheet.number) for head in sheet.heads]
            notes = footnotes(sheet, self._flow.size)
            in_columns(sheet)
            self._flow.new_page(sheet)
            items = list(_in_order(sheet))
            if self._table is not None:
                items = items[_again(self._captions, items) :]
            for item in items:
                if isinstance(item, Table):
                    self._take_table(item, sheet.number)
                else:
                    self._put(self._flow.add(item))
                    self._above = [*self._above[-3:], item.text]
            self._notes += [(note, sheet.number) for note in notes]

    def finish(self) -> None:
        self._end_table()
        self._put(self._flow.close())
        self._put_notes()

    def _put_notes(self) -> None:
        for note, page in self._notes:
            self._builder.add(BlockKind.NOTE, wording.tidy(note), page=page)
        self._notes.clear()

    def _take_table(self, table: Table, page: int) -> None:
        self._put(self._flow.close())
        if self._table is not None and _continues(self._table, table):
            _append(self._table, table)
            return
        self._end_table()
        self._put_notes()
        self._table, self._table_page = table, page
        self._captions, self._above = self._above, []

    def _end_table(self) -> None:
        if self._table is not None:
            self._builder.table(self._table.cells, page=self._table_page)
            self._table = None

    def _put(self, paragraph: Paragraph | None) -> None:
        if paragraph is not None:
            self._end_table()
            text = wording.tidy(paragraph.text)
            if paragraph.is_contents:
                self._builder.add(BlockKind.CONTENTS, text, page=paragraph.page)
            elif paragraph.is_title and wording.is_title(text):
                self._builder.add(BlockKind.HEADING, text, level=1, page=paragraph.page)
            else:
                self._builder.line(text, page=paragraph.page)
            self._put_notes()


def _in_order(sheet: Sheet) -> Iterator[Line | Table]:
    waiting = list(sheet.tables)
    for line in sheet.lines:
        while waiting and waiting[0].top < line.y:
            yield waiting.pop(0)
        yield line
    yield from waiting


def _again(captions: list[str], items: list[Line | Table]) -> int:
    """How many lines at the top of a page only say again what the table that goes on is called."""
    for count, item in enumerate(items):
        if isinstance(item, Table):
            return count
        if re.sub(r"[（(]?续表?[)）]?", "", item.text) not in {*captions, ""}:
            break
    return 0


def _continues(table: Table, next_one: Table) -> bool:
    return len(table.xs) == len(next_one.xs) and all(
        abs((a - table.xs[0]) - (b - next_one.xs[0])) <= _SAME_COLUMNS
        for a, b in zip(table.xs, next_one.xs, strict=True)
    )


def _append(table: Table, more: Table) -> None:
    """Rows of the next page; the head that is printed again is left out."""
    again = _repeated_rows(table.cells, more.cells)
    shift = table.rows - again
    table.cells += [cell._replace(row=cell.row + shift) for cell in more.cells if cell.row >= again]
    table.rows += more.rows - again


def _repeated_rows(cells: Sequence[GridCell], more: Sequence[GridCell]) -> int:
    """How many rows at the start of `more` are those at the start of `cells`."""
    row = 0
    while row < 6:
        above = [(cell.column, cell.text) for cell in cells if cell.row == row]
        if not above or above != [(cell.column, cell.text) for cell in more if cell.row == row]:
            break
        row += 1
    return row
