"""疑点: registries of 2023 in which the flags find what the four reviews of such a year find, and a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from django.conf import settings
from django.utils import timezone

from jiheng.demo.places import District, moment, read
from jiheng.documents import personal
from jiheng.figures import rounded
from jiheng.filings.models import Filing
from jiheng.flags import running, workflow
from jiheng.flags.models import FlagRun, Hit
from jiheng.ledger import registries
from jiheng.ledger.models import Entry, RegistryRow
from jiheng.projects.models import Fund
from jiheng.sheets import Form, GoalSheet, Operator, Quantity
from jiheng.units.models import Unit

YEAR = 2023
FARMING, INDUSTRY, SCHOOLS = "401", "601", "201"  # departments
TOILETS, SUPPORT = "厕所革命", "产业发展扶持"
WRONG_CLASS = ("30227", "30299")
GRANT = Decimal(2000)


def misname(district: District, entries: Iterable[Entry]) -> None:
    """Before the ledger is stored: two payments for equipment stand under 商品和服务支出 (F06)."""
    fund = _fund(district, FARMING, TOILETS)
    found = (
        entry
        for entry in entries
        if entry.fund_id == fund.pk and entry.fiscal_year == YEAR and entry.economic_code in WRONG_CLASS
    )
    for _, entry in zip(range(2), found, strict=False):
        entry.summary = "三格式化粪池设备购置款"


def suspect(district: District) -> FlagRun:
    """Fills the registries, runs the flags over 2023, and begins to work on what they hit."""
    data = read("registries.yaml")
    toilets, support = _fund(district, FARMING, TOILETS), _fund(district, INDUSTRY, SUPPORT)
    for name in ("companies", "listed", "items", "materials", "proofs", "taxes"):
        _keep(district, name, data[name])
    _keep(district, "subsidies", _of(support, data["industry"]) + _household_grants(data, toilets))
    _keep(district, "agreements", _of(support, data["agreements"]))
    _keep(district, "acceptances", _accepted(data, toilets))
    school = _unit(district, SCHOOLS)
    contracts, links = _toilet_contracts(data, toilets)
    _keep(district, "contracts", [*contracts, *({**row, "unit": school.code} for row in data["desks"])])
    _keep(district, "contract_payments", links)
    _keep(district, "transfers", [row | {"unit": school.code} for row in data["transfers"]])
    made = running.run(None, district.region, YEAR)
    FlagRun.objects.filter(pk=made.pk).update(at=moment(2024, 7, 8), person=district.people["jixiao"])
    _work(district)
    return made


def _work(district: District) -> None:
    """One hit is asked about, one dismissed, one handed in as a clue; the others wait."""
    bureau = district.people["jixiao"]
    hits = Hit.objects.filter(region=district.region, fiscal_year=YEAR)
    asked = hits.filter(flag="F01").first()
    if asked is not None:
        due = timezone.localdate() + timedelta(days=10)
        workflow.ask(
            bureau, asked, asked.revision, "请说明签约时乙方是否已成立，附工商档案和中标通知书。", due
        )
    split = hits.filter(flag="F09").first()
    if split is not None:
        reason = "三份合同分属三所学校各自的改造预算，由局里代签，经核预算批复属实。"
        workflow.dismiss(bureau, split, split.revision, reason)
    tax = hits.filter(flag="F05").first()
    if tax is not None:
        workflow.make_clue(bureau, tax, tax.revision, "已向税务部门核对入库税额，与协议承诺差距较大。")


def _keep(district: District, name: str, rows: list[dict[str, Any]]) -> None:
    numbered = list(enumerate(rows, start=2))
    typed = [(number, {key: _typed(value) for key, value in row.items()}) for number, row in numbered]
    fresh, _ = registries.versions(district.region, name, district.batch, typed)
    RegistryRow.objects.bulk_create(fresh)


def _typed(value: Any) -> Any:
    """YAML's whole numbers are money, shares and areas; years stand in four digits."""
    if isinstance(value, list):
        return tuple(value)
    return (
        Decimal(value) if isinstance(value, int) and not isinstance(value, bool) and value > 9999 else value
    )


