"""The facts of a region's year for the red flags: registries, payments, budgets, scores, goals, evidence.

Payments are the many: only those are read that a contract names, or whose words or class F06 looks for. Rows
that live as Parquet are searched by DuckDB there; the others by the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, cast

import duckdb
from django.db.models import Q
from django.utils import timezone

from jiheng.evaluation.models import Score
from jiheng.evaluation.watch import own_score
from jiheng.filings.models import Filing, State
from jiheng.findings.models import Evidence, ProblemState
from jiheng.ledger import executed, registries, stacks
from jiheng.ledger.models import Entry, EntryKind
from jiheng.monitoring.models import Reading
from jiheng.policy import Policy
from jiheng.projects.models import BudgetLine, Fund, Project
from jiheng.rules.redflags import REGISTRIES, Facts
from jiheng.rules.redflags.books import words_of
from jiheng.rules.redflags.facts import FundMoney, Payment, Rectified, SelfScore, Target
from jiheng.rules.redflags.records import (
    Acceptance,
    Contract,
    ContractPayment,
    Material,
    Subsidy,
    Tax,
    Transfer,
)
from jiheng.sheets import NOT_REPORTED, Form, GoalSheet, Quantity
from jiheng.units.models import Region

MOST_NAMED = 500  # vouchers looked up at once
MOST_YEARS = 10  # a contract is paid within
ROW_FIELDS = "voucher, dated, unit, project, amount, function_code, economic_code, payee, summary"


def facts_of(region: Region, fiscal_year: int, policy: Policy, today: date) -> Facts:
    """Everything there is of the year until a day within it. A few dozen queries, however many rows."""
    rows: dict[str, Any] = {name: registries.records(region, name) for name in REGISTRIES}
    links = cast(tuple[ContractPayment, ...], rows["contract_payments"])
    files = stacks.published(region.pk, fiscal_year)
    gone = _taken_back(region)
    named = list(_named(region, _files_of(region, rows["contracts"], fiscal_year), _vouchers(links), gone))
    worded = list(_worded(region, fiscal_year, files, policy, gone))
    of_year(rows, fiscal_year, {payment.voucher for payment in named if payment.dated.year == fiscal_year})
    funds = dict(Project.objects.filter(region=region).values_list("code", "fund__code"))
    return Facts(
        fiscal_year=fiscal_year,
        today=today,
        fund_of=funds,
        payments=tuple({(one.voucher, one.project, one.amount): one for one in (*named, *worded)}.values()),
        fund_money=tuple(_fund_money(region, fiscal_year, policy, today)),
        self_scores=tuple(_self_scores(region, fiscal_year)),
        targets=tuple(_targets(region, fiscal_year, rows["contracts"], funds)),
        rectified=tuple(_rectified(region, fiscal_year)),
        **rows,
    )


def of_year(rows: dict[str, Any], year: int, paid: set[str]) -> None:
    """Leaves of each registry what belongs to the year: contracts signed or paid (`paid`: vouchers) in it,
    grants paid in it with what was taken back until the next, acceptances of it or of who was paid in it."""
    links: Sequence[ContractPayment] = rows["contract_payments"]
    paid_for = {link.contract for link in links if link.voucher in paid}
    contracts: Sequence[Contract] = rows["contracts"]
    rows["contracts"] = tuple(c for c in contracts if c.signed.year == year or c.number in paid_for)
    grants: Sequence[Subsidy] = rows["subsidies"]
    rows["subsidies"] = tuple(
        one for one in grants if one.paid.year == year or (one.amount < 0 and one.paid.year == year + 1)
    )
    numbers = {one.number for one in rows["subsidies"]}
    materials: Sequence[Material] = rows["materials"]
    rows["materials"] = tuple(one for one in materials if one.subsidy in numbers)
    who = {one.who for one in rows["subsidies"]}
    accepted: Sequence[Acceptance] = rows["acceptances"]
    rows["acceptances"] = tuple(
        one for one in accepted if one.year == year or (one.year < year and one.household in who)
    )
    taxes: Sequence[Tax] = rows["taxes"]
    rows["taxes"] = tuple(one for one in taxes if one.year == year)
    transfers: Sequence[Transfer] = rows["transfers"]
    rows["transfers"] = tuple(one for one in transfers if one.received.year == year)


# ── payments ──────────────────────────────────────────────────────────────────────────────────────────


def _entries(region: Region, **only: Any) -> Any:
    """Entries row by row: published, no corrections, no sums of stacked rows."""
    found = Entry.objects.filter(region=region, batch__state="published", rows=1, **only)
    return found.exclude(kind=EntryKind.CORRECTION)


def _taken_back(region: Region) -> set[int]:
    """What published corrections have taken back; few. Asked for by itself: as part of a query over all
    entries, a database that has not counted its rows yet looks through all of them for each of them."""
    corrections = Entry.objects.filter(region=region, batch__state="published", corrects__isnull=False)
    return set(corrections.values_list("corrects_id", flat=True))


def _of_entries(found: Any, gone: set[int]) -> Iterator[Payment]:
    names = ("voucher", "dated", "unit__code", "project__code", "amount", "function_code", "economic_code")
    rows = found.order_by().values_list("pk", *names, "payee", "summary")
    for pk, *row in rows.iterator(chunk_size=5000):
        if pk not in gone:
            yield _payment(row)


def _payment(row: Sequence[Any]) -> Payment:
    voucher, dated, unit, project, amount, function_code, economic_code, payee, summary = row
    return Payment(
        voucher=voucher,
        dated=dated,
        unit=unit,
        project=project or "",
        amount=amount,
        function_code=function_code,
        economic_code=economic_code,
        payee=payee,
        summary=summary,
    )


def _vouchers(links: Sequence[ContractPayment]) -> list[str]:
    return sorted({link.voucher for link in links})


def _files_of(region: Region, contracts: Sequence[Contract], until: int) -> list[Path]:
    """The stacked files of the years in which the contracts can have been paid."""
    since = min((contract.signed.year for contract in contracts), default=until)
    years = range(max(since, until - MOST_YEARS), until + 1)
    return [path for year in years for path in stacks.published(region.pk, year)]


def _named(
    region: Region, files: Sequence[Path], vouchers: Sequence[str], gone: set[int]
) -> Iterator[Payment]:
    """The payments of these vouchers."""
    for start in range(0, len(vouchers), MOST_NAMED):
        yield from _of_entries(_entries(region, voucher__in=vouchers[start : start + MOST_NAMED]), gone)
    if files and vouchers:
        yield from in_files(files, "voucher IN (SELECT unnest($wanted))", {"wanted": list(vouchers)})


def _worded(
    region: Region, year: int, files: Sequence[Path], policy: Policy, gone: set[int]
) -> Iterator[Payment]:
    """The year's payments that F06 may have something to say of."""
    words = words_of(policy)
    salaries = [str(code) for code in policy.table("flags.accounting.never_of_projects")]
    said = reduce(or_, (Q(summary__contains=word) for word in words), Q())
    paid = reduce(or_, (Q(economic_code__startswith=code) for code in salaries), Q(pk__in=()))
    wanted = said | (paid & Q(project__isnull=False))
    yield from _of_entries(_entries(region, fiscal_year=year, amount__gt=0).filter(wanted), gone)
    if files:
        yield from in_files(files, *searched(words, salaries))


