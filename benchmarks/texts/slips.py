"""The slips of hands: digits swapped, a neighbour's figure copied, units and points moved, words doubled."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from texts.printing import WIDE, commas
from texts.truth import FEN, NARROW, Clause, Figure, Text, Word

OPPOSITES = {
    "增加": "减少",
    "增加了": "减少了",
    "增长": "下降",
    "上升": "下降",
    "增幅": "降幅",
    "增收": "减收",
    "减收": "增收",
    "增支": "减支",
    "减支": "增支",
    "减少": "增加",
    "减少了": "增加了",
    "下降": "增长",
    "降低": "提高",
    "提高": "降低",
    "降幅": "增幅",
}
UNIT_SLIPS = {"元": ("万元",), "万元": ("亿元", "元"), "亿元": ("万元",)}
REQUIRED = ("购置费", "团组", "保有量", "批次")
LEFT_OVER = ("[bookmark: _GoBack]", "XX", "（略）", "（待填）", "****")


def opposite(word: str) -> str:
    return OPPOSITES[word]


def redone(figure: Figure, digits: str) -> Figure:
    """The figure with other digits, in the same dress."""
    number = digits if "," not in figure.number else commas(digits)
    wide = figure.number != figure.number.translate(NARROW)
    return replace(figure, number=number.translate(WIDE) if wide else number)


def number(figure: Figure, rng: random.Random, others: list[Figure]) -> Figure | None:
    """One digit changed, two swapped, one dropped or doubled, or another figure of the same unit copied."""
    digits = figure.digits
    places = [place for place, digit in enumerate(digits) if digit.isdigit()]
    place = rng.choice(places)
    way = rng.choice(("digit", "digit", "swap", "drop", "double", "copy"))
    if way == "copy":
        same = [
            f for f in others if f.unit == figure.unit and f.tail == figure.tail and f.text != figure.text
        ]
        return replace(figure, number=rng.choice(same).number) if same else None
    if way == "digit":
        digits = digits[:place] + rng.choice("0123456789") + digits[place + 1 :]
    elif way == "swap":
        pairs = [(a, b) for a, b in pairwise(places) if digits[a] != digits[b]]
        if not pairs:
            return None
        a, b = rng.choice(pairs)
        digits = digits[:a] + digits[b] + digits[a + 1 : b] + digits[a] + digits[b + 1 :]
    elif way == "drop":
        digits = digits[:place] + digits[place + 1 :]
    else:
        digits = digits[:place] + digits[place] + digits[place:]
    return redone(figure, digits) if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", digits) else None


def unit(figure: Figure, rng: random.Random) -> Figure | None:
    """万元 for 亿元 and the like, or the point moved one or two places."""
    if figure.tail and rng.random() < 0.55:
        name = rng.choice(UNIT_SLIPS[figure.unit])
        return replace(figure, unit=name, scale=FEN[name], tail=name, certain=name == "元")
    whole, point, rest = figure.digits.partition(".")
    if not point or whole.startswith("-"):
        return None
    move = rng.choice((-1, 1))
    row, at = whole + rest, len(whole) + move
    if not 0 < at < len(row):
        return None
    moved = f"{int(row[:at])}.{row[at:]}"
    return redone(figure, moved)


# form: each gives (start, old, new) in the clean text, or nothing


def _dropped(text: Text, rng: random.Random) -> tuple[int, str, str] | None:
    clauses = [piece for piece in text.spans if isinstance(piece, Clause) and piece.role in REQUIRED]
    if not clauses:
        return None
    start, end = text.spans[rng.choice(clauses)]
    return start, text.text[start:end], ""


def _left_over(text: Text, rng: random.Random) -> tuple[int, str, str]:
    ends = [match.end() for match in re.finditer("[，。；]", text.text)]
    return rng.choice(ends), "", rng.choice(LEFT_OVER)


def _unchosen(text: Text, rng: random.Random) -> tuple[int, str, str] | None:
    """“下降（增长）”: the template's other word left standing."""
    words = [piece for piece in text.spans if isinstance(piece, Word)]
    if not words:
        return None
    word = rng.choice(words)
    start, _ = text.spans[word]
    return start, word.text, f"{word.text}（{opposite(word.text)}）"


def _doubled(text: Text, rng: random.Random) -> tuple[int, str, str] | None:
    words = [
        piece
        for piece in text.spans
        if isinstance(piece, Word) and piece.text in ("增加", "减少", "增长", "下降")
    ]
    if not words:
        return None
    word = rng.choice(words)
    start, _ = text.spans[word]
    return start, word.text, word.text * 2


def _no_sign(text: Text, rng: random.Random) -> tuple[int, str, str] | None:
    rates = [piece for piece in text.spans if isinstance(piece, Figure) and piece.tail == "%"]
    if not rates:
        return None
    _, end = text.spans[rng.choice(rates)]
    return end - 1, "%", ""


def _no_annex(text: Text, rng: random.Random) -> tuple[int, str, str] | None:
    """An annex is referred to that isn't there."""
    if "附件" in text.text:
        return None
    ends = [match.start() for match in re.finditer("。", text.text)]
    return (rng.choice(ends), "", f"（详见附件{rng.choice(('', '1', '2', '3'))}）") if ends else None


FORM: dict[str, Callable[[Text, random.Random], tuple[int, str, str] | None]] = {
    "missing part": _dropped,
    "residue": _left_over,
    "unchosen word": _unchosen,
    "doubled word": _doubled,
    "no percent sign": _no_sign,
    "no annex": _no_annex,
}
