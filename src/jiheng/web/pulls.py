"""取数: upstream files by a mapping; a mapping made from the first rows; differences after a pull."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from jiheng.documents import arrival, mapping, personal
from jiheng.documents.archive import DocumentError
from jiheng.documents.columns import Column, ColumnKind
from jiheng.evaluation import exchange
from jiheng.ledger import differences, upstream
from jiheng.ledger.models import DifferenceKind
from jiheng.projects.models import Stage
from jiheng.units import imports, log
from jiheng.units.access import may, region_of, require
from jiheng.units.models import Batch, Person
from jiheng.web.exports import as_csv, as_xlsx, download
from jiheng.web.shell import PersonRequest, fiscal_year, page, paginate, posted, work_year, year_choices

ENDINGS = (".csv", ".txt", ".xlsx", ".xls", ".parquet")
SHOWN_ROWS = 6
SHOWN_CELL = 24
# a day and time in digits is no number of anybody's
_MOMENT = re.compile(r"20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{6}(?:\d{3})?")
HEADINGS = ("类别", "行", "代码或栏目", "名称或原值", "金额（元）", "说明")


class FileForm(forms.Form):
    fiscal_year = forms.TypedChoiceField(label="预算年度", coerce=int, help_text="文件里的数据属于哪一年")
    file = forms.FileField(
        label="上游文件",
        help_text="CSV（UTF-8 或 GBK）、Excel（xlsx、xls）或 Parquet，原样上传，不必改列名",
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(ENDINGS)}),
        error_messages={"required": "请选择上游系统导出的文件", "empty": "文件是空的，请核对后重新选择"},
    )

    def __init__(self, request: PersonRequest) -> None:
        super().__init__(posted(request), request.FILES or None, initial={"fiscal_year": work_year(request)})
        years = [(year, f"{year}年") for year in year_choices(work_year(request))]
        self.fields["fiscal_year"].choices = years  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file.name.lower().endswith(ENDINGS):
            raise ValidationError(f"“{file.name}”不是能取数的文件类型，请用 CSV、Excel 或 Parquet")
        if file.size > settings.MAX_UPLOAD_BYTES:
            most = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
            raise ValidationError(
                f"文件“{file.name}”超过 {most} MB 的上限：请按月份拆分，或在服务器上用 jiheng pull 取"
            )
        return file


class PullForm(FileForm):
    mapping = forms.ChoiceField(label="取数映射", help_text="说明文件的哪一列是什么；没有合适的就先做一份")
    field_order = ("mapping", "fiscal_year", "file")

    def __init__(self, request: PersonRequest) -> None:
        super().__init__(request)
        every = upstream.offered(request.user)
        self.fields["mapping"].choices = [(one.key, one.label) for one in every]  # type: ignore[attr-defined]
        self.initial["mapping"] = request.GET.get("mapping", "")


class MakeForm(FileForm):
    title = forms.CharField(label="映射名称", max_length=80, help_text="如“核心系统支付明细导出”")
    kind = forms.ChoiceField(label="数据种类")
    field_order = ("kind", "title", "fiscal_year", "file")

    def __init__(self, request: PersonRequest) -> None:
        super().__init__(request)
        kinds = [found for found in imports.kinds_for(request.user) if found.is_mappable]
        self.fields["kind"].choices = [(found.name, found.title) for found in kinds]  # type: ignore[attr-defined]


@contextmanager
def _on_disk(file: UploadedFile) -> Iterator[Path]:
    """An uploaded file in a folder that is gone afterwards: only what a mapping lets through is kept."""
    with tempfile.TemporaryDirectory(prefix="jiheng-upload-") as folder:
        target = Path(folder) / "file"
        with target.open("wb") as out:
            for block in file.chunks():
                out.write(block)
        yield target


@page("import", methods=("GET", "POST"))
def pulls(request: PersonRequest) -> HttpResponse:
    """Choose a mapping and a file; the worker reads it, and the job's page leads on to the preview."""
    form = PullForm(request)
    if request.method == "POST" and form.is_valid():
        one = upstream.chosen(request.user, form.cleaned_data["mapping"])
        try:
            return _sent(request, form, one.text, one.mapping.kind)
        except ValidationError as refused:
            form.add_error("file", refused)
    context = {
        "form": form,
        "offered": upstream.offered(request.user),
        "kinds": imports.kinds(),
        "may_exchange": may(request.user, "exchange"),
        "exchange_year": fiscal_year(request, Stage.GOAL),
    }
    return render(request, "jiheng/pulls/list.html", context, status=422 if request.method == "POST" else 200)


def _sent(request: PersonRequest, form: FileForm, text: str, kind: str) -> HttpResponseRedirect:
    file, year = form.cleaned_data["file"], form.cleaned_data["fiscal_year"]
    with _on_disk(file) as source:
        upload = imports.receive_mapped(request.user, kind, source, file.name, text)
    return redirect("job", imports.ask_stage_kept(request.user, kind, upload, year).pk)


