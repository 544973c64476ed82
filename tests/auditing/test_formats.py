"""One report in five formats."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

import docx
import openpyxl
from docx.oxml.ns import qn
from tests.auditing.made import TEXT, made

from jiheng.auditing import as_json, report_html, report_json, report_text
from jiheng.auditing.as_excel import report_excel
from jiheng.auditing.as_word import report_word
from jiheng.auditing.telling import rows
from jiheng.claims import Edit, Repair, Report

UNREADABLE = Report("坏.pdf", "cd" * 32, "", 0, error="文件“坏.pdf”加了密码")


def test_json_has_the_fields_of_the_contract() -> None:
    told = json.loads(report_json(made()))
    assert list(told) == [
        *("document", "sha256", "text", "characters", "figures"),
        *("relations", "findings", "repairs", "unread", "error"),
    ]
    assert told["characters"] == len(TEXT)
    assert told["error"] is None
    relation = told["relations"][0]
    assert {
        *("id", "code", "kind", "verdict", "quote", "start", "end", "place", "operands", "stated"),
        *("computed", "difference", "tolerance", "proof", "message", "words", "readings"),
    } == set(relation)
    assert (relation["kind"], relation["verdict"], relation["place"]) == ("sum", "error", "第1段")
    assert relation["operands"][0] == {
        "text": "30万元",
        "value": "300000",
        "unit": "元",
        "start": TEXT.index("30万元"),
        "end": TEXT.index("30万元") + 4,
        "half": "5000",
    }
    assert relation["tolerance"] == "1.5"
    assert relation["readings"][0]["left"][2] == {"coefficient": "-1", "operand": 0}
    finding = told["findings"][0]
    assert set(finding) == {
        *("id", "code", "severity", "kind", "relation", "quote", "start", "end", "place", "message")
    }
    assert (finding["severity"], finding["relation"], finding["quote"]) == ("warning", None, "XX")
    repair = told["repairs"][0]
    assert {"edits", "resolves", "breaks"} <= set(repair)
    edit = repair["edits"][0]
    assert TEXT[edit["start"] : edit["end"]] == edit["text"] == "30"
    assert told["relations"][1]["stated"] is None
    assert all(
        TEXT[item["start"] : item["end"]] == item["quote"] for item in told["relations"] + told["findings"]
    )


def test_an_unreadable_document_has_every_field_too() -> None:
    told = json.loads(report_json(UNREADABLE))
    assert told.keys() == json.loads(report_json(made())).keys()
    assert told["error"] == "文件“坏.pdf”加了密码"
    assert told["relations"] == []


def test_a_whole_answer_is_one_json_value() -> None:
    told = as_json.HEAD + report_json(made()) + as_json.BETWEEN + report_json(UNREADABLE) + as_json.TAIL
    assert [part["document"] for part in json.loads(told)["documents"]] == ["某县.txt", "坏.pdf"]
    assert json.loads(as_json.HEAD + as_json.TAIL)["documents"] == []


def test_text_names_severity_place_quote_arithmetic_and_repair() -> None:
    told = report_text(made())
    assert "读到 5 个数字，核对 4 项关系：成立 1，不能同时成立 2，存疑未判 1；发现 2 个错误、1 个警告" in told
    assert (
        told.index("1. 错误 K01 合计（F1，第1段）") < told.index("2. 错误 K41") < told.index("3. 警告 XS01")
    )
    assert "【合计30万元】" in told
    assert "原文 30，算得 27，相差 3，四舍五入可解释 1.5" in told
    assert "12 + 15 ≤ 28 < 29.5 ≤ 30" in told
    assert "另见：表1 第2行 其中接待费【12万元】" in told
    assert "把第1行“30”改为“27”（会使原来成立的 R3 不成立）；可消除 F1\n       与标题中的数字一致\n" in told
    assert "未能读取：第3页是扫描图" in told
    assert "\x1b" not in told
    assert "\x1b[31m错误\x1b[0m" in report_text(made(), coloured=True)


def test_text_of_what_cannot_be_read() -> None:
    assert report_text(UNREADABLE) == "坏.pdf\n  读不了：文件“坏.pdf”加了密码\n"


def test_a_document_cannot_steer_the_terminal() -> None:
    nasty = replace(made(), document="\x1b]0;x\x07.txt", text=TEXT.replace("其中", "\x1b["))
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", report_text(nasty))


def test_without_a_place_the_line_is_named() -> None:
    assert [row.place for row in rows(replace(made(), places=None))] == ["第1行", "第2行", "第3行"]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.marked: dict[str, list[str]] = {}
        self.tags: set[str] = set()
        self._in = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.tags.add(tag)
        self.ids += [given["id"]] if given.get("id") else []
        self.links += [given["href"]] if given.get("href") else []
        self._in = (given.get("class") or "") if tag == "a" else ""

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in.startswith("m "):
            self.marked.setdefault(self._in.removeprefix("m m-"), []).append(data)


def parsed(page: str) -> _Page:
    reader = _Page()
    reader.feed(page)
    return reader


def test_the_page_marks_each_figure_by_how_it_came_out() -> None:
    page = parsed(report_html([made(), UNREADABLE]))
    assert page.marked == {"error": ["30万元", "12万元", "15万元", "增加", "下降"], "unknown": ["7%"]}
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    nasty = replace(
        made('"><script>alert(1)</script>'),
        text=TEXT.replace("<b>三公</b>", "<i onx=1>经费"),
        unread=("<img src=x>",),
    )
    told = report_html([nasty])
    assert not parsed(told).tags & {"script", "img", "i", "link", "iframe"}
    assert "<script" not in told
    assert not re.search(r"(src|href)=\"?(https?:)?//", told)
    assert "&lt;i onx=1&gt;经费" in told


def test_every_colour_has_its_word() -> None:
    told = report_html([made()])
    for words in ("绿，成立", "灰，四舍五入所致", "黄，警告", "红，错误"):
        assert words in told
    assert 'title="错误：R1"' in told


def test_word_holds_every_finding_and_its_columns() -> None:
    paper = docx.Document(io.BytesIO(report_word([made(), UNREADABLE])))
    overview, findings = paper.tables
    assert [cell.text for cell in overview.rows[1].cells] == [
        *("1", "某县.txt", "5", "4", "2", "1", "0", "第3页是扫描图")
    ]
    assert overview.rows[2].cells[7].text == "读不了：文件“坏.pdf”加了密码"
    assert [cell.text for cell in findings.rows[0].cells] == [
        *("序号", "位置", "原文", "问题", "计算过程", "建议修改")
    ]
    told = [[cell.text for cell in row.cells] for row in findings.rows[1:]]
    assert len(told) == len(made().findings)
    for line, found in zip(told, sorted(made().findings, key=lambda found: found.start), strict=True):
        assert found.message in line[3]
        assert TEXT[found.start : found.end] in line[2]
    assert "把第1行“30”改为“27”" in told[0][5]
    for table in paper.tables:
        assert len(table._tbl.tblGrid.findall(qn("w:gridCol"))) == len(table.rows[0].cells)


def test_word_survives_what_xml_cannot_hold() -> None:
    nasty = replace(made("a\x00b\ud800<&>"), text=TEXT.replace("其中", "\x01\x02"))
    paper = docx.Document(io.BytesIO(report_word([nasty])))
    assert paper.tables[0].rows[1].cells[1].text == "a\ufffdb\ufffd<&>"


def test_word_says_what_it_leaves_out() -> None:
    report = made()
    many = replace(report, findings=tuple(replace(report.findings[0], id=f"F{n}") for n in range(3005)))
    paper = docx.Document(io.BytesIO(report_word([many])))
    assert any("另有 5 条未列出" in paragraph.text for paragraph in paper.paragraphs)


def test_excel_keeps_text_as_text() -> None:
    book = openpyxl.load_workbook(io.BytesIO(report_excel([made("=1+1"), UNREADABLE])))
    assert book.sheetnames == ["文件", "问题", "修改建议", "全部核对项"]
    files = list(book["文件"].values)
    assert files[1][:6] == ("=1+1", 5, 4, 2, 1, 0)
    assert book["文件"]["A2"].data_type == "s"
    assert files[2][6] == "读不了：文件“坏.pdf”加了密码"
    assert [line[1] for line in list(book["问题"].values)[1:]] == ["F1", "F2", "F3"]
    assert list(book["修改建议"].values)[1][2:] == ("F1", "R3", "与标题中的数字一致")
    assert len(list(book["全部核对项"].values)) == 1 + len(made().relations)


def test_figures_are_written_without_exponents() -> None:
    report = made()
    relation = report.relations[0]._replace(stated=Decimal("3E+2"))
    told = json.loads(report_json(replace(report, relations=(relation,))))
    assert told["relations"][0]["stated"] == "300"


def test_an_edit_of_words_that_stand_twice_says_which() -> None:
    start = TEXT.index("万元，车辆")
    edit = Edit(start, start + 2, "万元", "亿元")
    told = report_text(replace(made(), repairs=(Repair((edit,), ("F1",)),)))
    assert "把第2行“其中接待费12”后的“万元”改为“亿元”" in told
