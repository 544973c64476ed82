"""Reading figures as officials type and print them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from jiheng.sheets import WAN, Amount, Operator, Quantity, plain

FEN_IN_WAN = Decimal("0.000001")
# Beyond this an amount no longer fits a 64-bit count of 分, and no county has it.
LARGEST_WAN = Decimal(10) ** 10
LONGEST = 60
SCALES = {"千": Decimal(1_000), "万": WAN, "百万": WAN * 100, "千万": WAN * 1000, "亿": WAN * WAN}

_NUMBER = re.compile(r"^([+-]?)(\d[\d, ]*(?:\.\d*)?|\.\d+)\s*([%‰°A-Za-z\u4e00-\u9fff].*)?$")
_GROUPED = re.compile(r"^\d{1,3}(?:(?:, *| )\d{3})+(?:\.\d*)?$")
_VAGUE = re.compile(r"^(多|余|左右|以上|以下|以内|上下|来[个人万]|几)|(左右|以上|以下|以内|上下)$")
_CHINESE = re.compile(r"^(负?)([零〇一二两三四五六七八九十百千万亿]+)(?:点([零〇一二三四五六七八九]+))?(.*)$")
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟萬億貳參陸兩圆", "一二三四五六七八九十百千万亿二三六两元")
_MINUS = str.maketrans("−–—﹣", "----")
_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_OPERATORS = (
    (Operator.AT_LEAST, ("≥", "≧", ">=", "=>", "⩾", "大于等于", "不低于", "不少于", "不小于", "达到")),
    (Operator.AT_MOST, ("≤", "≦", "<=", "=<", "⩽", "小于等于", "不高于", "不超过", "不大于", "不多于")),
    (Operator.MORE_THAN, (">", "大于", "高于", "超过")),
    (Operator.LESS_THAN, ("<", "小于", "低于")),
    (Operator.EQUAL, ("=", "等于")),
)


class FigureError(ValueError):
    """Text that is not the figure it should be; the message is Chinese and says what to write."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as printed: `value` and `step` (its last printed digit; 0 if exact) in `unit`."""

    value: Decimal
    unit: str
    step: Decimal
    typed: str

    @property
    def base_unit(self) -> str:
        """The unit without its 千/万/亿: 亿元 → 元, 万人 → 人, 万元/亩 → 元/亩."""
        return split_unit(self.unit)[1]

    @property
    def scale(self) -> Decimal:
        """How many base units one unit is: 万元 → 10000."""
        return split_unit(self.unit)[0]


@dataclass(frozen=True, slots=True)
class Target:
    """An indicator value as one cell holds it: “≥4754人”."""

    operator: Operator
    quantity: Quantity
    unit: str


def split_unit(unit: str) -> tuple[Decimal, str]:
    """A unit as (scale, base unit). 千 counts only before 元: 千米 and 千瓦 are units of their own."""
    for prefix in ("百万", "千万", "万", "亿"):
        if unit.startswith(prefix):
            return SCALES[prefix], unit.removeprefix(prefix)
    if unit.startswith("千元"):
        return SCALES["千"], unit.removeprefix("千")
    return Decimal(1), unit


def parse(text: str) -> Figure:
    """The one figure in a text, with unit and printed precision. Raises FigureError for anything else."""
    clean = _cleaned(text)
    if not clean:
        raise FigureError("没有填写数字")
    if len(clean) > LONGEST:
        raise FigureError(f"“{clean[:20]}…”太长，不是一个数字，请只写一个确定的数，如 1234.56")
    currency = clean.startswith(("¥", "人民币"))
    clean = clean.removeprefix("人民币").removeprefix("¥").strip()
    bracketed = re.fullmatch(r"\((.+?)\)(.*)", clean)
    if bracketed and not bracketed[1].startswith("-"):
        clean = "-" + bracketed[1].strip() + bracketed[2]
    if re.fullmatch(r"[+-]?[\d.]+[eE][+-]?\d+", clean):
        raise FigureError(f"“{text}”是科学计数法，可能已丢失位数，请把单元格改为数值格式后写出全部数字")
    found = _arabic(clean, text) or _from_chinese(clean)
    if found is None:
        raise FigureError(f"“{text}”不是数字，请只写一个确定的数，如 1234.56")
    value, step, unit = found
    if _VAGUE.search(unit):
        raise FigureError(f"“{text}”不是确定的数，请写出确切数字")
    if currency:
        unit = unit if unit.endswith("元") else unit + "元"
    return Figure(value, unit, step, text.strip())


def amount_in_wan(text: str) -> Amount:
    """Money typed in a column whose unit is 万元. Raises FigureError, saying what to write instead.

    The typed digits are kept (13.40 stays 13.40); nothing finer than 分 is taken.
    """
    figure = parse(text)
    if figure.unit:
        _refuse_unit(figure, text)
    if abs(figure.value) >= LARGEST_WAN:
        raise FigureError(f"“{text.strip()}”万元过大，请核对是否把元填进了万元列")
    if figure.value % FEN_IN_WAN:
        raise FigureError(f"“{text.strip()}”精确到了分以下：以万元为单位时小数最多 6 位（到分），请核对")
    return Amount.wan(format(figure.value, "f"))


