"""What is still open before a work year is closed: by name, with the page where it is settled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from jiheng import policy as policies
from jiheng.accounts.models import Statement, StatementState
from jiheng.filings.coverage import as_of
from jiheng.filings.models import Filing, State
from jiheng.findings.models import OPEN_PROBLEMS, Correction, CorrectionState, Problem
from jiheng.ledger import executed
from jiheng.projects.models import Stage, Window
from jiheng.results.models import Plan, PlanState
from jiheng.sheets import Form
from jiheng.units.models import Batch, BatchState, Region

SHOWN = 20
FORMS_OF = {
    Stage.GOAL: (Form.UNIT_GOAL, Form.PROJECT_GOAL),
    Stage.MONITORING: (Form.MONITORING,),
    Stage.EVALUATION: (Form.UNIT_EVALUATION, Form.PROJECT_EVALUATION),
}
LISTS = {Stage.GOAL: "goals", Stage.MONITORING: "monitoring_forms", Stage.EVALUATION: "evaluation"}
OPEN_CORRECTIONS = (CorrectionState.ORDERED, CorrectionState.ANSWERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """One line of the check list: `count` things, the first of them by name, what becomes of them, the page
    where they are settled. `blocks`: while it stands, the year can't be closed."""

    key: str
    title: str
    count: int
    names: tuple[str, ...]
    fate: str
    url_name: str
    params: dict[str, Any] = field(default_factory=dict)
    blocks: bool = False


def scope(region: Region, work_year: int) -> list[tuple[int, str]]:
    """What closing a work year closes: the fiscal year before altogether, and the stages of the year itself
    that policy names."""
    stages = policies.on(timezone.localdate(), region.pk).table("closing.closed_stages")
    return [(work_year - 1, ""), *((work_year, Stage(stage).value) for stage in stages)]


def still_open(region: Region, work_year: int) -> list[OpenItem]:
    """The check list, what blocks first. The number of queries does not grow with units or forms."""
    blocking = set(policies.on(timezone.localdate(), region.pk).table("closing.blocking"))
    found = [
        *_forms(region, work_year),
        *_missing(region, work_year),
        *_results(region, work_year),
        *_findings(region, work_year),
        *_books(region, work_year),
    ]
    marked = [_marked(item, blocks=item.key in blocking) for item in found if item.count]
    return sorted(marked, key=lambda item: not item.blocks)


def _marked(item: OpenItem, *, blocks: bool) -> OpenItem:
    values = {name: getattr(item, name) for name in OpenItem.__dataclass_fields__}
    return OpenItem(**(values | {"blocks": blocks}))


def _stages(region: Region, work_year: int) -> list[tuple[int, Stage]]:
    """Every stage that is closed, by fiscal year."""
    found: list[tuple[int, Stage]] = []
    for year, stage in scope(region, work_year):
        found += [(year, Stage(stage))] if stage else [(year, each) for each in Stage]
    return found


def _forms(region: Region, work_year: int) -> Iterator[OpenItem]:
    """Forms on their way, and forms begun and never handed in."""
    for year, stage in _stages(region, work_year):
        forms = Filing.objects.filter(region=region, fiscal_year=year, form__in=FORMS_OF[stage])
        waiting = forms.filter(state=State.IN_REVIEW)
        yield _of_forms("in_review", f"{year}年{stage.label}还在审核", waiting, year, stage, "in_review")
        begun = forms.filter(state__in=(State.DRAFT, State.RETURNED))
        yield _of_forms("begun", f"{year}年{stage.label}没有报送或退回未改", begun, year, stage, "draft")


def _of_forms(key: str, title: str, found: QuerySet[Filing], year: int, stage: Stage, state: str) -> OpenItem:
    rows = found.order_by("unit__code").values_list("unit__name", "fund__name", "month")
    names = [f"{fund or unit}{f'（{month}月）' if month else ''}" for unit, fund, month in rows[:SHOWN]]
    params: dict[str, Any] = {"year": year, "state": state, "desk": "all"}
    last = rows.order_by("-month").first() if stage is Stage.MONITORING else None
    if last is not None:
        params["month"] = last[2]
    fate = "关闭后不能再审核" if key == "in_review" else "关闭后不能再报送"
    return OpenItem(
        key=key,
        title=title,
        count=found.count(),
        names=tuple(names),
        fate=fate,
        url_name=LISTS[stage],
        params=params,
    )


