"""Documents in: what was written is what is read, in order, with its place."""

from __future__ import annotations

import io
import re
import zipfile
from xml.sax.saxutils import escape

import docx
import pytest
import xlsxwriter

from jiheng.documents.reading import place, read
from jiheng.sheets.document import BlockKind

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
FIGURE = re.compile(r"\d[\d,.]*%?")


def texts(document, *kinds):
    return [document.text[b.start : b.end] for b in document.blocks if not kinds or b.kind in kinds]


def tables(document):
    return [block for block in document.blocks if block.kind is BlockKind.TABLE]


def grid(document, block):
    return {(c.row, c.column): document.text[c.start : c.end] for c in block.cells}


def run(text, properties=""):
    return f"<w:r>{properties}<w:t>{escape(text)}</w:t></w:r>"


def paragraph(*runs):
    return f"<w:p>{''.join(runs)}</w:p>"


def word(body, **members):
    """A docx around hand-made XML; other members by name, footnotes=…, header1=…"""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("[Content_Types].xml", "<Types/>")
        names = (
            'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
            'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
            'xmlns:v="urn:schemas-microsoft-com:vml"'
        )
        out.writestr(
            "word/document.xml", f"<w:document {W} {names}><w:body>{body}</w:body></w:document>".encode()
        )
        for name, content in members.items():
            out.writestr(f"word/{name}.xml", content.encode())
    return stream.getvalue()


class TestWord:
    def test_figures_written_are_figures_read(self):
        """In paragraphs, tables, nested tables, content controls, text boxes, notes, headers."""
        box = f"<w:txbxContent>{paragraph(run('文本框里有 61.7 万元'))}</w:txbxContent>"
        cell = "<w:tc><w:p>{}</w:p>{}</w:tc>"
        inner = f"<w:tbl><w:tr>{cell.format(run('内表 81'), '')}{cell.format(run('82'), '')}</w:tr></w:tbl>"
        body = (
            paragraph(run("收入 11.5 亿元，增长 12%"))
            + f"<w:sdt><w:sdtContent>{paragraph(run('控件里有 21 户'))}</w:sdtContent></w:sdt>"
            + paragraph("<w:sdt><w:sdtContent>", run("行内控件 22 个"), "</w:sdtContent></w:sdt>")
            + paragraph(
                "<w:ins>",
                run("插入 31 亩"),
                "</w:ins>",
                "<w:del><w:r><w:delText>删去 999</w:delText></w:r></w:del>",
            )
            + paragraph(
                run("旁边"),
                "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><wps:txbx>",
                box,
                "</wps:txbx></mc:Choice><mc:Fallback><w:pict><v:textbox>",
                box,
                "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>",
            )
            + f"<w:tbl><w:tr>{cell.format(run('表 71'), '')}{cell.format(run('72.0'), inner)}</w:tr></w:tbl>"
        )
        notes = f"<w:footnotes {W}><w:footnote>{paragraph(run('脚注 91 万元'))}</w:footnote></w:footnotes>"
        head = f"<w:hdr {W}>{paragraph(run('页眉 2024 年'))}</w:hdr>"
        document = read(word(body, footnotes=notes, header1=head), "文.docx")
        written = "11.5, 12%, 21, 22, 31, 61.7, 71, 72.0, 81, 82, 91, 2024"
        assert FIGURE.findall(document.text) == written.split(", ")
        assert texts(document, BlockKind.NOTE) == ["文本框里有 61.7 万元", "脚注 91 万元", "页眉 2024 年"]

    def test_as_python_docx_writes(self):
        made = docx.Document()
        made.add_heading("决算说明", 1)
        made.add_paragraph("一、总体情况")
        made.add_paragraph("本年收入 1,234.50 万元。")
        made.add_paragraph("表1 收支决算表")
        made.add_paragraph("单位：万元")
        table = made.add_table(3, 3)
        for row, cells in enumerate([("项目", "金额", ""), ("收入", "1,234.50", "3%"), ("合计", "", "")]):
            for column, text in enumerate(cells):
                table.cell(row, column).text = text
        table.cell(0, 1).merge(table.cell(0, 2))
        table.cell(1, 0).merge(table.cell(2, 0))
        stream = io.BytesIO()
        made.save(stream)
        document = read(stream.getvalue(), "决算.docx")
        assert texts(document, BlockKind.HEADING) == ["决算说明", "一、总体情况"]
        (block,) = tables(document)
        assert (block.title, block.unit) == ("表1 收支决算表", "万元")
        assert grid(document, block) == {
            (0, 0): "项目",
            (0, 1): "金额",
            (1, 0): "收入合计",
            (1, 1): "1,234.50",
            (1, 2): "3%",
        }
        assert [(c.rows, c.columns) for c in block.cells][:3] == [(1, 1), (1, 2), (2, 1)]

    def test_a_notes_mark_is_not_glued_to_a_number(self):
        mark = run("1", '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr>')
        assert read(word(paragraph(run("支出171"), mark, run("万元"))), "a.docx").text == "支出171万元\n"

    def test_numbers_that_word_counts_itself_are_read(self):
        numbering = (
            f"<w:numbering {W}><w:abstractNum w:abstractNumId='4'><w:lvl w:ilvl='0'><w:start w:val='1'/>"
            "<w:numFmt w:val='chineseCountingThousand'/><w:lvlText w:val='%1、'/></w:lvl><w:lvl w:ilvl='1'>"
            "<w:start w:val='1'/><w:numFmt w:val='decimal'/><w:lvlText w:val='（%2）'/></w:lvl>"
            "</w:abstractNum><w:num w:numId='7'><w:abstractNumId w:val='4'/></w:num></w:numbering>"
        )
        item = "<w:p><w:pPr><w:numPr><w:ilvl w:val='{}'/><w:numId w:val='7'/></w:numPr></w:pPr>{}</w:p>"
        body = "".join(
            item.format(level, run(text)) for level, text in [(0, "甲"), (1, "乙"), (1, "丙"), (0, "丁")]
        )
        document = read(word(body, numbering=numbering), "a.docx")
        assert texts(document) == ["一、甲", "（1）乙", "（2）丙", "二、丁"]


