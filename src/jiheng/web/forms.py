"""A sheet as the inputs of a page, and what a browser sends back as a sheet: one mapping for all five forms.

Every input is named by its path: `funding.annual_total`, `indicators[k3].weight`. A page may show any part of
a sheet: what is not sent stays as it was. Three conventions make that safe:

* A collection whose rows may be added, removed or moved sends its keys in order as `indicators[]` (one hidden
  input a row, and an empty one first, so that the last row can be removed too).
* A checkbox or a group of them is preceded by an empty hidden input of the same name.
* An indicator's two levels are one input, `indicators[k3].level` = "产出指标|数量指标"; a measured value and
  its words are one input: `target` (words of a qualitative target too), `actual`, `forecast`.

Text that cannot be read is kept, in the field's `…_text` or in the note of a `Missing`, and is a finding
beside its field (`unread`) until it is mended. A text that was not touched leaves its value as it was.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import types
import typing
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from jiheng.figures import FigureError, amount_in_wan, quantity, target
from jiheng.sheets import (
    NOT_APPLICABLE,
    NOT_REPORTED,
    Amount,
    Finding,
    Indicator,
    Missing,
    MissingReason,
    Operator,
    Quantity,
    Severity,
    Sheet,
)

Data = Mapping[str, Sequence[str]]
DASHES = ("—", "－", "-", "/", "不适用", "无")
MOST_LINES = 300
CODE = "TB01"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_KEY = re.compile(r"[A-Za-z0-9_\-]{1,40}")
_SIGNS = re.compile(
    r"^\s*(≥|≧|≤|≦|>=|<=|=>|=<|>|<|=|＞|＜|＝|大于|小于|等于|不低于|不少于|不高于|不超过|达到)"
)


@dataclass(frozen=True, slots=True)
class Bound:
    """The sheet that was sent, and what in it could not be read (each with its field)."""

    sheet: Sheet
    problems: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a leaf of a sheet is: "amount", "quantity", "choice", "choices", "yes_no", "whole" or "text"."""

    name: str
    choices: tuple[StrEnum, ...] = ()
    is_optional: bool = False


# ── what a sheet consists of ──────────────────────────────────────────────────────────────────────────


def hints(record: Any) -> dict[str, Any]:
    """The resolved types of a record type's labelled fields, without key and header."""
    return _hints(record)


@functools.cache
def _hints(record: Any) -> dict[str, Any]:
    found = typing.get_type_hints(record)
    names = [item.name for item in dataclasses.fields(record) if "label" in item.metadata]
    return {name: found[name] for name in names if name != "header"}


@functools.cache
def line_type(hint: Any) -> type[Any] | None:
    """The record of a collection whose lines have keys; else None."""
    if typing.get_origin(hint) is not tuple:
        return None
    inner = typing.get_args(hint)[0]
    return inner if isinstance(inner, type) and "key" in getattr(inner, "__annotations__", {}) else None


@functools.cache
def kind_of(hint: Any) -> Kind | None:
    """How a field is shown and read; None for records and for what no page edits (`former`)."""
    parts = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if Amount in parts:
        return Kind("amount")
    if Quantity in parts:
        return Kind("quantity")
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)[0]
        is_enum = isinstance(inner, type) and issubclass(inner, StrEnum)
        return Kind("choices", tuple(inner)) if is_enum else None
    first = parts[0]
    if isinstance(first, type) and issubclass(first, StrEnum):
        return Kind("choice", tuple(first), type(None) in parts)
    return {bool: Kind("yes_no"), int: Kind("whole"), str: Kind("text")}.get(first)


def pattern(path: str) -> str:
    """`indicators[k3].weight` → `indicators[].weight`."""
    return re.sub(r"\[[^\]]*\]", "[]", path)


def patterns(record: type[Any], prefix: str = "") -> frozenset[str]:
    """Every leaf of a form as a pattern, for a page to say which of them may be edited."""
    found: set[str] = set()
    for name, hint in hints(record).items():
        here = f"{prefix}{name}"
        line = line_type(hint)
        if line is not None:
            found |= patterns(line, f"{here}[].")
        elif kind_of(hint) is not None:
            found.add(here)
        elif dataclasses.is_dataclass(hint):
            found |= patterns(typing.cast("type[Any]", hint), f"{here}.")
    if record is Indicator:
        found.add(f"{prefix}level")
    return frozenset(found)


