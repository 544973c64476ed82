"""A report as a Word document in official style: a summary, then the findings of each document in a table."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

from jiheng.auditing.telling import Digest, Row, digest, discovered, summary
from jiheng.claims import Report
from jiheng.sheets import Severity

SUMMARY = (
    ("序号", 1.2),
    ("文件", 10.0),
    ("数字", 1.7),
    ("核对", 1.7),
    ("错误", 1.5),
    ("警告", 1.5),
    ("提示", 1.5),
    ("说明", 6.2),
)
FINDINGS = (
    ("序号", 1.1),
    ("位置", 2.4),
    ("原文", 5.2),
    ("问题", 5.2),
    ("计算过程", 7.3),
    ("建议修改", 4.1),
)
MOST_DETAILS = 3000  # findings told in full: Word opens no table of a hundred thousand rows
COLOURS = {Severity.ERROR: "B3261E", Severity.WARNING: "9A6A00", Severity.HINT: "1F4E79"}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    colour: str = ""
    bold: bool = False
    right: bool = False


def report_word(reports: Iterable[Report]) -> bytes:
    """A .docx file for Word and WPS: A4 across, table heads repeated on every page."""
    return word_of(digest(report) for report in reports)


def word_of(digests: Iterable[Digest]) -> bytes:
    """The same from digests, which come one by one."""
    told = list(digests)
    paper = _blank()
    paper.add_heading("文稿数字核对报告", 0)
    _overview(paper, told)
    left = MOST_DETAILS
    for part in told:
        if not (part.error or part.rows or part.unread):
            continue
        paper.add_heading(_printable(part.document), 1)
        if part.error:
            paper.add_paragraph(_printable(f"读不了：{part.error}"))
            continue
        _details(paper, part, left)
        left -= min(left, len(part.rows))
    held = io.BytesIO()
    paper.save(held)
    return held.getvalue()


def _blank() -> Any:
    paper = docx.Document()
    paper.core_properties.title, paper.core_properties.author = "文稿数字核对报告", "绩衡"
    paper.core_properties.comments = ""
    section = paper.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin = section.bottom_margin = Cm(2)
    for name, font, size in (
        ("Normal", "仿宋", 12),
        ("Title", "方正小标宋简体", 22),
        ("Heading 1", "黑体", 14),
    ):
        style = paper.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = (
            "Times New Roman",
            Pt(size),
            RGBColor(0, 0, 0),
        )
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:eastAsia"), font)
    paper.styles["Title"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    borders = paper.styles["Title"].element.pPr.find(qn("w:pBdr"))
    if borders is not None:
        borders.getparent().remove(borders)
    _page_number(section.footer.paragraphs[0])
    return paper


def _page_number(paragraph: Any) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = f'<w:fldSimple {nsdecls("w")} w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    paragraph._p.append(parse_xml(field))


def _overview(paper: Any, told: Sequence[Digest]) -> None:
    severities: Counter[Severity] = Counter()
    for part in told:
        severities += part.counts.severities
    unreadable = sum(1 for part in told if part.error)
    paper.add_paragraph(
        f"共核对 {len(told)} 份文件"
        + (f"，其中 {unreadable} 份读不了" if unreadable else "")
        + f"，{discovered(severities)}。核对日期：{date.today():%Y-%m-%d}。"  # noqa: DTZ011 - the local day
    )
    paper.add_paragraph("报告只说哪些数字不能同时成立，不断定哪一个有误；建议修改仅供参考，须由人判断。")
    lines = []
    for number, part in enumerate(told, start=1):
        counts = part.counts
        figures = [counts.figures, counts.relations, *(counts.severities[key] for key in COLOURS)]
        note = f"读不了：{part.error}" if part.error else "；".join(part.unread)
        lines.append(
            [
                _Cell(str(number), right=True),
                _Cell(part.document),
                *(_Cell(str(figure), right=True) for figure in figures),
                _Cell(note),
            ]
        )
    _table(paper, SUMMARY, lines)


def _details(paper: Any, part: Digest, left: int) -> None:
    paper.add_paragraph(_printable(f"{summary(part.counts)}；{discovered(part.counts.severities)}。"))
    for unread in part.unread:
        paper.add_paragraph(_printable(f"未能读取：{unread}"))
    if part.rows[:left]:
        _table(paper, FINDINGS, [_line(number, row) for number, row in enumerate(part.rows[:left], start=1)])
    if len(part.rows) > left:
        paper.add_paragraph(f"另有 {len(part.rows) - left} 条未列出，请用 --format json 或分批核对。")
    if part.repairs and left:
        paper.add_paragraph("修改建议（须由人判断）：")
        for number, repair in enumerate(part.repairs, start=1):
            paper.add_paragraph(_printable(f"{number}. {repair}"))


def _line(number: int, row: Row) -> list[_Cell]:
    workings = [row.arithmetic, row.proof, *(f"另见{other}" for other in row.others)]
    return [
        _Cell(str(number), right=True),
        _Cell(row.place),
        _Cell(row.context),
        _Cell(
            f"{row.severity}（{row.kind} {row.found.code}，{row.found.id}）\n{row.found.message}",
            COLOURS[row.found.severity],
        ),
        _Cell("\n".join(part for part in workings if part)),
        _Cell("\n".join(f"（{n}）{text}" for n, text in enumerate(row.suggestions[:3], start=1))),
    ]


def _table(paper: Any, columns: Sequence[tuple[str, float]], lines: Iterable[Sequence[_Cell]]) -> None:
    """Written as XML at once: cell by cell through the library takes minutes for a thousand rows."""
    widths = [round(centimetres * 567) for _, centimetres in columns]
    head = [_Cell(name, bold=True) for name, _ in columns]
    xml = [
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/>',
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>',
        *(f'<w:gridCol w:w="{width}"/>' for width in widths),
        "</w:tblGrid>",
        _row_xml(head, widths, "<w:tblHeader/>"),
        *(_row_xml(cells, widths) for cells in lines),
        "</w:tbl>",
    ]
    body = paper.element.body
    body.insert(len(body) - 1, parse_xml("".join(xml)))  # before the properties of the section
    paper.add_paragraph()


def _row_xml(cells: Sequence[_Cell], widths: Sequence[int], more: str = "") -> str:
    inner = "".join(_cell_xml(cell, width) for cell, width in zip(cells, widths, strict=True))
    return f"<w:tr><w:trPr>{more}</w:trPr>{inner}</w:tr>"


def _cell_xml(cell: _Cell, width: int) -> str:
    look = '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="宋体"/>'
    if cell.bold:
        look += "<w:b/>"
    side = '<w:jc w:val="right"/>' if cell.right else '<w:jc w:val="left"/>'
    paragraphs = []
    for number, line in enumerate(cell.text.split("\n")):
        colour = f'<w:color w:val="{cell.colour}"/>' if cell.colour and number == 0 else ""
        paragraphs.append(
            f'<w:p><w:pPr><w:spacing w:before="0" w:after="0"/>{side}</w:pPr>'
            f'<w:r><w:rPr>{look}{colour}<w:sz w:val="20"/></w:rPr>'
            f'<w:t xml:space="preserve">{escape(_printable(line))}</w:t></w:r></w:p>'
        )
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{"".join(paragraphs)}</w:tc>'


def _printable(text: str) -> str:
    """XML holds no control characters."""
    return _UNPRINTABLE.sub("\ufffd", text)
