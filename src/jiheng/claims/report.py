"""What an audit says of one document: the relations it checked, what it found, how it could be mended."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from jiheng.sheets import Severity


class Kind(StrEnum):
    """What kind of statement a relation is; the contract of `jiheng audit --format json`."""

    SUM = "sum"
    DIFFERENCE = "difference"
    PERCENT_CHANGE = "percent_change"
    SHARE = "share"
    DIRECTION = "direction"
    COMPLETION = "completion"
    BALANCE = "balance"
    LIMIT = "limit"
    SAME_FACT = "same_fact"
    RANGE = "range"
    MISSING = "missing"
    RESIDUE = "residue"
    UNIT = "unit"
    YEAR = "year"


class Outcome(StrEnum):
    """Whether the printed figures of a relation can hold together; it never says which one is wrong."""

    OK = "ok"
    ROUNDING = "rounding"
    ERROR = "error"
    UNKNOWN = "unknown"  # the binding is doubtful: counted, nothing said


@dataclass(frozen=True, slots=True)
class Operand:
    """A figure in the text: value in base units (元, or the plain number; a percentage is 19.82).

    `half` is half of its last printed digit in the same units, 0 where it is exact (printed in 元, counts).
    Two operands with the same `start` are the same unknown.
    """

    text: str
    value: Decimal
    unit: str
    start: int
    end: int
    half: Decimal


@dataclass(frozen=True, slots=True)
class Term:
    """coefficient × the operand of that number."""

    coefficient: Decimal
    operand: int


@dataclass(frozen=True, slots=True)
class Word:
    """A direction word as printed: sign 1 for 增加 or 上升, -1 for 减少 or 下降; `opposite` would mend it."""

    text: str
    sign: int
    start: int
    end: int
    opposite: str


@dataclass(frozen=True, slots=True)
class Equation:
    """left = percent/100 × base, or left = 0, or (with `at_most`) left ≤ 0: all that prose can state.

    `left` and `base` are sums of terms over the relation's operands; `percent` is the number of the operand
    that is the percentage. Each operand is any value of its interval; no operand stands both in `percent` and
    in a term. `signs` are the signs of the relation's words under which the text says this.
    """

    left: tuple[Term, ...]
    base: tuple[Term, ...] = ()
    percent: int | None = None
    at_most: bool = False
    signs: tuple[int, ...] = ()


class Relation(NamedTuple):
    """One statement that was checked, with all that speaks for the verdict.

    `stated` is the figure the text gives, `computed` what follows from the others, both in the stated
    figure's printed unit; `tolerance` is what rounding explains. `proof` is the inequality that cannot hold
    (empty unless the outcome is error). `readings` are the equations for every pattern of signs that makes
    sense: the printed words choose among them (the nearest patterns, where the words contradict each other),
    and the relation is wrong only if none of those can hold. A statement of words alone (kind direction) has
    readings with nothing on the left: they hold when the words are theirs.
    """

    id: str  # R1, R2 … in the order of the text
    code: str  # K38, WD01 …
    kind: Kind
    verdict: Outcome
    start: int
    end: int
    operands: tuple[Operand, ...] = ()
    words: tuple[Word, ...] = ()
    readings: tuple[Equation, ...] = ()
    stated: Decimal | None = None
    computed: Decimal | None = None
    difference: Decimal | None = None
    tolerance: Decimal | None = None
    proof: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Something a person should look at; `start` to `end` is the clause with the figure in question."""

    id: str  # F1, F2 …
    code: str
    severity: Severity
    kind: Kind
    start: int
    end: int
    message: str
    relation: str = ""  # id of the relation it comes from


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `text` at `start` by `replacement`."""

    start: int
    end: int
    text: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Repair:
    """A proposal: edits after which the findings named are resolved. A person decides; nothing is applied."""

    edits: tuple[Edit, ...]
    resolves: tuple[str, ...]  # ids of findings
    breaks: tuple[str, ...] = ()  # ids of relations that held and no longer would
    note: str = ""  # what speaks for it and against it, in Chinese


@dataclass(frozen=True, slots=True)
class Report:
    """The audit of one document. `figures` counts every figure read, `unread` says what was not."""

    document: str
    sha256: str
    text: str
    figures: int
    relations: tuple[Relation, ...] = ()
    findings: tuple[Found, ...] = ()
    repairs: tuple[Repair, ...] = ()
    places: dict[str, str] | None = None
    unread: tuple[str, ...] = ()
    error: str = ""
