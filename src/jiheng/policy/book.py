"""The policy book: every dated value, and the page of it that is open on one day in one region."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from jiheng.policy.entries import Entry, PolicyError, entries_of, kind_of, overrides_of, read_file

VALUES = Path(__file__).parent / "values"


class Policy:
    """The values in force on one day in one region. Compared and hashed by identity, so that rooms can
    memoise what they derive from it; two policies say the same when their `version` is the same."""

    def __init__(
        self, day: date, region: str, in_force: Mapping[str, Entry], every: Mapping[str, str]
    ) -> None:
        self.date = day
        self.region = region
        self._in_force = dict(sorted(in_force.items()))
        self._every = every  # path → its dates in words, to explain a question outside them

    def __repr__(self) -> str:
        return f"Policy({self.date}, {self.region!r}, {self.version[:8]})"

    def entry(self, path: str) -> Entry:
        """The entry in force. Raises PolicyError when there is no such path, or none in force that day."""
        try:
            return self._in_force[path]
        except KeyError:
            pass
        if path in self._every:
            raise PolicyError(f"政策数据“{path}”在 {self.date} 没有生效的取值（{self._every[path]}）")
        raise PolicyError(f"没有“{path}”这项政策数据，请核对名称")

    def decimal(self, path: str) -> Decimal:
        """A number in the entry's unit. Raises PolicyError when the value is no number."""
        return Decimal(self._of_kind(path, "数"))

    def whole(self, path: str) -> int:
        """A whole number. Raises PolicyError when the value has decimals."""
        value = self._of_kind(path, "数")
        if int(value) != value:
            raise PolicyError(f"政策数据“{path}”应是整数，现为“{value}”")
        return int(value)

    def text(self, path: str) -> str:
        return str(self._of_kind(path, "文字"))

    def flag(self, path: str) -> bool:
        return bool(self._of_kind(path, "是否"))

    def table(self, path: str) -> Any:
        """A list (as a tuple) or a mapping of plain data, read-only; numbers are int or Decimal."""
        value = self.entry(path).value
        if kind_of(value) not in ("列表", "表"):
            raise PolicyError(f"政策数据“{path}”应是列表或表，现为“{value}”")
        return value

    def values(self) -> tuple[Entry, ...]:
        """Every entry in force, by path: what the policy page shows."""
        return tuple(self._in_force.values())

    @functools.cached_property
    def version(self) -> str:
        """sha256 of paths, values and units in force; a source checked later does not change it."""
        lines = (f"{entry.path}={canonical(entry.value)}|{entry.unit}" for entry in self._in_force.values())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def _of_kind(self, path: str, kind: str) -> Any:
        value = self.entry(path).value
        if kind_of(value) != kind:
            raise PolicyError(f"政策数据“{path}”应是{kind}，现为{kind_of(value)}“{value}”")
        return value


@dataclass(frozen=True, eq=False)
class Book:
    """All general values and all regions' own files, read once."""

    general: Mapping[str, tuple[Entry, ...]]
    regions: Mapping[str, Mapping[str, tuple[Entry, ...]]]
    _pages: dict[tuple[date, str], Policy] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, values_dir: Path = VALUES, overrides_dir: Path | None = None) -> Book:
        """From a directory of general files and, if given, one of `<region>.yaml`. Raises PolicyError."""
        general: dict[str, tuple[Entry, ...]] = {}
        for file in sorted(values_dir.glob("*.yaml")):
            general |= entries_of(read_file(file), file.stem, f"政策文件 {file.name}")
        if not general:
            raise PolicyError(f"目录“{values_dir.name}”里没有政策文件（*.yaml）")
        regions: dict[str, Mapping[str, tuple[Entry, ...]]] = {}
        if overrides_dir is not None:
            if not overrides_dir.is_dir():
                raise PolicyError(f"没有本地政策目录“{overrides_dir}”，请核对设置")
            for file in sorted(overrides_dir.glob("*.yaml")):
                where = f"本地政策文件 {file.name}"
                regions[file.stem] = overrides_of(read_file(file), file.stem, general, where)
        return cls(general, regions)

    def on(self, day: date, region: str = "") -> Policy:
        """The values in force that day, the region's own laid over them; one object a question."""
        page = self._pages.get((day, region))
        if page is None:
            page = self._pages.setdefault((day, region), self._open(day, region))
        return page

    def _open(self, day: date, region: str) -> Policy:
        in_force: dict[str, Entry] = {}
        for layer in (self.general, self.regions.get(region, {})):
            for path, entries in layer.items():
                for entry in entries:
                    if entry.holds_on(day):
                        in_force[path] = entry
        every = {
            path: "；".join(_dates(entry) for entry in entries) for path, entries in self.general.items()
        }
        return Policy(day, region, in_force, every)


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One value that differs between two policies; None where it was not in force."""

    path: str
    label: str
    unit: str
    before: Entry | None
    after: Entry | None


def changes(before: Policy, after: Policy) -> list[PolicyChange]:
    """今年变了什么: every path whose value or unit differs, by path."""
    old = {entry.path: entry for entry in before.values()}
    new = {entry.path: entry for entry in after.values()}
    result = []
    for path in sorted(old.keys() | new.keys()):
        was, now = old.get(path), new.get(path)
        if was and now and (canonical(was.value), was.unit) == (canonical(now.value), now.unit):
            continue
        shown = now or was
        assert shown is not None
        result.append(PolicyChange(path, shown.label, shown.unit, was, now))
    return result


def canonical(value: Any) -> str:
    """A value as text in which 10 and 10.0 are the same, and a mapping's order counts (worst-first lists)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return format(Decimal(value).normalize(), "f")
    if isinstance(value, tuple):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key!r}:{canonical(item)}" for key, item in value.items()) + "}"
    return repr(value) if isinstance(value, str) else str(value)


def in_words(value: Any) -> str:
    """A value as the policy page prints it: 10, 是, 红、黄、绿、蓝, from：80；to：100."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        nested = any(isinstance(item, Mapping | tuple) for item in value)
        return ("｜" if nested else "、").join(in_words(item) for item in value)
    if isinstance(value, Mapping):
        return "；".join(f"{key}：{in_words(item)}" for key, item in value.items())
    return str(value)


def _dates(entry: Entry) -> str:
    return f"{entry.since} 至 {entry.until}" if entry.until else f"{entry.since} 起"