def _missing(region: Region, work_year: int) -> Iterator[OpenItem]:
    """Who has no form at all in a stage that was opened."""
    closed = set(_stages(region, work_year))
    windows = Window.objects.filter(region=region, fiscal_year__in={year for year, _ in closed})
    kinds = {(window.fiscal_year, Stage(window.stage), window.month) for window in windows}
    for year, stage, month in sorted(kinds):
        if (year, stage) not in closed:
            continue
        covered = as_of(region, stage, year, month, timezone.localdate())
        rows = [*covered.units.missing, *covered.funds.missing]
        rows = [row for row in rows if row.filing_id is None]
        words = f"（截至{month}月）" if month else ""
        params = {"stage": stage.value, "year": year} | ({"month": month} if month else {})
        yield OpenItem(
            key="missing",
            title=f"{year}年{stage.label}{words}没有填报",
            count=len(rows),
            names=tuple(row.name for row in rows[:SHOWN]),
            fate="关闭后记为未报送",
            url_name="coverage",
            params=params,
        )


def _results(region: Region, work_year: int) -> Iterator[OpenItem]:
    year = work_year - 1
    plan = Plan.objects.filter(region=region, score_year=year).first()
    if plan is not None and plan.state == PlanState.APPLIED:
        return
    waiting = plan.proposals.filter(decided__isnull=True) if plan else None
    count = (waiting.count() or 1) if waiting is not None else 1
    names = tuple(waiting.values_list("fund__name", flat=True)[:SHOWN]) if waiting is not None else ()
    title = f"{year}年评价结果还没有{'应用' if plan else '测算和应用'}"
    params = {"year": plan.budget_year} if plan else {}
    yield OpenItem(
        key="results",
        title=title,
        count=count,
        names=names,
        fate="先决定并应用，再关闭",
        url_name="results",
        params=params,
    )


def _findings(region: Region, work_year: int) -> Iterator[OpenItem]:
    stays = policies.on(timezone.localdate(), region.pk).flag("closing.rectification_stays_open")
    fate = "关闭后照常整改、复核、销号" if stays else "关闭后不能再办理"
    years = Q(fiscal_year=work_year - 1)
    problems = Problem.objects.filter(years, region=region, state__in=OPEN_PROBLEMS)
    yield OpenItem(
        key="problems",
        title=f"{work_year - 1}年的问题没有销号",
        count=problems.count(),
        names=tuple(str(item) for item in problems.order_by("number")[:SHOWN]),
        fate=fate,
        url_name="problems",
        params={"year": work_year - 1, "state": "open"},
    )
    orders = Correction.objects.filter(region=region, fiscal_year__lte=work_year, state__in=OPEN_CORRECTIONS)
    rows = orders.filter(fiscal_year__gte=work_year - 1).select_related("fund", "unit")
    yield OpenItem(
        key="corrections",
        title="纠偏单没有销号",
        count=rows.count(),
        names=tuple(str(item) for item in rows.order_by("pk")[:SHOWN]),
        fate=fate,
        url_name="corrections",
        params={"year": work_year},
    )


def _books(region: Region, work_year: int) -> Iterator[OpenItem]:
    year = work_year - 1
    tables = Statement.objects.filter(region=region, fiscal_year=year).exclude(state=StatementState.CLOSED)
    yield OpenItem(
        key="accounts",
        title=f"{year}年决算账表没有定稿",
        count=tables.count(),
        names=tuple(str(item) for item in tables.select_related("unit").order_by("pk")[:SHOWN]),
        fate="关闭后不能再编制",
        url_name="accounts",
        params={"year": year},
    )
    staged = Batch.objects.filter(region=region, fiscal_year=year, state=BatchState.STAGED)
    yield OpenItem(
        key="batches",
        title=f"{year}年导入的数据没有入库",
        count=staged.count(),
        names=tuple(item.upload.name for item in staged.select_related("upload")[:SHOWN] if item.upload),
        fate="关闭后不能再入库",
        url_name="imports",
    )
    until = executed.pulled_until(region, work_year)
    if until is None or until < date(work_year, 12, 31):
        day = f"只到 {until}" if until else "还没有取数"
        yield OpenItem(
            key="payments",
            title=f"{work_year}年支付明细{day}",
            count=1,
            names=(),
            fate=f"结转额按已取到的支付计算：{work_year}年全年预算减支付",
            url_name="payments",
            params={"year": work_year},
        )


def latest_work_year(region: Region) -> int | None:
    """The latest work year that the calendar knows."""
    found = Window.objects.filter(region=region).order_by("-work_year").values_list("work_year", flat=True)
    return found.first()