class TestPages:
    HEAD = (
        "<html><head><title>标题</title><script>var a=999</script><style>p{width:888px}</style></head><body>"
    )

    def test_blocks_stay_apart_and_scripts_are_out(self):
        page = self.HEAD + (
            "<div><a>首页</a>\n<a>要闻</a></div><h1>公告</h1><p>收入&nbsp;<b>12</b><i>.5</i>万元。</p>尾<div>3亩</div>"
        )
        document = read(page.encode(), "a.html")
        assert texts(document) == ["首页", "要闻", "公告", "收入 12.5万元。", "尾", "3亩"]

    def test_lines_of_a_set_text_and_comments(self):
        page = self.HEAD + "<!-- 999 --><pre>一、情况\n收入<b>12</b>万元<!-- 888 -->\n</pre></body></html>"
        assert texts(read(page.encode(), "a.html")) == ["一、情况", "收入12万元"]

    def test_a_table_with_spans(self):
        page = self.HEAD + (
            "<p>三公经费支出表</p><p>单位:元</p><table>"
            "<tr><th rowspan=2>项目</th><th colspan=2>金额</th></tr><tr><td>预算</td><td>决算</td></tr>"
            "<tr><td>接待<br>费</td><td>1,000.00</td><td>900.50</td></tr></table>"
        )
        document = read(page.encode("gb18030"), "a.htm")
        (block,) = tables(document)
        assert (block.title, block.unit) == ("三公经费支出表", "元")
        assert grid(document, block)[2, 0] == "接待费"
        assert grid(document, block)[1, 2] == "决算"
        assert document.text[block.start : block.end].split("\n")[2] == "接待费\t1,000.00\t900.50"

    @pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
    def test_the_encoding_is_found_whatever_the_page_says(self, encoding):
        page = '<html><head><meta charset="utf-8"></head><body><p>三公经费合计171万元</p></body></html>'
        assert read(page.encode(encoding), "a.html").text == "三公经费合计171万元\n"


class TestTexts:
    TEXT = "目录\n一、情况……1\n\f一、情况\r\n　　收入 3, 156,077 元。\r\n甲\t1\n乙\t2\n"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le"])
    def test_no_character_is_changed(self, encoding):
        document = read(self.TEXT.encode(encoding), "a.txt")
        assert document.text == self.TEXT.replace("\r\n", "\n")
        kinds = [(block.kind, block.page) for block in document.blocks]
        assert kinds[:3] == [(BlockKind.CONTENTS, 1), (BlockKind.CONTENTS, 1), (BlockKind.HEADING, 2)]
        assert texts(document)[3] == "收入 3, 156,077 元。"
        assert grid(document, tables(document)[0]) == {(0, 0): "甲", (0, 1): "1", (1, 0): "乙", (1, 1): "2"}

    def test_markdown(self):
        text = "# 说明\n\n**收入**171万元，见[表](a.md)。\n\n表1 明细表（单位：万元）\n\n"
        text += "| 项目 | 数 |\n|---|--:|\n| 甲 | **1.5** |\n"
        document = read(text.encode(), "a.md")
        assert texts(document)[:2] == ["说明", "收入171万元，见表。"]
        (block,) = tables(document)
        assert (block.title, block.unit) == ("表1 明细表", "万元")
        assert grid(document, block) == {(0, 0): "项目", (0, 1): "数", (1, 0): "甲", (1, 1): "1.5"}

    def test_a_few_spoiled_bytes_are_told(self):
        document = read("收入171万元。\n".encode() * 300 + b"\xff\xfa" + "增长".encode(), "a.txt")
        assert "无法解码" in document.unread[0]


def test_a_workbook_as_it_shows():
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        page = book.add_worksheet("三公")
        page.merge_range("A1:C1", "三公经费支出决算表")
        page.write("C2", "单位：万元")
        page.write_row("A4", ["项目", "预算数", "决算数"])
        page.write("A5", "接待费")
        page.write_number("B5", 8.126, book.add_format({"num_format": "#,##0.00"}))
        page.write_number("C5", 12345.5, book.add_format({"num_format": "#,##0.00"}))
        page.write_number("C6", 0.125, book.add_format({"num_format": "0.0%"}))
        book.add_worksheet("藏").hide()
    document = read(stream.getvalue(), "a.xlsx")
    (block,) = tables(document)
    assert (block.sheet, block.title, block.unit) == ("三公", "三公经费支出决算表", "万元")
    assert grid(document, block)[4, 1] == "8.13"
    assert grid(document, block)[4, 2] == "12,345.50"
    assert grid(document, block)[5, 2] == "12.5%"
    at = document.text.index("12,345.50")
    assert place(document, at) == "工作表“三公” 单元格 C5"
    assert "藏" in document.unread[0]


def test_places_in_words():
    document = read("甲\t1\n乙\t2\n\f一、情况\n话一句。\n".encode(), "a.txt")
    assert place(document, document.text.index("2")) == "第1页 表1 第2行 第2列"
    assert place(document, document.text.index("情况")) == "第2页 标题“一、情况”"
    assert place(document, document.text.index("一句")) == "第2页 第1段"