# ── making a mapping ──────────────────────────────────────────────────────────────────────────────────


@page("import", methods=("GET", "POST"))
def make(request: PersonRequest) -> HttpResponse:
    """A mapping from a file's first rows: look, choose, save and pull."""
    form = MakeForm(request)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        kind, title = form.cleaned_data["kind"], form.cleaned_data["title"]
        columns = imports.columns_of(imports.kind(kind))
        try:
            wanted = mapping.made(title, kind, _chosen(request.POST, columns))
            saved = upstream.save(request.user, mapping.dump(wanted))
            return _sent(request, form, saved.text, kind)
        except (ValidationError, DocumentError) as refused:
            form.add_error(None, refused if isinstance(refused, ValidationError) else str(refused))
        context |= _choices(columns, request.POST.getlist("heading"), [], request.POST)
    return render(request, "jiheng/pulls/make.html", context, status=422 if request.method == "POST" else 200)


@page("import", methods=("POST",))
def look(request: PersonRequest) -> HttpResponse:
    """The first rows of the file with a guess for each column; nothing of the file is kept."""
    form = MakeForm(request)
    form.fields["title"].required = False
    if not form.is_valid():
        return render(request, "jiheng/pulls/columns.html", {"refused": form.errors})
    kind, file = form.cleaned_data["kind"], form.cleaned_data["file"]
    columns = imports.columns_of(imports.kind(kind))
    blank = mapping.SourceMapping(title="-", kind=kind, columns={})
    try:
        with _on_disk(file) as source:
            rows = arrival.first_rows(source, file.name, blank)
    except DocumentError as refused:
        return render(request, "jiheng/pulls/columns.html", {"told": str(refused)})
    place, headings = _best_header(rows, columns)
    shown = _masked(headings, rows[place + 1 : place + 1 + SHOWN_ROWS])
    return render(request, "jiheng/pulls/columns.html", _choices(columns, headings, shown, {}))


def _best_header(rows: list[list[str]], columns: tuple[Column, ...]) -> tuple[int, list[str]]:
    """The row, or the second of two, whose headings are best known; of equals what names more columns."""
    best: tuple[tuple[int, int], int, list[str]] = ((-1, 0), 0, [])
    for place, cells in enumerate(rows):
        tried = [(place, [cell.strip() for cell in cells])]
        if place + 1 < len(rows):
            tried.append((place + 1, _joined(arrival.stacked(cells, rows[place + 1]))))
        for end, headings in tried:
            score = (len(mapping.guess(headings, columns)), len({word for word in headings if word}))
            if score > best[0]:
                best = (score, end, headings)
    return best[1], best[2]


def _joined(stacked: list[list[str]]) -> list[str]:
    """One heading a column of two rows: the lower word, with its group's where it stands more than once."""
    lower = [words[0] if words else "" for words in stacked]
    return [
        words[1] if len(words) > 1 and lower.count(words[0]) > 1 else word
        for words, word in zip(stacked, lower, strict=True)
    ]


def _masked(headings: list[str], rows: list[list[str]]) -> list[list[str]]:
    """The rows without anybody's numbers: a page shows no more than what may be kept."""
    secret = {place for place, heading in enumerate(headings) if _is_secret(heading)}
    return [
        [
            personal.masked(cell)
            if place in secret
            else (cell if _MOMENT.fullmatch(cell) else personal.hidden(cell))[:SHOWN_CELL]
            for place, cell in enumerate(cells)
        ]
        for cells in rows
    ]


def _is_secret(heading: str) -> bool:
    return heading in personal.HEADINGS or any(word in heading for word in ("账号", "卡号", "证件", "身份证"))


