"""What is public of a fiscal year, frozen: the record that packages, pages and open data are made of.

Plain records without Django. `PublicYear` is put together from the editions in force (by
`published.public_year`) and never changes with the accounts; `to_json` leaves out the bytes of files, which
are stored beside it. Amounts in yuan, scores in points; what is not there is `Missing` with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pydantic import TypeAdapter

from jiheng.sheets import NOT_REPORTED, AccountTable, Missing
from jiheng.wording import Reviewed, Text


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file as it was published: `name` with its suffix, sha256 of `data`."""

    name: str
    sha256: str
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class PublicEdition:
    """One publication in the trace: withdrawn ones stay in it, with their reason."""

    number: int
    published_on: date
    word_sha256: str
    withdrawn_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PublicResult:
    """A goal and what came of it: of a special fund, or of a unit's whole spending (`fund_name` empty)."""

    fiscal_year: int
    unit_code: str
    unit_name: str
    fund_code: str
    fund_name: str
    goal: str
    budget: Decimal | Missing = NOT_REPORTED  # 全年预算数
    spent: Decimal | Missing = NOT_REPORTED  # 全年执行数
    score: Decimal | Missing = NOT_REPORTED
    grade: str = ""

    @property
    def is_unit(self) -> bool:
        return not self.fund_name


@dataclass(frozen=True, slots=True)
class PublicDepartment:
    """A unit's explanation of its final accounts, with the tables it speaks of."""

    unit_code: str
    unit_name: str
    day: date
    edition: int
    text: Text
    tables: tuple[AccountTable, ...]
    policy_version: str
    files: tuple[PublicFile, ...] = ()  # Word, the list of sources
    trace: tuple[PublicEdition, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicYear:
    """The disclosure of a region and fiscal year. `day` is the day of publication, of which figures are told.

    `texts` are the four explanations (三公, 转移支付, 债务, 绩效); `reviewed` is 附件1; `evaluated` is the
    year whose spending `results` tell of. `files`: Word first, then the list of sources, then PDF if made.
    """

    region: str  # 财政区划代码
    region_name: str
    fiscal_year: int
    title: str
    day: date
    edition: int
    bureau: str
    policy_version: str
    texts: tuple[Text, ...]
    reviewed: tuple[Reviewed, ...]
    tables: tuple[AccountTable, ...]
    evaluated: int
    results: tuple[PublicResult, ...]
    departments: tuple[PublicDepartment, ...] = ()
    files: tuple[PublicFile, ...] = ()
    trace: tuple[PublicEdition, ...] = ()


_YEAR, _DEPARTMENT = TypeAdapter(PublicYear), TypeAdapter(PublicDepartment)
_BYTES = {"files": {"__all__": {"data"}}}


def to_json(record: PublicYear | PublicDepartment) -> str:
    """The record as JSON without the bytes of its files; decimals are strings."""
    if isinstance(record, PublicDepartment):
        return _DEPARTMENT.dump_json(record, exclude=_BYTES).decode()
    without = _BYTES | {"departments": {"__all__": _BYTES}}
    return _YEAR.dump_json(record, exclude=without).decode()


def year_of_json(text: str) -> PublicYear:
    """The record back. Raises pydantic.ValidationError (a ValueError) for anything else."""
    return _YEAR.validate_json(text)


def department_of_json(text: str) -> PublicDepartment:
    """As `year_of_json`."""
    return _DEPARTMENT.validate_json(text)
