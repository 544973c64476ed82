"""年度结转: a work year is closed and the next one opened, whole or not at all, and once.

Work year 2024 closes fiscal year 2023 altogether and the goals and monitoring of 2024; 2025 gets its
calendar, what is carried over, and goals as drafts. What is slow is made ready first;
one transaction then does it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from jiheng import policy as policies
from jiheng.goals import copying
from jiheng.ledger import executed
from jiheng.projects import budget, years
from jiheng.projects.access import funds_in
from jiheng.projects.models import BudgetKind, BudgetLine, Fund, Window
from jiheng.results.models import Rollover
from jiheng.results.open_items import scope, still_open
from jiheng.results.outcomes import NotDone, refusals_logged
from jiheng.sheets import WAN, Missing, plain
from jiheng.units import jobs, log
from jiheng.units.access import region_of, require
from jiheng.units.models import Batch, BatchState, Job, Person, Region

FOREVER = 2099  # a window that closes in or after this year never does
Tell = Callable[[int, int, str], None]


def words_to_type(work_year: int) -> str:
    """What the person types, so that nobody closes a year by a slip of the finger."""
    return f"关闭{work_year - 1}年"


def ask_to_close(person: Person, work_year: int, typed: str) -> Job:
    """Checks what can be checked at once, and leaves the rest to the worker. Raises NotDone."""
    with refusals_logged(person, "年度结转", region_of(person)):
        require(person, "close_year")
        _require_ready(person, work_year, typed)
    return jobs.enqueue("close_year", person, work_year=work_year, typed=typed)


def close_job(job: Job) -> dict[str, Any]:
    """The worker's part; done again after its worker was killed, it does nothing twice."""
    assert job.person is not None

    def tell(done: int, total: int, message: str) -> None:
        jobs.progress(job, done, total, message)

    try:
        done = close(job.person, int(job.params["work_year"]), str(job.params["typed"]), tell)
    except NotDone as refused:
        raise jobs.JobError(refused.message) from refused
    words = "，".join(f"{name} {count}" for name, count in done.counts.items())
    return {"work_year": done.work_year, "message": f"{done}：{words}"}


def close(person: Person, work_year: int, typed: str, tell: Tell = lambda *_: None) -> Rollover:
    """结转: closes, shifts the calendar, carries money over, copies goals. A work year that was closed
    stays as it was. Raises PermissionDenied, NotDone."""
    region = region_of(person)
    with refusals_logged(person, "年度结转", region):
        require(person, "close_year")
        there = Rollover.objects.filter(region=region, work_year=work_year).first()
        if there is not None:
            return there
        _require_ready(person, work_year, typed)
        tell(0, 0, "正在准备下年目标草稿")
        drafts = copying.drafts(
            person, region, work_year + 1, lambda done, total: tell(done, total, "正在准备下年目标草稿")
        )
        with transaction.atomic():
            Region.objects.select_for_update().get(pk=region.pk)  # two at once wait here
            there = Rollover.objects.filter(region=region, work_year=work_year).first()
            if there is not None:
                return there
            _require_ready(person, work_year, typed)
            return _carried_out(person, region, work_year, drafts)


def _carried_out(person: Person, region: Region, work_year: int, drafts: list[Any]) -> Rollover:
    coming = work_year + 1
    windows = _shift_windows(person, region, work_year)
    lines, money, left = _carry_over(person, region, work_year)
    counts: dict[str, Any] = {
        "关闭阶段（个）": len(years.close(person, work_year, scope(region, work_year))),
        "延续专项（个）": funds_in(region, coming).filter(since_year__lte=work_year).count(),
        "到期专项（个）": funds_in(region, work_year).filter(until_year=work_year).count(),
        "工作安排（项）": windows,
        "结转指标（条）": lines,
        "结转金额（万元）": plain(money / WAN),
        "到期专项结余（万元）": plain(left / WAN),
        "目标草稿（份）": copying.keep(person, drafts),
    }
    done = Rollover.objects.create(
        region=region, work_year=work_year, counts=counts, person=person, at=timezone.now()
    )
    log.record(person, "年度结转", done, after=counts)
    return done


def _require_ready(person: Person, work_year: int, typed: str) -> None:
    region = region_of(person)
    wanted = words_to_type(work_year)
    if typed.strip() != wanted:
        raise NotDone(f"请在确认框里原样输入“{wanted}”", "typed")
    if not Window.objects.filter(region=region, work_year=work_year).exists():
        raise NotDone(f"{work_year} 工作年度没有工作安排，无从结转")
    blocking = [item for item in still_open(region, work_year) if item.blocks]
    if blocking:
        words = "；".join(f"{item.title} {item.count} 项" for item in blocking)
        raise NotDone(f"还不能关闭：{words}。请先办完")


