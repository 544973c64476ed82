"""A project that is not in the budget yet: what a unit asks money for the first time."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from jiheng.projects.models import Fund, Project
from jiheng.units import log
from jiheng.units.models import Person, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The new project: its name, content and years; `function_code` of 支出功能分类 where it is known."""

    name: str
    since_year: int
    until_year: int
    description: str = ""
    function_code: str = ""


def propose(person: Person, unit: Unit, proposal: Proposal) -> Fund:
    """A new fund with one project of its name, coded 区划6 + 年2 + T + 流水12. It has no money by this. The
    unit's own people only. Raises PermissionDenied, ValidationError by field."""
    if person.unit_id != unit.pk or not person.is_active:
        raise PermissionDenied("只能为本单位新增拟设项目")
    name = proposal.name.strip()
    if not name:
        raise ValidationError({"name": "项目名称不能为空"})
    if not 2000 <= proposal.since_year <= proposal.until_year <= 2100:
        raise ValidationError({"until_year": "拟执行年度有误，应不早于起始年度"})
    with transaction.atomic():
        Unit.objects.select_for_update().get(pk=unit.pk)
        if Fund.objects.filter(unit=unit, name=name).exists():
            raise ValidationError({"name": f"本单位已有专项“{name}”，请从列表中选择"})
        code = _code(unit, proposal.since_year)
        fund = Fund.objects.create(
            region_id=unit.region_id,
            unit=unit,
            code=code,
            name=name[:160],
            attribute="新增",
            period=f"{proposal.since_year}—{proposal.until_year}年",
            description=proposal.description,
            function_code=proposal.function_code,
            since_year=proposal.since_year,
            until_year=proposal.until_year,
        )
        Project.objects.create(
            fund=fund,
            unit=unit,
            region_id=unit.region_id,
            code=code,
            name=fund.name,
            since_year=fund.since_year,
            until_year=fund.until_year,
        )
        log.record(person, "新增拟设项目", fund, after={"代码": code}, unit_name=unit.name)
    return fund


def prolong(fund: Fund, until_year: int) -> None:
    """A fund that may go on; part of the verb that decided and logs it."""
    if until_year > fund.until_year:
        fund.until_year = until_year
        fund.save(update_fields=["until_year"])


def _code(unit: Unit, year: int) -> str:
    start = f"{unit.region_id[:6]}{year % 100:02}T9"  # a row of its own, beside the codes that are imported
    last = Fund.objects.filter(region=unit.region_id, code__startswith=start).order_by("-code").first()
    number = int(last.code[len(start) :]) + 1 if last else 1
    return f"{start}{number:011}"