def leaves(record: Any, path: str = "", label: str = "") -> Iterator[tuple[str, str, Any, str]]:
    """Every leaf as (path, label in words, the record it stands in, its name)."""
    for name, hint in hints(record.__class__).items():
        value = getattr(record, name)
        here = f"{path}.{name}" if path else name
        words = f"{label} {_label(record.__class__, name)}".strip()
        if line_type(hint) is not None:
            for place, line in enumerate(value, start=1):
                inner = getattr(line, "indicator", line)
                title = getattr(inner, "name", "") or getattr(inner, "label", "") or f"第{place}行"
                yield from leaves(line, f"{here}[{line.key}]", f"{words}·{title}")
        elif kind_of(hint) is not None:
            yield here, words, record, name
        elif dataclasses.is_dataclass(value):
            yield from leaves(value, here, label if name in ("indicator", "basic") else words)
    if isinstance(record, Indicator):
        yield f"{path}.level", f"{label} 指标分类", record, "level"


@functools.cache
def _label(record: Any, name: str) -> str:
    return next(str(item.metadata["label"]) for item in dataclasses.fields(record) if item.name == name)


# ── out: the inputs of a page ─────────────────────────────────────────────────────────────────────────


def inputs(sheet: Sheet) -> dict[str, list[str]]:
    """What a browser would send of the whole sheet: `bind(sheet, inputs(sheet)).sheet == sheet`."""
    found = {path: shown(record, name) for path, _, record, name in leaves(sheet)}
    return found | {f"{path}[]": ["", *keys] for path, keys in collections(sheet)}


