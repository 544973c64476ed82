"""支出分析: questions over the region's ledger, each with its chart, its table, the payments behind a row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from jiheng import analytics, policy
from jiheng.accounts import subjects
from jiheng.analytics import QUESTIONS, WORDS, Answer, Cell, Column, Engine, Filters, Question, Source
from jiheng.documents import personal
from jiheng.figures import rounded
from jiheng.ledger import executed
from jiheng.ledger.asking import source_of
from jiheng.ledger.models import EntryKind
from jiheng.projects.access import funds_for
from jiheng.projects.models import FundType, Stage
from jiheng.sheets import WAN, Missing
from jiheng.units import log
from jiheng.units.access import WHOLE_REGION, region_of, units_for
from jiheng.web.exports import as_csv, as_xlsx
from jiheng.web.shell import PersonRequest, fiscal_year, kept_page, page, paginate, say, year_choices

FIRST = "units"
ELSEWHERE = ("regions",)  # a district is one region; a province asks by command
BASIC = "-"  # 基本支出 in an address, where an empty word means all
MEMORY = "1GB"
DRAWN = 15
MOST_DOWNLOADED = 200_000
CHUNK = 20_000
DIGITS = ((3, "类"), (5, "款"), (7, "项"))
# where a name leads: the same money one step further in
NEXT = {
    "units": "funds",
    "progress": "funds",
    "december": "months",
    "funds": "projects",
    "fund_progress": "projects",
}
UNSEEN = ("project", "month", "kind", "function", "economic")  # filters that only links set
SHOWN = [one for one in QUESTIONS if one.key not in ELSEWHERE]


class SpendingForm(forms.Form):
    until = forms.DateField(required=False)
    month = forms.IntegerField(min_value=1, max_value=12, required=False)
    unit = forms.CharField(max_length=21, required=False)
    fund = forms.CharField(max_length=21, required=False)
    project = forms.CharField(max_length=21, required=False)
    fund_type = forms.ChoiceField(choices=FundType.choices, required=False)
    kind = forms.ChoiceField(choices=EntryKind.choices, required=False)
    function = forms.RegexField("^[0-9]{1,7}$", required=False)
    economic = forms.RegexField("^[0-9]{1,5}$", required=False)
    digits = forms.IntegerField(min_value=3, max_value=7, required=False)


@dataclass(frozen=True)
class Asked:
    """What the address asks for, and of which year."""

    year: int
    given: dict[str, Any]
    filters: Filters


def _asked(request: PersonRequest) -> Asked:
    year = fiscal_year(request, Stage.MONITORING)
    form = SpendingForm(request.GET)
    form.is_valid()
    given = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
    words = {name: given.get(name) for name in ("unit", "fund_type", "kind", "function", "economic", "month")}
    for name in ("fund", "project"):
        words[name] = "" if given.get(name) == BASIC else given.get(name)
    scope = None
    if request.user.role not in WHOLE_REGION:
        scope = tuple(units_for(request.user).order_by("code").values_list("code", flat=True))
    filters = Filters(
        year=year, until=given.get("until"), scope=scope, digits=given.get("digits") or DIGITS[0][0], **words
    )
    return Asked(year, given, filters)


def _source(request: PersonRequest, year: int) -> Source:
    """The region's ledger with names for classes too."""
    source = source_of(region_of(request.user), year)
    others = source.names

    def names(sort: str, code: str) -> str:
        if sort in ("function", "economic"):
            return subjects.names(sort).get(code, "")
        return others(sort, code) if others else ""

    return replace(source, names=names)


def _terms(request: PersonRequest, asked: Asked) -> policy.Policy:
    day = min(asked.filters.until or date(asked.year, 12, 31), timezone.localdate())
    return policy.on(day, region_of(request.user).pk)


def _answer(request: PersonRequest, asked: Asked, question: Question) -> Answer:
    source, choice = _source(request, asked.year), analytics.Choice(memory=MEMORY)
    return analytics.ask(question.key, source, _terms(request, asked), asked.filters, choice)


def _question(name: str) -> Question:
    found = next((one for one in SHOWN if one.key == name), None)
    if found is None:
        raise Http404("没有这个问题，请从页面上方选一个")
    return found


# ── the answer ────────────────────────────────────────────────────────────────────────────────────────


@page()
def spending(request: PersonRequest, name: str = FIRST) -> HttpResponse:
    """One question's answer: chart, table, notes, how it came about."""
    question, asked = _question(name), _asked(request)
    return kept_page(request, "jiheng/spending/answer.html", lambda: _shown(request, question, asked))


