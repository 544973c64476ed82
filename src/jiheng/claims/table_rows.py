"""Relations down the rows of a table: totals of the rows they cover, sections of their items, 其中.

Codes (201 → 20101), numbering (一、→（一）→ 1.) and totals say which rows belong together. Where nothing does
(长沙市, 长沙市本级 …) a row is the sum of rows after it if the figures of several columns say so.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from jiheng.claims.binding import ONE, Draft, doubted, fit, holds, is_telling, sum_of
from jiheng.claims.formulas import formula_of
from jiheng.claims.grid import Column, ColumnKind, Panel, Row
from jiheng.claims.report import Equation, Kind, Outcome, Term

LONGEST = 80  # how many rows after a row are tried as its parts where nothing names them
SLIP = Decimal("0.5")  # a total further off than this share of itself has other parts than we think
FLAT_SLIP = Decimal("0.2")  # the same where nothing but the word 合计 names the parts
_NO_SUM = re.compile(r"单价|人均|均价|标准|倍|指数|占比|比重|率|排名|序号|幅度|进度|%")
_RULE = "BG01"


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of which one is the sum of the others; `is_named`: codes, numbering or the word 合计 say so."""

    total: int
    parts: tuple[int, ...]
    is_named: bool
    share: Decimal = SLIP
    is_coded: bool = False


def row_drafts(panel: Panel, title: str, *, is_paged: bool) -> Iterator[Draft]:
    """Every relation down the rows of a panel, in every column of amounts; doubtful ones marked."""
    columns = [
        column
        for column in panel.columns
        if column.kind is ColumnKind.AMOUNT and not _NO_SUM.search(column.name)
    ]
    if not columns:
        return
    tree = _Tree(panel.rows, columns)
    for group in tree.groups():
        drafts = [draft for column in columns if (draft := _drafted(group, column, panel.rows, title))]
        trusted = _believed(group, drafts, is_paged=is_paged)
        is_open = panel.rows[group.parts[0]].is_part and sum(holds(draft.fit) for draft in drafts) < 2
        for draft in drafts:
            lost = not holds(draft.fit) and (
                (panel.rows[group.total].is_total and _has_twins(draft))
                or (is_open and _falls_short(draft))
                or (is_paged and _has_gap(group, draft, panel.rows, columns))
            )
            yield doubted(draft) if lost or not trusted else draft
    yield from _formula_drafts(panel.rows, columns, title)
    yield from _part_drafts(panel.rows, columns, title)


def _drafted(group: Group, column: Column, rows: Sequence[Row], title: str) -> Draft | None:
    total = rows[group.total].figures.get(column.index)
    parts = [
        (ONE, rows[part].figures[column.index]) for part in group.parts if column.index in rows[part].figures
    ]
    if total is None or not parts:
        return None
    operands, equation = sum_of(total, parts)
    where = f"表“{title}”“{rows[group.total].label}”行“{column.name}”列"
    return Draft(_RULE, Kind.SUM, operands, equation, where, fit(operands, equation))


def _believed(group: Group, drafts: Sequence[Draft], *, is_paged: bool) -> bool:
    telling = [draft for draft in drafts if is_telling(draft.operands[-1]) or not holds(draft.fit)]
    kept = sum(holds(draft.fit) for draft in telling)
    if kept == len(telling):
        return True
    if group.is_coded:
        return kept > 0 or len(telling) == 1 or not is_paged
    if group.is_named and len(telling) == 1:
        return _off(telling[0]) <= group.share
    if group.is_named:
        return kept * 2 >= len(telling) and kept >= 1
    return kept >= 2 and kept * 3 >= len(telling) * 2


def _off(draft: Draft) -> Decimal:
    """How far the total is from its parts, as a share of itself."""
    total = draft.operands[-1].value
    gap = abs(total - sum((part.value for part in draft.operands[:-1]), Decimal(0)))
    return gap / abs(total) if total else Decimal(1)


def _falls_short(draft: Draft) -> bool:
    """Whether the parts are too few: an open list (其中) may be."""
    return sum(part.value for part in draft.operands[:-1]) < draft.operands[-1].value


def _has_twins(draft: Draft) -> bool:
    """Whether the parts are too many and one repeats the one above it: 城乡社区支出 and its only item."""
    values = [part.value for part in draft.operands[:-1]]
    twins = [abs(value) for value, after in pairwise(values) if value and value == after]
    return bool(twins) and sum(values) - draft.operands[-1].value >= min(twins)


