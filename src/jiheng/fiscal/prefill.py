"""Figures that the system knows already: budget and payments of a project, the 基础数据表 of a unit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import cast

from jiheng.filings.models import Filing, State
from jiheng.fiscal.models import KeyEvaluation
from jiheng.ledger import executed
from jiheng.sheets import (
    WAN,
    Amount,
    Form,
    Missing,
    MoneyResult,
    Quantity,
    SpendingControl,
    UnitEvaluationSheet,
    plain,
)

Figures = dict[str, tuple[str, str]]


def figures_for(evaluation: KeyEvaluation) -> Figures:
    """By formula of `scoring.measures` the two figures as typed, "" where one is not known."""
    return _of_project(evaluation) if evaluation.fund else _of_unit(evaluation)


def _of_project(evaluation: KeyEvaluation) -> Figures:
    fund = evaluation.fund
    assert fund is not None
    paid = []
    for year in range(evaluation.from_year, evaluation.to_year + 1):
        found = executed.of_funds(evaluation.region, year, date(year, 12, 31), [fund])[fund.pk].total
        if not isinstance(found, Missing):
            paid.append(found)
    spent = _wan(sum(paid, Decimal(0))) if paid else ""
    planned = "" if evaluation.amount is None else _wan(evaluation.amount)
    return {"arrival": ("", planned), "spent": (spent, "")}


def _of_unit(evaluation: KeyEvaluation) -> Figures:
    filing = Filing.objects.filter(
        form=Form.UNIT_EVALUATION,
        unit=evaluation.unit_id,
        fund=None,
        fiscal_year=evaluation.to_year,
    )
    held = filing.exclude(state=State.DRAFT).first()
    if held is None:
        return {}
    sheet = cast("UnitEvaluationSheet", held.as_sheet())
    money = next((row for row in sheet.money if row.key == "total"), MoneyResult(key="total"))
    spending = {row.key: row for row in sheet.basic.spending}
    three = spending.get("three_public", SpendingControl(key="three_public"))
    public = spending.get("public", SpendingControl(key="public"))
    return {
        "staff": (_typed(sheet.basic.staff), _typed(sheet.basic.posts)),
        "three_public_change": (_typed(three.budget), _typed(three.last_budget)),
        "completion": (_typed(money.executed), _typed(money.revised)),
        "adjustment": (_typed(sheet.basic.adjustment), _typed(money.initial)),
        "public_cost": (_typed(public.final), _typed(public.budget)),
        "three_public": (_typed(three.final), _typed(three.budget)),
        "procurement": (_typed(sheet.basic.procurement), ""),
    }


def _typed(figure: Amount | Quantity | Missing) -> str:
    return "" if isinstance(figure, Missing) else str(figure)


def _wan(yuan: Decimal) -> str:
    return plain(yuan / WAN)
