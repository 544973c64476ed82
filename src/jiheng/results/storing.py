"""Proposals into their table, a province's at once: plain rows, as 37,000 objects take half a minute."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from jiheng.figures import rounded
from jiheng.results.facts import Subject
from jiheng.results.models import Plan, Proposal
from jiheng.scoring.results import Proposed, Standing
from jiheng.sheets import Missing
from jiheng.units.money import MoneyField

FIELDS = (
    *("plan", "region", "fund", "unit", "grade", "source", "score", "rate", "idle", "open_problems"),
    *("overdue_problems", "is_livelihood", "is_marked", "base", "amount", "low", "high", "action", "steps"),
    *("decided", "decision", "reason", "decided_by", "decided_at", "revision"),
)
MANY = 5000
_fen = MoneyField().get_prep_value  # scores and rates too are stored as hundredths


def store(plan: Plan, rows: Sequence[tuple[Subject, Standing, Proposed, bool]]) -> int:
    """Adds proposals that nobody has decided on: each fund's facts, what was proposed, whether it is marked.
    Inside the caller's transaction; returns how many."""
    columns = [str(Proposal._meta.get_field(name).column) for name in FIELDS]  # type: ignore[union-attr]
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in columns)
    places = ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {quote(Proposal._meta.db_table)} ({names}) VALUES ({places})"  # names are our own
    made = list(_rows(plan, rows))
    with connection.cursor() as cursor:
        for start in range(0, len(made), MANY):
            cursor.executemany(sql, made[start : start + MANY])
    return len(made)


def _rows(plan: Plan, rows: Sequence[tuple[Subject, Standing, Proposed, bool]]) -> Iterator[tuple[Any, ...]]:
    for subject, standing, made, is_marked in rows:
        yield (
            plan.pk,
            plan.region_id,
            subject.fund,
            subject.unit,
            standing.grade.value if standing.grade else "",
            standing.source,
            _stored(standing.score),
            _stored(standing.rate),
            _stored(standing.idle),
            standing.open_problems,
            standing.overdue_problems,
            standing.is_livelihood,
            is_marked,
            _stored(made.base),
            _stored(made.amount),
            _fen(made.low),
            _fen(made.high),
            made.action.value,
            _steps(made),
            *(None, "", "", None, None, 1),
        )


def _steps(made: Proposed) -> str:
    told = [
        {
            "label": step.label,
            "text": step.text,
            "amount": None if isinstance(step.amount, Missing) else str(step.amount),
        }
        for step in made.steps
    ]
    return json.dumps(told, ensure_ascii=False)


def _stored(value: Decimal | Missing) -> int | None:
    return None if isinstance(value, Missing) else _fen(rounded(value, 2))