def _has_gap(group: Group, draft: Draft, rows: Sequence[Row], columns: Sequence[Column]) -> bool:
    """Whether a part has no figure in this column but has one elsewhere: the reader may have lost it."""
    starts = {operand.start for operand in draft.operands}
    for part in group.parts:
        figures = [figure for column in columns if (figure := rows[part].figures.get(column.index))]
        if figures and not any(figure.start in starts for figure in figures):
            return True
    return False


def _formula_drafts(rows: Sequence[Row], columns: Sequence[Column], title: str) -> Iterator[Draft]:
    """The formulas of a 公式 column: A=B+D in its own row."""
    named = {row.formula.partition("=")[0]: row for row in rows if row.formula}
    for row in rows:
        formula = formula_of(row.formula)
        if formula is None or formula.base or not all(name in named for name in formula.names):
            continue
        for column in columns:
            total = row.figures.get(column.index)
            found = [(factor, named[name].figures.get(column.index)) for factor, name in formula.left]
            parts = [(factor, figure) for factor, figure in found if figure is not None]
            if total is None or not parts:
                continue
            operands, equation = sum_of(total, parts)
            where = f"表“{title}”“{row.label}”行“{column.name}”列"
            yield Draft("BG06", Kind.SUM, operands, equation, where, fit(operands, equation))


def _part_drafts(rows: Sequence[Row], columns: Sequence[Column], title: str) -> Iterator[Draft]:
    """其中 is at most what it is part of."""
    parent: Row | None = None
    for before, row in pairwise(rows):
        if not row.is_part:
            continue
        parent = parent if before.is_part and parent else before
        for column in columns:
            whole, part = parent.figures.get(column.index), row.figures.get(column.index)
            if whole is None or part is None or part.value < 0 or whole.value < 0:
                continue
            equation = Equation(left=(Term(ONE, 0), Term(-ONE, 1)), at_most=True)
            where = f"表“{title}”“{parent.label}”行与其中“{row.label}”"
            outcome = fit((part, whole), equation)
            yield Draft("BG03", Kind.LIMIT, (part, whole), equation, where, outcome, outcome is Outcome.ERROR)


