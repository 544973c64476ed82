"""Registries of the cast's district with a few hits in them, and hits in every state."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from tests.cast import Cast

from jiheng.flags import running, workflow
from jiheng.flags.models import FlagRun, Hit
from jiheng.ledger import registries
from jiheng.ledger.models import RegistryRow

CODE = "91430299MA4T10001C"
OTHER = "91430299MA4T10002F"
YEAR_END = date(2024, 12, 31)
COMPANY = {"code": CODE, "name": "清源环境工程有限公司", "established": date(2024, 6, 10)}
CONTRACT: dict[str, Any] = {
    "number": "HT-1",
    "unit": "105002",
    "name": "运动场改造",
    "party": "清源环境工程有限公司",
    "code": CODE,
    "signed": date(2024, 3, 15),
    "amount": "860000",
}


def keep(cast: Cast, registry: str, *rows: dict[str, Any]) -> None:
    """Appends rows to a registry, as publishing a file does."""
    fresh, _ = registries.versions(cast.region, registry, cast.batch, list(enumerate(rows, start=2)))
    RegistryRow.objects.bulk_create(fresh)


def early_contract(cast: Cast, **other: Any) -> None:
    """F01: the school signed before the company was there."""
    keep(cast, "companies", COMPANY)
    keep(cast, "contracts", CONTRACT | other)


def run(cast: Cast) -> FlagRun:
    return running.run(cast.performance, cast.region, 2024, today=YEAR_END)


def hit(cast: Cast) -> Hit:
    """The school's F01, as a run found it."""
    early_contract(cast)
    run(cast)
    return Hit.objects.get(flag="F01")


def asked(cast: Cast) -> Hit:
    found = hit(cast)
    due = timezone.localdate() + timedelta(days=7)
    return workflow.ask(cast.performance, found, found.revision, "请说明签约时施工方是否已成立", due)


def dismissed(cast: Cast) -> Hit:
    found = hit(cast)
    return workflow.dismiss(cast.performance, found, found.revision, "登记机关更正了成立日期")
