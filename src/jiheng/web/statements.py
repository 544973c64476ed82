"""One table of the accounts: the grid that saves and checks itself, last year beside it, versions, files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path

from jiheng.accounts import access, entering, gathering, ledger, workflow
from jiheng.accounts.checking import Said, findings_of, policy_of
from jiheng.accounts.comparing import moved
from jiheng.accounts.kinds import Kind, kinds
from jiheng.accounts.models import Statement, StatementState
from jiheng.accounts.outcomes import NotKept, Refused, Stale, differences
from jiheng.documents.archive import DocumentError
from jiheng.ledger.executed import entries
from jiheng.sheets import (
    AccountColumn,
    AccountRow,
    AccountTable,
    Amount,
    Entered,
    Finding,
    Missing,
    Severity,
    is_money,
    text_of_cell,
)
from jiheng.web.accounts import ACCEPTED, STATE_COLOURS
from jiheng.web.exports import as_xlsx
from jiheng.web.shell import PersonRequest, page, paginate

BLANK = "__key__"


# ── the grid ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class CellView:
    """One cell as the page shows it."""

    field: str
    name: str
    text: str
    label: str
    unit: str
    cell: Entered
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class RowView:
    """One row as the page shows it; `source` when payments stand behind it."""

    row: AccountRow
    cells: tuple[CellView, ...]
    findings: tuple[Finding, ...]
    source: bool


def _view(kind: Kind, table: AccountTable, said: Said | None) -> list[RowView]:
    beside: dict[str, list[Finding]] = {}
    for finding in said.findings if said else ():
        beside.setdefault(finding.field, []).append(finding)
    return [_row(kind, table, row, beside) for row in table.rows]


def _row(kind: Kind, table: AccountTable, row: AccountRow, beside: dict[str, list[Finding]]) -> RowView:
    cells = tuple(
        CellView(
            field := f"rows[{row.key}].{column.key}",
            f"c.{row.key}.{column.key}",
            text_of_cell(cell),
            f"{row.label or '新增行'}，{column.label}",
            row.unit or column.unit,
            cell,
            tuple(beside.get(field, ())),
        )
        for column, cell in zip(table.columns, row.cells, strict=True)
    )
    source = bool(ledger.behind(kind, row)[1])
    return RowView(row, cells, tuple(beside.get(f"rows[{row.key}].reason", ())), source)


def _frame(request: PersonRequest, found: Statement, tab: str) -> dict[str, Any]:
    """What every page of one table shows."""
    kind = access.kind_of(found.kind)
    is_editor = access.may_edit(request.user, found)
    is_draft = found.state == StatementState.DRAFT
    return {
        "statement": found,
        "kind": kind,
        "tab": tab,
        "colour": STATE_COLOURS[StatementState(found.state)],
        "whose": found.unit.name if found.unit else found.region.name,
        "is_editing": is_editor and is_draft,
        "may_check": is_editor and is_draft,
        "may_close": access.may_close(request.user, found) and found.state == StatementState.CHECKED,
        "may_reopen": (access.may_close(request.user, found) and found.state == StatementState.CLOSED)
        or (is_editor and found.state == StatementState.CHECKED),
        "has_ledger": kind.ledger is not None,
        # how many columns the widest grid has
        "span": len(kind.columns) + 3 + int(kind.wants_reasons),
    }


@page()
def statement(request: PersonRequest, pk: int) -> HttpResponse:
    """The table: to fill in for who draws it up, to read for the others."""
    found = access.statement_for(request.user, pk)
    return _shown(request, found)


def _shown(request: PersonRequest, found: Statement, status: int = 200, refused: str = "") -> HttpResponse:
    context = _frame(request, found, "table")
    kind, table, said = context["kind"], found.as_table(), findings_of(found)
    blank = None
    if context["is_editing"] and kind.open_code is not None:
        blank = _row(kind, table, _blank_row(kind), {})
    context |= {
        "table": table,
        "rows": _view(kind, table, said),
        "said": said,
        "errors": said.count(Severity.ERROR),
        "warnings": said.count(Severity.WARNING),
        "blank": blank,
        "accept": ",".join(ACCEPTED),
        "refused": refused,
    }
    return render(request, "jiheng/accounts/statement.html", context, status=status)


def _blank_row(kind: Kind) -> AccountRow:
    made = kind.open_row("")
    return AccountRow(BLANK, "", made.cells, side=made.side, is_open=True)


def _sent(request: PersonRequest, found: Statement) -> AccountTable:
    sent = {name: str(values[-1]) for name, values in request.POST.lists() if values}
    listed = [str(key) for key in request.POST.getlist("open")]
    opened = [key for key in listed if key] if listed else None
    return entering.typed(kinds()[found.kind], found.as_table(), sent, opened)


def _based_on(request: PersonRequest) -> int:
    text = request.POST.get("based_on", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


@page("keep_accounts", methods=("POST",))
def save(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Saves what was typed and says at once what does not add up; a conflict shows both sides."""
    found = access.statement_for(request.user, pk)
    mine = _sent(request, found)
    wants_json = "json" in request.headers.get("Accept", "")
    try:
        found, said = workflow.save_draft(request.user, found, mine, _based_on(request))
    except Stale as stale:
        if not wants_json:
            raise
        context = {"stale": stale, "statement": stale.statement}
        panel = render_to_string("jiheng/accounts/conflict.html", context, request=request)
        return JsonResponse({"message": stale.message, "conflict": panel}, status=409)
    except NotKept as refused:
        if not wants_json:
            raise
        return JsonResponse({"message": refused.message}, status=409)
    if not wants_json:
        messages.success(request, "已保存")
        return redirect("statement", found.pk)
    return JsonResponse(_answer(found, said))


