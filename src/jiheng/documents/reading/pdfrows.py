"""Rows of a table that no ruling line parts: found by the figures that stand one under another."""

from __future__ import annotations

import re
from itertools import pairwise
from statistics import median

from jiheng.documents.reading.building import GridCell
from jiheng.documents.reading.pdflines import Line
from jiheng.documents.reading.wording import glue

Region = tuple[int, int, int, int]  # first and last row, first and last column
_FIGURE = re.compile(r"[-—－+]?\s*[\d０-９][\d０-９,，.．\s]*[\d０-９]?\s*[%％]?|[-—－–/]+")
_SAME = 0.45  # of a line's height: baselines that near are one row
_APART = 0.8  # of the distance of lines: a label farther from every figure is a row of its own


def split_rows(regions: dict[Region, list[Line]]) -> list[GridCell]:
    """The cells of a table; a row of fields that hold several rows of figures is as many rows."""
    fields: dict[int, list[list[Line]]] = {}
    for (first, last, _, _), lines in regions.items():
        if first == last:
            fields.setdefault(first, []).append(lines)
    tops = {row: _baselines(held) for row, held in fields.items()}
    moved, extra = {}, 0
    for row in range(max((last for _, last, _, _ in regions), default=0) + 2):
        moved[row] = row + extra
        extra += max(len(tops.get(row, ())) - 1, 0)
    cells: list[GridCell] = []
    for (first, last, left, right), lines in regions.items():
        width = right - left + 1
        bases = tops.get(first, []) if first == last else []
        if len(bases) < 2:
            height = moved[last + 1] - moved[first]
            cells.append(GridCell(moved[first], left, _text(lines), height, width))
            continue
        rows: dict[int, list[Line]] = {}
        for line in lines:
            nearest = min(range(len(bases)), key=lambda at: abs(bases[at] - line.y))
            rows.setdefault(nearest, []).append(line)
        cells += [GridCell(moved[first] + at, left, _text(held), 1, width) for at, held in rows.items()]
    return sorted(cells)


def _baselines(fields: list[list[Line]]) -> list[float]:
    """Where the rows within a row of fields stand; none or one where it is one row."""
    columns = [lines for lines in fields if len(lines) > 1 and _are_figures(lines)]
    if not columns:
        return []
    height = median(line.height for lines in columns for line in lines)
    bases = _clustered([line.y for lines in columns for line in lines], _SAME * height)
    shared = [
        base
        for base in bases
        if sum(any(abs(line.y - base) <= _SAME * height for line in lines) for lines in fields) > 1
    ]
    if len(shared) < 2:
        return []
    labels = [line.y for lines in fields if lines not in columns for line in lines]
    pitch = _pitch(fields)
    lonely = [y for y in labels if min(abs(y - base) for base in bases) > _APART * pitch]
    return _clustered([*bases, *lonely], _SAME * height)


def _are_figures(lines: list[Line]) -> bool:
    texts = [line.text.strip() for line in lines]
    figures = sum(bool(_FIGURE.fullmatch(text)) and text[-1] not in ",，.．" for text in texts)
    return figures * 10 >= len(texts) * 7


def _pitch(fields: list[list[Line]]) -> float:
    """The distance of neighbouring lines in the fields, the small ones' median."""
    steps = [b.y - a.y for lines in fields for a, b in pairwise(lines)]
    steps.sort()
    return median(steps[: len(steps) // 2 + 1]) if steps else 0


def _clustered(places: list[float], width: float) -> list[float]:
    groups: list[list[float]] = []
    for place in sorted(places):
        if groups and place - groups[-1][0] <= width:
            groups[-1].append(place)
        else:
            groups.append([place])
    return [median(group) for group in groups]


def _text(lines: list[Line]) -> str:
    text = ""
    for line in lines:
        text += glue(text, line.text) + line.text
    return text.strip()