def _choices(
    columns: tuple[Column, ...], headings: list[str], rows: list[list[str]], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Each column with the heading that it is guessed, or was chosen, to come from."""
    guessed = mapping.guess(headings, columns)
    wanted = [
        {
            "column": column,
            "chosen": given.get(f"from-{column.name}", guessed.get(column.name, "")),
            "unit": given.get(f"unit-{column.name}", _unit_in(guessed.get(column.name, ""))),
            "value": given.get(f"value-{column.name}", ""),
            "codes": given.get(f"codes-{column.name}", ""),
            "is_money": mapping.is_money(column),
            "is_choice": column.kind == ColumnKind.CHOICE,
        }
        for column in columns
    ]
    named = [heading for heading in dict.fromkeys(headings) if heading]
    return {"wanted": wanted, "headings": named, "heads": headings, "rows": rows}


def _unit_in(heading: str) -> str:
    return "万元" if "万元" in heading else ""


def _chosen(given: Mapping[str, Any], columns: tuple[Column, ...]) -> dict[str, mapping.Source]:
    """Raises DocumentError for codes that are not written as 码=含义."""
    found = {}
    for column in columns:
        title, value = given.get(f"from-{column.name}", ""), given.get(f"value-{column.name}", "").strip()
        if not title and not value:
            continue
        settings_of: dict[str, Any] = {"from": [title] if title else [], "value": value}
        settings_of["codes"] = _codes(column, given.get(f"codes-{column.name}", ""))
        if mapping.is_money(column):
            settings_of["unit"] = given.get(f"unit-{column.name}", "")
        found[mapping.standard_name(column)] = mapping.Source(**settings_of)
    return found


def _codes(column: Column, text: str) -> dict[str, str]:
    pairs = {}
    for part in re.split(r"[;；\n]+", text):
        if not part.strip():
            continue
        code, sign, meaning = part.replace("＝", "=").partition("=")
        if not sign:
            raise DocumentError(f"“{column.title}”的码值应写成“码=含义；码=含义”，现为“{part.strip()}”")
        pairs[code.strip()] = meaning.strip()
    return pairs


@page("import", methods=("GET", "POST"))
def text(request: PersonRequest) -> HttpResponse:
    """A mapping as YAML: from a ready one, an own one, or a pasted text; saving makes the next version."""
    given = request.POST.get("text", "")
    refused = ""
    if request.method == "POST":
        try:
            saved = upstream.save(request.user, given.replace("\r\n", "\n"))
        except ValidationError as error:
            refused = "；".join(error.messages)
        else:
            messages.success(request, f"已保存“{saved}”")
            return redirect("mapping", saved.pk)
    elif request.GET.get("from"):
        given = upstream.chosen(request.user, request.GET["from"]).text
    context = {"text": given, "refused": refused}
    return render(request, "jiheng/pulls/text.html", context, status=422 if refused else 200)


@page("import")
def one(request: PersonRequest, pk: int) -> HttpResponse:
    """One version of an own mapping, with the others of its title."""
    found = upstream.version_for(request.user, pk)
    context = {"found": found, "versions": upstream.versions(found), "kind": imports.kind(found.kind)}
    return render(request, "jiheng/pulls/mapping.html", context)


@page("import", methods=("POST",))
def retire(request: PersonRequest, pk: int) -> HttpResponseRedirect:
    """No longer offered; the versions stay."""
    found = upstream.retire(request.user, pk)
    messages.success(request, f"“{found.title}”已停用，历次版本仍可查看")
    return redirect("pulls")


# ── differences ───────────────────────────────────────────────────────────────────────────────────────


def _batch_of(person: Person, pk: int) -> Batch:
    found = imports.batch_for(person, pk)
    require(person, imports.kind(found.kind).action)
    return found


@page("import")
def gaps(request: PersonRequest, pk: int) -> HttpResponse:
    """What a pull could not settle: by kind and code, and row by row."""
    found = _batch_of(request.user, pk)
    kind, code = request.GET.get("kind", ""), request.GET.get("code", "")
    kind = kind if kind in DifferenceKind.values else ""
    context = {"batch": found, "groups": differences.groups(found), "chosen": kind, "code": code}
    context |= {"pager": paginate(request, differences.of_batch(found, kind, code))}
    context["label"] = DifferenceKind(kind).label if kind else ""
    return render(request, "jiheng/pulls/gaps.html", context)


@page("import")
def gaps_file(request: PersonRequest, pk: int, suffix: str) -> HttpResponseBase:
    """The differences as Excel or CSV."""
    found = _batch_of(request.user, pk)
    rows = (
        (one.get_kind_display(), one.row or "", one.code, one.name, one.amount, one.words)
        for one in differences.of_batch(found).iterator(chunk_size=2000)
    )
    if suffix == "csv":
        return as_csv("对账差异", HEADINGS, rows)
    name = found.upload.name if found.upload else ""
    return as_xlsx("对账差异", HEADINGS, rows, title=f"{name}：对账差异")


@page("exchange")
def exchange_zip(request: PersonRequest) -> HttpResponse:
    """绩效板块数据: the approved forms of a fiscal year, by upstream field names."""
    year = fiscal_year(request, Stage.GOAL)
    data = exchange.exported(request.user, year)
    log.record(request.user, "导出绩效板块数据", region_of(request.user), after={"预算年度": year})
    return download(data, f"{year}年绩效板块数据.zip", "application/zip")


urlpatterns: list[URLPattern] = [
    path("pulls/exchange.zip", exchange_zip, name="exchange_zip"),
    path("pulls/", pulls, name="pulls"),
    path("pulls/make/", make, name="pull_make"),
    path("pulls/look/", look, name="pull_look"),
    path("pulls/text/", text, name="mapping_text"),
    path("pulls/mappings/<int:pk>/", one, name="mapping"),
    path("pulls/mappings/<int:pk>/retire/", retire, name="mapping_retire"),
    path("pulls/<int:pk>/differences/", gaps, name="differences"),
    path("pulls/<int:pk>/differences.<str:suffix>", gaps_file, name="differences_file"),
]
