"""A whole sheet read in one go: the same cells as one by one, whatever a sheet's XML holds."""

from __future__ import annotations

import datetime
import io
import zipfile

import pytest
import xlsxwriter

from jiheng.documents.archive import DocumentError
from jiheng.documents.workbook import open_workbook

PLAIN = (
    '<c r="A1" t="s"><v>0</v></c><c r="B1"><v>13.40</v></c><c r="C1" t="inlineStr"><is><t>填</t></is></c>'
    '<c r="D1" t="b"><v>1</v></c><c r="E1"><f>1+1</f><v>2</v></c><c r="F1" t="e"><v>#REF!</v></c><c r="G1"/>'
)


def book() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as made:
        page = made.add_worksheet("表")
        page.write_row(0, 0, ["单位", "单位", 13.4, 0.30000000000000004, 1e-7, True])
        page.write_datetime(1, 0, datetime.date(2024, 3, 1), made.add_format({"num_format": "yyyy-mm-dd"}))
        page.write_number(1, 1, 0.95, made.add_format({"num_format": "0.00%"}))
        page.write_formula(1, 2, "=1+1", value=2)
        page.merge_range("A4:B4", "合并")
    return stream.getvalue()


def changed(data: bytes, member: str, change) -> bytes:
    """The zip with one member's content changed."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name in source.namelist():
            content = source.read(name)
            out.writestr(name, change(content.decode()).encode() if name == member else content)
    return stream.getvalue()


def with_cells(cells: str) -> bytes:
    sheet = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
    content = sheet.format(f'<sheetData><row r="1">{cells}</row></sheetData>')
    return changed(book(), "xl/worksheets/sheet1.xml", lambda _: content)


def test_each_kind_of_cell_is_read_as_it_is_alone():
    for sheet in open_workbook(book(), "表.xlsx").sheets:
        assert sheet.filled() == [sheet.cell(ref) for ref in sheet.raw]
        assert {kind for _, _, kind, _ in sheet.filled()} == {"text", "number", "truth", "date", "percent"}


@pytest.mark.parametrize(
    "odd",
    [
        lambda cells: cells,
        lambda cells: cells.replace('<c r="B1">', '<c  r="B1" >'),
        lambda cells: cells.replace('<c r="B1">', "<c>"),
        lambda cells: cells.replace('<c r="B1">', "<c\nr='B1'>"),
        lambda cells: cells.replace('<c r="G1"/>', '<c r="G1" />'),
        lambda cells: cells.replace("<v>0</v>", "<v>00</v>"),
        lambda cells: cells.replace("<v>0</v>", "<v> 0 </v>"),
    ],
)
def test_an_odd_writer_loses_no_cell(odd):
    (sheet,) = open_workbook(with_cells(odd(PLAIN)), "表.xlsx").sheets
    told = {ref: tuple(rest) for ref, *rest in sheet.filled()}
    assert told == {
        "A1": ("单位", "text", False),
        "B1": ("13.40", "number", False),
        "C1": ("填", "text", False),
        "D1": ("是", "truth", False),
        "E1": ("2", "number", True),
        "F1": ("#REF!", "error", False),
    }


@pytest.mark.parametrize("number", ["99999", "-1"])
def test_a_text_that_is_not_in_the_table_of_texts_is_told(number):
    (sheet,) = open_workbook(with_cells(PLAIN.replace("<v>0</v>", f"<v>{number}</v>")), "表.xlsx").sheets
    with pytest.raises(DocumentError, match="共享文本表已损坏"):
        sheet.filled()


def test_a_byte_changed_on_the_way_is_told():
    data = bytearray(book())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as source:
        info = source.getinfo("xl/worksheets/sheet1.xml")
    at = data.index(b"PK\1\2")  # the directory: its entry's checksum stands 16 bytes in
    while data[at + 46 : at + 46 + len(info.filename)] != info.filename.encode():
        at = data.index(b"PK\1\2", at + 1)
    data[at + 16] ^= 1
    with pytest.raises(DocumentError, match=r"sheet1\.xml”已损坏"):
        open_workbook(bytes(data), "表.xlsx")
