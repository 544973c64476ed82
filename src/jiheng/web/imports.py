"""导入: units, people, funds, budgets and payments come in by file: template, upload, preview, publish."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from jiheng.ledger import differences
from jiheng.units import imports
from jiheng.units.access import require
from jiheng.units.imports import ImportKind
from jiheng.units.models import Batch, BatchState
from jiheng.web.exports import XLSX, as_xlsx
from jiheng.web.shell import PersonRequest, page, paginate, posted, work_year, year_choices

KINDS_OF_FILE = (".xlsx", ".xls", ".csv")
BATCH_COLOURS = {BatchState.STAGED: "yellow", BatchState.PUBLISHED: "green", BatchState.DISCARDED: "grey"}
PURPOSES = {
    "units": "主管部门、归口股室、预算单位和编制",
    "people": "登录人员，导入后领取初始密码表",
    "funds": "专项资金和它下面的项目",
    "budgets": "年初预算、年中调整、上年结转，带文号",
    "payments": "国库集中支付的每一笔，供自动取数",
    "registry_companies": "工商登记，供疑点核查（F01、F08、F10）",
    "registry_listed": "四上企业名录，按年度（F02）",
    "registry_items": "奖补政策的对象和必备材料（F02、F03、F10）",
    "registry_subsidies": "发给企业、个人的每一笔；有证件号码的到“取数”导入（F02、F03、F07、F10）",
    "registry_materials": "每笔奖补附了哪些材料（F03）",
    "registry_contracts": "合同台账（F01、F08、F09、F12、F14）",
    "registry_contract_payments": "哪张支付凭证付的哪份合同（F08、F12）",
    "registry_invoices": "发票（F08）",
    "registry_agreements": "招商协议里的用地、投产、税收承诺（F04、F05）",
    "registry_proofs": "竣工备案、投产证明等凭证（F04）",
    "registry_taxes": "企业当年入库税额（F05）",
    "registry_acceptances": "户厕、工程的验收台账；有证件号码的到“取数”导入（F07）",
    "registry_deaths": "死亡、注销户籍的人员，只能在“取数”导入（F10）",
    "registry_transfers": "上级转移支付的收到和下达日期（F15）",
}


class UploadForm(forms.Form):
    fiscal_year = forms.TypedChoiceField(label="预算年度", coerce=int, help_text="文件里的数据属于哪一年")
    file = forms.FileField(
        label="文件",
        help_text="Excel（.xlsx、.xls）或 CSV，第一张工作表带表头",
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(KINDS_OF_FILE)}),
        error_messages={
            "required": "请选择要导入的文件",
            "empty": "文件是空的，请检查后重新选择",
            "invalid": "没有收到文件，请重新选择",
        },
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file.name.lower().endswith(KINDS_OF_FILE):
            raise ValidationError(
                f"“{file.name}”不是能读取的文件类型，请用 Excel（.xlsx、.xls）或 CSV，可先下载模板填写"
            )
        if file.size > settings.MAX_UPLOAD_BYTES:
            most = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
            raise ValidationError(f"文件“{file.name}”超过 {most} MB 的上限，请拆分后分次导入")
        return file


def _form(request: PersonRequest, kind: ImportKind) -> UploadForm:
    form = UploadForm(posted(request), request.FILES or None, initial={"fiscal_year": work_year(request)})
    if kind.has_year:
        years = [(year, f"{year}年") for year in year_choices(work_year(request))]
        form.fields["fiscal_year"].choices = years  # type: ignore[attr-defined]
    else:
        del form.fields["fiscal_year"]
    return form


@page("import")
def index(request: PersonRequest) -> HttpResponse:
    """What can come in by file, and what came in before; ?kind= leads straight to one kind's upload."""
    if request.GET.get("kind", "") in settings.IMPORTS:
        return redirect("import_upload", request.GET["kind"])
    kinds = [
        {"kind": kind, "purpose": PURPOSES.get(kind.name, "")} for kind in imports.kinds_for(request.user)
    ]
    pager = paginate(request, imports.batches_for(request.user).exclude(state=BatchState.DISCARDED))
    rows = [_facts(batch) for batch in pager.rows]
    return render(request, "jiheng/imports/list.html", {"kinds": kinds, "pager": pager, "rows": rows})


