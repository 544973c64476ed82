"""Tables from ruling lines: the grid they draw, cells merged where no line parts them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from jiheng.documents.reading.building import GridCell
from jiheng.documents.reading.pdflines import lines_of
from jiheng.documents.reading.pdfpage import THIN, Char, Page, Rule
from jiheng.documents.reading.pdfrows import Region, split_rows

_SNAP = 2.5  # points: lines that near are one
_REACH = 3.5  # points: ends that near meet
_SHORT = 4.0  # points: shorter strokes are no rules
_MOST_CELLS = 60_000
_MOST_RULES = 4000
_FRAMED = 20  # characters: more than that in one field only is prose in a frame
_NUMBER = frozenset("0123456789,.-%０１２３４５６７８９，．－％")


@dataclass(slots=True)
class _Line:
    """All rules at one x (or y), as stretches along the other axis."""

    at: float
    stretches: list[tuple[float, float]] = field(default_factory=list)

    @property
    def start(self) -> float:
        return self.stretches[0][0]

    @property
    def end(self) -> float:
        return self.stretches[-1][1]

    def covers(self, place: float) -> bool:
        return any(start <= place <= end for start, end in self.stretches)


@dataclass(slots=True)
class Table:
    """A grid on a page, its cells filled."""

    top: float
    bottom: float
    xs: list[float]
    cells: list[GridCell]
    rows: int


def tables_of(page: Page) -> tuple[list[Table], list[Char]]:
    """The tables of a page from top to bottom, and the characters outside them."""
    grids = [grid for part in _components(*_lines(page.rules)) if (grid := _Grid.of(*part))]
    left: list[Char] = []
    held: list[list[Char]] = [[] for _ in grids]
    for char in page.chars:
        x, y = (char.x0 + char.x1) / 2, char.y - 0.35 * char.height
        for grid, chars in zip(grids, held, strict=True):
            if grid.holds(x, y):
                chars.append(char)
                break
        else:
            left.append(char)
    tables = []
    for grid, chars in zip(grids, held, strict=True):
        table = grid.filled(chars)
        if table is None:
            left += chars
        else:
            tables.append(table)
    return sorted(tables, key=lambda table: table.top), left


def _lines(rules: Sequence[Rule]) -> tuple[list[_Line], list[_Line]]:
    """Level and upright rules, those at one place joined."""
    level, upright = [], []
    for x0, y0, x1, y1 in rules:
        if y1 - y0 <= THIN and x1 - x0 >= _SHORT:
            level.append(((y0 + y1) / 2, x0, x1))
        elif x1 - x0 <= THIN and y1 - y0 >= _SHORT:
            upright.append(((x0 + x1) / 2, y0, y1))
    return _snapped(level), _snapped(upright)


def _snapped(strokes: list[tuple[float, float, float]]) -> list[_Line]:
    lines: list[_Line] = []
    for at, start, end in sorted(strokes):
        if not lines or at - lines[-1].at > _SNAP:
            lines.append(_Line(at))
        lines[-1].stretches.append((start, end))
    for line in lines:
        merged: list[tuple[float, float]] = []
        for start, end in sorted(line.stretches):
            if merged and start - merged[-1][1] <= _REACH:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        line.stretches = merged
    return lines


_Part = tuple[list[_Line], list[_Line]]


def _components(level: list[_Line], upright: list[_Line]) -> list[_Part]:
    """Level and upright stretches that hang together: one part for each table."""
    rows = [_Line(line.at, [stretch]) for line in level for stretch in line.stretches]
    columns = [_Line(line.at, [stretch]) for line in upright for stretch in line.stretches]
    if len(rows) + len(columns) > _MOST_RULES:
        return []
    owner = list(range(len(rows) + len(columns)))

    def root(at: int) -> int:
        while owner[at] != at:
            owner[at] = owner[owner[at]]
            at = owner[at]
        return at

    for r, row in enumerate(rows):
        for c, column in enumerate(columns):
            if (
                row.start - _REACH <= column.at <= row.end + _REACH
                and column.start - _REACH <= row.at <= column.end + _REACH
            ):
                owner[root(r)] = root(len(rows) + c)
    parts: dict[int, _Part] = {}
    for at in range(len(owner)):
        part = parts.setdefault(root(at), ([], []))
        if at < len(rows):
            part[0].append(rows[at])
        else:
            part[1].append(columns[at - len(rows)])
    return [part for part in parts.values() if len(part[0]) > 1 and part[1]]


def _together(lines: Iterable[_Line]) -> list[_Line]:
    return _snapped([(line.at, *stretch) for line in lines for stretch in line.stretches])


class _Grid:
    def __init__(self, rows: list[_Line], columns: list[_Line]) -> None:
        self._rows, self._columns = _together(rows), _together(columns)
        self.ys = self._with_ends([line.at for line in self._rows], self._columns)
        self.xs = self._with_ends([line.at for line in self._columns], self._rows)
        self._level = {line.at: line for line in self._rows}
        self._upright = {line.at: line for line in self._columns}

    @classmethod
    def of(cls, rows: list[_Line], columns: list[_Line]) -> _Grid | None:
        grid = cls(rows, columns)
        count = (len(grid.ys) - 1) * (len(grid.xs) - 1)
        return grid if 1 < count <= _MOST_CELLS else None

    @staticmethod
    def _with_ends(places: list[float], across: list[_Line]) -> list[float]:
        """Where the side of a table is not drawn, it is where the lines across end."""
        first, last = min(line.start for line in across), max(line.end for line in across)
        if first < places[0] - 2 * _REACH:
            places = [first, *places]
        return [*places, last] if last > places[-1] + 2 * _REACH else places

    def holds(self, x: float, y: float) -> bool:
        return self.xs[0] <= x <= self.xs[-1] and self.ys[0] <= y <= self.ys[-1]

    def _regions(self) -> dict[tuple[int, int], Region]:
        """For each field of the grid first and last row and column of the cell it is part of."""
        rows, columns = len(self.ys) - 1, len(self.xs) - 1
        regions: dict[tuple[int, int], Region] = {}
        for r in range(rows):
            for c in range(columns):
                if (r, c) in regions:
                    continue
                right = c
                while right + 1 < columns and (r, right + 1) not in regions and self._is_open(r, right + 1):
                    right += 1
                below = r
                while below + 1 < rows and all(
                    self._is_open_above(below + 1, k) for k in range(c, right + 1)
                ):
                    below += 1
                for y in range(r, below + 1):
                    for x in range(c, right + 1):
                        regions[y, x] = (r, below, c, right)
        return regions

    def _is_open(self, row: int, column: int) -> bool:
        line = self._upright.get(self.xs[column])
        return line is None or not line.covers((self.ys[row] + self.ys[row + 1]) / 2)

    def _is_open_above(self, row: int, column: int) -> bool:
        line = self._level.get(self.ys[row])
        return line is None or not line.covers((self.xs[column] + self.xs[column + 1]) / 2)

    def filled(self, chars: list[Char]) -> Table | None:
        """The table with its text; None where the lines are a frame around prose."""
        regions = self._regions()
        inside: dict[Region, list[Char]] = {}
        for char, x in _with_middles(chars):
            row = min(max(bisect_right(self.ys, char.y - 0.35 * char.height) - 1, 0), len(self.ys) - 2)
            column = min(max(bisect_right(self.xs, x) - 1, 0), len(self.xs) - 2)
            inside.setdefault(regions[row, column], []).append(char)
        if len(set(regions.values())) < 2 or (len(inside) < 2 and len(chars) > _FRAMED):
            return None
        cells = split_rows({region: lines_of(held) for region, held in inside.items()})
        rows = max((cell.row + cell.rows for cell in cells), default=0)
        return Table(self.ys[0], self.ys[-1], self.xs, cells, rows)


def _with_middles(chars: list[Char]) -> list[tuple[Char, float]]:
    """Each character with the x by which its column is found: a number wider than its cell stays whole."""
    found: list[tuple[Char, float]] = []
    run: list[Char] = []
    for char in chars:
        is_part = char.text in _NUMBER
        if run and not (
            is_part and abs(char.y - run[-1].y) < 1 and -1 < char.x0 - run[-1].x1 < 0.3 * char.height
        ):
            middle = (run[0].x0 + run[-1].x1) / 2
            found += [(one, middle) for one in run]
            run = []
        if is_part:
            run.append(char)
        else:
            found.append((char, (char.x0 + char.x1) / 2))
    middle = (run[0].x0 + run[-1].x1) / 2 if run else 0
    return found + [(one, middle) for one in run]