def quantity(text: str, unit: str = "") -> Quantity:
    """A plain number; the cell may repeat the line's own `unit`. Raises FigureError."""
    figure = parse(text)
    if figure.unit and figure.unit != unit:
        where = f"本行计量单位是“{unit}”" if unit else "请把单位写到“计量单位”栏"
        raise FigureError(f"“{text.strip()}”带了单位“{figure.unit}”：这里只写数字 {figure.value:f}，{where}")
    return _quantity(figure)


def target(text: str) -> Target:
    """An indicator value with its 计算符号: “≥95%”, “不超过 5300元/户”; no sign is =. Raises FigureError."""
    clean = _cleaned(text)
    operator = Operator.EQUAL
    for candidate, signs in _OPERATORS:
        sign = next((sign for sign in signs if clean.startswith(sign)), "")
        if sign:
            operator, clean = candidate, clean.removeprefix(sign).strip()
            break
    figure = parse(clean)
    return Target(operator, _quantity(figure), figure.unit)


def _quantity(figure: Figure) -> Quantity:
    try:
        return Quantity.of(format(figure.value, "f"))
    except ValueError as error:
        raise FigureError(f"{error}，请核对是否多打了数字") from None


def _cleaned(text: str) -> str:
    # ≥ and ≤ survive NFKC; full-width digits, points, commas, brackets and ％ become plain ones.
    clean = unicodedata.normalize("NFKC", text).translate(_MINUS).strip()
    return re.sub(r"(?<=\d)[。](?=\d)", ".", clean)


def _arabic(clean: str, text: str) -> tuple[Decimal, Decimal, str] | None:
    match = _NUMBER.match(clean)
    if not match:
        return None
    sign, digits, unit = match[1], match[2].strip(), (match[3] or "").strip()
    if "," in digits or " " in digits:
        if not _GROUPED.match(digits):
            raise FigureError(f"“{text.strip()}”的千分位不对：逗号后应是三位数字；小数点请写“.”")
        digits = digits.replace(",", "").replace(" ", "")
    value = Decimal(sign + digits)
    places = len(digits.partition(".")[2])
    return value, Decimal(1).scaleb(-places), unit


def _from_chinese(clean: str) -> tuple[Decimal, Decimal, str] | None:
    match = _CHINESE.match(clean.translate(_FORMAL))
    if not match:
        return None
    sign, numeral, fraction, unit = match[1], match[2], match[3], match[4].removesuffix("整").strip()
    # 三百万元 is 300 of 万元, so that its printed precision is 1万元 and not 1元.
    if numeral[-1] in "万亿" and len(numeral) > 1 and not fraction and not set(numeral[:-1]) & set("万亿"):
        numeral, unit = numeral[:-1], numeral[-1] + unit
    whole = _chinese_integer(numeral)
    if whole is None:
        return None
    digits = "".join(str(_DIGITS[char]) for char in fraction or "")
    value = Decimal(f"{'-' if sign else ''}{whole}{'.' + digits if digits else ''}")
    return value, Decimal(1).scaleb(-len(digits)), unit


def _chinese_integer(numeral: str) -> int | None:
    """一千二百零三 → 1203; 二〇二四 → 2024. None if the characters make no number."""
    if all(char in _DIGITS for char in numeral):
        return int("".join(str(_DIGITS[char]) for char in numeral))
    for big, size in (("亿", 10**8), ("万", 10**4)):
        if big in numeral:
            left, _, right = numeral.rpartition(big)
            high = _chinese_integer(left) if left else None
            low = _chinese_integer(right) if right else 0
            return None if high is None or low is None or low >= size else high * size + low
    total, digit, last = 0, None, 10**4
    for char in numeral:
        if char in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[char]
            continue
        size = {"十": 10, "百": 100, "千": 1000}[char]
        if size >= last or (digit is None and not (size == 10 and total == 0)):
            return None
        total, digit, last = total + (1 if digit is None else digit) * size, None, size
    return total + (digit or 0)


def _refuse_unit(figure: Figure, text: str) -> None:
    typed, unit = text.strip(), figure.unit
    if unit in ("万", "万元"):
        raise FigureError(f"“{typed}”带了单位：本列单位已是万元，请只写数字 {figure.value:f}")
    if unit == "亿" or figure.base_unit == "元":
        in_wan = plain(figure.value * figure.scale / WAN)
        raise FigureError(f"“{typed}”的单位是{unit}：本列单位是万元，请换算后写 {in_wan}")
    raise FigureError(f"“{typed}”不是金额：本列单位是万元，请只写数字")