def _answer(found: Statement, said: Said) -> dict[str, Any]:
    return {
        "revision": found.revision,
        "errors": said.count(Severity.ERROR),
        "warnings": said.count(Severity.WARNING),
        "relations": said.relations,
        "top": render_to_string("jiheng/accounts/findings.html", {"said": said}),
        "beside": [[one.field, one.severity.value, one.message] for one in said.findings if one.field],
    }


# ── verbs ─────────────────────────────────────────────────────────────────────────────────────────────


@page("keep_accounts", methods=("POST",))
def check(request: PersonRequest, pk: int) -> HttpResponse:
    """核对."""
    found = access.statement_for(request.user, pk)
    try:
        workflow.check(request.user, found, _based_on(request))
    except Refused as refused:
        return _shown(request, access.statement_for(request.user, pk), 422, refused.message)
    messages.success(request, "核对通过，已存一版；要改请点“重新编制”")
    return redirect("statement", pk)


@page("close_accounts", methods=("POST",))
def close(request: PersonRequest, pk: int) -> HttpResponse:
    """定稿."""
    found = access.statement_for(request.user, pk)
    try:
        workflow.close(request.user, found, _based_on(request))
    except Refused as refused:
        return _shown(request, access.statement_for(request.user, pk), 422, refused.message)
    messages.success(request, "已定稿")
    return redirect("statement", pk)


@page("keep_accounts", methods=("POST",))
def reopen(request: PersonRequest, pk: int) -> HttpResponse:
    """重新编制, with a reason."""
    found = access.statement_for(request.user, pk)
    try:
        workflow.reopen(request.user, found, _based_on(request), request.POST.get("reason", ""))
    except NotKept as refused:
        if isinstance(refused, Stale):
            raise
        return _shown(request, found, 422, refused.message)
    messages.success(request, "已重新打开，可以修改")
    return redirect("statement", pk)


@page("keep_accounts", methods=("POST",))
def from_ledger(request: PersonRequest, pk: int) -> HttpResponse:
    """Sums the table up from the payments."""
    found = access.statement_for(request.user, pk)
    try:
        workflow.fill_from_ledger(request.user, found, _based_on(request))
    except NotKept as refused:
        if isinstance(refused, Stale):
            raise
        return _shown(request, found, 422, refused.message)
    messages.success(request, "已按支付台账汇总；原来的内容存为一版，可在“版本”里查看")
    return redirect("statement", pk)


@page("keep_accounts", methods=("POST",))
def upload(request: PersonRequest, pk: int) -> HttpResponse:
    """Fills the table from a file: the table is found by its title, rows and columns by their names."""
    found, file = access.statement_for(request.user, pk), request.FILES.get("file")
    most = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
    if not access.may_edit(request.user, found):
        raise PermissionDenied("这张账表由编制它的股室或单位填写，您不能导入")
    if file is None or not str(file.name).lower().endswith(ACCEPTED):
        return _shown(request, found, 422, f"请选择文件（{'、'.join(ACCEPTED)}），表按表题认，不看表号")
    if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
        return _shown(request, found, 422, f"文件超过 {most} MB 的上限")
    try:
        _, read = workflow.take(request.user, found, _based_on(request), str(file.name), file.read())
    except (NotKept, DocumentError) as refused:
        if isinstance(refused, Stale):
            raise
        return _shown(request, found, 422, str(refused))
    words = f"从《{read.title}》导入 {len(read.cells)} 个数；原来的内容存为一版"
    if read.passed_over:
        words += f"。没有对上的行：{'、'.join(read.passed_over[:12])}"
    messages.success(request, words)
    return redirect("statement", pk)


# ── beside, behind, before ────────────────────────────────────────────────────────────────────────────


