"""Official papers: what is written stands in the file, and the file says when it was made."""

from __future__ import annotations

import io
from datetime import date

import docx
import pytest

from jiheng.documents.archive import DocumentError, pack
from jiheng.documents.dating import is_what_it_says, made_on
from jiheng.documents.official import Paper, PaperColumn

DAY = date(2024, 7, 15)


def paper() -> bytes:
    made = Paper("题目", "天衡区财政局", DAY)
    made.masthead("天衡区财政局", "财绩改〔2024〕1号")
    made.title("关于整改的通知")
    made.text("第一段。\n\n第二段\x01 <&>。")
    made.table([PaperColumn("名称", 60), PaperColumn("金额", 40, is_figure=True)], [["甲\n乙", "1.50"]])
    made.signature("天衡区财政局", DAY)
    return made.save()


def test_what_is_written_stands_in_it() -> None:
    held = docx.Document(io.BytesIO(paper()))
    text = [paragraph.text for paragraph in held.paragraphs]
    assert "第二段\ufffd <&>。" in text
    assert "2024年7月15日" in text
    table = held.tables[0]
    assert [cell.text for cell in table.rows[1].cells] == ["甲\n乙", "1.50"]
    widths = [int(column.get(docx.oxml.ns.qn("w:w"))) for column in table._tbl.tblGrid]
    assert widths[0] > widths[1] > 0
    assert sum(widths) == pytest.approx(156 * 56.7, abs=2)


def test_a_file_says_when_it_was_made() -> None:
    assert made_on(paper(), "a.docx") == DAY
    pdf = b"%PDF-1.4 /CreationDate (D:20240102080000) /ModDate (D:20240305) /CreationDate (D:20249999)"
    assert made_on(pdf, "a.PDF") == date(2024, 3, 5)
    assert made_on(b"\xff\xd8\xff\xe1 2024:05:06 10:11:12", "a.jpg") == date(2024, 5, 6)
    assert made_on(b"\x89PNG\r\n\x1a\n", "a.png") is None
    assert made_on(pack([("a.txt", b"x")]), "a.xlsx") is None
    with pytest.raises(DocumentError):
        made_on(b"PK\x03\x04", "a.docx")


def test_an_ending_and_the_first_bytes_must_agree() -> None:
    assert is_what_it_says(paper(), "a.docx")
    assert not is_what_it_says(paper(), "a.pdf")
    assert not is_what_it_says(b"MZ", "a.exe")
    assert not is_what_it_says(b"", "docx")
