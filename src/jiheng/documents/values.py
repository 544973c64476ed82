"""What a field's value looks like in a cell, and what a cell says of a field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from jiheng.documents.fields import Field, Kind
from jiheng.documents.workbook import Cell, Plain
from jiheng.figures import FigureError, amount_in_wan, parse, percent, quantity, rounded, target
from jiheng.sheets import (
    NOT_APPLICABLE,
    NOT_REPORTED,
    WAN,
    Amount,
    Band,
    Cause,
    Indicator,
    Likelihood,
    Missing,
    MissingReason,
    MoneyResult,
    Operator,
    Quantity,
    Severity,
    Taxonomy,
    plain,
)

LONGEST_CELL = 32_767
TICK = "√"
_TICKS = {"√", "✓", "✔", "☑", "是", "1", "y", "yes", "v", "对", "有", "x√"}
_NO_TICKS = {"", "×", "✗", "否", "0", "n", "no", "无", "-", "—", "☐", "/"}
_DASHES = {"—", "－", "-", "——", "–", "/", "不适用", "无此项", "不涉及"}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
_SIGN = re.compile(
    r"\s*(?:[≥≧⩾≤≦⩽<>=＜＞＝]|大于|小于|不低于|不少于|不高于|不超过|等于|达到|高于|低于|超过|不大于|不小于|不多于)"
)
_DASH = "—"
_is_short_amount = re.compile(r"-?(?:0|[1-9][0-9]{0,8}+)(?:\.[0-9]{1,6}+)?").fullmatch


class Shown(NamedTuple):
    """A cell's content: kind "n" for a number, "s" for text, "" for an empty cell."""

    kind: str
    text: str


EMPTY = Shown("", "")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value is being read, and what happens to findings about it."""

    field: Field
    before: Any  # the record the workbook was filled from, or a blank one
    separate: frozenset[str]  # indicator fields that have columns of their own
    tell: Callable[[str, Severity, str], None]


def shown(field: Field, record: Any, separate: frozenset[str] = frozenset()) -> Shown:
    """A field's cell, from the record that holds it."""
    if field.kind is Kind.COMPUTED:
        return _rate(field.name, record)
    value = getattr(record, field.name)
    if field.kind in (Kind.AMOUNT, Kind.QUANTITY):
        return _figure(value)
    if field.kind is Kind.TARGET:
        return _target(record, separate)
    if field.kind is Kind.MEASURED:
        return _measured(field.name, value, record)
    if field.kind is Kind.TICK:
        chosen = value if isinstance(value, tuple) else (value,)
        return (
            Shown("s", TICK) if field.option in [str(item) for item in chosen if item is not None] else EMPTY
        )
    if field.kind is Kind.WHOLE:
        return Shown("n", str(value)) if value else EMPTY
    if field.kind is Kind.CHOICES:
        return _words("、".join(item.value for item in value))
    if isinstance(value, bool):
        return Shown("s", "是" if value else "否")
    return _words("" if value is None else str(value))


def is_same(was: Shown, cell: Cell) -> bool:
    """Whether a cell still says what was written into it, Excel's ways of saving allowed for."""
    if was.kind == "n" and cell.kind == "number":
        if was.text == cell.text:
            return True
        try:
            ours, theirs = Decimal(was.text), Decimal(cell.text)
        except ArithmeticError:
            return False
        return ours == theirs or float(ours) == float(theirs) or f"{ours:.14e}" == f"{theirs:.14e}"
    return was.text == cell.text or _lines(was.text) == _lines(cell.text)


