"""Labels of fields, and what differs between two versions of a form, field by field."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from jiheng.sheets.records import Sheet
from jiheng.sheets.vocabulary import Amount, Missing, Quantity


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs between two versions of a form; None where the line is not in that version."""

    field: str
    label: str
    before: str | None
    after: str | None


def label_of(record: type[Any] | Any, name: str) -> str:
    """The official Chinese label of a record's field."""
    for item in dataclasses.fields(record):
        if item.name == name:
            return cast("str", item.metadata.get("label", name))
    raise KeyError(name)


def differences(before: Sheet, after: Sheet) -> list[Change]:
    """Every field that differs, in form order; lines are paired by key; header.revision is left out."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    changes = []
    for path, (label, _) in (old | new).items():
        if path == "header.revision":
            continue
        was = old[path][1] if path in old else None
        now = new[path][1] if path in new else None
        if was != now:
            changes.append(Change(path, label, was, now))
    return changes


def _leaves(record: Any, path: str = "", label: str = "") -> Iterator[tuple[str, tuple[str, str]]]:
    for item in dataclasses.fields(record):
        if item.name == "key" or "label" not in item.metadata:
            continue
        value = getattr(record, item.name)
        here = f"{path}.{item.name}" if path else item.name
        words = f"{label} {item.metadata['label']}".strip()
        if isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
            for place, line in enumerate(value):
                key = getattr(line, "key", str(place))
                yield from _leaves(line, f"{here}[{key}]", f"{words}·{_line_name(line, place)}")
        elif dataclasses.is_dataclass(value) and not isinstance(value, Amount | Quantity | Missing):
            yield from _leaves(value, here, "" if item.name in ("header", "basic", "indicator") else words)
        else:
            yield here, (words, in_words(value))


def _line_name(line: Any, place: int) -> str:
    inner = getattr(line, "indicator", line)
    return getattr(inner, "name", "") or getattr(inner, "label", "") or f"第{place + 1}行"


def in_words(value: Any) -> str:
    """A field's value as a person reads it in a table of differences."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Missing):
        return f"（{value}）"
    if isinstance(value, tuple):
        return "、".join(in_words(item) for item in value)
    return str(value)
