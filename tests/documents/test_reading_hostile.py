"""Files that cannot be read are refused with the reason; whatever comes in, reading ends."""

from __future__ import annotations

import dataclasses
import functools
import io
import random
import shutil
import struct
import zipfile

import docx
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.documents.printed import Paper, pdf
from tests.documents.test_reading import paragraph, run, word

from jiheng.documents import archive, office
from jiheng.documents.archive import DocumentError
from jiheng.documents.reading import place, read
from jiheng.documents.reading.limits import LIMITS
from jiheng.sheets.document import BlockKind

OLE = archive.OLE_SIGNATURE
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


def utf16(text):
    return text.encode("utf-16-le")


@functools.cache
def printed():
    paper = Paper()
    paper.paragraph("2024年，全县一般公共预算收入完成438.6亿元，增长5%。")
    paper.table([("项目", "金额"), ("收入", "1.5"), ("支出", "2.5")], widths=(100, 100))
    return pdf([paper])


def encrypted_pdf():
    key = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>/ID[<00><00>]" % (b"11" * 32, b"22" * 32)
    return pdf([Paper()], trailer=key)


def stuffed(data, member, content):
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as out:
        out.writestr(member, content)
    return stream.getvalue()


def flagged(data):
    """A zip whose members say they are encrypted."""
    changed = bytearray(data)
    at = changed.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<H", changed, at + 8, 1)
        at = changed.find(b"PK\x01\x02", at + 4)
    return bytes(changed)