def _shown(request: PersonRequest, question: Question, asked: Asked) -> dict[str, Any]:
    answer = _answer(request, asked, question)
    pager = paginate(request, answer.rows)
    units = units_for(request.user).order_by("code").only("code", "name")
    funds = funds_for(request.user).order_by("code").only("code", "name")
    if asked.filters.unit:
        funds = funds.filter(unit__code=asked.filters.unit)
    return {
        "question": question,
        "questions": SHOWN,
        "answer": answer,
        "pager": pager,
        "rows": [_row(question, answer, row, request) for row in pager.rows],
        "total": list(zip(answer.columns, answer.total, strict=True)) if answer.total else None,
        "figures": _glance(question, answer),
        "chart": _chart(answer),
        "year": asked.year,
        "years": year_choices(asked.year),
        "given": asked.given,
        "unseen": [(name, asked.given[name]) for name in UNSEEN if name in asked.given],
        "units": units,
        "funds": funds,
        "fund_types": FundType.choices,
        "months": range(1, 13),
        "digits": DIGITS if question.by[-1] == "function" else DIGITS[:2],
        "has_digits": question.key in ("functions", "economics"),
        "pulled_until": executed.pulled_until(region_of(request.user), asked.year),
    }


def _row(question: Question, answer: Answer, row: Sequence[Cell], request: PersonRequest) -> list[Any]:
    """Cells with their columns and where they lead: a sum to its payments, a name one step further in."""
    where = {name: value or BASIC for name, value in answer.where(row).items()}
    given = {name: value for name, value in request.GET.items() if value and name not in ("page", "size")}
    kept = given | {"year": str(fiscal_year(request, Stage.MONITORING))}
    if question.key.endswith("three_public"):  # what these questions leave out, their payments do too
        where["fund_type"] = FundType.GENERAL
    behind = f"{reverse('spending_rows')}?{urlencode(kept | where)}"
    made = []
    for column, cell in zip(answer.columns, row, strict=True):
        href = ""
        if column.key == "spent":
            href = behind
        elif column.key == "december" and cell:
            href = f"{behind}&month=12"
        elif column.kind == "name" and question.key in NEXT and column.key == f"{question.by[0]}_name":
            href = f"{reverse('spending_question', args=[NEXT[question.key]])}?{urlencode(kept | where)}"
        made.append((column, cell, href))
    return made


def _glance(question: Question, answer: Answer) -> list[tuple[Column, Cell]]:
    """The row of sums at a glance: what of it stands on its own."""
    if answer.total is None:
        return []
    wanted = (
        "budget",
        "spent",
        "rate",
        "balance",
        "carried_left",
        "december",
        "december_share",
        "time_share",
    )
    sums = zip(answer.columns, answer.total, strict=True)
    return [(column, cell) for column, cell in sums if column.key in wanted][:4]


def _chart(answer: Answer) -> str:
    """What the picture draws, as JSON: the first rows, money in 万元, as plain numbers in words."""
    if answer.chart is None or not answer.rows:
        return ""
    kind, keys = answer.chart
    rows = answer.rows if kind == "line" else answer.rows[:DRAWN]
    last = answer.by[-1]
    columns = {column.key: place for place, column in enumerate(answer.columns)}
    label = columns.get(f"{last}_name", columns[last])
    series = []
    for key in keys:
        column = answer.columns[columns[key]]
        title = f"{column.title}（{'万元' if column.kind == 'money' else column.unit}）"
        series.append({"name": title, "values": [_drawn(column, row[columns[key]]) for row in rows]})
    names = [f"{row[label]}月" if last == "month" else str(row[label]) for row in rows]
    return json.dumps({"kind": kind, "names": names, "series": series}, ensure_ascii=False)


def _drawn(column: Column, cell: Cell) -> str | None:
    if not isinstance(cell, Decimal):
        return None
    return f"{rounded(cell / WAN if column.kind == 'money' else cell, 2):f}"


@page()
def download(request: PersonRequest, name: str, kind: str) -> HttpResponseBase:
    """The whole answer as Excel or CSV: amounts in yuan, shares in %; that too is logged."""
    question, asked = _question(name), _asked(request)
    answer = _answer(request, asked, question)
    _note(request, question.title, asked, len(answer.rows), kind)
    headings = [column.heading for column in answer.columns]
    rows = [*answer.rows, *([("合计", *answer.total[1:])] if answer.total else [])]
    title = f"{asked.year}年{question.title}"
    told = ([_told(cell) for cell in row] for row in rows)
    if kind == "csv":
        return as_csv(title, headings, told)
    return as_xlsx(title.replace("×", ""), headings, told, title="；".join((title, *answer.notes)))


def _told(cell: Cell) -> Any:
    if isinstance(cell, Decimal):
        return rounded(cell, 2)
    if isinstance(cell, Missing):
        return str(cell)
    return cell.isoformat() if isinstance(cell, date) else cell


def _note(request: PersonRequest, what: str, asked: Asked, count: int, kind: str) -> None:
    filters = {name: str(value) for name, value in asked.given.items()}
    after = {"问题": what, "年度": asked.year, "行数": count, "格式": kind, **filters}
    log.record(request.user, "导出支出分析", request.user, after=after)


