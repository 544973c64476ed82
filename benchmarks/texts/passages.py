"""Passages that several kinds of text share: lists of parts, tables, headings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from texts.accounts import COLUMNS, Item
from texts.truth import Figure, Relation
from texts.writing import Writer

Tell = Callable[[Figure, Item], None]
NUMERALS = "一二三四五六七八九十"
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
MARKS = {"bracket": ("（{}）", "（{}） ", "({})"), "dot": ("{}.", "{}．"), "circle": ("○",)}
HEADS = {"now": "决算数", "before": "上年决算数", "budget": "年初预算数", "adjusted": "调整预算数"}


def heading(w: Writer, number: int, title: str) -> None:
    w("\n", w.one("", "　　") if number else "", f"{NUMERALS[number - 1]}、" if number else "", title, "\n")


def indent(w: Writer) -> None:
    w("　　" if w.odds(0.6) else "")


def quiet(figure: Figure, item: Item) -> None:
    """Nothing more about a part."""


def listing(w: Writer, total: Figure, items: Sequence[Item], tell: Tell = quiet) -> list[Figure]:
    """The parts of a total, all of them or (with 主要是… 等) the largest; ends its sentence."""
    items = [item for item in items if item.now] or list(items[:1])
    if len(items) > 2 and w.odds(0.15):
        return _opened(w, total, items)
    style = w.rng.choice((_lead_in, _lead_in, _numbered, _respectively, _made_of, _spoken))
    if len(items) < 2:
        style = _lead_in
    figures = style(w, items, tell)
    w.adds(total, figures)
    return figures


def _say(w: Writer, item: Item, tell: Tell, link: str = "") -> Figure:
    figure = w.money(item.name, item.now)
    w(item.name, link, figure)
    tell(figure, item)
    return figure


def _lead_in(w: Writer, items: Sequence[Item], tell: Tell) -> list[Figure]:
    w(w.one("，其中：", "。其中：", "。其中，", "，其中，", "，包括："))
    figures, between, link = (
        [],
        w.one("；", "；", "；\n") if tell is not quiet else w.one("，", "、", "；"),
        w.one("", "", "为"),
    )
    for item in items:
        w(between if figures else "")
        figures.append(_say(w, item, tell, link))
    w("。")
    return figures


def _numbered(w: Writer, items: Sequence[Item], tell: Tell) -> list[Figure]:
    mark = w.one(*(mark for shape, marks in MARKS.items() if shape != w.outer for mark in marks))
    w(w.one("，其中：", "。其中：", "，具体如下："))
    figures = []
    for number, item in enumerate(items, 1):
        w("\n", CIRCLED[number - 1] if mark == "○" else mark.format(number))
        figures.append(_say(w, item, tell))
        w("。")
    w("\n")
    return figures


def _respectively(w: Writer, items: Sequence[Item], tell: Tell) -> list[Figure]:
    figures = [w.money(item.name, item.now) for item in items]
    w(w.one("。其中，", "，其中"), "、".join(item.name for item in items[:-1]), "和", items[-1].name)
    w(w.one("分别为", "分别是", "分别达到"))
    for place, figure in enumerate(figures):
        w("、" if place else "", figure)
    w("。")
    return figures


def _made_of(w: Writer, items: Sequence[Item], tell: Tell) -> list[Figure]:
    w("，由")
    figures = []
    for place, item in enumerate(items):
        w("" if not place else "和" if place == len(items) - 1 else "、")
        figures.append(_say(w, item, quiet))
    w(w.one("组成。", "构成。", "两部分组成。" if len(items) == 2 else "组成。"))
    return figures


def _spoken(w: Writer, items: Sequence[Item], tell: Tell) -> list[Figure]:
    if len(items) > len(NUMERALS):
        return _lead_in(w, items, tell)
    w(w.one("，其中：", "。从构成看，", "。具体是："))
    figures = []
    for numeral, item in zip(NUMERALS, items, strict=False):
        w("；" if figures else "", f"{numeral}是")
        figures.append(_say(w, item, tell))
    w("。")
    return figures


def _opened(w: Writer, total: Figure, items: Sequence[Item]) -> list[Figure]:
    """Only some of the parts: together no more than the total."""
    chosen = sorted(items, key=lambda item: -item.now)[: w.rng.randint(1, len(items) - 1)]
    w(w.one("，主要是", "，主要包括", "，主要用于" if total.fact.endswith("支出") else "，主要有"))
    figures = []
    for item in chosen:
        w("、" if figures else "")
        figures.append(_say(w, item, quiet))
    w("等。")
    left = (*((1, figure) for figure in figures), (-1, total))
    w.state("sum", left, at_most=True)
    return figures


def table(
    w: Writer, title: str, unit: str, whole: Item, columns: Sequence[str]
) -> dict[tuple[str, str], Figure]:
    """The items of one level and their total, in tabs or bars; returns its figures by item and column."""
    bars, rates = w.odds(0.5), w.odds(0.6)
    grown = rates and "before" in columns and w.odds(0.6)
    heads = ["项目", *(HEADS[column] for column in columns)]
    if grown:
        heads.append(w.one("增减%", "比上年增减（%）", "同比±%"))
    w("\n", title, "\n", w.one("单位：", "金额单位：", "单位:"), unit, "\n")
    _row(w, bars, heads)
    if bars:
        w("|", "---|" * len(heads), "\n")
    rows = [*whole.parts, Item("合计", whole.now, whole.before, whole.budget, whole.adjusted)]
    if w.odds(0.4):
        rows = [rows[-1], *rows[:-1]]
    figures: dict[tuple[str, str], Figure] = {}
    for item in rows:
        cells: list = [item.name]
        for column in columns:
            figure = w.money(f"{item.name}·{column}", getattr(item, column), unit, tail="")
            figures[item.name, column] = figure
            cells.append(figure)
        if grown:
            cells.append(_growth(w, item, figures))
        _row(w, bars, cells)
    for column in columns:
        w.adds(figures["合计", column], [figures[part.name, column] for part in whole.parts])
    return figures


def _growth(w: Writer, item: Item, figures: dict[tuple[str, str], Figure]) -> Figure | str:
    now, before = figures[item.name, "now"], figures[item.name, "before"]
    if item.before == 0 or before.shown == 0:
        return w.one("", "—", "-")
    left = ((1, now), (-1, before))
    exact = Fraction(100 * (item.now - item.before), item.before)
    percent = w.rate(f"{item.name}增幅", exact, (left, ((1, before),)))
    percent.tail = ""
    relation = Relation("percent_change", left, ((1, before),), percent, others=(now.shown,))
    w.relations.append(relation)
    return percent


def _row(w: Writer, bars: bool, cells: Sequence) -> None:
    if bars:
        w("| ")
    for place, cell in enumerate(cells):
        if place:
            w(" | " if bars else "\t")
        w(cell)
    w(" |\n" if bars else "\n")


def columns_for(w: Writer) -> list[str]:
    """决算数 and one to three others."""
    others = [column for column in COLUMNS[1:] if w.odds(0.5)]
    return ["now", *others]
