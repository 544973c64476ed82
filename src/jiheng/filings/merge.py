"""Three-way merge of a form: what it was taken from, what is stored now, what the workbook brings back.

Fields are compared cell by cell under the paths of `sheets.differences`; lines are paired by key, and a line
that one side lacks is one cell. The header is the stored form's and is never merged.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from jiheng.sheets import Amount, Missing, Quantity, Sheet, in_words


class Side(StrEnum):
    """Whose value a cell takes, or that a person must say so."""

    STORED = "stored"
    FILE = "file"
    CONFLICT = "conflict"


class Unchosen(Exception):
    """Conflicts for which no side was chosen; `fields` lists their paths."""

    def __init__(self, cells: list[Cell]) -> None:
        names = "、".join(cell.label for cell in cells[:5])
        super().__init__(f"还有 {len(cells)} 处两边都改过的内容没有选择：{names}。请逐处选择采用哪一边")
        self.fields = [cell.field for cell in cells]


@dataclass(frozen=True, slots=True)
class Cell:
    """A place where file and store differ, in words (None: no such line). `side` is what is taken unless
    chosen otherwise: `file` or `stored` where only that one was changed, `conflict` where both were."""

    field: str
    label: str
    base: str | None
    stored: str | None
    file: str | None
    side: Side


class _Unknown:
    """The base of a cell when nobody knows what the workbook was taken from."""


UNKNOWN = _Unknown()
Decide = Callable[[str, str, Any, Any, Any], Side]


@dataclass(frozen=True)
class Merge:
    """`revision` is the stored form's; None for `base` where the workbook says no known version."""

    base: Sheet | None
    stored: Sheet
    file: Sheet
    revision: int
    cells: tuple[Cell, ...]

    @property
    def clean(self) -> list[Cell]:
        """Changed on one side only."""
        return [cell for cell in self.cells if cell.side is not Side.CONFLICT]

    @property
    def conflicts(self) -> list[Cell]:
        """Changed on both sides, differently."""
        return [cell for cell in self.cells if cell.side is Side.CONFLICT]

    def apply(self, choices: Mapping[str, str]) -> Sheet:
        """The merged sheet: `choices` by field, "stored" or "file"; fields left out take the side that
        changed them. All "stored" gives the stored sheet, all "file" the file's. Raises Unchosen."""
        chosen = {field: Side(side) for field, side in choices.items()}
        defaults = {cell.field: cell.side for cell in self.cells}
        open_cells = [cell for cell in self.cells if chosen.get(cell.field, cell.side) is Side.CONFLICT]
        if open_cells:
            raise Unchosen(open_cells)

        def decide(field: str, *_: Any) -> Side:
            return chosen.get(field, defaults[field])

        return _merged(self.base, self.stored, self.file, decide)


def three_way(base: Sheet | None, stored: Sheet, file: Sheet, revision: int) -> Merge:
    """Every cell in which the file differs from the store. Lines have unique keys. Raises ValueError when the
    sheets are of different forms."""
    if stored.form is not file.form or (base is not None and base.form is not stored.form):
        raise ValueError(f"{stored.form} cannot be merged with {file.form}")
    cells: list[Cell] = []

    def note(field: str, label: str, was: Any, here: Any, there: Any) -> Side:
        before = None if was is UNKNOWN else _words(was)
        cell = Cell(field, label, before, _words(here), _words(there), _side(was, here, there))
        cells.append(cell)
        return Side.STORED if cell.side is Side.CONFLICT else cell.side

    _merged(base, stored, file, note)
    return Merge(base, stored, file, revision, tuple(cells))


def _merged(base: Sheet | None, stored: Sheet, file: Sheet, decide: Decide) -> Sheet:
    start = UNKNOWN if base is None else base
    same_header = dataclasses.replace(file, header=stored.header)
    return _record("", "", start, stored, same_header, decide)  # type: ignore[no-any-return]