def collections(record: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every collection of lines as (path, keys in order)."""
    for name, hint in hints(record.__class__).items():
        here, value = f"{path}.{name}" if path else name, getattr(record, name)
        if line_type(hint) is not None:
            yield here, [line.key for line in value]
        elif dataclasses.is_dataclass(value) and kind_of(hint) is None:
            yield from collections(value, here)


def shown(record: Any, name: str) -> list[str]:
    """One field as the values of its input."""
    if name == "level":
        return [f"{record.level1}|{record.level2}"]
    value = getattr(record, name)
    if isinstance(value, bool):
        return ["", "on"] if value else [""]
    if isinstance(value, tuple):
        return ["", *(item.value for item in value)]
    if f"{name}_text" in hints(record.__class__):
        return [_measured_text(record, name, value)]
    return [text_of(value)]


def text_of(value: Any) -> str:
    """A value as its input holds it."""
    if value is None:
        return ""
    if isinstance(value, Missing):
        if value.note:
            return value.note
        names = {MissingReason.NOT_REPORTED: "", MissingReason.NOT_APPLICABLE: "—"}
        return names.get(value.reason, value.reason.value)
    return str(value)


def _measured_text(record: Any, name: str, value: Any) -> str:
    words = str(getattr(record, f"{name}_text"))
    if isinstance(value, Missing) or _is_qualitative(record):
        return words or text_of(value)
    return text_of(value)


def _is_qualitative(record: Any) -> bool:
    return getattr(record, "indicator", record).operator is Operator.QUALITATIVE


# ── in: what was sent ─────────────────────────────────────────────────────────────────────────────────


def bind(
    sheet: Sheet, data: Data, editable: Collection[str] | None = None, rows: Collection[str] | None = None
) -> Bound:
    """The sheet with what was sent laid over it. `editable` are the patterns that may change, `rows` the
    collections whose lines may (None: all); what else was sent is passed over."""
    reader = _Reader(data, editable, rows)
    return Bound(reader.record(sheet, ""), tuple(reader.problems))


def unread(sheet: Sheet) -> list[Finding]:
    """Every figure whose typed text could not be read, told again until it is mended."""
    found = []
    for path, label, record, name in leaves(sheet):
        value = None if name == "level" else getattr(record, name)
        if isinstance(value, Missing) and value.note and name not in ("target", "actual", "forecast"):
            kind = kind_of(hints(record.__class__)[name])
            problem = _figure(value.note, kind.name if kind else "", record)[1]
            if problem:
                found.append(Finding(CODE, Severity.ERROR, f"{label}：{problem}", path))
    return found


class _Reader:
    """One reading of what was sent."""

    def __init__(self, data: Data, editable: Collection[str] | None, rows: Collection[str] | None) -> None:
        self.data, self.editable, self.rows = data, editable, rows
        self.problems: list[Finding] = []

    def record(self, record: Any, path: str) -> Any:
        changes: dict[str, Any] = {}
        level = f"{path}.level"
        is_level = isinstance(record, Indicator) and self.sent(level)
        if is_level and not _same(self.data[level], shown(record, "level")):
            level1, _, level2 = self.text(level).partition("|")
            changes |= {"level1": level1, "level2": level2}
        measured = []
        for name, hint in hints(record.__class__).items():
            here = f"{path}.{name}" if path else name
            line, kind = line_type(hint), kind_of(hint)
            if line is not None:
                changes[name] = self.lines(line, getattr(record, name), here)
            elif kind is None:
                if dataclasses.is_dataclass(getattr(record, name)):
                    changes[name] = self.record(getattr(record, name), here)
            elif self.sent(here):
                if f"{name}_text" in hints(record.__class__):
                    measured.append((name, here))
                elif _same(self.data[here], shown(record, name)):
                    continue
                else:
                    changes[name] = self.leaf(kind, getattr(record, name), record, here)
        after = dataclasses.replace(record, **changes)
        for name, here in measured:
            after = self.measured(record, after, name, here)
        return after

    def sent(self, path: str) -> bool:
        return path in self.data and (self.editable is None or pattern(path) in self.editable)

    def text(self, path: str) -> str:
        return _plain(self.data[path][-1]) if self.data[path] else ""

    def lines(self, line: type[Any], lines: tuple[Any, ...], path: str) -> tuple[Any, ...]:
        known = {item.key: item for item in lines}
        keys = list(known)
        listed = self.data.get(f"{path}[]")
        if listed is not None and (self.rows is None or path in self.rows):
            keys = [key for key in dict.fromkeys(listed) if key in known or _KEY.fullmatch(key)][:MOST_LINES]
        return tuple(
            self.record(known[key] if key in known else line(key=key), f"{path}[{key}]") for key in keys
        )

    def leaf(self, kind: Kind, value: Any, record: Any, path: str) -> Any:
        text = self.text(path)
        if kind.name in ("amount", "quantity"):
            figure, problem = _figure(text, kind.name, record)
            self.tell(path, problem)
            return figure
        if kind.name == "yes_no":
            return text == "on"
        if kind.name == "choices":
            return tuple(option for option in kind.choices if option.value in self.data[path])
        if kind.name == "choice":
            if not text and kind.is_optional:
                return None
            return next((option for option in kind.choices if option.value == text), value)
        if kind.name == "whole":
            return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else value
        return text

    def measured(self, before: Any, record: Any, name: str, path: str) -> Any:
        """A value and its words from one input: `target`, `actual`, `forecast`."""
        line, old = getattr(record, "indicator", record), getattr(before, "indicator", before)
        is_same_line = (line.operator, line.unit) == (old.operator, old.unit)
        if is_same_line and _same(self.data[path], shown(before, name)):
            return record
        text = self.text(path).strip()
        words = f"{name}_text"
        if _is_qualitative(record):
            nothing = NOT_APPLICABLE if name == "target" else NOT_REPORTED
            return dataclasses.replace(record, **{name: nothing, words: text})
        missing = missing_of(text)
        if missing is not None:
            return dataclasses.replace(record, **{name: missing, words: ""})
        if name == "target" and _SIGNS.match(text):
            return self.signed(record, text, path)
        try:
            return dataclasses.replace(record, **{name: quantity(text, line.unit), words: ""})
        except FigureError as wrong:
            self.tell(path, str(wrong))
            return dataclasses.replace(record, **{name: NOT_REPORTED, words: text})

    def signed(self, record: Indicator, text: str, path: str) -> Indicator:
        """“≥95%” typed into one input: sign, value and unit go to their own fields."""
        try:
            found = target(text)
        except FigureError as wrong:
            self.tell(path, str(wrong))
            return dataclasses.replace(record, target=NOT_REPORTED, target_text=text)
        unit = found.unit or record.unit
        return dataclasses.replace(
            record, operator=found.operator, target=found.quantity, target_text="", unit=unit
        )

    def tell(self, path: str, problem: str) -> None:
        if problem:
            self.problems.append(Finding(CODE, Severity.ERROR, problem, path))


def missing_of(text: str) -> Missing | None:
    """What an empty input, a dash or a reason in words stands for; None for anything else."""
    if not text:
        return NOT_REPORTED
    if text in DASHES:
        return NOT_APPLICABLE
    return next((Missing(reason) for reason in MissingReason if reason.value == text), None)


def _figure(text: str, kind: str, record: Any) -> tuple[Any, str]:
    """An amount in 万元 or a number, and what is wrong with its text; the text itself is kept."""
    text = text.strip()
    missing = missing_of(text)
    if missing is not None:
        return missing, ""
    try:
        return amount_in_wan(text) if kind == "amount" else quantity(text, getattr(record, "unit", "")), ""
    except FigureError as wrong:
        return Missing(MissingReason.NOT_REPORTED, text), str(wrong)


def _same(sent: Sequence[str], was: Sequence[str]) -> bool:
    return [_plain(text) for text in sent] == [_plain(text) for text in was]


def _plain(text: str) -> str:
    """Browsers send line ends as CRLF; control characters, which come with a paste, mean nothing here."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.isprintable() else _CONTROL.sub("", text)
