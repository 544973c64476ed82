"""What is taken away: lists as Excel, or as CSV for whoever reads it with a program; files."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from xlsxwriter import Workbook

from jiheng.documents.columns import harmless

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_A_SHEET = 1_000_000
MOST_TEXT = 32_767  # what a cell of Excel holds; a longer text would be left out without a word
Answer = TypeVar("Answer", bound=HttpResponseBase)


class _Echo:
    """A file that hands back what is written to it, so that a csv.writer can feed a stream."""

    def write(self, text: str) -> str:
        return text


def as_csv(name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A streamed UTF-8 file with a byte order mark (for WPS and Excel); no cell is taken for a formula."""
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff" + writer.writerow(headings)
        for row in rows:
            yield writer.writerow([harmless(cell) for cell in row])

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    return _named(answer, f"{name}.csv")


def as_xlsx(
    name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = ""
) -> FileResponse:
    """A workbook of one sheet: an optional title line, the headings, the rows. Text stays text; numbers
    (int, Decimal) become numbers."""
    held = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - FileResponse closes it
    book = Workbook(held, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(name[:31])
    bold = book.add_format({"bold": True, "bg_color": "#EAEEF2", "border": 1, "text_wrap": True})
    first = 0
    if title:
        sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 13}))
        first = 1
    for column, heading in enumerate(headings):
        sheet.write_string(first, column, heading, bold)
        sheet.set_column(column, column, max(10, min(40, 2 * len(heading) + 4)))
    sheet.freeze_panes(first + 1, 0)
    for number, row in enumerate(rows, start=first + 1):
        if number > ROWS_A_SHEET:
            sheet.write_string(number, 0, "行数超过一张工作表所能容纳的数量，请缩小筛选范围后再导出")
            break
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, _fitting(cell))
            elif cell is not None:
                sheet.write_number(number, column, cell)
    book.close()
    held.seek(0)
    return _named(FileResponse(held, content_type=XLSX), f"{name}.xlsx")


def _fitting(text: str) -> str:
    note = "……（过长，其余见系统）"
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - len(note)] + note


def download(data: bytes, name: str, kind: str = XLSX) -> HttpResponse:
    """A file to keep, under its own name."""
    return _named(HttpResponse(data, content_type=kind), name)


def _named(answer: Answer, name: str) -> Answer:
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer
