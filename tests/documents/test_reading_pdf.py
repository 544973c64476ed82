"""PDF as people read it: wrapped lines whole, tables with their cells, no page numbers in sentences."""

from __future__ import annotations

from tests.documents.printed import LEFT, PITCH, SIZE, Paper, pdf, wrapped
from tests.documents.test_reading import grid, tables, texts

from jiheng.documents.reading import place, read
from jiheng.sheets.document import BlockKind

PROSE = (
    "2024年，全县一般公共预算收入完成438.6亿元，为调整预算的101.2%，比上年增加3,156,077万元，增长12.5%。其中："
    "税收收入完成300.1亿元，增长5%；非税收入完成138.5亿元，下降3.2%。全年预算支出保持平稳，重点支出得到保障，收支相抵，"
    "实现平衡，年终结余资金按规定结转下年继续使用，用于安排民生支出和偿还到期的政府债券本金以及其他应当安排的支出。"
)


def long(pages):
    """The prose over as many pages, cut in mid-sentence, with a running head and page numbers."""
    papers: list[Paper] = []
    for number, line in enumerate(wrapped(PROSE * pages, 26)):
        if number % 9 == 0:
            papers.append(Paper())
            papers[-1].text(LEFT, 40, "某某县财政预算报告", 10)
            papers[-1].foot(len(papers))
        papers[-1].line(line)
    return papers


class TestProse:
    def test_wrapped_and_justified_lines_are_one_paragraph(self):
        paper = Paper()
        paper.centred("某某县2024年预算执行情况", 22)
        paper.paragraph(PROSE)
        paper.paragraph("一、收入情况")
        paper.paragraph(PROSE)
        document = read(pdf([paper]), "a.pdf")
        assert texts(document) == ["某某县2024年预算执行情况", PROSE, "一、收入情况", PROSE]
        assert [block.kind for block in document.blocks][::2] == [BlockKind.HEADING, BlockKind.HEADING]

    def test_it_goes_on_over_pages_without_heads_and_page_numbers(self):
        document = read(pdf(long(4)), "a.pdf")
        assert texts(document, BlockKind.PARAGRAPH) == [PROSE * 4]
        assert texts(document, BlockKind.NOTE) == ["某某县财政预算报告"]
        assert "—" not in document.text

    def test_spaces_that_fill_a_line_are_gone(self):
        paper = Paper()
        paper.text(LEFT, 100, "北京市2025年预算执行438.6亿元", spacing=5)
        paper.text(LEFT, 130, "收入为 3, 156,077 万元")
        paper.y = 160
        paper.paragraph(PROSE)
        document = read(pdf([paper]), "a.pdf")
        assert texts(document) == ["北京市2025年预算执行438.6亿元", "收入为3,156,077万元", PROSE]

    def test_a_raised_mark_is_no_digit_of_the_number(self):
        paper = Paper()
        paper.text(LEFT, 100, "本年支出171")
        paper.text(LEFT + SIZE * 5.5, 93, "[2]", 8)
        paper.text(LEFT + SIZE * 7, 100, "万元，占地30km")
        paper.text(LEFT + SIZE * 14, 93, "2", 8)
        assert read(pdf([paper]), "a.pdf").text == "本年支出171万元，占地30km²\n"

    def test_two_columns_are_read_one_after_the_other(self):
        paper = Paper()
        paper.centred("公报")
        top = paper.y
        paper.paragraph(PROSE, columns=14, left=50)
        bottom, paper.y = paper.y, top
        paper.paragraph(PROSE, columns=14, left=320)
        paper.y = max(bottom, paper.y)
        document = read(pdf([paper]), "a.pdf")
        assert texts(document) == ["公报", PROSE, PROSE]

    def test_a_footnote_does_not_break_the_sentence_over_the_page(self):
        first, second = Paper(), Paper()
        for at, line in enumerate(wrapped(PROSE, 26)):
            (first if at < 3 else second).line(line)
        first.text(LEFT, 700, "①收入按现行体制计算，", 10)
        first.text(LEFT, 716, "含上级补助。", 10)
        first.foot(1)
        document = read(pdf([first, second]), "a.pdf")
        assert texts(document) == [PROSE, "①收入按现行体制计算，含上级补助。"]
        assert document.blocks[1].kind is BlockKind.NOTE


class TestTables:
    ROWS = (
        ("项目", "预算数", "决算数"),
        ("一、税收收入", "3,156.07", "98.5%"),
        ("增值税\n（含免抵调）", "2.50", ""),
        ("合计", "3,158.57", "100%"),
    )

    def paper(self, rows=ROWS, *, is_captioned=True, are_ruled=True):
        paper = Paper()
        if is_captioned:
            paper.text(200, paper.y, "表1收支决算表", 14)
            paper.text(400, paper.y + 20, "单位：万元", 11)
            paper.y += 30
        paper.table(rows, widths=(160, 100, 100), are_ruled=are_ruled)
        return paper

    def test_cells_title_and_unit(self):
        paper = self.paper()
        paper.paragraph("后面的话。")
        document = read(pdf([paper]), "a.pdf")
        (block,) = tables(document)
        assert (block.title, block.unit, block.page) == ("表1收支决算表", "万元", 1)
        cells = grid(document, block)
        assert cells[2, 0] == "增值税（含免抵调）"
        assert cells[1, 1] == "3,156.07"
        assert (2, 2) not in cells
        assert texts(document)[-1] == "后面的话。"
        assert place(document, document.text.index("98.5%")) == "第1页 表1 第2行 第3列"

    def test_rows_that_no_line_parts(self):
        rows = [row for row in self.ROWS if "\n" not in row[0]]
        document = read(pdf([self.paper(rows, are_ruled=False)]), "a.pdf")
        (block,) = tables(document)
        assert document.text[block.start : block.end] == "\n".join("\t".join(row) for row in rows)

    def test_it_goes_on_over_pages_and_its_head_is_read_once(self):
        more = [self.ROWS[0], ("二、非税收入", "1.00", "2%")]
        document = read(pdf([self.paper(), self.paper(more)]), "a.pdf")
        (block,) = tables(document)
        cells = grid(document, block)
        assert [cells[row, 0] for row in range(5)] == [
            "项目",
            "一、税收收入",
            "增值税（含免抵调）",
            "合计",
            "二、非税收入",
        ]

    def test_another_table_of_the_same_columns_is_another(self):
        other = Paper()
        other.text(200, other.y, "表2支出决算表", 14)
        other.y += PITCH
        other.table(self.ROWS, widths=(160, 100, 100))
        document = read(pdf([self.paper(), other]), "a.pdf")
        assert [block.title for block in tables(document)] == ["表1收支决算表", "表2支出决算表"]


def test_what_cannot_be_read_is_told_by_page():
    good, garbled, drawn = Paper(), Paper(), Paper()
    good.paragraph(PROSE)
    garbled.paragraph("!\"#$%&'()*+,-./;<=>?@[]^_" * 8)
    for n in range(40):
        drawn.rule(90, 100 + n, 300 + n, 100 + n)
    document = read(pdf([good, garbled, drawn, drawn, Paper()]), "a.pdf")
    assert texts(document) == [PROSE]
    assert [note.partition("页")[0] for note in document.unread] == ["第2", "第3—4"]
    assert "字体编码" in document.unread[0]
