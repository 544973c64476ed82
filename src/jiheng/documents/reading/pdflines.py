"""Characters of a page as lines: words as they were written, without the spaces that only fill a line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from jiheng.documents.reading.pdfpage import Char
from jiheng.documents.reading.wording import is_cjk

_SAME_LINE = 0.3  # of a character's height: baselines that near are one
_SMALL = 0.92  # of the line's height: a raised character is a note's mark
_COLUMN_GAP = 1.7  # of a Chinese character's width
_WIDE = {".": "。", ",": "，", ";": "；", ":": "：", "(": "（", ")": "）", "!": "！", "?": "？"}
_RAISED = dict(zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))


@dataclass(slots=True)
class Piece:
    """Text of a line up to a gap as wide as between columns."""

    text: str
    x0: float
    x1: float


@dataclass(slots=True)
class Line:
    pieces: list[Piece]
    y: float  # baseline
    size: float  # width of a Chinese character
    height: float

    @property
    def text(self) -> str:
        """A word set wide, one character here and there, is a word."""
        is_set_wide = all(len(piece.text) == 1 and is_cjk(piece.text) for piece in self.pieces)
        return ("" if is_set_wide else " ").join(piece.text for piece in self.pieces)

    @property
    def x0(self) -> float:
        return self.pieces[0].x0

    @property
    def x1(self) -> float:
        return self.pieces[-1].x1


def lines_of(chars: Iterable[Char]) -> list[Line]:
    """Lines from top to bottom."""
    groups: list[list[Char]] = []
    for char in sorted(chars, key=lambda char: char.y):
        if groups and char.y - groups[-1][-1].y <= _SAME_LINE * min(char.height, groups[-1][-1].height):
            groups[-1].append(char)
        else:
            groups.append([char])
    found = []
    for group in _with_raised(groups):
        line = _line(group)
        if line.pieces:
            found.append(line)
    return found


def _with_raised(groups: list[list[Char]]) -> list[list[Char]]:
    """Small raised characters go to the line below that reaches them, sunk ones to the line above."""
    merged: list[list[Char]] = []
    for group in groups:
        if merged and _belong(merged[-1], group):
            merged[-1] = merged[-1] + group
        else:
            merged.append(group)
    return merged


def _belong(upper: list[Char], lower: list[Char]) -> bool:
    high, low = median(c.height for c in upper), median(c.height for c in lower)
    distance = lower[0].y - upper[-1].y
    big, small = (lower, upper) if low > high else (upper, lower)
    if min(high, low) > _SMALL * max(high, low) or distance > 0.6 * max(high, low):
        return False
    left, right = min(c.x0 for c in big) - high, max(c.x1 for c in big) + high
    return len(small) < len(big) and all(left <= c.x0 <= right for c in small)


def _line(chars: list[Char]) -> Line:
    chars.sort(key=lambda char: char.x0)
    height = median(char.height for char in chars)
    widths = [char.x1 - char.x0 for char in chars if is_cjk(char.text)]
    size = median(widths) if widths else 0.85 * height
    base = median(char.y for char in chars if char.height > _SMALL * height)
    pieces: list[Piece] = []
    last: Char | None = None
    for char, after in zip(chars, [*chars[1:], None], strict=True):
        if last is not None and _is_double(last, char):
            continue
        text = char.text
        if text in _WIDE and char.x1 - char.x0 > 0.9 * size and _is_chinese_sign(text, last, after):
            text = _WIDE[text]  # as wide as a Chinese character, it is the Chinese sign under a wrong name
        if char.height < _SMALL * height and base - char.y > 0.15 * height and last is not None:
            text = _raised(char.text, last.text)
        if last is None or char.x0 - last.x1 > _COLUMN_GAP * size:
            pieces.append(Piece(text, char.x0, char.x1))
        else:
            piece = pieces[-1]
            piece.text += _between(last, char, size) + text
            piece.x1 = max(piece.x1, char.x1)
        last = char
    return Line([piece for piece in pieces if piece.text.strip()], base, size, height)


def _is_double(last: Char, char: Char) -> bool:
    """Drawn twice to look bold."""
    return char.text == last.text and char.x0 - last.x0 < 0.3 * (last.x1 - last.x0)


def _is_chinese_sign(text: str, last: Char | None, after: Char | None) -> bool:
    """Not the point of a number or a list mark, nor a comma among digits."""
    if text == ".":
        return last is not None and is_cjk(last.text) and not last.text.isdigit()
    return not (last and after and last.text.isdigit() and after.text.isdigit())


def _raised(text: str, before: str) -> str:
    """A note's mark is left out; the 2 of m² stays."""
    if text in _RAISED:
        return _RAISED[text] if before.isascii() and before.isalpha() else ""
    return "" if text in "[]［］()（）①②③④⑤⑥⑦⑧⑨*※" else text


def _between(last: Char, char: Char, size: float) -> str:
    """A space where words part; none inside a number or between Chinese characters."""
    gap = char.x0 - last.x1
    a, b = last.text, char.text
    if is_cjk(a) or is_cjk(b) or not (a.isalnum() or b.isalnum()):
        return " " if gap > 1.2 * size else ""
    if a.isdigit() and b.isdigit():
        return " " if gap > 0.4 * size else ""
    if (a.isdigit() or a in ",.") and (b.isdigit() or b in ",.%"):
        return " " if gap > 0.9 * size else ""
    return " " if gap > 0.18 * size else ""