# ── the calendar ──────────────────────────────────────────────────────────────────────────────────────


def _shift_windows(person: Person, region: Region, work_year: int) -> int:
    """Every window of the work year again, a year later; what the next one's calendar has stays."""
    there = Window.objects.filter(region=region, work_year=work_year + 1)
    known = set(there.values_list("stage", "fiscal_year", "month"))
    made = [
        Window(
            region=region,
            work_year=work_year + 1,
            stage=window.stage,
            fiscal_year=window.fiscal_year + 1,
            month=window.month,
            opens_on=_next_year(window.opens_on),
            due_on=_next_year(window.due_on),
            closes_on=_next_year(window.closes_on),
            note=window.note.replace(str(window.fiscal_year), str(window.fiscal_year + 1)),
        )
        for window in Window.objects.filter(region=region, work_year=work_year)
        if (window.stage, window.fiscal_year + 1, window.month) not in known
    ]
    Window.objects.bulk_create(made)
    log.record_many(
        person,
        [
            log.LogDraft(
                action="布置工作", subject=window, after={"截止日期": window.due_on}, reason="年度结转"
            )
            for window in made
        ],
    )
    return len(made)


def _next_year(day: date) -> date:
    """The same day a year later; 29 February becomes the 28th, and a window that never closes stays so."""
    if day.year >= FOREVER:
        return day
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if is_leap_day else day.day)


# ── money ─────────────────────────────────────────────────────────────────────────────────────────────


def _carry_over(person: Person, region: Region, work_year: int) -> tuple[int, Decimal, Decimal]:
    """结转: what a fund that goes on did not spend becomes 上年结转 of the next year, by 资金性质; the money
    of ended funds is only told. A fund that has its 结转 already is left alone. Lines, yuan, yuan left."""
    coming = work_year + 1
    planned = budget.of_funds(region, work_year)
    spent = executed.of_funds(region, work_year, date(work_year, 12, 31))
    has_line = set(
        BudgetLine.objects.filter(
            region=region, fiscal_year=coming, kind=BudgetKind.CARRYOVER, fund__isnull=False
        ).values_list("fund", flat=True)
    )
    codes = policies.on(timezone.localdate(), region.pk).table("closing.carries")
    kept: list[tuple[Fund, str, Decimal]] = []
    left = Decimal(0)
    for fund in funds_in(region, work_year).select_related("unit").order_by("code"):
        if fund.pk in has_line or isinstance(spent[fund.pk].total, Missing):
            continue
        rest = _unspent(planned[fund.pk], spent[fund.pk].by_type, [str(code) for code in codes])
        if fund.until_year < coming:
            left += sum(rest.values(), Decimal(0))
            continue
        kept += [(fund, code, amount) for code, amount in rest.items()]
    money = sum((amount for _, _, amount in kept), Decimal(0))
    _keep_lines(person, region, coming, kept)
    return len(kept), money, left


def _unspent(planned: budget.Budget, spent: Mapping[str, Decimal], codes: list[str]) -> dict[str, Decimal]:
    found = {}
    for code in codes:
        part = planned.by_type.get(code, budget.NO_BUDGET).revised
        if not isinstance(part, Missing) and part > (paid := spent.get(code, Decimal(0))):
            found[code] = part - paid
    return found


def _keep_lines(person: Person, region: Region, coming: int, kept: list[tuple[Fund, str, Decimal]]) -> None:
    if not kept:
        return
    now = timezone.now()
    told = "\n".join(f"{coming}|结转|{fund.code}|{code}|{amount}" for fund, code, amount in kept)
    batch = Batch.objects.create(
        region=region,
        kind="budgets",
        fiscal_year=coming,
        sha256=hashlib.sha256(told.encode()).hexdigest(),
        state=BatchState.PUBLISHED,
        rows=len(kept),
        preview={"ready": True, "good": len(kept), "bad_count": 0, "counts": {"年度结转": len(kept)}},
        person=person,
        at=now,
        published_at=now,
    )
    BudgetLine.objects.bulk_create(
        [
            BudgetLine(
                region=region,
                fiscal_year=coming,
                unit=fund.unit,
                fund=fund,
                kind=BudgetKind.CARRYOVER,
                fund_type=code,
                amount=amount,
                typed=plain(amount / WAN),
                document=f"{coming - 1}年度结转",
                decided_on=date(coming, 1, 1),
                batch=batch,
                row=place,
                row_hash=hashlib.sha256(f"rollover|{coming}|{fund.pk}|{code}".encode()).hexdigest(),
            )
            for place, (fund, code, amount) in enumerate(kept, 1)
        ],
        batch_size=500,
    )
