"""A relation that does not hold, said in plain Chinese: both sides, the parts and the difference."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from jiheng.sheets import (
    WAN,
    AccountColumn,
    AccountRow,
    AccountTable,
    Entered,
    Missing,
    figure_of,
    is_money,
    plain,
)

MOST_PARTS = 8  # so many parts are written out
FEN_IN_WAN = 1_000_000
OP_LIMIT, OP_BOTH = "<=", "both"


class Place(NamedTuple):
    """A cell of one of the tables that were checked."""

    name: str  # the table's
    table: AccountTable
    row: AccountRow
    column: AccountColumn
    cell: Entered


class Sides(NamedTuple):
    """Both sides of a relation in 分 (or millionths of a count), and the signs of the parts."""

    op: str
    total: int
    computed: int
    signs: tuple[int, ...]
    is_rounding: bool
    advice: str


def message(sides: Sides, places: Sequence[Place]) -> str:
    """The total stands first among the places, the parts after it."""
    label, unit = _labeller(places), _unit(places[0])
    total = f"{label(places[0])} {_with_unit(places[0])}"
    advice = f"；{sides.advice}" if sides.advice else ""
    if sides.op == OP_BOTH:
        other = f"{label(places[1])} {_with_unit(places[1])}"
        return f"{total}，{other}：两项应当同时有数或同时为 0{advice}"
    written = _sum_in_words(sides, places[1:], label, unit)
    apart = plain(abs(_number(sides.total - sides.computed, unit)))
    if sides.op == OP_LIMIT:
        return f"{total}，大于 {written}，多出 {apart}{unit}{advice}"
    end = "，可能是四舍五入" if sides.is_rounding else "，两边不能同时成立，请核对"
    return f"{total}，应等于 {written}，相差 {apart}{unit}{end}{advice}"


def _sum_in_words(sides: Sides, parts: Sequence[Place], label: Any, unit: str) -> str:
    there, empty = [], []
    for sign, place in zip(sides.signs, parts, strict=True):
        if isinstance(place.cell, Missing):
            empty.append(label(place))
        else:
            there.append((sign, place))
    shown = there
    if len(there) > MOST_PARTS:
        shown = [pair for pair in there if figure_of(pair[1].cell)][:MOST_PARTS]
    words = ""
    for sign, place in shown:
        mark = " － " if sign < 0 else " ＋ " if words else ""
        words += f"{mark}{label(place)} {_shown(place.cell)}"
    words = words.strip()
    if len(shown) < len(there):
        words += f" 等共 {len(there)} 项"
    if len(there) > 1 or sides.signs[0] < 0:
        words += f" ＝ {plain(_number(sides.computed, unit))}"
    more = "等" if len(empty) > 4 else ""
    note = f"（{'、'.join(empty[:4])}{more}未填，没有计入）" if empty else ""
    return f"{words}{unit}{note}"


def _labeller(places: Sequence[Place]) -> Any:
    """What names a cell among these: its row, its column, its table, as far as they differ."""
    many_tables = len({place.name for place in places}) > 1
    same_row = len({place.row.key for place in places}) == 1 and not many_tables
    same_column = len({place.column.key for place in places}) == 1

    def label(place: Place) -> str:
        title = f"《{place.table.title}》" if many_tables else ""
        row, column = place.row.label or place.row.code, place.column.label
        if place is places[0]:
            return f"{title}“{row}”的“{column}”"
        if same_row:
            return f"“{column}”"
        return f"{title}“{row}”" if same_column else f"{title}“{row}”的“{column}”"

    return label


def _unit(place: Place) -> str:
    return place.table.unit_of(place.row, place.column)


def _with_unit(place: Place) -> str:
    return _shown(place.cell) + ("" if isinstance(place.cell, Missing) else _unit(place))


def _shown(cell: Entered) -> str:
    return "未填" if isinstance(cell, Missing) else str(cell)


def _number(whole: int, unit: str) -> Decimal:
    """Whole 分 in 万元, millionths of a count as a count."""
    return Decimal(whole) / (100 * WAN) if is_money(unit) else Decimal(whole) / FEN_IN_WAN