def searched(words: Iterable[str], salaries: Iterable[str]) -> tuple[str, dict[str, Any]]:
    """The condition on stacked rows for F06, with its values."""
    named = {f"word{place}": word for place, word in enumerate(words)}
    coded = {f"code{place}": code for place, code in enumerate(salaries)}
    said = " OR ".join(f"contains(summary, ${name})" for name in named) or "FALSE"
    paid = " OR ".join(f"starts_with(economic_code, ${name})" for name in coded) or "FALSE"
    return f"amount > 0 AND (({said}) OR (project <> '' AND ({paid})))", named | coded


def in_files(files: Sequence[Path], where: str, values: dict[str, Any]) -> Iterator[Payment]:
    """Payments of Parquet files under a condition, without those taken back."""
    with duckdb.connect() as con:
        found = con.execute(
            f"SELECT {ROW_FIELDS} FROM read_parquet($files) WHERE kind <> 'correction' AND ({where})"
            " AND id NOT IN (SELECT corrects FROM read_parquet($files) WHERE corrects IS NOT NULL)"
            " ORDER BY id",
            {"files": [str(path) for path in files], **values},
        )
        while chunk := found.fetchmany(5000):
            yield from map(_payment, chunk)


# ── money by fund ─────────────────────────────────────────────────────────────────────────────────────


