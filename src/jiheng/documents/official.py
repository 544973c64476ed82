"""公文: a paper in the layout of GB/T 9704-2012, as a Word file for Word and WPS.

Page, margins and sizes are the standard's: 22 lines of 28 characters, body in 三号仿宋, headings in 黑体 and
楷体, the title in 二号小标宋. Fonts are named, not embedded. Every table says the width of its columns
(w:gridCol), as WPS and LibreOffice go by nothing else.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

SONG, FANG, HEI, KAI, TITLE = "宋体", "仿宋", "黑体", "楷体", "方正小标宋简体"
RED = RGBColor(0xC0, 0, 0)
LINE = Pt(28)
BODY = Pt(16)  # 三号
WIDE = 156  # millimetres between the margins
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class PaperColumn:
    """A column of a table: its heading, width in millimetres, whether it holds figures."""

    heading: str
    width: int
    is_figure: bool = False


class Paper:
    """An official paper, written from top to bottom; `day` is what the file itself says of its making."""

    def __init__(self, title: str, author: str, day: date) -> None:
        self._paper = docx.Document()
        core = self._paper.core_properties
        core.title, core.author, core.comments = printable(title), printable(author), ""
        core.created = core.modified = datetime.combine(day, time())
        core.last_modified_by, core.revision = core.author, 1
        section = self._paper.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        section.footer_distance = Mm(25)
        style = self._paper.styles["Normal"]
        style.font.name, style.font.size = "Times New Roman", BODY
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:eastAsia"), FANG)
        style.paragraph_format.space_after = style.paragraph_format.space_before = Pt(0)
        self._page_number(section.footer.paragraphs[0])

    def masthead(self, office: str, number: str) -> None:
        """版头: the office in red, the number, the red line."""
        self._line(office, TITLE, Pt(30), centred=True, colour=RED, spacing=Pt(46))
        self._line("", FANG, BODY)
        under = self._line(number, FANG, BODY, centred=True)
        under.paragraph_format.space_after = Pt(10)
        line = '<w:bottom w:val="single" w:sz="12" w:space="6" w:color="C00000"/>'
        under._p.get_or_add_pPr().append(parse_xml(f"<w:pBdr {nsdecls('w')}>{line}</w:pBdr>"))

    def title(self, text: str) -> None:
        """The title, with a line of space above and below."""
        self._line("", FANG, BODY)
        self._line(text, TITLE, Pt(22), centred=True, spacing=Pt(33))
        self._line("", FANG, BODY)

    def addressee(self, text: str) -> None:
        """主送机关, flush left."""
        self._line(f"{text}：", FANG, BODY)

    def heading(self, text: str) -> None:
        """一、 in 黑体; stays with what follows."""
        self._line(text, HEI, BODY, indented=True).paragraph_format.keep_with_next = True

    def subheading(self, text: str) -> None:
        """（一） in 楷体; stays with what follows."""
        self._line(text, KAI, BODY, indented=True).paragraph_format.keep_with_next = True

    def text(self, text: str) -> None:
        """Paragraphs of the body, one for each line of the text."""
        for line in text.splitlines():
            if line.strip():
                self._line(line.strip(), FANG, BODY, indented=True)

    def signature(self, office: str, day: date) -> None:
        """发文机关署名 and 成文日期, four characters in from the right."""
        for before in (*self._paper.paragraphs[-1:], self._line("", FANG, BODY)):
            before.paragraph_format.keep_with_next = True  # nor do both: 不得“此页无正文”
        for words in (office, f"{day.year}年{day.month}月{day.day}日"):
            line = self._line(words, FANG, BODY, right=True)
            line.paragraph_format.right_indent = BODY * 4
            line.paragraph_format.keep_together = True
            line.paragraph_format.keep_with_next = words is office  # the day never stands on a page alone

    def annex(self, heading: str) -> None:
        """附件 on a page of its own."""
        line = self._line(heading, HEI, BODY)
        line.paragraph_format.page_break_before = True

    def table(self, columns: Sequence[PaperColumn], rows: Iterable[Sequence[str]]) -> None:
        """A table with its head repeated on every page. Widths are scaled to the page's."""
        scale = sum(column.width for column in columns)
        widths = [round(column.width * WIDE / scale * 56.7) for column in columns]
        head = _row([column.heading for column in columns], columns, widths, is_head=True)
        xml = [
            f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/>',
            f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>',
            f'<w:tblLayout w:type="fixed"/>{_AIR}</w:tblPr><w:tblGrid>',
            *(f'<w:gridCol w:w="{width}"/>' for width in widths),
            "</w:tblGrid>",
            head,
            *(_row(cells, columns, widths) for cells in rows),
            "</w:tbl>",
        ]
        body = self._paper.element.body
        body.insert(len(body) - 1, parse_xml("".join(xml)))  # before the properties of the section

    def save(self) -> bytes:
        """The .docx file."""
        held = io.BytesIO()
        self._paper.save(held)
        return held.getvalue()

    def _line(self, text: str, font: str, size: Any, **look: Any) -> Any:
        paragraph = self._paper.add_paragraph()
        layout = paragraph.paragraph_format
        layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, look.get("spacing", LINE)
        if look.get("centred"):
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        elif look.get("right"):
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        elif look.get("indented"):
            layout.first_line_indent = size * 2
        run = paragraph.add_run(printable(text))
        run.font.size = size
        run.font.color.rgb = look.get("colour") or RGBColor(0, 0, 0)
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
        return paragraph

    def _page_number(self, paragraph: Any) -> None:
        """— 1 —, in 四号宋体."""
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        look = f'<w:rPr><w:rFonts w:eastAsia="{SONG}"/><w:sz w:val="28"/></w:rPr>'
        for piece in (
            f'<w:r {nsdecls("w")}>{look}<w:t xml:space="preserve">— </w:t></w:r>',
            f'<w:fldSimple {nsdecls("w")} w:instr="PAGE"><w:r>{look}<w:t>1</w:t></w:r></w:fldSimple>',
            f'<w:r {nsdecls("w")}>{look}<w:t xml:space="preserve"> —</w:t></w:r>',
        ):
            paragraph._p.append(parse_xml(piece))


