"""The registry of red flags 疑点 and the run: facts in, hits out; a flag that crashes stops nobody.

A hit is no finding: it says which rows cannot well stand side by side, and somebody at the bureau decides.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from jiheng.figures import rounded
from jiheng.policy import Policy
from jiheng.rules.redflags.facts import Facts
from jiheng.rules.redflags.records import DATE, WAN, YES, YUAN, Record, label, told_of
from jiheng.sheets import WAN as YUAN_A_WAN
from jiheng.sheets import Finding, Missing, Severity, plain

# a flag whose meaning changes gets the next number here: hits say which one they came from
VERSIONS: dict[str, int] = {}
MOST_EVIDENCE = 60  # rows of one hit; the message counts all
Row = TypeVar("Row", bound=Record)


class Level(StrEnum):
    """How much a hit weighs."""

    HIGH = "高"
    MEDIUM = "中"
    LOW = "低"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One value of one row that a hit rests on."""

    source: str  # registry or table, by its title
    key: str  # the row's key there
    field: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One suspicion: `key` is the same whenever the same rows are hit again; `amount` in yuan."""

    code: str = ""  # the engine's
    level: Level
    unit: str
    project: str = ""  # code of a project or fund; empty: the unit's own
    key: str
    subject: str  # whom or what it is about, for the list
    message: str
    evidence: tuple[Evidence, ...]
    amount: Decimal | None = None
    evidence_hash: str = ""  # the engine's, of all rows: another once one of them says something else


Check = Callable[[Facts, Policy], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Flag:
    """One red flag: what it asks, what protects from false alarms, which facts it cannot do without."""

    code: str
    title: str
    question: str
    guard: str
    needs: tuple[str, ...]  # names in `Facts`; one of them empty: the flag does not run
    also: tuple[str, ...]  # what it looks at where it is there
    kind: str  # of policy problems.kinds: what a problem made of it would be
    version: int
    check: Check


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run says. `faults` are flags that crashed; `left_out` those whose facts are not there."""

    hits: tuple[Hit, ...]
    faults: tuple[Finding, ...]
    left_out: dict[str, tuple[str, ...]]


_flags: dict[str, Flag] = {}
_sealed = False


def flag(
    code: str,
    title: str,
    *,
    question: str,
    guard: str,
    kind: str,
    needs: Sequence[str],
    also: Sequence[str] = (),
) -> Callable[[Check], Check]:
    """Registers a function named flag_<code>. Raises RuntimeError after import, ValueError on a bad name."""

    def register(check: Check) -> Check:
        if _sealed:
            raise RuntimeError(f"the registry is closed: {code} comes too late")
        if code in _flags or getattr(check, "__name__", "") != f"flag_{code}":
            raise ValueError(f"{code}: taken, or its function is not named flag_{code}")
        _flags[code] = Flag(
            code, title, question, guard, tuple(needs), tuple(also), kind, VERSIONS.get(code, 1), check
        )
        return check

    return register


def seal() -> None:
    """Closes the registry: called once, when every flag is imported."""
    global _sealed
    _sealed = True


def flags() -> tuple[Flag, ...]:
    """Every flag, by number."""
    return tuple(_flags[code] for code in sorted(_flags))


def run(
    facts: Facts,
    policy: Policy,
    chosen: Iterable[Flag] | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, words: None,
) -> Ran:
    """Everything the flags have to say of the facts, by number and key. A crash is a fault of the flag."""
    hits: list[Hit] = []
    faults: list[Finding] = []
    left_out: dict[str, tuple[str, ...]] = {}
    every = list(flags() if chosen is None else chosen)
    for done, item in enumerate(every):
        progress(done, len(every), f"{item.code} {item.title}")
        lacking = tuple(name for name in item.needs if not getattr(facts, name))
        if lacking:
            left_out[item.code] = lacking
            continue
        try:
            found = {hit.key: hit for hit in item.check(facts, policy)}
        except Exception as crash:  # noqa: BLE001 - whatever a flag does, the run goes on
            words = f"疑点规则 {item.code} 自身出错，本条未检查（{type(crash).__name__}：{crash}）"
            faults.append(Finding(item.code, Severity.WARNING, f"{words}；请告知系统管理员"))
            continue
        hits += [_coded(item.code, found[key]) for key in sorted(found)]
    progress(len(every), len(every), "")
    return Ran(tuple(hits), tuple(faults), left_out)


def _coded(code: str, hit: Hit) -> Hit:
    told = "\x1e".join("\x1f".join((one.source, one.key, one.field, one.value)) for one in hit.evidence)
    evidence_hash = hashlib.sha256(told.encode()).hexdigest()
    return replace(hit, code=code, evidence=hit.evidence[:MOST_EVIDENCE], evidence_hash=evidence_hash)


# ── how flags speak ───────────────────────────────────────────────────────────────────────────────────


def shows(record: Record, *names: str) -> Iterator[Evidence]:
    """Fields of a row as evidence."""
    for name in names:
        yield Evidence(record.TITLE, record.key, label(record, name), in_words(record, name))


def in_words(record: Record, name: str) -> str:
    """A field's value as the evidence shows it: money with its unit, a sealed number by its mask."""
    value = getattr(record, name)
    told = told_of(type(record), name)
    if value is None or isinstance(value, Missing) or value in ("", ()):
        return "（空）"
    if told["personal"]:
        return str(value).partition(":")[2] or "****"
    if told["kind"] == YES:
        return "是" if value else "否"
    if told["kind"] == DATE:
        return str(value)
    if told["kind"] in (YUAN, WAN):
        return money(value)
    if isinstance(value, tuple):
        return "、".join(value)
    return plain(value) if isinstance(value, Decimal) else str(value)


def money(yuan: Decimal) -> str:
    """In 万元 from 1 万元 on where that is exact to two places, else in 元."""
    wan = yuan / YUAN_A_WAN
    is_wan = abs(wan) >= 1 and wan == rounded(wan, 2)
    if is_wan:
        return f"{plain(wan)}万元"
    return f"{plain(yuan) if yuan == yuan.to_integral_value() else format(rounded(yuan, 2), 'f')}元"


def percentage(part: Decimal, whole: Decimal) -> str:
    """A share for a message, rounded to two places; decisions compare products, not this."""
    return f"{plain(rounded(part * 100 / whole, 2))}%"


def by(records: Iterable[Row], *names: str) -> dict[Any, list[Row]]:
    """Rows by a field, or by several; rows in the order they came."""
    found: dict[Any, list[Row]] = {}
    for record in records:
        values = tuple(getattr(record, name) for name in names)
        found.setdefault(values[0] if len(values) == 1 else values, []).append(record)
    return found


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same but for width, spaces and brackets."""
    return folded(one) == folded(other)


def folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).upper()


def known_as(company: Any, name: str) -> bool:
    """Whether a company bears or bore this name."""
    return company is not None and any(same_name(name, own) for own in (company.name, *company.former_names))


def days_between(earlier: date, later: date) -> int:
    return (later - earlier).days
