"""Files that must not be taken, each with a Chinese message that says what to do."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from jiheng.documents import archive, forms
from jiheng.documents.archive import DocumentError, Limits
from jiheng.documents.cells import number_text
from jiheng.documents.workbook import open_workbook
from jiheng.sheets import Form


def rebuilt(change, extra=()):
    """The blank of the project goal with members changed or added."""
    source = zipfile.ZipFile(io.BytesIO(forms.blank(Form.PROJECT_GOAL)))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out:
        for name in source.namelist():
            out.writestr(name, change(name, source.read(name)))
        for name, content in extra:
            out.writestr(name, content)
    return stream.getvalue()


def same(name, content):
    return content


def with_entity(name, content):
    if not name.endswith("sheet1.xml"):
        return content
    return content.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "aaaaaaaa">]>', 1)


def encrypted():
    stream = bytearray(rebuilt(same))
    at = stream.find(b"PK\x01\x02")
    struct.pack_into("<H", stream, at + 8, 1)
    return bytes(stream)


HOSTILE = {
    "not a workbook": (b"hello", "表.xlsx", "不是 Excel 工作簿"),
    "empty": (b"", "表.xlsx", "是空的"),
    "a broken zip": (b"PK\3\4" + b"x" * 100, "表.xlsx", "已损坏"),
    "cut off": (rebuilt(same)[:-500], "表.xlsx", "已损坏"),
    "macros by name": (rebuilt(same), "表.xlsm", "宏"),
    "macros inside": (rebuilt(same, [("xl/vbaProject.bin", b"x")]), "表.xlsx", "含有宏"),
    "an external link": (
        rebuilt(same, [("xl/externalLinks/externalLink1.xml", b"<a/>")]),
        "表.xlsx",
        "断开链接",
    ),
    "an embedded file": (rebuilt(same, [("xl/embeddings/a.bin", b"x")]), "表.xlsx", "嵌入"),
    "entities": (rebuilt(with_entity), "表.xlsx", "实体声明"),
    "a zip bomb": (rebuilt(same, [("xl/a.xml", b"0" * 30_000_000)]), "表.xlsx", "压缩炸弹"),
    "a password": (encrypted(), "表.xlsx", "密码"),
    "an encrypted office file": (
        archive.OLE_SIGNATURE + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600,
        "表.xlsx",
        "密码",
    ),
    "an OLE file that is no workbook": (archive.OLE_SIGNATURE + b"\0" * 600, "表.xls", "另存为 xlsx"),
    "a text in no known encoding": (b"\xff\xff\xff,\x81\n", "表.csv", "编码"),
}


@pytest.mark.parametrize("case", list(HOSTILE))
def test_it_is_refused_with_what_to_do(case):
    data, name, words = HOSTILE[case]
    with pytest.raises(DocumentError, match=words):
        forms.take(data, name, Form.PROJECT_GOAL)


def test_a_file_over_the_limit_says_both_sizes():
    with pytest.raises(DocumentError, match=r"60\.0 MB，超过上限 50 MB"):
        open_workbook(b"PK" + b"\0" * (60 * 1024 * 1024 - 2), "大.xlsx")


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(entries=3), "条目"),
        (Limits(sheets=0), "工作表"),
        (Limits(rows=3), "行"),
        (Limits(columns=2), "列"),
        (Limits(cells=5), "单元格"),
        (Limits(unpacked_bytes=100), "解压后过大"),
    ],
)
def test_each_limit_holds(limits, words):
    with pytest.raises(DocumentError, match=words):
        wide = rebuilt(lambda n, c: c.replace(b'r="A1"', b'r="ABC1"') if n.endswith("sheet1.xml") else c)
        open_workbook(wide if limits.columns == 2 else rebuilt(same), "表.xlsx", limits)


def test_a_lying_directory_does_not_unpack_more_than_it_says():
    stream = bytearray(rebuilt(same, [("xl/z.xml", b"0" * 1_000_000)]))
    at = stream.rfind(b"PK\x01\x02")
    struct.pack_into("<L", stream, at + 24, 10)
    with pytest.raises(DocumentError):
        archive.Archive(bytes(stream), "表.xlsx").read("xl/z.xml")


def zipped(*names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as out:
        for name in names:
            out.writestr(name, b"x")
    return stream.getvalue()


@pytest.mark.parametrize("name", ["../a.xlsx", "/etc/a.xlsx", "a/../../b.xlsx", "C:/a.xlsx"])
def test_a_path_out_of_the_zip_is_refused(name):
    with pytest.raises(DocumentError, match="压缩包之外"):
        list(forms.take_zip(zipped(name)))


def test_a_zip_in_a_zip_is_refused():
    with pytest.raises(DocumentError, match="还有压缩包"):
        list(forms.take_zip(zipped("a.zip")))


def test_litter_is_passed_over_and_order_kept():
    data = zipped("乙.xlsx", "__MACOSX/._乙.xlsx", "文件夹/", "甲/甲.xlsx", ".DS_Store")
    assert [name for name, _ in forms.take_zip(data)] == ["乙.xlsx", "甲/甲.xlsx"]


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_chinese_names_of_old_zips_are_read(encoding):
    wanted = "教育局自评表.xlsx"
    stand_in = "a" * len(wanted.encode(encoding))
    data = zipped(stand_in).replace(stand_in.encode(), wanted.encode(encoding))
    assert [name for name, _ in forms.take_zip(data)] == [wanted]


def test_packed_files_come_out_again_and_no_name_is_lost():
    data = forms.pack([("甲.xlsx", b"PK1"), ("甲.xlsx", b"PK2"), ("乙.txt", b"3")])
    assert list(forms.take_zip(data)) == [("甲.xlsx", b"PK1"), ("甲（2）.xlsx", b"PK2"), ("乙.txt", b"3")]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("13.40", "13.40"),
        ("0.30000000000000004", "0.3"),
        ("89.974000000000004", "89.974"),
        ("1E-3", "0.001"),
        ("1.2345E3", "1234.5"),
        ("123456789012.12", "123456789012.12"),
        ("-0.10000000000000001", "-0.1"),
        ("7", "7"),
    ],
)
def test_a_number_reads_as_it_was_typed(raw, text):
    assert number_text(raw) == text