class _Tree:
    """Which rows are parts of which. `extent[i]` is the last row that row i already stands for."""

    def __init__(self, rows: Sequence[Row], columns: Sequence[Column]) -> None:
        self.rows = rows
        self.columns = columns
        self.extent = list(range(len(rows)))
        self.is_coded = False
        self.found: dict[int, Group] = {}

    def groups(self) -> list[Group]:
        """Every group, by its total's row."""
        coded = sum(bool(row.code) for row in self.rows if row.figures)
        figured = sum(bool(row.figures) for row in self.rows)
        self.is_coded = coded * 5 >= figured * 3
        children = _coded(self.rows) if self.is_coded else _marked(self.rows)
        for number in range(len(self.rows) - 1, -1, -1):
            if number in children:
                self._named(number, children[number])
            elif self.rows[number].figures:
                self._guessed(number)
        self._totals()
        return [self.found[total] for total in sorted(self.found)]

    def _named(self, number: int, parts: list[int]) -> None:
        self.extent[number] = self.extent[parts[-1]]
        if len(parts) >= 2 and not any(self.rows[part].is_part for part in parts):
            self.found[number] = Group(number, tuple(parts), is_named=True, is_coded=self.is_coded)

    def _guessed(self, number: int) -> None:
        """Is this row the sum of rows after it? If not, 其中 and what hangs on it still belong to it."""
        parts, is_named = self._parts_after(number)
        if len(parts) > 1:
            self.found[number] = Group(number, parts, is_named)
        if parts:
            self.extent[number] = self.extent[parts[-1]]
            return
        part = number + 1
        if part >= len(self.rows) or not self.rows[part].is_part or self.rows[number].is_part:
            return
        while part < len(self.rows) and not self.rows[part].mark and not self.rows[part].is_total:
            if not self.rows[part].is_part and not self.rows[number].mark:
                break
            self.extent[number] = self.extent[part]
            part = self.extent[part] + 1

    def _parts_after(self, number: int) -> tuple[tuple[int, ...], bool]:
        """The rows that add to this one, and whether place names them too: all of the table, or all rows up
        to the next number. Then one of two columns is enough."""
        row = self.rows[number]
        wholes = [
            (column.index, figure) for column in self.columns if (figure := row.figures.get(column.index))
        ]
        telling = [(index, figure) for index, figure in wholes if is_telling(figure) and figure.value > 0]
        if not telling:
            return (), False
        sums = [Decimal(0)] * len(telling)
        halves = [figure.half for _, figure in telling]
        parts: list[int] = []
        nearly: tuple[int, tuple[int, ...]] = (0, ())
        met, bounded = 0, bool(row.mark) or number == 0
        for part in self._after(number):
            parts.append(part)
            figures = self.rows[part].figures
            for place, (index, _) in enumerate(telling):
                if (figure := figures.get(index)) is not None:
                    sums[place] += figure.value
                    halves[place] += figure.half
            gaps = [sums[place] - figure.value for place, (_, figure) in enumerate(telling)]
            met = sum(abs(gap) <= half for gap, half in zip(gaps, halves, strict=True))
            if met == len(telling) and self._is_convincing(number, parts, len(telling)):
                return tuple(parts), False
            if met >= 2 and met * 3 >= len(telling) * 2 and len(parts) > 1:
                nearly = max(nearly, (met, tuple(parts)), key=lambda found: (found[0], len(found[1])))
            over = all(gap > half for gap, half in zip(gaps, halves, strict=True))
            if over or (len(parts) >= LONGEST and not bounded):
                return nearly[1], False
        if bounded and len(telling) == 2 and met == 1 and len(parts) > 1:
            return tuple(parts), True
        return nearly[1], False

    def _is_convincing(self, number: int, parts: Sequence[int], columns: int) -> bool:
        """Two columns that agree, or two parts; one part alone needs a number above it or a like name."""
        row, part = self.rows[number], self.rows[parts[0]]
        if columns >= 2 or (len(parts) == 1 and (row.mark or row.label in part.label)):
            return True
        return len(parts) >= 2 and (bool(row.mark) or not _is_round(row))

    def _after(self, number: int) -> Iterator[int]:
        """The rows that may be parts of a row: under a numbered one those without, else of one kind."""
        here = self.rows[number]
        part = number + 1
        if part >= len(self.rows):
            return
        style = self.rows[part].mark
        if here.mark and style:
            return
        while part < len(self.rows) and self.rows[part].mark == style and not _closes(self.rows[part]):
            yield part
            part = self.extent[part] + 1

    def _totals(self) -> None:
        """Rows called 合计, 总计, 小计, or that are the sum of all before them since the section began."""
        before = _Pile(self.rows, self.columns)
        number = 0
        while number < len(self.rows):
            row = self.rows[number]
            after = self.extent[number] + 1
            if row.figures and number not in self.found:
                group = self._total(number, before) if row.is_total else self._silent_total(number, before)
                if group:
                    self.found[number] = group
                    if group.parts[0] > number:
                        after = self.extent[group.parts[-1]] + 1
                        before.cut(0)
                    else:
                        before.cut(bisect_left(before.places, group.parts[0]))
            before.add(number)
            number = after

    def _total(self, number: int, before: _Pile) -> Group | None:
        """The rows of a 合计: with parts of parts left out, or all of them, whichever its figures say."""
        places = before.places
        if not places or (self.rows[places[-1]].is_total and self._starts_again(number)):
            following = list(self._until_total(number + 1))
            end = self.extent[following[-1]] if following else number
            choices = [following, [] if self.is_coded else list(range(number + 1, end + 1))]
        else:
            last = next((at for at in range(len(places) - 1, -1, -1) if self.rows[places[at]].is_total), -1)
            start = max((0, last + 1), key=lambda at: before.kept(number, at) * (len(places) - at > 1))
            flat = list(range(places[last] + 1 if last >= 0 else places[0], number))
            choices = [places[start:], [] if self.is_coded else flat]
        choices.append([part for part in choices[0] if self.rows[part].mark or self.rows[part].is_total])
        if len(choices[0]) == 1 and self._is_same(number, choices[0][0]):
            return Group(number, tuple(choices[0]), is_named=True)
        groups = [self._total_of(number, parts) for parts in choices if len(parts) > 1]
        return max(groups, key=self._kept, default=None)

    def _silent_total(self, number: int, before: _Pile) -> Group | None:
        """A row without number and without the word, equal in every column to all that stands before it."""
        row = self.rows[number]
        telling = sum(is_telling(figure) for figure in row.figures.values())
        if row.mark or row.is_part or len(before.places) < 2 or telling < 2:
            return None
        if before.kept(number, 0) < sum(column.index in row.figures for column in self.columns):
            return None
        return Group(number, tuple(before.places), is_named=False)

    def _starts_again(self, number: int) -> bool:
        """A total directly under a total, numbering from 一 again after it: the head of the next section."""
        after = self.rows[number + 1] if number + 1 < len(self.rows) else None
        return after is not None and re.match(r"[一1]\D|\([一1]\)", after.order) is not None

    def _until_total(self, number: int) -> Iterator[int]:
        while number < len(self.rows) and not (self.rows[number].is_total and not self.rows[number].mark):
            yield number
            number = self.extent[number] + 1

    def _total_of(self, number: int, parts: list[int]) -> Group:
        """A total is named where its parts are numbered alike, or some column holds; else some may be parts
        of others."""
        styles = {(self.rows[part].mark, bool(self.rows[part].code)) for part in parts}
        alike = len(styles) == 1 and styles != {("", False)}
        group = Group(number, tuple(parts), is_named=True, share=SLIP if alike else FLAT_SLIP)
        if alike or self._kept(group) or not self._counts_twice(group):
            return group
        return replace(group, is_named=False)

    def _is_same(self, number: int, other: int) -> bool:
        figures, others = self.rows[number].figures, self.rows[other].figures
        return all(index in others and others[index].value == each.value for index, each in figures.items())

    def _counts_twice(self, group: Group) -> bool:
        """Whether the parts exceed the total by a whole part or more: some may be parts of other parts."""
        for column in self.columns:
            draft = _drafted(group, column, self.rows, "")
            if draft is None or holds(draft.fit):
                continue
            values = [part.value for part in draft.operands[:-1] if part.value]
            if values and sum(values) - draft.operands[-1].value >= min(map(abs, values)):
                return True
        return False

    def _kept(self, group: Group) -> int:
        drafts = [_drafted(group, column, self.rows, "") for column in self.columns]
        return sum(
            holds(draft.fit) and is_telling(draft.operands[-1]) and len(draft.operands) > 2
            for draft in drafts
            if draft
        )


