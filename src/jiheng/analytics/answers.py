"""What is asked and what is answered: filters, columns with their units, rows, notes, steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from jiheng.sheets import Missing

Cell = str | int | Decimal | date | Missing
# the name of a code: ("unit", "105002") → "第一中学"; empty where nobody knows it
Names = Callable[[str, str], str]


class AskError(Exception):
    """A question that cannot be answered, and why: a Chinese sentence for who asked."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which payments are asked about; None or empty asks about all. Codes are those of the ledger.

    `until` is the day as of which figures stand; payments of later days, and budget decided later (but for
    the 年初预算), are not there yet. An empty `fund` or `project` text is 基本支出: those without one."""

    year: int | None = None
    until: date | None = None
    month: int | None = None
    region: str | None = None
    scope: tuple[str, ...] | None = None  # the units that the asking person sees
    unit: str | None = None
    fund: str | None = None
    project: str | None = None
    fund_type: str | None = None
    kind: str | None = None
    function: str | None = None  # a class 类, section 款 or item 项: what begins with it
    economic: str | None = None  # likewise
    digits: int = 3  # how many digits of a class the rows stand for


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `kind`: code, name, word, money (yuan), percent, points (百分点), times (倍), count, day."""

    key: str
    title: str
    kind: str
    unit: str = ""

    @property
    def heading(self) -> str:
        return f"{self.title}（{self.unit}）" if self.unit else self.title


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a question, each cell as its column says; `total` is the row of sums, if it has one.

    `steps` tell how the figures came about, the last of them the SQL that an auditor can run again."""

    question: str
    title: str
    asks: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None
    notes: tuple[str, ...]
    steps: tuple[str, ...]
    by: tuple[str, ...]  # the dimensions whose codes say which payments a row adds up
    chart: tuple[str, tuple[str, ...]] | None = None  # "bar" or "line", and the columns to draw
    until: date | None = None

    def place(self, key: str) -> int:
        return next(place for place, column in enumerate(self.columns) if column.key == key)

    def where(self, row: Sequence[Cell]) -> dict[str, str]:
        """What to filter by to see the payments behind a row: {"unit": "105002"}."""
        return {name: str(row[self.place(name)]) for name in self.by}


@dataclass(frozen=True, slots=True)
class Rows:
    """Payment rows behind a figure, the latest first: one page of `count`, which come to `total` yuan."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    count: int
    total: Decimal
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """Where policy draws the lines: amounts in yuan, shares in %, times in days."""

    red_below: Decimal
    yellow_below: Decimal
    idle_days: int
    idle_balance: Decimal
    carryover_share: Decimal
    december_share: Decimal
    december_amount: Decimal
    three_public: Mapping[str, str] = field(default_factory=dict)  # 部门经济分类 → item
    version: str = ""