def read(spot: Spot, cell: Cell) -> dict[str, Any]:
    """What a changed or hand-filled cell says: new values of the record's fields."""
    field, kind = spot.field, spot.field.kind
    text = cell.text.strip()
    if kind in (Kind.TEXT, Kind.LEVEL):
        return {field.name: text}
    if kind is Kind.AMOUNT:
        return {field.name: _read_figure(spot, cell, amount_in_wan)}
    if kind is Kind.QUANTITY:
        return {field.name: _read_figure(spot, cell, quantity)}
    if kind is Kind.TARGET:
        return _read_target(spot, cell)
    if kind is Kind.MEASURED:
        return _read_measured(spot, cell)
    if kind is Kind.TICK:
        return _read_tick(spot, text)
    if kind is Kind.WHOLE:
        digits = re.search(r"\d+", unicodedata.normalize("NFKC", text))
        return {field.name: int(digits[0])} if digits and len(digits[0]) < 6 else {}
    return _read_choice(spot, text)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _words(text: str) -> Shown:
    if not text:
        return EMPTY
    return Shown("s", text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…")


def _figure(value: Amount | Quantity | Missing) -> Shown:
    if isinstance(value, Missing):
        if value.reason is MissingReason.NOT_REPORTED:
            return EMPTY
        return Shown("s", _DASH if value.reason is MissingReason.NOT_APPLICABLE else value.reason.value)
    exact = value.in_wan if isinstance(value, Amount) else value.value
    text = value.typed
    if not (_NUMBER.fullmatch(text) and Decimal(text) == exact):
        text = plain(exact)
    return Shown("n", text) if len(text) < 300 else Shown("s", text[:LONGEST_CELL])


def _target(record: Indicator, separate: frozenset[str]) -> Shown:
    if record.operator is Operator.QUALITATIVE:
        return _words(record.target_text)
    if isinstance(record.target, Missing):
        if not record.target_text:
            return _figure(record.target)
        value = record.target_text
    else:
        value = _figure(record.target).text
    sign = "" if "operator" in separate else record.operator.value
    unit = "" if "unit" in separate else record.unit
    if not sign and not unit and not isinstance(record.target, Missing):
        return Shown("n", value)
    return _words(f"{sign}{value}{unit}")


def _measured(name: str, value: Quantity | Missing, record: Any) -> Shown:
    if not isinstance(value, Missing):
        return _figure(value)
    band = record.band.value if name == "actual" and record.band else ""
    text = getattr(record, f"{name}_text")
    if band or text:
        return _words("：".join(part for part in (band, text) if part))
    return _figure(value)


def _rate(name: str, record: Any) -> Shown:
    def exact(field: str) -> Decimal | Missing:
        value = getattr(record, field)
        return (
            value if isinstance(value, Missing) else value.yuan if isinstance(value, Amount) else value.value
        )

    whole = "revised" if isinstance(record, MoneyResult) else "budget"
    parts = {
        "rate": ("executed", whole),
        "staff_rate": ("staff", "posts"),
        "building_rate": ("building_actual", "building_approved"),
        "investment_rate": ("building_spent", "building_budget"),
    }[name]
    rate = percent(exact(parts[0]), exact(parts[1]))
    return EMPTY if isinstance(rate, Missing) else Shown("s", f"{rounded(rate, 2):f}%")


def _read_figure(spot: Spot, cell: Cell, parser: Callable[[str], Any]) -> Any:
    text = cell.text.strip()
    missing = _missing(text)
    if missing is not None:
        return missing
    if cell.kind == "date":
        spot.tell(
            "WD03", Severity.ERROR, f"这里应填数字，现在是日期“{text}”：请把单元格格式改为数值后重新填写"
        )
        return NOT_REPORTED
    try:
        figure = amount_of(cell) if parser is amount_in_wan else parser(text)
    except FigureError as error:
        spot.tell("WD03", Severity.ERROR, str(error))
        return NOT_REPORTED
    if cell.kind == "text" and figure.typed != text:
        spot.tell("WD04", Severity.HINT, f"“{text}”已按 {figure.typed} 读取（全角数字、千分位逗号等已规范）")
    return figure


def amount_of(cell: Plain) -> Amount:
    """The amount in a cell of a 万元 column. Raises FigureError, saying what to write instead."""
    # What Excel itself stored as a short plain number needs no reading: most cells are that.
    _, text, kind, _ = cell
    if kind == "number" and _is_short_amount(text):
        return Amount(Decimal(text) * WAN, text)
    return amount_in_wan(text.strip())


def _missing(text: str) -> Missing | None:
    if not text or text == MissingReason.NOT_REPORTED.value:
        return NOT_REPORTED
    if text in _DASHES:
        return NOT_APPLICABLE
    for reason in (MissingReason.UNVERIFIABLE, MissingReason.NOT_COMPUTABLE):
        if text == reason.value:
            return Missing(reason)
    return None


def _read_target(spot: Spot, cell: Cell) -> dict[str, Any]:
    text, before = cell.text.strip(), spot.before
    own_operator, own_unit = "operator" in spot.separate, "unit" in spot.separate
    missing = _missing(text)
    if missing is not None:
        return {"target": missing, "target_text": ""}
    has_sign = bool(_SIGN.match(unicodedata.normalize("NFKC", text))) or bool(_SIGN.match(text))
    try:
        found = target(text)
    except FigureError as error:
        if has_sign and not own_operator:
            operator, rest = _sign_of(text)
            spot.tell("WD05", Severity.WARNING, f"指标值“{text}”读不出数：{error}")
            return {"operator": operator, "target": NOT_REPORTED, "target_text": rest}
        words = {"target": NOT_APPLICABLE, "target_text": text}
        return words if own_operator else words | {"operator": Operator.QUALITATIVE}
    if re.search(r"\d", found.unit):  # 2024年12月底前 is a date in words, 90%-95% a range
        words = {"target": NOT_APPLICABLE, "target_text": text}
        return words if own_operator else words | {"operator": Operator.QUALITATIVE}
    updates: dict[str, Any] = {"target": found.quantity, "target_text": ""}
    if not own_operator:
        updates["operator"] = _operator(spot, text, found.operator, has_sign=has_sign)
    if not own_unit:
        updates["unit"] = found.unit or (before.unit if cell.kind == "number" else "")
    return updates


def _operator(spot: Spot, text: str, operator: Operator, *, has_sign: bool) -> Operator:
    before = spot.before
    if has_sign:
        return operator
    was_written = not isinstance(before.target, Missing) and before.operator is not Operator.QUALITATIVE
    if was_written:
        spot.tell("WD06", Severity.HINT, f"指标值“{text}”没有符号，沿用原来的“{before.operator.value}”")
        return Operator(before.operator)
    spot.tell(
        "WD06",
        Severity.WARNING,
        f"指标值“{text}”没有计算符号，按“=”读取；如是不少于或不超过，请写成“≥{text}”或“≤{text}”",
    )
    return operator


def _sign_of(text: str) -> tuple[Operator, str]:
    match = _SIGN.match(text)
    sign = match[0] if match else ""
    return target(f"{sign}1").operator, text[len(sign) :].strip()


def _read_measured(spot: Spot, cell: Cell) -> dict[str, Any]:
    name, text = spot.field.name, cell.text.strip()
    updates: dict[str, Any] = {name: NOT_REPORTED, f"{name}_text": ""}
    if name == "actual":
        updates["band"] = None
    missing = _missing(text)
    if missing is not None:
        return updates | {name: missing}
    band, words = _band_of(text)
    if band is not None and name == "actual":
        return updates | {"band": band, f"{name}_text": words}
    indicator = spot.before.indicator
    try:
        figure = parse(text)
        if figure.unit and re.search(r"\d", figure.unit):
            return updates | {f"{name}_text": text}
        unit = indicator.unit
        if not unit or figure.unit == unit:
            return updates | {name: Quantity.of(format(figure.value, "f"))}
        return updates | {name: quantity(text, unit)}
    except FigureError as error:
        if indicator.operator is not Operator.QUALITATIVE:
            spot.tell("WD07", Severity.WARNING, f"{spot.field.label}：{error}；已按文字保留")
        return updates | {f"{name}_text": text}


def _band_of(text: str) -> tuple[Band | None, str]:
    for band in Band:
        if text.startswith(band.value):
            return band, text.removeprefix(band.value).lstrip("：:，, ")
    return None, text


def _read_tick(spot: Spot, text: str) -> dict[str, Any]:
    """A ticked choice: the caller joins the ticks of a line, so the answer is the option alone."""
    small = text.lower()
    if small in _NO_TICKS:
        return {spot.field.name: ""}
    if small not in _TICKS:
        spot.tell(
            "WD08",
            Severity.WARNING,
            f"“{spot.field.option}”一栏写着“{text}”：这里只打“√”，已按打勾读取；文字请写到原因说明",
        )
    return {spot.field.name: spot.field.option}


def _read_choice(spot: Spot, text: str) -> dict[str, Any]:
    name = spot.field.name
    if name == "causes":
        parts = [part for part in re.split(r"[、,，;；\s]+", text) if part]
        unknown = [part for part in parts if part not in list(Cause)]
        if unknown:
            _refuse(spot, "、".join(unknown), [item.value for item in Cause])
        return {name: tuple(Cause(part) for part in parts if part not in unknown)}
    if name == "accumulates":
        return {name: text.lower() in _TICKS}
    members: Any = {"operator": Operator, "band": Band, "likelihood": Likelihood, "taxonomy": Taxonomy}[name]
    folded = {"＞": ">", "＜": "<", "＝": "=", "≧": "≥", "≦": "≤", ">=": "≥", "<=": "≤"}.get(text, text)
    if folded in [member.value for member in members]:
        return {name: members(folded)}
    if text:
        _refuse(spot, text, [member.value for member in members])
    return {name: None} if name in ("band", "likelihood") else {}


def _refuse(spot: Spot, text: str, allowed: list[str]) -> None:
    spot.tell(
        "WD09", Severity.ERROR, f"{spot.field.label}“{text}”不在可选范围，请从“{'、'.join(allowed)}”中选一个"
    )
