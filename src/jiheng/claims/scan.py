"""Finding the figures of a text: what is one, its unit and printed precision, and what only looks like one.

Years, dates, document numbers, list marks and page numbers are passed over; full-width digits and points are
read where they stand, so that every offset is one of the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum

from jiheng.claims.report import Operand
from jiheng.figures import FigureError, parse

_FLAT = tuple(zip("０１２３４５６７８９．％－−–﹣＋（）［］：；", "0123456789.%----+()[]:;", strict=True))
# the sign stands first in these patterns, what is before it is looked at after: so most of a text is skipped
_WIDE_COMMA = re.compile("，(?<=[０-９]，)(?=[０-９]{3})")
_PAGE_NUMBER = re.compile(r"\n[ \t\u3000]*[-—–]{1,2}[ \t]*\d{1,4}[ \t]*[-—–]{1,2}[ \t]*(?=\n)")
_LOST_POINT = re.compile("[。\ufffd](?<=[0-9].)(?=[0-9]{1,2}(?![0-9]))")
_ZERO, ONE = Decimal(0), Decimal(1)
_HALF = Decimal("0.5")


class Measure(StrEnum):
    """What a figure counts."""

    MONEY = "money"
    PERCENT = "percent"
    POINTS = "points"  # 个百分点
    TIMES = "times"  # 倍
    COUNT = "count"


class Figure:
    """A figure where it stands: `value` and `half` (of its last printed digit) in base units."""

    __slots__ = (
        "_operand",
        "approximate",
        "base",
        "end",
        "half",
        "measure",
        "start",
        "text",
        "unit",
        "value",
    )

    def __init__(
        self, text: str, start: int, end: int, reading: tuple[Decimal, Decimal, str, str, Measure]
    ) -> None:
        self.text, self.start, self.end = text, start, end
        self.value, self.half, self.unit, self.base, self.measure = reading
        self.approximate = ""  # 约, 超, 近 … : the words that make it a bound
        self._operand: Operand | None = None

    def operand(self) -> Operand:
        """The record of it, one for all relations that it stands in."""
        if self._operand is None:
            self._operand = Operand(self.text, self.value, self.unit, self.start, self.end, self.half)
        return self._operand

    def borrow(self, other: Figure) -> None:
        """Take the unit of the figure it is listed with."""
        prefix = _UNIT.match(other.unit) if other.measure in (Measure.MONEY, Measure.COUNT) else None
        scale = _SCALES[prefix[1] or ""] if prefix else ONE
        self.unit, self.base, self.measure = other.unit, other.base, other.measure
        self.value, self.half = self.value * scale, (self.half or _HALF) * scale
        if other.unit == "元" or (other.measure is Measure.COUNT and scale == 1 and not other.half):
            self.half = _ZERO
        self._operand = None

    def __repr__(self) -> str:
        return f"Figure({self.text}@{self.start})"


_COUNTERS = (
    "人次|批次|人|户次|户|亩|公里|千米|平方公里|平方米|立方米|公顷|千公顷|米|家次|家|所|台套|台|套|辆|批|件|项|座|处|吨|公斤|斤|"
    "个团组|个团|个|次|场|名|位|条|期|张|只|头|株|盏|间|部|艘|架|枚|例|起|宗|笔|份|篇|册|床|标准箱|千瓦时|千瓦|度|"
    "枚|根|幅|眼|对|支|队|村|镇|乡|县|市|区|天|小时|分钟|分"
)
_NUM = r"(?:\d{1,3}(?:, ?\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)"
_SCALE = r"万亿|千亿|百亿|十亿|亿|千万|百万|十万|万|千|百"
_TOKEN = re.compile(
    r"(?P<skip>\([一二三四五六七八九十\d]{1,3}\)|(?:(?<=[\n。;；：:\s])|^)\d{1,2}\s?[.、](?=\s?[\u4e00-\u9fff“])|〔\s?(?:19|20)\d\d\s?〕\s?\d*\s?号?|[\[(](?:19|20)\d\d[\])]\s?\d+\s?号|《[^》\n]{0,80}》"
    r"|(?:19|20)\d\d\s?[-—~至到]{1,2}\s?(?:19|20)?\d\d\s?年?度?"
    r"|(?:(?:19|20)\d\d|[二两]?[〇○零一二三四五六七八九]{4})\s?(?:年|[./]\s?\d{1,2}[./]\s?\d{1,2})(?:度|末|初|底|\s?\d{1,2}\s?月(?:末|底|份|\s?\d{1,2}\s?日)?)?"
    r"|\d{1,2}\s?[-—~至到]{1,2}\s?\d{1,2}\s?月(?:份|末|底)?|\d{1,2}\s?月(?:份|末|底)?(?:\s?\d{1,2}\s?日)?|\d{1,2}\s?日"
    r"|第\s?\d+[条届次期号名位批]?|\d+\s?年(?:期|内|来|以上|以内)?|\d+\s?[号届]|“[^”\n]{0,3}\d+(?:[+·]\d+)+[^”\n]{0,12}”|\d+(?:\+\d+)+"
    r"|(?<![\d.])\d+(?:\.\d+){2,}|(?<![A-Za-z])(?!GDP)[A-Za-z][A-Za-z0-9_]{0,30}[-+]?\d[A-Za-z0-9_-]{0,40}(?:\.\d+)?|\d{1,20}[A-Za-z]{1,20}\d{0,20})"
    r"|(?P<sign>(?:(?<=[长速率幅为达是减增降比加少升涨低])|(?<![\w%)]))-)?(?P<num>"
    + _NUM
    + r")\s{0,2}(?P<more>多|余|几)?\s{0,2}"
    r"(?:(?P<money>(?:"
    + _SCALE
    + r")?(?P<more2>多|余)?元(?![/／每]|旦)|亿(?=[。，,;、)和\s]|$)|亿元?(?=左右|以上|以内))"
    r"|(?P<percent>%|个?百分点|‰)|(?P<times>倍)"
    r"|(?P<count>(?:(?:万|亿|千|百)(?P<more3>多|余)?)?(?:元/(?:平方米|立方米|平方公里|公里|人次|人|户|亩|吨|年|月|天|日|生|座|个|件|次|度|千瓦时|公斤|斤|家)(?:·[年月天])?|"
    + _COUNTERS
    + r"))"
    r"|(?P<bare>(?:万|亿)?))"
    r"|(?P<han>百分之[零〇一二两三四五六七八九十百]{1,8}(?:点[零〇一二三四五六七八九]{1,8})?"
    r"|[一二两三四五六七八九][零一二两三四五六七八九十百千]{0,8}[十百千万亿][零一二两三四五六七八九十百千万亿]{0,12}元)"
)
# what makes a figure a bound and no value
_BEFORE = re.compile(
    r"(超过|超出|超|突破|近|约|大约|不低于|不少于|不超过|不高于|至少|最多|高于|低于|逾|将近|接近|达到近|上限|以上)(?:达|达到|为)?\s?$"
)
_AFTER = re.compile(r"\s?(左右|以上|以下|以内|上下|多|余)")
_SCALES = {
    "": Decimal(1),
    "百": Decimal(10) ** 2,
    "千": Decimal(10) ** 3,
    "万": Decimal(10) ** 4,
    "十万": Decimal(10) ** 5,
    "百万": Decimal(10) ** 6,
    "千万": Decimal(10) ** 7,
    "亿": Decimal(10) ** 8,
    "十亿": Decimal(10) ** 9,
    "百亿": Decimal(10) ** 10,
    "千亿": Decimal(10) ** 11,
    "万亿": Decimal(10) ** 12,
}
_UNIT = re.compile(r"(万亿|千亿|百亿|十亿|亿|千万|百万|十万|万|千|百)?(.*)")


def flat(text: str) -> str:
    """The text with full-width digits, points and brackets made plain; character for character as long."""
    if _WIDE_COMMA.search(text):
        text = _WIDE_COMMA.sub(",", text)
    if "\n" in text:
        text = _PAGE_NUMBER.sub(lambda match: " " * len(match[0]), text)
    for wide, plain in _FLAT:
        text = text.replace(wide, plain)
    # 2。3% is a slip of the typist, and a point that a font lost is still one
    return _LOST_POINT.sub(".", text)


def figures(text: str, start: int = 0, end: int | None = None) -> Iterator[Figure]:
    """The figures of a flat text from `start` to `end`, in order."""
    at, end = start, len(text) if end is None else end
    # most characters begin no figure: a look for those that may is cheaper than the whole pattern everywhere
    while begins := _BEGINS.search(text, at, end):
        if simple := _SIMPLE.match(text, begins.start(), end):
            at = simple.end()
            yield _from_simple(simple, text, start)
            continue
        match = _TOKEN.match(text, begins.start(), end)
        if match is None:
            at = begins.end()
            continue
        at = match.end()
        if match.lastgroup == "skip":
            continue
        figure = _from_han(match) if match["han"] else _from_digits(match)
        if figure is not None:
            figure.approximate = _bound(text, figure, start) or _more(match)
            yield figure


_BEGINS = re.compile("[0-9(\\[〔《“第〇○零一二两三四五六七八九百A-Za-z-]")


# what most figures look like, and nothing else begins like: found before the whole pattern is tried
_SIMPLE = re.compile(r"(\d+(?:\.\d+)?)(?:(亿元|万元)(?![/／每旦])|%)")


def _from_simple(match: re.Match[str], text: str, start: int) -> Figure:
    digits, unit = match.groups()
    value = Decimal(digits)
    half = _half(digits)
    if unit:
        scale = _SCALES[unit[0]]
        reading = (value * scale, half * scale, unit, "元", Measure.MONEY)
    else:
        reading = (value, half, "%", "%", Measure.PERCENT)
    figure = Figure(match[0], match.start(), match.end(), reading)
    figure.approximate = _bound(text, figure, start)
    return figure


def _bound(text: str, figure: Figure, start: int) -> str:
    """The words that make a figure a bound: 超, 近, 约, 以上; empty for a value."""
    if before := _BEFORE.search(text, max(start, figure.start - 6), figure.start):
        return before[1]
    after = _AFTER.match(text, figure.end)
    return after[1] if after else ""


def _more(match: re.Match[str]) -> str:
    return "余" if match["more"] or match["more2"] or match["more3"] else ""


def _from_digits(match: re.Match[str]) -> Figure | None:
    digits = match["num"]
    if match["bare"] is not None and not match["bare"] and len(digits) > 18:
        return None
    plain = digits.replace(",", "").replace(" ", "")
    value = Decimal(plain)
    if match["sign"]:
        value = -value
    half = _half(plain)
    start, end = match.start("num"), match.end()
    if match["sign"]:
        start = match.start("sign")
    text = match.string[start:end]
    if match["money"]:
        unit = match["money"].replace("多", "").replace("余", "")
        unit = "亿元" if unit == "亿" else unit
        scale = _SCALES[unit[:-1]]
        return Figure(
            text,
            start,
            end,
            (value * scale, _ZERO if unit == "元" else half * scale, unit, "元", Measure.MONEY),
        )
    if match["percent"]:
        points = match["percent"].endswith("点")
        if match["percent"] == "‰":
            return Figure(text, start, end, (value, half, "‰", "‰", Measure.COUNT))
        return Figure(
            text,
            start,
            end,
            (value, half, "个百分点" if points else "%", "%", Measure.POINTS if points else Measure.PERCENT),
        )
    if match["times"]:
        return Figure(text, start, end, (value, half, "倍", "倍", Measure.TIMES))
    unit = (match["count"] or match["bare"] or "").replace("多", "").replace("余", "")
    prefix, base = _UNIT.match(unit).groups()  # type: ignore[union-attr]
    if base.startswith("元/"):
        return Figure(
            text,
            start,
            end,
            (value * _SCALES[prefix or ""], half * _SCALES[prefix or ""], unit, base, Measure.COUNT),
        )
    scale = _SCALES[prefix or ""]
    exact = not prefix and "." not in plain
    return Figure(
        text, start, end, (value * scale, _ZERO if exact else half * scale, unit, base, Measure.COUNT)
    )


def _half(digits: str) -> Decimal:
    """Half of the last printed digit."""
    point = digits.find(".")
    return _HALF.scaleb(point + 1 - len(digits)) if point >= 0 else _HALF


def _from_han(match: re.Match[str]) -> Figure | None:
    text = match["han"]
    start, end = match.span("han")
    try:
        number = parse("一百" if text == "百分之百" else text.removeprefix("百分之"))
    except FigureError:
        return None  # 两三百万元: no number anybody could check
    if text.startswith("百分之"):
        return Figure(text, start, end, (number.value, number.step / 2, "%", "%", Measure.PERCENT))
    half = _ZERO if number.unit == "元" else number.step * number.scale / 2
    return Figure(text, start, end, (number.value * number.scale, half, number.unit, "元", Measure.MONEY))