def _side(was: Any, here: Any, there: Any) -> Side:
    if was is UNKNOWN:
        if _is_blank(here):
            return Side.FILE
        return Side.STORED if _is_blank(there) else Side.CONFLICT
    if here == was:
        return Side.FILE
    return Side.STORED if there == was else Side.CONFLICT


def _is_blank(value: Any) -> bool:
    return value is None or isinstance(value, Missing) or value in ("", ())


def _record(path: str, label: str, was: Any, here: Any, there: Any, decide: Decide) -> Any:
    taken: dict[str, Any] = {}
    for item in dataclasses.fields(here):
        if item.name == "key" or "label" not in item.metadata or item.name == "header":
            continue
        old = UNKNOWN if was is UNKNOWN else getattr(was, item.name)
        one, other = getattr(here, item.name), getattr(there, item.name)
        if one == other:
            continue
        field = f"{path}.{item.name}" if path else item.name
        words = f"{label} {item.metadata['label']}".strip()
        if any(_is_lines(value) for value in (old, one, other)):
            taken[item.name] = _lines(field, words, old, one, other, decide)
        elif _is_record(one) and _is_record(other):
            taken[item.name] = _record(field, words, old, one, other, decide)
        else:
            taken[item.name] = other if decide(field, words, old, one, other) is Side.FILE else one
    return dataclasses.replace(here, **taken)


def _lines(field: str, label: str, was: Any, here: Any, there: Any, decide: Decide) -> tuple[Any, ...]:
    olds, mine, theirs = ({line.key: line for line in _or_empty(lines)} for lines in (was, here, there))
    kept: dict[str, Any] = {}
    for key in [*mine, *(key for key in theirs if key not in mine)]:
        old = UNKNOWN if was is UNKNOWN else olds.get(key)
        one, other = mine.get(key), theirs.get(key)
        name = f"{label}·{_line_name(one if one is not None else other)}"
        if one is not None and other is not None and old is not None:
            kept[key] = _record(f"{field}[{key}]", name, old, one, other, decide)
            continue
        line = one
        if one != other and decide(f"{field}[{key}]", name, old, one, other) is Side.FILE:
            line = other
        if line is not None:
            kept[key] = line
    order = _order(field, label, list(olds), list(mine), list(theirs), decide)
    return tuple(kept[key] for key in _arranged(order, kept))


def _order(
    field: str, label: str, was: list[str], here: list[str], there: list[str], decide: Decide
) -> tuple[list[str], list[str]]:
    """The leading order of lines, and the other; a cell only where lines that both have were moved."""
    both = set(here) & set(there)
    orders = [tuple(key for key in keys if key in both) for keys in (was, here, there)]
    if orders[1] != orders[2] and decide(f"{field}[]", f"{label} 行次序", *orders) is Side.FILE:
        return there, here
    return here, there


def _arranged(order: tuple[list[str], list[str]], kept: Mapping[str, Any]) -> list[str]:
    """Lines that only the other side has stand behind the line that they stood behind there."""
    leading, other = order
    result = [key for key in leading if key in kept]
    place = 0
    for key in other:
        if key not in kept:
            continue
        if key in result:
            place = result.index(key) + 1
        else:
            result.insert(place, key)
            place += 1
    return result


def _or_empty(lines: Any) -> tuple[Any, ...]:
    return () if lines is UNKNOWN else lines


def _is_lines(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and hasattr(value[0], "key")


def _is_record(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, Amount | Quantity | Missing)


def _line_name(line: Any) -> str:
    inner = getattr(line, "indicator", line)
    return getattr(inner, "name", "") or getattr(inner, "label", "") or str(line.key)


def _words(value: Any) -> str | None:
    if value is None:
        return None
    if _is_record(value):
        return _line_name(value)
    if isinstance(value, tuple) and value and _is_record(value[0]):
        return f"{len(value)} 条"
    return in_words(value)
