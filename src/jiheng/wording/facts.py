"""What the explanations are made of: figures with their source, and reasons; no number that was typed.

Amounts are exact yuan, everything else is a plain number. A figure that is not there is `Missing`; no clause
is written of it, and the text says that it lacks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from jiheng.sheets import NOT_REPORTED, Missing

_LEVELS = "省市县区旗州盟"


@dataclass(frozen=True, slots=True)
class Sourced:
    """A figure and the id of the cell it comes from."""

    value: Decimal | Missing
    source: str = ""

    @property
    def known(self) -> Decimal | None:
        """The value; None where it is not there."""
        return None if isinstance(self.value, Missing) else self.value


ABSENT = Sourced(NOT_REPORTED)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a table: its outturn 决算数, and what it is compared with. `reason` says why it moved."""

    key: str
    label: str
    final: Sourced
    budget: Sourced = ABSENT
    last: Sourced = ABSENT
    reason: str = ""

    @property
    def has_moved(self) -> bool:
        """Whether it differs from what it is compared with, so that a reason means something."""
        if self.final.known is None:
            return False
        compared = [base.known for base in (self.budget, self.last) if base.known is not None]
        return not compared or any(base != self.final.known for base in compared)


def makes_up(parts: Sequence[Item], whole: Item) -> bool:
    """Whether the known parts are all of the whole: none is missing, or what is known adds up to it already.

    In official tables a blank row means that there was none.
    """
    known = [part.final.known for part in parts if part.final.known is not None]
    return bool(known) and (len(known) == len(parts) or sum(known) == whole.final.known)


@dataclass(frozen=True, slots=True)
class Whose:
    """Of whom the text speaks (天衡区, or a department) and for which fiscal year."""

    name: str
    year: int

    @property
    def level(self) -> str:
        """区 of 天衡区; 本 where the name doesn't say."""
        return self.name[-1:] if self.name[-1:] in tuple(_LEVELS) else "本"


@dataclass(frozen=True, slots=True)
class ThreePublic:
    """三公经费. `cars` is bought + run. The counts are plain numbers."""

    whose: Whose
    total: Item
    abroad: Item
    cars: Item
    cars_bought: Item
    cars_run: Item
    reception: Item
    groups: Sourced = ABSENT
    travellers: Sourced = ABSENT
    bought: Sourced = ABSENT
    held: Sourced = ABSENT
    batches: Sourced = ABSENT
    guests: Sourced = ABSENT

    def items(self) -> tuple[Item, ...]:
        return (self.total, self.abroad, self.cars, self.cars_bought, self.cars_run, self.reception)


@dataclass(frozen=True, slots=True)
class Group:
    """返还性收入, 一般性 or 专项转移支付, and what it is the sum of."""

    item: Item
    parts: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Transfers:
    """税收返还和转移支付: the total is the sum of the groups."""

    whose: Whose
    total: Item
    groups: tuple[Group, ...]

    def items(self) -> tuple[Item, ...]:
        found = [self.total]
        for group in self.groups:
            found += [group.item, *group.parts]
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Split:
    """A stock or a flow of debt: 一般债务, 专项债务 and both together."""

    key: str
    label: str
    general: Sourced = ABSENT
    special: Sourced = ABSENT
    total: Sourced = ABSENT
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BondUse:
    """What new bonds were spent on: a field, the amount, how many projects."""

    label: str
    amount: Sourced
    projects: Sourced = ABSENT


@dataclass(frozen=True, slots=True)
class Debt:
    """政府债务. closing = opening + issued − repaid − written_off; repaid = by bonds + by budget."""

    whose: Whose
    limit: Split
    opening: Split
    issued: Split
    new: Split
    refinancing: Split
    repaid: Split
    repaid_by_bonds: Split
    repaid_by_budget: Split
    interest: Split
    closing: Split
    foreign: Split = Split("foreign", "外债转贷")
    written_off: Split = Split("written_off", "核减和其他方式化解")
    uses: tuple[BondUse, ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A project of 重点评价 or of the 人大 “四评”: a line of 附件1. Grade and score as they were decided."""

    project: str
    department: str
    years: str
    amount: Sourced = ABSENT
    score: Sourced = ABSENT
    grade: str = ""
    is_four_reviews: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """What a person writes: a heading, and its text."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Performance:
    """The year of performance management: counts, amounts, the grades of the projects that were evaluated.

    `year` of `whose` is the budget year whose goals and monitoring are told; `evaluated` is the year whose
    spending was evaluated in it. `systems`, `problems` and `measures` are a person's own words.
    """

    whose: Whose
    evaluated: int
    departments: Sourced = ABSENT  # 预算部门数
    department_goals: Sourced = ABSENT  # of which with goals for all they spend
    fund_goals: Sourced = ABSENT
    fund_goals_amount: Sourced = ABSENT
    monitored: Sourced = ABSENT
    green: Sourced = ABSENT
    yellow: Sourced = ABSENT
    red: Sourced = ABSENT
    self_evaluated: Sourced = ABSENT  # departments
    self_evaluated_projects: Sourced = ABSENT
    linked_amount: Sourced = ABSENT  # what results moved in the next budget
    problems_found: Sourced = ABSENT
    problems_closed: Sourced = ABSENT
    reviewed: tuple[Reviewed, ...] = ()
    systems: str = ""
    problems: tuple[Passage, ...] = ()
    measures: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Department:
    """The final accounts of a department, for its explanation (Hunan's sections)."""

    whose: Whose
    in_total: Item
    out_total: Item
    incomes: tuple[Item, ...]
    in_year: Item
    out_year: Item
    spending: tuple[Item, ...]  # 基本支出, 项目支出 …
    fiscal_in: Item  # 财政拨款收入总计
    fiscal_out: Item
    general: Item  # 一般公共预算财政拨款支出
    functions: tuple[Item, ...]  # of which by 功能分类 classes
    basic: Item
    people: Item
    running: Item
    three_public: ThreePublic
    fund_opening: Sourced = ABSENT
    fund_income: Sourced = ABSENT
    fund_spent: Sourced = ABSENT
    fund_closing: Sourced = ABSENT
    capital_spent: Sourced = ABSENT
    office: Item = Item("office", "机关运行经费", ABSENT)
    meetings: Item = Item("meetings", "会议费", ABSENT)
    training: Item = Item("training", "培训费", ABSENT)
    festivals: Item = Item("festivals", "节庆、晚会、论坛、赛事等活动", ABSENT)
    procured: Item = Item("procured", "政府采购支出", ABSENT)
    procured_parts: tuple[Item, ...] = ()  # goods, works, services
    to_smes: Sourced = ABSENT
    to_micro: Sourced = ABSENT
    vehicles: Sourced = ABSENT
    equipment: Sourced = ABSENT  # single pieces of 100 万元 and more
    goals: Sourced = ABSENT  # projects with goals
    goals_amount: Sourced = ABSENT
    self_score: Sourced = ABSENT
    self_grade: str = ""
    performance: str = ""  # a person's own words

    def items(self) -> tuple[Item, ...]:
        return (
            self.in_total,
            self.out_total,
            self.general,
            self.basic,
            self.office,
            *self.three_public.items(),
        )


Facts = ThreePublic | Transfers | Debt | Performance | Department