def _unit(district: District, department: str) -> Unit:
    return next(unit for unit in district.units if unit.code == f"{department}001")


def _fund(district: District, department: str, words: str) -> Fund:
    unit = _unit(district, department)
    return next(fund for fund in district.funds if fund.unit_id == unit.pk and words in fund.name)


def _of(fund: Fund, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "unit": fund.unit.code, "project": fund.code} for row in rows]


def _sealed(number: int) -> str:
    """An invented person's number as a file's arrival leaves it."""
    return personal.sealed(f"43029919600101{number:04}", settings.PERSONAL_KEY.encode())


def _household_grants(data: Mapping[str, Any], fund: Fund) -> list[dict[str, Any]]:
    """Every household got the grant; two of them are in no ledger, one got it twice."""
    people = [*data["households"], ["周三元", "湖塘村五组"], ["石细妹", "湖塘村五组"]]
    rows: list[dict[str, Any]] = [
        {
            "number": f"CS-2023-{place:03}",
            "item": "CS-2023",
            "person": _sealed(place),
            "name": name,
            "address": address,
            "period": str(YEAR),
            "amount": GRANT,
            "paid": date(YEAR, 11, 6),
        }
        for place, (name, address) in enumerate(people, start=1)
    ]
    rows.append({**rows[4], "number": "CS-2023-099", "paid": date(YEAR, 12, 4)})
    return _of(fund, rows)


def _accepted(data: Mapping[str, Any], fund: Fund) -> list[dict[str, Any]]:
    """The ledger: one household twice, one day in the wrong order, one inspector left out."""
    rows: list[dict[str, Any]] = [
        {
            "number": f"YS-2023-{place:03}",
            "year": YEAR,
            "owner": name,
            "person": _sealed(place),
            "address": address,
            "kind": "三格式",
            "started": date(YEAR, 4, 10),
            "finished": date(YEAR, 6, 1) + timedelta(days=place),
            "accepted": date(YEAR, 7, 1) + timedelta(days=place),
            "inspector": "镇村联合验收组",
            "longitude": Decimal("113.081") + Decimal(place).scaleb(-4),
            "latitude": Decimal("27.835"),
        }
        for place, (name, address) in enumerate(data["households"], start=1)
    ]
    rows[2]["accepted"] = date(YEAR, 5, 20)
    rows[6]["inspector"] = None
    rows.append({**rows[1], "number": "YS-2023-013", "longitude": Decimal("113.09")})
    return _of(fund, rows)


def _toilet_contracts(
    data: Mapping[str, Any], fund: Fund
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Two contracts with the voucher of each: the first was paid to somebody else than its party, and both
    together come to 70% of what the goal promised."""
    paid = Entry.objects.filter(fund=fund, fiscal_year=YEAR, kind="payment", amount__gt=0)
    entries = list(paid.order_by("dated", "pk")[:2])
    goal = Filing.objects.get(form=Form.PROJECT_GOAL, fiscal_year=YEAR, fund=fund)
    sheet = cast(GoalSheet, goal.as_sheet())
    line = next(one for one in sheet.indicators if one.operator is Operator.AT_LEAST)
    target = line.target.value if isinstance(line.target, Quantity) else Decimal(0)
    rows = [
        {
            **row,
            "amount": entry.amount,
            "accepted": entry.dated - timedelta(days=1),
            "indicator": line.name,
            "quantity": rounded(target * 35 / 100, 0),
            "measure": line.unit,
        }
        for row, entry in zip(data["contracts"], entries, strict=True)
    ]
    rows[1]["party"] = entries[1].payee
    links = [
        {"contract": row["number"], "voucher": entry.voucher}
        for row, entry in zip(rows, entries, strict=True)
    ]
    return _of(fund, rows), links


__all__ = ["misname", "suspect"]