class _Pile:
    """Rows waiting for their total, with running sums: asking for a total costs the same at any length."""

    def __init__(self, rows: Sequence[Row], columns: Sequence[Column]) -> None:
        self.rows = rows
        self.columns = columns
        self.places: list[int] = []
        self._sums: list[list[tuple[Decimal, Decimal]]] = [[(Decimal(0), Decimal(0))] * len(columns)]

    def add(self, number: int) -> None:
        """One more row."""
        figures = self.rows[number].figures
        self.places.append(number)
        self._sums.append(
            [
                (value + figure.value, half + figure.half)
                if (figure := figures.get(column.index))
                else (value, half)
                for column, (value, half) in zip(self.columns, self._sums[-1], strict=True)
            ]
        )

    def cut(self, at: int) -> None:
        """Forget the rows from this place on: they have their total."""
        del self.places[at:], self._sums[at + 1 :]

    def kept(self, number: int, at: int) -> int:
        """In how many columns a row is the sum of the waiting rows from a place on."""
        count = 0
        for index, column in enumerate(self.columns):
            total = self.rows[number].figures.get(column.index)
            if total is None:
                continue
            value = self._sums[-1][index][0] - self._sums[at][index][0]
            half = self._sums[-1][index][1] - self._sums[at][index][1]
            count += abs(total.value - value) <= half + total.half
        return count


def _is_round(row: Row) -> bool:
    """100000, 2500: amounts that other round amounts add to by chance."""
    return not any(figure.half and figure.value % (figure.half * 20) for figure in row.figures.values())


def _closes(row: Row) -> bool:
    """本年支出合计, 收入总计: closes a list and is no part of one; 市县小计 may be."""
    return row.is_total and re.search(r"(总计|合计|共计|^计|总额)$", row.label) is not None


def _coded(rows: Sequence[Row]) -> dict[int, list[int]]:
    """Parent row → its rows by code: 201 → 20101 → 2010101."""
    children: dict[int, list[int]] = {}
    stack: list[int] = []
    for number, row in enumerate(rows):
        if not row.code:
            if row.is_total:
                stack = []
            continue
        while stack and not (
            row.code.startswith(rows[stack[-1]].code) and len(row.code) > len(rows[stack[-1]].code)
        ):
            stack.pop()
        if stack:
            children.setdefault(stack[-1], []).append(number)
        stack.append(number)
    return children


def _marked(rows: Sequence[Row]) -> dict[int, list[int]]:
    """Parent row → its numbered rows: 一、 → （一） → 1., in the order the table takes them up."""
    children: dict[int, list[int]] = {}
    stack: list[tuple[str, int]] = []
    for number, row in enumerate(rows):
        if not row.mark:
            if row.is_total:
                stack = []
            continue
        styles = [style for style, _ in stack]
        if row.mark in styles:
            stack = stack[: styles.index(row.mark)]
        if stack:
            children.setdefault(stack[-1][1], []).append(number)
        stack.append((row.mark, number))
    return children
