"""The numbers that Word counts itself (一、 （一） 1.): in the file they stand as rules, not as text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HAN = "零一二三四五六七八九"
_CHINESE = re.compile(
    r"(?:chinese|taiwanese|japanese)Counting(?:Thousand)?|chineseLegalSimplified|ideographDigital"
)
_PLACE = re.compile(r"%([1-9])")
_MOST = 10_000  # a count beyond is no list


def value_of(element: etree._Element | None, otherwise: str = "") -> str:
    return otherwise if element is None else element.get(W + "val") or otherwise


class Numbering:
    """Counts the numbered paragraphs of a document in their order."""

    def __init__(self, numbering: etree._Element | None, styles: etree._Element | None) -> None:
        self._levels: dict[str, dict[str, tuple[str, str, int]]] = {}  # list → level → format, text, start
        self._list_of: dict[str, str] = {}  # what paragraphs name → its list
        self._counts: dict[tuple[str, str], int] = {}
        self._of_style: dict[str, tuple[str, str]] = {}
        for item in _all(numbering, "abstractNum"):
            self._levels[item.get(W + "abstractNumId", "")] = {
                level.get(W + "ilvl", "0"): (
                    value_of(level.find(W + "numFmt"), "decimal"),
                    value_of(level.find(W + "lvlText")),
                    _count(value_of(level.find(W + "start"), "1")),
                )
                for level in item.iterchildren(W + "lvl")
            }
        for item in _all(numbering, "num"):
            self._list_of[item.get(W + "numId", "")] = value_of(item.find(W + "abstractNumId"))
        for style in _all(styles, "style"):
            properties = style.find(f"{W}pPr/{W}numPr")
            if properties is not None:
                self._of_style[style.get(W + "styleId", "")] = _named(properties)

    def mark(self, paragraph: etree._Element, style: str) -> str:
        """What stands before the paragraph's text: “一、”; empty for most. Counts it."""
        properties = paragraph.find(f"{W}pPr/{W}numPr")
        number, level = _named(properties) if properties is not None else self._of_style.get(style, ("", ""))
        levels = self._levels.get(self._list_of.get(number, ""), {})
        if level not in levels:
            return ""
        owner = self._list_of[number]
        self._counts[owner, level] = self._counts.get((owner, level), levels[level][2] - 1) + 1
        for deeper in levels:
            if deeper > level:
                self._counts.pop((owner, deeper), None)

        def counted(found: re.Match[str]) -> str:
            at = str(int(found[1]) - 1)
            kind, _, start = levels.get(at, ("decimal", "", 1))
            return _written(self._counts.get((owner, at), start), kind)

        kind, text, _ = levels[level]
        return "" if kind in ("bullet", "none") else _PLACE.sub(counted, text)


def _all(root: etree._Element | None, name: str) -> Iterator[etree._Element]:
    return iter(()) if root is None else root.iterchildren(W + name)


def _named(properties: etree._Element) -> tuple[str, str]:
    """List and level that a paragraph or a style names."""
    return value_of(properties.find(W + "numId")), value_of(properties.find(W + "ilvl"), "0")


def _count(text: str) -> int:
    return min(int(text), _MOST) if text.isascii() and text.isdigit() else 1


def _written(number: int, kind: str) -> str:
    if _CHINESE.fullmatch(kind):
        return _in_chinese(number)
    if kind.startswith("decimalEnclosedCircle") and 0 < number <= 20:
        return chr(0x2460 + number - 1)
    if kind in ("lowerLetter", "upperLetter") and 0 < number <= 26:
        return chr((97 if kind == "lowerLetter" else 65) + number - 1)
    if kind in ("lowerRoman", "upperRoman"):
        roman = _roman(number)
        return roman.lower() if kind == "lowerRoman" else roman
    return str(number)


def _in_chinese(number: int) -> str:
    if number >= 100:
        return "".join(_HAN[int(digit)] for digit in str(number))
    tens, ones = divmod(number, 10)
    if not tens:
        return _HAN[ones]
    return (_HAN[tens] if tens > 1 else "") + "十" + (_HAN[ones] if ones else "")


def _roman(number: int) -> str:
    text = ""
    for value, sign in ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        while number >= value and len(text) < 40:
            text, number = text + sign, number - value
    return text
