"""Consistent notes from random accounts — transfers, debt, execution, 三公, departments — in random units.

A note is a list of pieces: plain words, figures and direction words. Every figure is cut from exact amounts
in 元 by rounding half up, so all that the note states can hold; `shared` marks a figure that at least two
relations know, all of which its slip would break, so that the right figure can be told from the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import strategies as st

from jiheng.sheets.document import Block, BlockKind, Document

SCALES = {"亿元": Decimal(10) ** 8, "万元": Decimal(10) ** 4, "元": Decimal(1)}
UNITS = [("亿元", 2), ("亿元", 3), ("亿元", 4), ("万元", 0), ("万元", 2), ("元", 0)]
OPPOSITE = {"增加": "减少", "减少": "增加", "增长": "下降", "下降": "增长"}


@dataclass(frozen=True)
class Piece:
    """Some words, a figure (`number` and `unit`) or a direction word, as printed."""

    text: str
    number: str = ""
    shared: bool = False
    turns: bool = False  # a direction word with another beside it


@dataclass(frozen=True)
class Style:
    """How a note prints its amounts and rates."""

    unit: str
    places: int
    rate_places: int

    def money(self, yuan: int, shared: bool = False) -> Piece:
        number = f"{_cut(yuan / SCALES[self.unit], self.places):f}"
        return Piece(number + self.unit, number, shared)

    def rate(self, part: int, whole: int) -> Piece:
        number = f"{_cut(Decimal(100) * abs(part) / whole, self.rate_places):f}"
        return Piece(number + "%", number)

    def change(self, now: int, before: int, against: str = "比上年") -> list[Piece]:
        """“，比上年增加1.20亿元，增长6.1%”."""
        up = now > before
        return [
            Piece(f"，{against}"),
            Piece("增加" if up else "减少", turns=True),
            self.money(abs(now - before), shared=False),
            Piece("，"),
            Piece("增长" if up else "下降", turns=True),
            self.rate(now - before, before),
        ]


def _cut(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


styles = st.builds(
    lambda unit, rate_places: Style(*unit, rate_places), st.sampled_from(UNITS), st.sampled_from([1, 2])
)
# 0.8 to 90 亿元: two decimals of 亿元 are then at most 1% of an amount
amounts = st.integers(80_000_000, 9_000_000_000)
moves = st.integers(-30, 45).filter(lambda move: abs(move) >= 4)


@st.composite
def movements(draw):
    """An amount last year and this year, at least 4% apart."""
    before = draw(amounts)
    return before, before + before * draw(moves) // 100


@st.composite
def transfers(draw):
    """返还、一般性、专项 with total, each with its change; 返还 may be what it was."""
    style, parts = draw(styles), [draw(movements()) for _ in range(3)]
    level = draw(st.booleans())
    if level:
        parts[0] = (parts[0][0], parts[0][0])
    before, now = (sum(side) for side in zip(*parts, strict=True))
    if abs(now - before) * 50 < before:
        parts[2] = (parts[2][0], parts[2][1] + before)  # a change that two decimals can show
        now += before
    said = [Piece("2023年上级安排我县税收返还和转移支付"), style.money(now, shared=True)]
    said += [*style.change(now, before), Piece("，其中：\n")]
    for number, (name, (was, is_)) in enumerate(
        zip(("返还性收入", "一般性转移支付", "专项转移支付"), parts, strict=True), 1
    ):
        said += [Piece(f"（{number}）{name}"), style.money(is_, shared=is_ != was)]
        said += style.change(is_, was) if is_ != was else [Piece("，与上年持平")]
        said.append(Piece("。\n"))
    return said


@st.composite
def debts(draw):
    """Opening, issues by kind, repayment, closing and limit."""
    style = draw(styles)
    opening, general, special, repaid = (draw(amounts) for _ in range(4))
    repaid = min(repaid, opening // 2)
    refinanced = repaid * draw(st.integers(30, 95)) // 100
    issued = general + special + refinanced
    closing = opening + issued - repaid
    limit = closing * draw(st.integers(103, 130)) // 100
    return [
        Piece("2022年末政府债务余额"),
        style.money(opening),
        Piece("。2023年发行政府债券"),
        style.money(issued, shared=True),
        Piece("，其中：新增一般债券"),
        style.money(general),
        Piece("、新增专项债券"),
        style.money(special),
        Piece("、再融资一般债券"),
        style.money(refinanced),
        Piece("，当年偿还债务本金"),
        style.money(repaid),
        Piece("，2023年末政府债务余额"),
        style.money(closing),
        Piece("，控制在政府债务限额"),
        style.money(limit),
        Piece("以内。\n"),
    ]


@st.composite
def executions(draw):
    """Income against budget and last year, 税收 and 非税, total income and spending, what is left."""
    style = draw(styles)
    taxes, other, aid, loans, spent = (draw(amounts) for _ in range(5))
    income = taxes + other
    budget = income * 100 // draw(st.integers(80, 98))
    before = income * 100 // (100 + draw(moves))
    total = income + aid + loans
    left = total * draw(st.integers(3, 20)) // 100
    spent = total - left
    return [
        Piece("2023年全县一般公共预算收入年初预算"),
        style.money(budget),
        Piece("，实际完成"),
        style.money(income, shared=True),
        Piece("，完成年初预算的"),
        style.rate(income, budget),
        *style.change(income, before),
        Piece("，其中：税收收入"),
        style.money(taxes),
        Piece("，占一般公共预算收入的"),
        style.rate(taxes, income),
        Piece("，非税收入"),
        style.money(other),
        Piece("。加上上级补助收入"),
        style.money(aid),
        Piece("、上年结转收入"),
        style.money(loans),
        Piece("后，收入总计"),
        style.money(total, shared=True),
        Piece("。支出总计"),
        style.money(spent),
        Piece("，收支相抵，年终结转"),
        style.money(left),
        Piece("。\n"),
    ]


@st.composite
def receptions(draw):
    """三公: four items with their total, against budget and last year; in 万元."""
    style = Style("万元", draw(st.sampled_from([0, 1, 2])), draw(st.sampled_from([1, 2])))
    abroad, bought, run, received = (draw(st.integers(200_000, 9_000_000)) for _ in range(4))
    total = abroad + bought + run + received
    budget = total * 100 // draw(st.integers(70, 95))
    before = total * 100 // (100 + draw(moves))
    return [
        Piece("2023年县级“三公”经费决算合计"),
        style.money(total, shared=True),
        Piece("，比预算数"),
        style.money(budget),
        Piece("减少"),
        style.money(budget - total),
        *style.change(total, before),
        Piece("。其中：因公出国（境）费"),
        style.money(abroad),
        Piece("；公务用车购置费"),
        style.money(bought),
        Piece("；公务用车运行维护费"),
        style.money(run),
        Piece("；公务接待费"),
        style.money(received),
        Piece("。\n"),
    ]


@st.composite
def departments(draw):
    """A department: income and spending in parts with their shares, spending against its budget."""
    style = Style("万元", 2, draw(st.sampled_from([1, 2])))
    granted, own, basic = (draw(st.integers(2_000_000, 90_000_000)) for _ in range(3))
    income = granted + own
    basic = min(basic, income * 9 // 10)
    project = income - basic
    budget = income * 100 // draw(st.integers(85, 115))
    return [
        Piece("2023年度本年收入合计"),
        style.money(income, shared=True),
        Piece("，其中：财政拨款收入"),
        style.money(granted),
        Piece("，占"),
        style.rate(granted, income),
        Piece("；其他收入"),
        style.money(own),
        Piece("，占"),
        style.rate(own, income),
        Piece("。\n2023年度支出年初预算"),
        style.money(budget),
        Piece("，本年支出合计"),
        style.money(income, shared=True),
        Piece("，完成年初预算的"),
        style.rate(income, budget),
        Piece("，其中：基本支出"),
        style.money(basic),
        Piece("，占"),
        style.rate(basic, income),
        Piece("；项目支出"),
        style.money(project),
        Piece("，占"),
        style.rate(project, income),
        Piece("。\n"),
    ]


notes = st.one_of(transfers(), debts(), executions(), receptions(), departments())


@st.composite
def reports(draw):
    """Some of the five notes under headings of their own, in any order."""
    kinds = (
        ("转移支付", transfers()),
        ("政府债务", debts()),
        ("预算执行", executions()),
        ("三公经费", receptions()),
        ("部门收支", departments()),
    )
    chosen = draw(st.lists(st.sampled_from(range(5)), min_size=1, unique=True))
    pieces: list[Piece] = []
    for number, kind in zip("一二三四五", chosen, strict=False):
        name, strategy = kinds[kind]
        pieces += [Piece(f"{number}、{name}情况的说明\n"), *draw(strategy)]
    return pieces


def written(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def place(pieces: list[Piece], index: int) -> tuple[int, int]:
    """Where a piece stands in the text."""
    start = len(written(pieces[:index]))
    return start, start + len(pieces[index].text)


def with_text(pieces: list[Piece], index: int, text: str) -> list[Piece]:
    return [*pieces[:index], replace(pieces[index], text=text), *pieces[index + 1 :]]


@st.composite
def slips(draw):
    """A note, the same with a shared figure's first or second digit mistyped, and which piece that is."""
    pieces = draw(notes)
    index = draw(st.sampled_from([n for n, piece in enumerate(pieces) if piece.shared]))
    number = pieces[index].number
    digits = number.replace(".", "")
    # of two digits the second is the last printed one: rounding may explain it
    first = 0 if len(digits) < 4 or digits.strip("0") == number[0] else draw(st.integers(0, 1))
    at = first + 1 if number[first] == "." else first
    digit = draw(st.sampled_from([d for d in "123456789" if d != number[at]]))
    slipped = number[:at] + digit + number[at + 1 :]
    return pieces, with_text(pieces, index, slipped + pieces[index].text[len(number) :]), index


@st.composite
def turns(draw):
    """A note, the same with one direction word turned round, and which piece that is."""
    pieces = draw(st.one_of(transfers(), executions(), receptions()))
    index = draw(st.sampled_from([n for n, piece in enumerate(pieces) if piece.turns]))
    return pieces, with_text(pieces, index, OPPOSITE[pieces[index].text]), index


def document_of(text: str) -> Document:
    """One paragraph a line, as a reader of plain text gives it."""
    blocks, at = [], 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            blocks.append(Block(BlockKind.PARAGRAPH, at, at + len(line.rstrip("\r\n"))))
        at += len(line)
    return Document("note.txt", "", text, tuple(blocks))