# between a cell's words and its lines, in twentieths of a point
_AIR = "".join(
    (
        "<w:tblCellMar>",
        *(
            f'<w:{side} w:w="{wide}" w:type="dxa"/>'
            for side, wide in (("top", 45), ("left", 85), ("bottom", 45), ("right", 85))
        ),
        "</w:tblCellMar>",
    )
)


def printable(text: str) -> str:
    """XML holds no control characters."""
    return _UNPRINTABLE.sub("\ufffd", text)


def _row(
    cells: Sequence[str], columns: Sequence[PaperColumn], widths: Sequence[int], *, is_head: bool = False
) -> str:
    inner = "".join(
        _cell(text, width, "center" if is_head else "right" if column.is_figure else "left", is_head=is_head)
        for text, column, width in zip(cells, columns, widths, strict=True)
    )
    more = "<w:tblHeader/>" if is_head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{more}</w:trPr>{inner}</w:tr>"


def _cell(text: str, width: int, side: str, *, is_head: bool) -> str:
    font = HEI if is_head else FANG
    fonts = f'<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{font}"/>'
    look = f'<w:rPr>{fonts}<w:sz w:val="24"/></w:rPr>'
    paragraphs = "".join(
        f'<w:p><w:pPr><w:spacing w:before="0" w:after="0"/><w:jc w:val="{side}"/></w:pPr>'
        f'<w:r>{look}<w:t xml:space="preserve">{_escaped(line)}</w:t></w:r></w:p>'
        for line in text.split("\n")
    )
    middle = '<w:vAlign w:val="center"/>'
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{middle}</w:tcPr>{paragraphs}</w:tc>'


def _escaped(text: str) -> str:
    return printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
