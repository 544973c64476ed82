"""A small published year: real texts and tables, two units, a few projects, an edition taken back."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.accounts.sets import tables

from jiheng import policy, wording
from jiheng.disclosure.record import PublicDepartment, PublicEdition, PublicFile, PublicResult, PublicYear
from jiheng.publishing import Vendored, Withdrawn
from jiheng.sheets import NOT_APPLICABLE, AccountTable

DAY = date(2025, 10, 20)
REGION, NAME = "430299000", "天衡区"
VENDORED = Vendored(b"/* charts */", b"Apache License")
WORD = b"PK\x03\x04 a Word file"
PDF = b"%PDF-1.7 a PDF file"


def file(name: str, data: bytes) -> PublicFile:
    return PublicFile(name, hashlib.sha256(data).hexdigest(), data)


def region_tables() -> tuple[AccountTable, ...]:
    chosen = tables("region")
    kinds = ("three_public", "transfers", "debt", "new_bonds")
    return tuple(replace(chosen[kind], region=REGION) for kind in kinds)


def unit_tables(code: str, name: str) -> tuple[AccountTable, ...]:
    return tuple(
        replace(table, region=REGION, unit_code=code, unit_name=name)
        for key, table in tables("unit").items()
        if "/" not in key
    )


def texts(found: tuple[AccountTable, ...]) -> tuple[wording.Text, ...]:
    whose, rules = wording.Whose(NAME, 2024), policy.on(DAY)
    public, transfers, debt, new_bonds = found
    facts: list[wording.Facts] = [
        wording.three_public_of(public, whose),
        wording.transfers_of(transfers, whose),
        wording.debt_of(debt, whose, new_bonds),
        wording.Performance(
            whose,
            2023,
            departments=wording.Sourced(Decimal(2), "performance/2024/units"),
            department_goals=wording.Sourced(Decimal(2), "performance/2024/unit_goals"),
            reviewed=reviewed(),
        ),
    ]
    return tuple(wording.note(fact, rules) for fact in facts)


def reviewed() -> tuple[wording.Reviewed, ...]:
    amount = wording.Sourced(Decimal("13000000"), "performance/2024/reviewed.1")
    score = wording.Sourced(Decimal("91.5"))
    return (
        wording.Reviewed("农村公路养护", "交通局", "2023年", amount, score, "优", is_four_reviews=True),
        wording.Reviewed("老旧小区改造", "住建局", "2023年", grade="良"),
    )


def results() -> tuple[PublicResult, ...]:
    school, roads = ("105001", "区教育局"), ("148001", "区交通局")
    return (
        PublicResult(2023, *school, "", "", "办好学校", *money("12345678", "12000000"), Decimal(93), "优"),
        PublicResult(
            2023, *school, "T1050", "营养改善计划", "让 4754 名学生吃好", *money("4200000", "4100000"),
            Decimal("96"), "优",
        ),
        PublicResult(
            2023, *school, "T1051", "=1+1|cmd", "校舍维修 <b>12</b> 处", NOT_APPLICABLE, NOT_APPLICABLE,
            Decimal("78.25"), "中",
        ),
        PublicResult(
            2023, *roads, "../../T148/001", "农村公路养护", "养护 320 公里", *money("13000000", "12999999.99")
        ),
    )  # fmt: skip


def money(budget: str, spent: str) -> tuple[Decimal, Decimal]:
    return Decimal(budget), Decimal(spent)


def made(edition: int = 2) -> PublicYear:
    found = region_tables()
    told = texts(found)
    trace = (
        PublicEdition(1, date(2025, 10, 1), "0" * 64, date(2025, 10, 10), "债务余额有误，更正后重新公开"),
        PublicEdition(2, DAY, hashlib.sha256(WORD).hexdigest()),
    )
    own = unit_tables("105001", "区教育局")
    facts = wording.department_of({table.kind: table for table in own}, {}, wording.Whose("区教育局", 2024))
    note = wording.note(facts, policy.on(DAY))
    unit = PublicDepartment(
        "105001", "区教育局", DAY, 1, note, own, "0" * 64, (file("区教育局.docx", WORD),), trace[1:]
    )
    return PublicYear(
        region=REGION,
        region_name=NAME,
        fiscal_year=2024,
        title="天衡区2024年度决算公开",
        day=DAY,
        edition=edition,
        bureau="天衡区财政局",
        policy_version="0" * 64,
        texts=told,
        reviewed=reviewed(),
        tables=found,
        evaluated=2023,
        results=results(),
        departments=(unit,),
        files=(file("说明.docx", WORD), file("来源.json", b"{}"), file("说明.pdf", PDF)),
        trace=trace[:edition],
    )


def taken_back() -> Withdrawn:
    year = made()
    last = replace(year.trace[-1], withdrawn_on=date(2025, 11, 3), reason="核对转移支付")
    return Withdrawn(REGION, NAME, 2024, year.title, (year.trace[0], last))
