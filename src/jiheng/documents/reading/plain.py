"""Texts and Markdown: the encoding found, each line a block, rows of tabs or bars as tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jiheng.documents.archive import DocumentError
from jiheng.documents.reading import wording
from jiheng.documents.reading.building import Builder, GridCell, Outline, Source
from jiheng.sheets.document import BlockKind, Document

_LINES = re.compile(r"[^\n\f\v\x85\u2028\u2029]+")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_RULE = re.compile(r"\|?[\s:|-]*-[\s:|-]*$")
_MARKS = re.compile(r"\*\*|__|`|~~|<br\s*/?>")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_BULLET = re.compile(r"(?:[-*+]|>+)\s+")
_REPLACED = (
    1000  # one unreadable character in so many is a slip of the writer's program, more is another format
)


def decoded(source: Source) -> tuple[str, str]:
    """The text with its line ends made \\n, and in Chinese what of it could not be decoded."""
    data, name = source.data, source.name
    if len(data) > source.limits.text_bytes:
        most = source.limits.text_bytes // (1024 * 1024)
        raise DocumentError(f"文件“{name}”是文本，超过上限 {most} MB，请拆分后再查")
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _is_binary(text):
            return text.replace("\r\n", "\n").replace("\r", "\n"), ""
    return _mended(data, name)


def _encodings(data: bytes) -> tuple[str, ...]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ("utf-16",)
    if b"\0" in data[:4000]:
        return ("utf-16-le", "utf-16-be")
    return ("utf-8-sig", "gb18030")


def _mended(data: bytes, name: str) -> tuple[str, str]:
    """A text with a few spoiled bytes is read with the place of each marked �; anything else is no text."""
    for encoding in _encodings(data):
        text = data.decode(encoding, "replace")
        spoiled = text.count("\ufffd")
        if spoiled * _REPLACED <= len(text) + _REPLACED and not _is_binary(text.replace("\ufffd", "")):
            return text.replace("\r\n", "\n").replace("\r", "\n"), f"有 {spoiled} 处字节无法解码，以“�”代替"
    raise DocumentError(f"文件“{name}”是二进制文件，或既不是 UTF-8、UTF-16 也不是 GBK 编码的文本，无法读取")


def _is_binary(text: str) -> bool:
    """Control characters, or many signs that no text has: the wrong encoding, or no text at all."""
    if "\0" in text or len(_CONTROL.findall(text)) * 200 > len(text):
        return True
    return wording.strange_share(text[:20_000]) > 20


def read_text(source: Source) -> Document:
    """A text whose characters stay as they are: offsets are those of the decoded file."""
    text, spoiled = decoded(source)
    outline = Outline(source, text)
    outline.unread += [spoiled] if spoiled else []
    rows: list[tuple[int, int, int]] = []
    for start, end, page in _lines(text):
        source.clock.check()
        if "\t" in text[start:end] or _is_row(text[start:end]):
            rows.append((start, end, page))
            continue
        _flush(outline, text, rows)
        outline.line(start, end, page=page)
    _flush(outline, text, rows)
    return outline.finish()


def _is_row(line: str) -> bool:
    return line.startswith("|") and line.endswith("|") and line.count("|") > 2


def _lines(text: str) -> Iterator[tuple[int, int, int]]:
    """Start, end and page of every line that is not blank, without the blanks around it."""
    has_pages = "\f" in text
    page, seen = 1, 0
    for found in _LINES.finditer(text):
        line = found[0].strip()
        if not line:
            continue
        if has_pages:
            page += text.count("\f", seen, found.start())
            seen = found.start()
        start = found.start() + len(found[0]) - len(found[0].lstrip())
        yield start, start + len(line), page if has_pages else 0


def _flush(outline: Outline, text: str, rows: list[tuple[int, int, int]]) -> None:
    """Lines with tabs, two or more in a row, are a table; one alone is a line."""
    if len(rows) == 1:
        start, end, page = rows[0]
        outline.line(start, end, page=page)
    elif rows:
        cells = [list(_split(text, start, end)) for start, end, _ in rows]
        outline.table(cells, page=rows[0][2])
    rows.clear()


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Start and end of the cells of a row."""
    mark = "|" if text[start] == "|" else "\t"
    if mark == "|":
        start, end = start + 1, end - 1
    while start <= end:
        stop = text.find(mark, start, end)
        stop = end if stop < 0 else stop
        cell = text[start:stop]
        left = start + len(cell) - len(cell.lstrip())
        yield left, max(left, left + len(cell.strip()))
        start = stop + 1


def read_markdown(source: Source) -> Document:
    """Headings, tables and lines; the marks of Markdown are left out of the text."""
    text, spoiled = decoded(source)
    builder = Builder(source)
    builder.unread += [spoiled] if spoiled else []
    rows: list[str] = []
    for start, end, page in _lines(text):
        line = text[start:end]
        if _is_row(line):
            rows.append(line)
            continue
        _markdown_table(builder, rows, page)
        heading = _MARKDOWN_HEADING.match(line)
        if heading:
            builder.add(BlockKind.HEADING, _plain(heading[2]), level=len(heading[1]), page=page)
        elif not set(line) <= set("-*_=` "):
            builder.line(_plain(_BULLET.sub("", line, count=1)), page=page)
    _markdown_table(builder, rows, 0)
    return builder.finish()


def _markdown_table(builder: Builder, rows: list[str], page: int) -> None:
    kept = [row for row in rows if not _RULE.match(row)]
    grid = [
        GridCell(number, column, _plain(cell))
        for number, row in enumerate(kept)
        for column, cell in enumerate(row[1:-1].split("|"))
    ]
    builder.table(grid, page=page)
    rows.clear()


def _plain(text: str) -> str:
    return wording.tidy(_LINK.sub(r"\1", _MARKS.sub("", text)))
