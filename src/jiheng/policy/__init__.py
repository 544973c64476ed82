"""Policy as data: dated values with unit, document number and source; a region's own file laid over them.

    policy = on(date(2024, 3, 1), region="430299")
    policy.decimal("scoring.execution.weight")     # Decimal("10")

Values stand in `values/*.yaml`. Asking for a path that does not exist or outside its dates raises
`PolicyError` with a Chinese message.
"""

from __future__ import annotations

import functools
from datetime import date
from pathlib import Path

from jiheng.policy.book import VALUES, Book, Policy, PolicyChange, changes, in_words
from jiheng.policy.entries import Entry, PolicyError

__all__ = [
    "VALUES",
    "Book",
    "Entry",
    "Policy",
    "PolicyChange",
    "PolicyError",
    "book",
    "changes",
    "in_words",
    "load",
    "on",
    "use_overrides",
]

_overrides: Path | None = None


def use_overrides(directory: Path | None) -> None:
    """From now on lay this directory's `<region code>.yaml` over the general values (None: no local files).
    Reads every file at once, so that a wrong one fails at start. Raises PolicyError."""
    global _overrides
    _load.cache_clear()
    _load(VALUES, directory)
    _overrides = directory


def load(values_dir: Path = VALUES, overrides_dir: Path | None = None) -> Book:
    """A book of its own, read afresh. Raises PolicyError."""
    return Book.load(values_dir, overrides_dir)


def book() -> Book:
    """The book that `on` opens."""
    return _load(VALUES, _overrides)


def on(day: date, region: str = "") -> Policy:
    """The values in force on a day in a region (区划代码; "" for the general ones). Raises PolicyError."""
    return book().on(day, region)


_load = functools.lru_cache(maxsize=4)(Book.load)