def _fund_money(region: Region, year: int, policy: Policy, today: date) -> Iterator[FundMoney]:
    """Nothing before the year's payments were pulled."""
    if executed.pulled_until(region, year) is None:
        return
    months = executed.by_month(region, year, "fund")
    grace = today - timedelta(days=policy.whole("flags.idle.days"))
    late_from = policy.whole("flags.rush.late_from_month")
    early: dict[int, Decimal] = {}
    late: dict[int, Decimal] = {}
    lines = BudgetLine.objects.filter(
        region=region, fiscal_year=year, fund__isnull=False, decided_on__lte=today
    )
    for owner, decided_on, amount in lines.values_list("fund", "decided_on", "amount"):
        if decided_on <= grace:
            early[owner] = early.get(owner, Decimal(0)) + amount
        if decided_on.year == year and decided_on.month >= late_from:
            late[owner] = late.get(owner, Decimal(0)) + amount
    for fund in Fund.objects.filter(region=region, pk__in={*early, *late, *months}).select_related("unit"):
        paid = months.get(fund.pk, {})
        yield FundMoney(
            fund=fund.code,
            unit=fund.unit.code,
            name=fund.name,
            arrived_early=early.get(fund.pk, Decimal(0)),
            arrived_late=late.get(fund.pk, Decimal(0)),
            paid=sum(paid.values(), Decimal(0)),
            paid_in_december=paid.get(12, Decimal(0)),
        )


# ── what other stages know ────────────────────────────────────────────────────────────────────────────


def _self_scores(region: Region, year: int) -> Iterator[SelfScore]:
    """Self-evaluations handed in, with the light of the year's last monitoring of the same subject."""
    readings = Reading.objects.filter(filing__region=region, filing__fiscal_year=year)
    lights: dict[tuple[int, int | None], tuple[int, str]] = {}
    for unit, fund, month, light in readings.values_list(
        "filing__unit", "filing__fund", "filing__month", "overall"
    ):
        lights[unit, fund] = max(lights.get((unit, fund), (0, "")), (month, light))
    scores = Score.objects.filter(filing__region=region, filing__fiscal_year=year)
    found = scores.exclude(filing__state=State.DRAFT).select_related("filing__unit", "filing__fund")
    for score in found.defer("steps", "filing__sheet"):
        filing, own = score.filing, own_score(score)
        month, light = lights.get((filing.unit_id, filing.fund_id), (0, ""))
        yield SelfScore(
            number=str(filing.pk),
            unit=filing.unit.code,
            fund=filing.fund.code if filing.fund else "",
            name=filing.fund.name if filing.fund else f"{filing.unit.name}部门整体",
            score=NOT_REPORTED if own is None else own,
            execution_rate=NOT_REPORTED if score.execution_rate is None else score.execution_rate,
            light=light,
            light_month=month,
        )


def _targets(
    region: Region, year: int, contracts: Sequence[Contract], fund_of: dict[str, str]
) -> Iterator[Target]:
    """The approved quantities of the funds that contracts speak of."""
    wanted = {fund_of.get(one.project, one.project) for one in contracts if one.indicator}
    goals = Filing.objects.filter(
        region=region, fiscal_year=year, form=Form.PROJECT_GOAL, fund__code__in=wanted, approved__isnull=False
    )
    for filing in goals.select_related("fund", "unit", "approved"):
        if filing.fund is None:
            continue
        sheet = cast(GoalSheet, filing.as_sheet())
        for line in sheet.indicators:
            if isinstance(line.target, Quantity):
                yield Target(
                    fund=filing.fund.code,
                    unit=filing.unit.code,
                    indicator=line.name,
                    operator=line.operator.value,
                    target=line.target.value,
                    measure=line.unit,
                )


def _rectified(region: Region, year: int) -> Iterator[Rectified]:
    """Files of replies that were sent, of the year's problems; and the same files wherever else they are."""
    sent = Evidence.objects.filter(problem__region=region, reply__sent_at__isnull=False)
    sent = sent.exclude(problem__state=ProblemState.MERGED)
    mine = sent.filter(problem__fiscal_year=year).values("sha256")
    found = sent.filter(Q(problem__fiscal_year=year) | Q(sha256__in=mine))
    for item in found.select_related("problem__unit", "problem__fund", "problem__recurs"):
        problem = item.problem
        yield Rectified(
            problem=problem.number,
            topic=problem.recurs.number if problem.recurs else "",
            unit=problem.unit.code,
            fund=problem.fund.code if problem.fund else "",
            name=item.name,
            kind=item.kind,
            sha256=item.sha256,
            dated=item.dated or item.made_on,
            asked=timezone.localdate(problem.issued_at) if problem.issued_at else None,
        )
