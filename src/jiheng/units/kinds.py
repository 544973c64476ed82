"""What can come in by file: each kind stands with its room, an `ImportKind`, named by `settings.IMPORTS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404
from django.utils.module_loading import import_string

from jiheng.documents.tables import BadCell, Column, Row
from jiheng.units.access import may
from jiheng.units.models import Batch, Person

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A value that the file's own columns allow but the rest of the file or the database does not."""

    row: Row
    column: str  # the column's name
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: `wrong` keeps a row out, `notes` are to be read but hinder nothing."""

    wrong: list[Wrong] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did, in words for the page, and a file that is given out once (initial passwords)."""

    counts: Mapping[str, int] = field(default_factory=dict)
    notes: Sequence[str] = ()
    download: bytes = b""
    download_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportKind:
    """One thing that comes in by file. `check` only reads; `publish` runs in the publishing transaction."""

    name: str
    title: str
    action: str  # the key of `access.ROLES_FOR`
    columns: tuple[Column, ...]
    check: Callable[[Batch, Sequence[Row]], Checked]
    publish: Callable[[Person, Batch, Sequence[Row]], Published]
    # Slow work on the rows before the transaction begins (hashing passwords).
    prepare: Callable[[Sequence[Row]], None] | None = None
    # For large ledgers: `write` puts the rows in the books' tables while staging, in short transactions, and
    # returns what the preview should say of it; `clear` removes what a discarded batch has written.
    write: Callable[[Batch, Sequence[Row], Progress], dict[str, Any]] | None = None
    clear: Callable[[Batch], None] | None = None
    keep: Callable[[Batch, Sequence[BadCell], Sequence[Wrong]], None] | None = None  # each difference, staged
    after: Callable[[Batch], list[str]] | None = None  # what to look at, once it is published
    has_year: bool = False  # the person says which fiscal year the file is of
    # another system's file may come by a mapping, which may also name the columns `mapped`; rows beyond
    # the database's comfort are staged by `stack` from the arrived file, once `is_large` says so
    is_mappable: bool = False
    mapped: tuple[Column, ...] = ()
    is_large: Callable[[Batch, int], bool] | None = None
    stack: Callable[[Batch, Path, Progress], dict[str, Any]] | None = None
    examples: tuple[Mapping[str, Any], ...] = ()


def kinds() -> dict[str, ImportKind]:
    """Every kind by its name, in the order in which an empty installation needs them."""
    return {name: import_string(path) for name, path in settings.IMPORTS.items()}


def kind(name: str) -> ImportKind:
    """Raises Http404 for a kind that is not there."""
    if name not in settings.IMPORTS:
        raise Http404("没有这种导入")
    found: ImportKind = import_string(settings.IMPORTS[name])
    return found


def kinds_for(person: Person) -> list[ImportKind]:
    """The kinds that this person may import."""
    return [found for found in kinds().values() if may(person, found.action)]


def columns_of(found: ImportKind) -> tuple[Column, ...]:
    """All columns that a mapping may name."""
    return (*found.columns, *found.mapped)