@page(methods=("GET", "POST"))
def compare(request: PersonRequest, pk: int) -> HttpResponse:
    """Last year beside this year; where a figure moved far the reason is asked, and saved as the table is."""
    found = access.statement_for(request.user, pk)
    if request.method == "POST":
        workflow.save_draft(request.user, found, _sent(request, found), _based_on(request))
        messages.success(request, "原因已保存")
        return redirect("statement_compare", pk)
    context = _frame(request, found, "compare")
    kind, table = context["kind"], found.as_table()
    around = gathering.around(found, table)
    prior = {name.removeprefix(gathering.PRIOR): one for name, one in around.items() if "/" in name}
    if kind.name not in prior:
        prior |= _last_year(found)
    rows = moved(kind, table, prior, policy_of(found.region_id, found.fiscal_year))
    shown = [one for one in rows if not (isinstance(one.now, Missing) and isinstance(one.before, Missing))]
    first: set[str] = set()
    lines = []
    for one in shown:
        lines.append({"moved": one, "is_money": is_money(one.unit), "asks": one.row.key not in first})
        first.add(one.row.key)
    asked = sum(one.wants_reason and not one.row.reason for one in shown)
    context |= {"lines": lines, "asked": asked, "last": found.fiscal_year - 1}
    return render(request, "jiheng/accounts/compare.html", context)


def _last_year(found: Statement) -> dict[str, AccountTable]:
    rows = Statement.objects.filter(
        region_id=found.region_id, kind=found.kind, fiscal_year=found.fiscal_year - 1
    )
    rows = rows.filter(unit__isnull=True) if found.unit_id is None else rows.filter(unit_id=found.unit_id)
    return {row.kind: row.as_table() for row in rows}


@page()
def versions(request: PersonRequest, pk: int) -> HttpResponse:
    """What was kept when by whom; ?number= shows one and what has changed since."""
    found = access.statement_for(request.user, pk)
    context = _frame(request, found, "versions")
    kept = list(found.versions.select_related("person"))
    number = request.GET.get("number", "")
    chosen = next((one for one in kept if str(one.number) == number), None)
    if number and chosen is None:
        raise Http404("没有这一版")
    if chosen is not None:
        table = chosen.as_table()
        context |= {"table": table, "rows": _view(context["kind"], table, None)}
        context["changes"] = differences(table, found.as_table())
    context |= {"kept": kept, "chosen": chosen}
    return render(request, "jiheng/accounts/versions.html", context)


@page()
def payments(request: PersonRequest, pk: int, key: str) -> HttpResponse:
    """The payments behind a row: what the ledger adds up for it."""
    found = access.statement_for(request.user, pk)
    context = _frame(request, found, "table")
    row = found.as_table().row(key)
    field, codes = ledger.behind(context["kind"], row) if row is not None else ("", ())
    if row is None or not codes:
        raise Http404("这一行没有对应的支付")
    asked = Q()
    for code in codes:
        asked |= Q(**{f"{field}__startswith": code})
    rows = entries(found.region, found.fiscal_year).filter(asked)
    source = context["kind"].ledger
    if source is not None and source.fund_types:
        rows = rows.filter(fund_type__in=source.fund_types)
    if found.unit_id is not None:
        rows = rows.filter(unit_id=found.unit_id)
    context |= {"row": row, "codes": "、".join(codes)}
    context["pager"] = paginate(request, rows.select_related("unit", "fund").order_by("dated", "pk"))
    return render(request, "jiheng/accounts/payments.html", context)


@page()
def workbook(request: PersonRequest, pk: int) -> HttpResponseBase:
    """The table as a workbook, with its official title and its unit: it can be read in again."""
    found = access.statement_for(request.user, pk)
    table = found.as_table()
    has_codes = any(row.code for row in table.rows)
    headings = [*(["科目编码"] if has_codes else []), "项目", *(_heading(one) for one in table.columns)]
    rows = [
        [*([row.code] if has_codes else []), "　" * row.depth + row.label, *map(_plain_cell, row.cells)]
        for row in table.rows
    ]
    title = f"{table.title}（单位：{table.unit}）"
    return as_xlsx(f"{found.fiscal_year}年{table.title}", headings, rows, title=title)


def _heading(column: AccountColumn) -> str:
    return f"{column.label}（{column.unit}）" if column.unit else column.label


def _plain_cell(cell: Any) -> Any:
    if isinstance(cell, Missing):
        return text_of_cell(cell)
    return cell.in_wan if isinstance(cell, Amount) else cell.value


urlpatterns: list[URLPattern] = [
    path("accounts/<int:pk>/", statement, name="statement"),
    path("accounts/<int:pk>/save/", save, name="statement_save"),
    path("accounts/<int:pk>/check/", check, name="statement_check"),
    path("accounts/<int:pk>/close/", close, name="statement_close"),
    path("accounts/<int:pk>/reopen/", reopen, name="statement_reopen"),
    path("accounts/<int:pk>/ledger/", from_ledger, name="statement_ledger"),
    path("accounts/<int:pk>/upload/", upload, name="statement_upload"),
    path("accounts/<int:pk>/compare/", compare, name="statement_compare"),
    path("accounts/<int:pk>/versions/", versions, name="statement_versions"),
    path("accounts/<int:pk>/payments/<slug:key>/", payments, name="statement_payments"),
    path("accounts/<int:pk>/table.xlsx", workbook, name="statement_xlsx"),
]