# ── the payments behind ───────────────────────────────────────────────────────────────────────────────


class _Listed(Sequence[Any]):
    """The payments as a list whose pages are fetched when they are looked at."""

    def __init__(self, source: Source, filters: Filters, engine: Engine) -> None:
        self._source, self._filters, self._engine = source, filters, engine
        found = analytics.rows(source, filters, 0, 0, engine)
        self.many, self.total = found.count, found.total

    def __len__(self) -> int:
        return self.many

    def __getitem__(self, part: Any) -> Any:
        start, stop, _ = part.indices(self.many)
        found = analytics.rows(self._source, self._filters, start, stop - start, self._engine)
        return [_payment(found.columns, row, self._source) for row in found.rows]


def _payment(columns: Sequence[Column], row: Sequence[Cell], source: Source) -> dict[str, Any]:
    """A payment as it may be shown: names beside codes, long numbers in its words masked."""
    made: dict[str, Any] = {column.key: cell for column, cell in zip(columns, row, strict=True)}
    names = source.names or (lambda _sort, _code: "")
    made["unit_name"] = names("unit", made["unit"]) or made["unit"]
    made["fund_name"] = names("fund", made["fund"]) or made["fund"] or "基本支出"
    made["project_name"] = names("project", made["project"]) or made["project"]
    for name in ("kind", "fund_type"):
        made[f"{name}_name"] = WORDS[name].get(made[name], made[name])
    for name in ("payee", "summary"):
        made[name] = personal.hidden(made[name])
    return made


@page()
def payments(request: PersonRequest) -> HttpResponse:
    """The payments behind a figure, the latest first."""
    asked = _asked(request)
    return kept_page(request, "jiheng/spending/payments.html", lambda: _payments(request, asked))


def _payments(request: PersonRequest, asked: Asked) -> dict[str, Any]:
    source = _source(request, asked.year)
    with analytics.opened(source, analytics.Choice(memory=MEMORY)) as engine:
        listed = _Listed(source, asked.filters, engine)
        pager = paginate(request, listed)
    names = source.names or (lambda _sort, _code: "")
    words = [
        names(name, str(value))
        or ("基本支出" if value == BASIC else WORDS.get(name, {}).get(str(value), str(value)))
        for name, value in asked.given.items()
        if name not in ("digits", "until", "month")
    ]
    if asked.filters.month:
        words.append(f"{asked.filters.month}月")
    if asked.filters.until:
        words.append(f"截至{asked.filters.until.isoformat()}")
    return {"pager": pager, "sum": listed.total, "year": asked.year, "words": words, "most": MOST_DOWNLOADED}


HEADINGS = (
    *("支付日期", "凭证号", "单位代码", "单位", "专项资金", "项目", "种类", "资金性质"),
    *("支出功能分类", "部门经济分类", "金额（元）", "收款人", "收款账号", "摘要"),
)
FIELDS = (
    *("dated", "voucher", "unit", "unit_name", "fund_name", "project_name", "kind_name", "fund_type_name"),
    *("function_code", "economic_code", "amount", "payee", "payee_mask", "summary"),
)


@page()
def payments_file(request: PersonRequest, kind: str) -> HttpResponseBase:
    """The payments behind a figure as Excel or CSV, masked as on the page; that too is logged."""
    asked = _asked(request)
    source = _source(request, asked.year)
    count = analytics.rows(source, asked.filters, 0, 0, analytics.Choice(memory=MEMORY)).count
    if count > MOST_DOWNLOADED:
        words = f"这里有 {count:,} 笔，一次最多下载 {MOST_DOWNLOADED:,} 笔：请按单位、专项或月份缩小范围。"
        return say(request, 422, "太多了，没有下载", words)
    _note(request, "逐笔支付", asked, count, kind)
    rows = _all(source, asked.filters)
    return (as_csv if kind == "csv" else as_xlsx)(f"{asked.year}年逐笔支付", HEADINGS, rows)


def _all(source: Source, filters: Filters) -> Iterator[list[Any]]:
    with analytics.opened(source, analytics.Choice(memory=MEMORY)) as engine:
        listed = _Listed(source, filters, engine)
        for start in range(0, listed.many, CHUNK):
            for one in listed[start : start + CHUNK]:
                yield [_told(one[name]) for name in FIELDS]


urlpatterns: list[URLPattern] = [
    path("spending/", spending, name="spending"),
    path("spending/payments/", payments, name="spending_rows"),
    path("spending/payments.csv", payments_file, {"kind": "csv"}, name="spending_rows_csv"),
    path("spending/payments.xlsx", payments_file, {"kind": "xlsx"}, name="spending_rows_xlsx"),
    path("spending/<slug:name>/", spending, name="spending_question"),
    path("spending/<slug:name>/table.csv", download, {"kind": "csv"}, name="spending_csv"),
    path("spending/<slug:name>/table.xlsx", download, {"kind": "xlsx"}, name="spending_xlsx"),
]