PLAIN = word(paragraph(run("收入171万元")))
REFUSED = {
    "empty": (b"", "a.txt", "空的"),
    "only blanks": (b" \n\0", "a.docx", "空的"),
    "binary": (bytes(range(256)) * 20, "a.txt", "二进制"),
    "binary called pdf": (bytes(range(256)) * 20, "a.pdf", "损坏|二进制"),
    "a picture": (PNG, "a.pdf", "PNG 图片"),
    "a picture without an ending": (PNG, "a", "PNG 图片"),
    "an encrypted pdf": (encrypted_pdf(), "a.pdf", "密码"),
    "a broken pdf": (b"%PDF-1.4\n" + b"x" * 500, "a.pdf", "损坏"),
    "half a pdf": (printed()[: len(printed()) // 3], "a.pdf", "损坏"),
    "an encrypted docx": (OLE + utf16("EncryptedPackage") + b"\0" * 600, "a.docx", "密码"),
    "a docx with a zip's password": (flagged(PLAIN), "a.docx", "密码"),
    "half a docx": (PLAIN[: len(PLAIN) // 2], "a.docx", "损坏"),
    "broken XML": (word("<w:p><w:r>"), "a.docx", "损坏"),
    "a zip bomb": (stuffed(PLAIN, "word/a.xml", b"0" * 40_000_000), "a.docx", "压缩炸弹"),
    "entities": (word('<w:p/></w:body><!DOCTYPE x [<!ENTITY a "aaaa">]>'), "a.docx", "实体"),
    "an archive": (stuffed(b"", "a.txt", b"x"), "a.docx", "压缩包"),
    "a gzip": (b"\x1f\x8b\x08" + b"\0" * 60, "a.txt", "压缩包"),
    "a pdf called docx": (printed(), "a.docx", "其实是PDF"),
    "a docx called pdf": (PLAIN, "a.pdf", "其实是Word"),
    "a docx called txt": (PLAIN, "a.txt", "其实是Word"),
    "a text called docx": ("收入171万元".encode(), "a.docx", "其实是文本"),
    "a text called pdf": ("收入171万元".encode(), "a.pdf", "其实是文本"),
    "no text": (word("<w:p/>"), "a.docx", "没有文字"),
    "a page without text": (b"<html><body><script>1</script></body></html>", "a.html", "没有文字"),
    "an unknown OLE file": (OLE + b"\0" * 600, "a.doc", "损坏"),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_it_is_refused_with_the_reason(case):
    data, name, words = REFUSED[case]
    with pytest.raises(DocumentError, match=words) as refused:
        read(data, name)
    assert name in str(refused.value)


def test_a_pdf_bomb_is_met_before_it_is_held():
    paper = Paper()
    paper.operators = ["0 0 m" + " " * 200] * 300_000
    limits = dataclasses.replace(LIMITS, stream_bytes=20_000_000)
    with pytest.raises(DocumentError, match="压缩炸弹"):
        read(pdf([paper]), "a.pdf", limits)


def test_size_pages_characters_and_time_have_limits(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("收入171万元\n" * 1000, encoding="utf-8")
    for change, words in (
        ({"file_bytes": 1000}, "超过上限"),
        ({"characters": 1000}, "万字"),
        ({"seconds": -1}, "已停止"),
    ):
        with pytest.raises(DocumentError, match=words):
            read(path, "", dataclasses.replace(LIMITS, **change))
    with pytest.raises(DocumentError, match="2 页，超过上限 1 页"):
        read(pdf([Paper(), Paper()]), "a.pdf", dataclasses.replace(LIMITS, pages=1))
    with pytest.raises(DocumentError, match="不存在"):
        read(tmp_path / "b.txt")


def test_an_old_file_without_libreoffice_says_so(monkeypatch):
    monkeypatch.setattr(office.shutil, "which", lambda _: None)
    with pytest.raises(DocumentError, match="没有安装 LibreOffice"):
        read(OLE + utf16("WordDocument") + b"\0" * 600, "a.doc")


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_an_old_file_is_read_through_libreoffice():
    table = "".join(
        f"\\trowd\\cellx3000\\cellx6000 {n}.50\\intbl\\cell 2.50\\intbl\\cell\\row" for n in (1, 3)
    )
    document = read(("{\\rtf1\\ansi 171 yuan\\par" + table + "\\pard end\\par}").encode(), "a.rtf")
    assert document.text == "171 yuan\n1.50\t2.50\n3.50\t2.50\nend\n"


def test_an_office_file_under_an_older_ending_is_read():
    assert read(PLAIN, "a.doc").text == "收入171万元\n"
    assert read("<html><body><p>收入171万元</p></body></html>".encode(), "a.xls").text == "收入171万元\n"


def test_many_rows_and_long_texts_are_read():
    rows = "".join(f"<tr><td>项目{n}</td><td>{n}.50</td></tr>" for n in range(20_000))
    document = read(f"<html><body><table>{rows}</table></body></html>".encode(), "a.html")
    assert len(document.blocks[0].cells) == 40_000
    text = "本年收入12.5万元，" * 40_000
    assert read(text.encode("gbk"), "a.txt").text == text


def keeps_its_word(document):
    """Blocks in order and apart, cells inside their block and without tabs and line ends."""
    last = 0
    for block in document.blocks:
        assert last <= block.start < block.end <= len(document.text)
        last = block.end
        at = block.start
        for cell in block.cells:
            assert at <= cell.start < cell.end <= block.end
            assert not set(document.text[cell.start : cell.end]) & set("\t\n\r")
            assert cell.rows > 0 < cell.columns
            at = cell.end
        assert bool(block.cells) == (block.kind is BlockKind.TABLE)
        assert place(document, block.start)


def read_or_refused(data, name):
    try:
        keeps_its_word(read(data, name))
    except DocumentError as refused:
        assert "文件" in str(refused) or "工作" in str(refused)


@functools.cache
def samples():
    made = docx.Document()
    made.add_paragraph("一、情况")
    made.add_paragraph("收入171万元。")
    table = made.add_table(3, 3)
    for row in table.rows:
        for cell in row.cells:
            cell.text = "1.5"
    table.cell(0, 0).merge(table.cell(1, 1))
    stream, book = io.BytesIO(), io.BytesIO()
    made.save(stream)
    with xlsxwriter.Workbook(book) as out:
        page = out.add_worksheet("表")
        page.merge_range("A1:C2", "决算表")
        page.write_row("A3", [1, 2.5, "文"])
    html = "<html><body><p>收入</p><table><tr><td rowspan=2>甲<td>1<tr><td>2</table></body></html>"
    return {
        "a.docx": stream.getvalue(),
        "a.xlsx": book.getvalue(),
        "a.pdf": printed(),
        "a.html": html.encode(),
        "a.md": "# 一\n| 甲 | 1 |\n|--|--|\n| 乙 | 2 |\n".encode(),
        "a.txt": "一、甲\n乙\t1\n丙\t2\n".encode(),
    }


@given(
    st.binary(max_size=400), st.sampled_from(["a.txt", "a.md", "a.html", "a.pdf", "a.docx", "a.xlsx", "a"])
)
@settings(max_examples=150, deadline=None)
def test_random_bytes_end_in_a_document_or_a_refusal(data, name):
    read_or_refused(data, name)


@given(st.text(max_size=300), st.sampled_from(["a.txt", "a.md", "a.html"]))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_in_order(text, name):
    read_or_refused(text.encode("utf-8", "ignore"), name)


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.pdf", "a.html", "a.md", "a.txt"])
def test_a_mutated_file_ends_in_a_document_or_a_refusal(name):
    chance = random.Random(name)
    for _ in range(60):
        data = bytearray(samples()[name])
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(data))
            what = chance.random()
            if what < 0.6:
                data[at] = chance.randrange(256)
            elif what < 0.8:
                del data[at : at + chance.randint(1, 40)]
            else:
                data[at:at] = data[max(at - 30, 0) : at]
            if not data:
                break
        read_or_refused(bytes(data), name)


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx"])
def test_a_member_mutated_inside_its_zip(name):
    chance = random.Random(name)
    source = zipfile.ZipFile(io.BytesIO(samples()[name]))
    members = {member: source.read(member) for member in source.namelist()}
    for _ in range(80):
        changed = chance.choice([member for member in members if member.endswith(".xml")])
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as out:
            for member, content in members.items():
                if member == changed:
                    at = chance.randrange(len(content))
                    junk = chance.choice([b"", b"-1", b"<w:p/>", b"</w:p>", b"99999999", b"\0", b"A1:XFD9"])
                    content = content[:at] + junk + content[at + chance.randint(0, 12) :]
                out.writestr(member, content)
        read_or_refused(stream.getvalue(), name)
