"""What stands on a page of a PDF: characters with their places, and the ruling lines of tables."""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

from jiheng.documents.reading.limits import ReadingLimits

THIN = 2.6  # points: a filled shape no thicker is a line
_FORMS_DEEP = 4
_SEGMENTS = 20_000  # of one path
_TURN = math.pi / 2
_FAR = 100_000  # points: farther out there is no page


class Char(NamedTuple):
    """A character; lengths in points, `y` its baseline, downwards."""

    text: str
    x0: float
    x1: float
    y: float
    height: float


class Rule(NamedTuple):
    """A ruling line from (x0, y0) to (x1, y1), level or upright, y downwards."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(slots=True)
class Page:
    chars: list[Char] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    has_pictures: bool = False
    drawn: int = 0  # objects of any kind
    turned: int = 0  # characters that run another way than the page, and are left out
    is_too_large: bool = False


def page_of(raw_page: Any, limits: ReadingLimits) -> Page:
    """The page turned so that most of its text is level."""
    page = Page()
    text = pdfium.FPDFText_LoadPage(raw_page)
    if not text:
        return page
    try:
        count = pdfium.FPDFText_CountChars(text)
        if count > limits.page_characters:
            page.is_too_large = True
            return page
        turn = _most_common_turn(text, count)
        page.chars, page.turned = _characters(text, count, turn)
    finally:
        pdfium.FPDFText_ClosePage(text)
    objects = pdfium.FPDFPage_CountObjects(raw_page)
    page.drawn = objects
    if objects > limits.page_objects:
        page.is_too_large = True
        return page
    for item in _objects(raw_page, pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject):
        _take(item, page, _IDENTITY, 0)
    page.rules = [_turned_rule(rule, turn) for rule in page.rules]
    return page


def _most_common_turn(text: Any, count: int) -> int:
    """Quarter turns of the running text, from a sample of its characters."""
    step = max(count // 200, 1)
    turns = Counter(
        round(pdfium.FPDFText_GetCharAngle(text, at) / _TURN) % 4
        for at in range(0, count, step)
        if pdfium.FPDFText_GetUnicode(text, at) > 32
    )
    return turns.most_common(1)[0][0] if turns else 0


def _characters(text: Any, count: int, turn: int) -> tuple[list[Char], int]:
    chars: list[Char] = []
    turned = 0
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    code_of, box_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    origin_of, angle_of = pdfium.FPDFText_GetCharOrigin, pdfium.FPDFText_GetCharAngle
    for at in range(count):
        code = code_of(text, at)
        if code <= 32 or code in _BLANK:
            continue
        if not box_of(text, at, box) or not origin_of(text, at, x, y):
            continue
        if round(angle_of(text, at) / _TURN) % 4 != turn:
            turned += 1
            continue
        left, top, right, bottom, base = box.left, -box.top, box.right, -box.bottom, -y.value
        if turn:
            left, top, right, bottom = _turned(left, top, right, bottom, turn)
            base = _turned(x.value, base, x.value, base, turn)[1]
        if not (0 < bottom - top < _FAR and abs(base) < _FAR and abs(left) < _FAR and abs(right) < _FAR):
            continue  # a broken file may say anything, NaN too
        if 0xD800 <= code < 0xDC00 and at + 1 < count:  # PDFium counts UTF-16 units
            code = 0x10000 + ((code & 0x3FF) << 10) + (code_of(text, at + 1) & 0x3FF)
        elif 0xDC00 <= code < 0xE000:
            continue
        chars.append(Char(_character(code), left, right, base, bottom - top))
    return chars, turned


_BLANK = frozenset([0xA0, 0xAD, 0x3000, 0x200B, 0xFEFF, 0xFFFE, *range(0x2000, 0x200B)])


_DECIMAL_POINT = 0x1001B0  # Founder's fonts have theirs there, outside Unicode


def _character(code: int) -> str:
    if code == _DECIMAL_POINT:
        return "．"
    if 0x2E80 <= code < 0x2FE0 or 0xF900 <= code < 0xFB00:  # radicals and doubles that fonts name for words
        return unicodedata.normalize("NFKC", chr(code))
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def _turned(x0: float, y0: float, x1: float, y1: float, turn: int) -> tuple[float, float, float, float]:
    """A box whose text runs `turn` quarters against the clock, laid level (y downwards)."""
    if turn == 1:
        return -max(y0, y1), min(x0, x1), -min(y0, y1), max(x0, x1)
    if turn == 2:
        return -x1, -y1, -x0, -y0
    if turn == 3:
        return min(y0, y1), -max(x0, x1), max(y0, y1), -min(x0, x1)
    return x0, y0, x1, y1


def _turned_rule(rule: Rule, turn: int) -> Rule:
    return Rule(*_turned(*rule, turn)) if turn else rule


_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: _Matrix = (1, 0, 0, 1, 0, 0)


def _objects(owner: Any, count: Any, get: Any) -> Iterator[Any]:
    for at in range(max(count(owner), 0)):
        if item := get(owner, at):
            yield item


def _take(item: Any, page: Page, outer: _Matrix, depth: int) -> None:
    kind = pdfium.FPDFPageObj_GetType(item)
    if kind == pdfium.FPDF_PAGEOBJ_PATH:
        page.rules += _rules_of(item, outer)
    elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
        page.has_pictures = True
    elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _FORMS_DEEP:
        inner = _multiplied(_matrix(item), outer)
        for child in _objects(item, pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject):
            _take(child, page, inner, depth + 1)


def _matrix(item: Any) -> _Matrix:
    found = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, found):
        return _IDENTITY
    return found.a, found.b, found.c, found.d, found.e, found.f


def _multiplied(m: _Matrix, n: _Matrix) -> _Matrix:
    a, b, c, d, e, f = m
    p, q, r, s, t, u = n
    return (
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    )


def _rules_of(path: Any, outer: _Matrix) -> list[Rule]:
    """The level and upright lines of a path: thin shapes, and the edges of what is stroked."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(path, fill, stroke)
    if not (fill.value or stroke.value):
        return []
    found: list[Rule] = []
    matrix = _multiplied(_matrix(path), outer)
    for points in _subpaths(path, matrix):
        xs, ys = [x for x, _ in points], [-y for _, y in points]
        box = Rule(min(xs), min(ys), max(xs), max(ys))
        if not all(abs(end) < _FAR for end in box):
            continue
        if box.x1 - box.x0 <= THIN or box.y1 - box.y0 <= THIN:
            found.append(box)
        elif stroke.value:
            found += _edges(list(zip(xs, ys, strict=True)))
    return found


def _edges(points: list[tuple[float, float]]) -> Iterator[Rule]:
    for (x0, y0), (x1, y1) in pairwise(points):
        if abs(x0 - x1) <= 1 or abs(y0 - y1) <= 1:
            yield Rule(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _subpaths(path: Any, matrix: _Matrix) -> Iterator[list[tuple[float, float]]]:
    a, b, c, d, e, f = matrix
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    for at in range(min(pdfium.FPDFPath_CountSegments(path), _SEGMENTS)):
        segment = pdfium.FPDFPath_GetPathSegment(path, at)
        if not pdfium.FPDFPathSegment_GetPoint(segment, x, y):
            continue
        if pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_MOVETO and points:
            yield points
            points = []
        points.append((a * x.value + c * y.value + e, b * x.value + d * y.value + f))
        if pdfium.FPDFPathSegment_GetClose(segment):
            points.append(points[0])
    if len(points) > 1:
        yield points