@page("import", methods=("GET", "POST"))
def upload(request: PersonRequest, name: str) -> HttpResponse:
    """Takes a file of one kind; the worker reads it, and the job's page leads on to the preview."""
    kind = imports.kind(name)
    require(request.user, kind.action)
    form = _form(request, kind)
    if request.method == "POST" and form.is_valid():
        file, year = form.cleaned_data["file"], form.cleaned_data.get("fiscal_year")
        try:
            job = imports.ask_stage(request.user, name, file.name, file.read(), year)
        except ValidationError as refused:
            form.add_error("file", refused)
        else:
            return redirect("job", job.pk)
    context = {"kind": kind, "form": form, "most": settings.MAX_UPLOAD_BYTES // (1024 * 1024)}
    status = 422 if request.method == "POST" else 200
    return render(request, "jiheng/imports/upload.html", context, status=status)


@page("import")
def template(request: PersonRequest, name: str) -> HttpResponse:
    """The blank workbook of one kind."""
    answer = HttpResponse(imports.template(request.user, name), content_type=XLSX)
    title = quote(f"{imports.kind(name).title}导入模板.xlsx")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{title}"
    return answer


@page("import")
def batch(request: PersonRequest, pk: int) -> HttpResponse:
    """The preview of a staged batch with each bad cell; the result of a published one."""
    found = imports.batch_for(request.user, pk)
    context = _facts(found)
    context |= {"pager": paginate(request, found.preview.get("bad", []))}
    context["differences"] = differences.of_batch(found).count()
    context |= {"reconciled": found.preview.get("by_fund", [])[:20], "most_bad": imports.SHOWN_BAD}
    return render(request, "jiheng/imports/batch.html", context)


@page("import")
def bad_cells(request: PersonRequest, pk: int) -> HttpResponseBase:
    """The bad cells as a workbook, to mend the file by."""
    found = imports.batch_for(request.user, pk)
    headings = ("行", "列", "栏目", "原值", "问题")
    rows = [
        (cell["row"], cell["letter"], cell["column"], cell["value"], cell["reason"])
        for cell in found.preview.get("bad", [])
    ]
    return as_xlsx("错误清单", headings, rows, title=f"{_name(found)}：错误清单")


@page("import", methods=("POST",))
def publish(request: PersonRequest, pk: int) -> HttpResponseRedirect:
    """Into the books, all of it or only the good rows; the worker does it."""
    job = imports.ask_publish(request.user, pk, good_rows_only=request.POST.get("good_rows_only") == "1")
    return redirect("job", job.pk)


@page("import", methods=("POST",))
def discard(request: PersonRequest, pk: int) -> HttpResponseRedirect:
    """Lets a staged batch go."""
    try:
        imports.discard(request.user, pk)
    except ValidationError as refused:
        messages.error(request, "；".join(refused.messages))
        return redirect("import_batch", pk)
    messages.success(request, "这次导入已放弃，没有改变任何数据")
    return redirect("imports")


def _facts(found: Batch) -> dict[str, Any]:
    return {
        "batch": found,
        "kind": imports.kind(found.kind),
        "words": imports.in_words(found),
        "colour": BATCH_COLOURS[BatchState(found.state)],
        "preview": found.preview,
    }


def _name(found: Batch) -> str:
    return found.upload.name if found.upload else imports.kind(found.kind).title


urlpatterns: list[URLPattern] = [
    path("imports/", index, name="imports"),
    path("imports/<int:pk>/", batch, name="import_batch"),
    path("imports/<int:pk>/bad.xlsx", bad_cells, name="import_bad"),
    path("imports/<int:pk>/publish/", publish, name="import_publish"),
    path("imports/<int:pk>/discard/", discard, name="import_discard"),
    path("imports/<slug:name>/", upload, name="import_upload"),
    path("imports/<slug:name>/template.xlsx", template, name="import_template"),
]
