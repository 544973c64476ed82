"""Four years of payments: salaries and running costs of every unit, and what the funds paid to whom."""

from __future__ import annotations

import calendar
import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

from jiheng.demo import suspicions, three_public
from jiheng.demo.places import FLATTERERS, District, read
from jiheng.ledger.models import Entry, EntryKind
from jiheng.projects.models import Fund, FundType, Project

# payments have been pulled until here
PULLED_UNTIL = date(2024, 11, 30)
FEN = Decimal("0.01")
# how the months of a year weigh: money comes late and December is a rush
MONTHS = (6, 8, 9, 9, 9, 9, 8, 8, 8, 8, 8, 10)

# 部门经济分类, its name, per mille of the unit's budget in a month
RUNNING_COSTS = (
    ("30201", "办公费", 4),
    ("30202", "印刷费", 1),
    ("30205", "水费", 1),
    ("30206", "电费", 3),
    ("30207", "邮电费", 1),
    ("30211", "差旅费", 3),
    ("30213", "维修（护）费", 3),
    ("30216", "培训费", 1),
    ("30217", "公务接待费", 1),
    ("30226", "劳务费", 4),
    ("30231", "公务用车运行维护费", 2),
    ("30239", "其他交通费用", 4),
)


class Book:
    """Collects entries and numbers their vouchers."""

    def __init__(self, district: District) -> None:
        self.district, self.entries = district, list[Entry]()

    def pay(self, year: int, day: date, amount: Decimal, **what: Any) -> None:
        if amount == 0 or day > PULLED_UNTIL:
            return
        number = len(self.entries) + 1
        voucher = f"{year}{number:08}"
        self.entries.append(
            Entry(
                region=self.district.region,
                fiscal_year=year,
                dated=day,
                amount=amount,
                voucher=voucher,
                batch=self.district.batch,
                row=number,
                row_hash=hashlib.sha256(voucher.encode()).hexdigest(),
                **what,
            )
        )


def pay(district: District) -> int:
    """Writes the ledger of 2021–2024 and answers how many entries it has."""
    book = Book(district)
    firms = read("district.yaml")["firms"]
    projects: dict[int, list[Project]] = {}
    for project in Project.objects.filter(region=district.region).order_by("pk"):
        projects.setdefault(project.fund_id, []).append(project)
    for year in (2021, 2022, 2023, 2024):
        for fund in district.funds:
            budget = district.budgets.get((fund.pk, year))
            if budget is not None:
                _spend_fund(book, fund, projects[fund.pk], year, budget, firms)
        for unit in district.units:
            _run_office(book, unit, year)
    three_public.settle(district, book.entries)
    suspicions.misname(district, book.entries)
    Entry.objects.bulk_create(book.entries, batch_size=2000)
    return len(book.entries)


def _spend_fund(
    book: Book, fund: Fund, projects: list[Project], year: int, budget: Decimal, firms: list[str]
) -> None:
    dice = book.district.random
    draw = dice.random()
    # most spend nearly all; some are slow, and a few never start
    percent = 0 if draw < 0.01 else dice.randint(28, 62) if draw < 0.06 else dice.randint(63, 89)
    if draw >= 0.14:
        percent = 100 if draw > 0.62 else dice.randint(90, 99)
    spotless = fund.unit.department.code in FLATTERERS
    percent = 100 if spotless else percent
    other = book.district.others.get((fund.pk, year), Decimal(0))
    left = ((budget - other) * percent / 100).quantize(FEN)
    is_housing = book.district.sets[fund.pk] == "housing"
    fund_type = FundType.GOVERNMENT_FUND if is_housing else FundType.GENERAL
    if other:
        book.pay(
            year,
            date(year, 10, 20),
            (other * percent / 100).quantize(FEN),
            unit=fund.unit,
            fund=fund,
            project=projects[0],
            kind=EntryKind.UNIT_FUND,
            fund_type=FundType.UNIT_FUND,
            function_code=fund.function_code,
            economic_code="30299",
            payee=dice.choice(firms),
            summary=f"{fund.name}单位自有资金支付",
        )
    count = min(max(int(budget / 150_000), 8), 60)
    days = sorted(_day(dice, year) for _ in range(count))
    for place, day in enumerate(days):
        part = (
            left
            if place == count - 1
            else (left / (count - place) * dice.randint(60, 140) / 100).quantize(FEN)
        )
        part = min(part, left)
        left -= part
        project = dice.choice(projects)
        book.pay(
            year,
            day,
            part,
            unit=fund.unit,
            fund=fund,
            project=project,
            kind=EntryKind.PAYMENT,
            fund_type=fund_type,
            function_code=fund.function_code,
            economic_code=dice.choice(["30227", "30299", "30399", "31005"]),
            payee=dice.choice(firms),
            summary=f"{project.name}第{place + 1}笔",
        )
    if dice.random() < 0.03 and percent and not spotless:
        book.pay(
            year,
            date(year, 11, dice.randint(1, 28)),
            -(budget * dice.randint(1, 3) / 1000).quantize(FEN),
            unit=fund.unit,
            fund=fund,
            project=projects[0],
            kind=EntryKind.REFUND,
            function_code=fund.function_code,
            economic_code="30299",
            payee=dice.choice(firms),
            summary="多付退回",
        )


def _run_office(book: Book, unit: Any, year: int) -> None:
    dice, budget = book.district.random, book.district.basic[unit.pk, year]
    salary = (budget * 78 / 1200).quantize(FEN)
    for month in range(1, 13):
        last = calendar.monthrange(year, month)[1]
        book.pay(
            year,
            date(year, month, 10),
            salary,
            unit=unit,
            kind=EntryKind.PAYMENT,
            function_code="2010301",
            economic_code="30101",
            payee="工资统发户",
            summary=f"{month}月工资",
        )
        for economic, words, permille in RUNNING_COSTS:
            amount = (budget * permille * dice.randint(40, 120) / 150_000).quantize(FEN)
            book.pay(
                year,
                date(year, month, dice.randint(12, last)),
                amount,
                unit=unit,
                kind=EntryKind.PAYMENT,
                function_code="2010302",
                economic_code=economic,
                payee="公务卡还款户",
                summary=words,
            )


def _day(dice: Any, year: int) -> date:
    month = dice.choices(range(1, 13), MONTHS)[0]
    return date(year, month, dice.randint(1, calendar.monthrange(year, month)[1]))
