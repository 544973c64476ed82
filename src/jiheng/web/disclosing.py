"""One explanation: the reading view in which every figure leads to its cells and payments; reasons, words,
publications."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.db.models import Sum
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from jiheng import wording
from jiheng.disclosure import access, published, workflow
from jiheng.disclosure.drafts import draft_of
from jiheng.disclosure.models import Disclosure, DisclosureState, Publication
from jiheng.disclosure.outcomes import Barred, NotDone, Stale
from jiheng.disclosure.record import department_of_json, year_of_json
from jiheng.disclosure.tracing import Look, Origin, origin, payments
from jiheng.disclosure.words import ReviewedLine, Words, words_of
from jiheng.disclosure.yearly import Listed, key_evaluations, under_four_reviews
from jiheng.sheets import AccountTable, Grade
from jiheng.units.models import JobState, Upload
from jiheng.web.disclosure import colour_of
from jiheng.web.shell import PersonRequest, is_htmx, key_in, page, paginate
from jiheng.wording import Passage, Run, Text

BLANK_LINES = 2  # empty rows offered below what is written
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TYPES = {".docx": DOCX, ".pdf": "application/pdf", ".json": "application/json"}


def _frame(request: PersonRequest, found: Disclosure, tab: str) -> dict[str, Any]:
    """What every page of one explanation shows."""
    person, document = request.user, found.document
    running = found.job is not None and found.job.state in (JobState.QUEUED, JobState.RUNNING)
    return {
        "disclosure": found,
        "tab": tab,
        "colour": colour_of(found),
        "document": document,
        "is_running": running,
        "failed": found.job.message if found.job is not None and found.job.state == JobState.FAILED else "",
        "may_edit": access.may_edit(person, found),
        "may_check": access.may_edit(person, found) and not running,
        "may_publish": access.may_publish(person, found.unit) and found.state == DisclosureState.CHECKED,
        "may_withdraw": access.may_publish(person, found.unit) and found.state == DisclosureState.PUBLISHED,
    }


# ── the reading view ──────────────────────────────────────────────────────────────────────────────────


@page()
def disclosure(request: PersonRequest, pk: int) -> HttpResponse:
    """The texts as they read; ?on=f12 shows where that figure comes from (htmx: only the panel)."""
    return _read(request, access.disclosure_for(request.user, pk))


def _read(
    request: PersonRequest, found: Disclosure, status: int = 200, barred: tuple[str, ...] = ()
) -> HttpResponse:
    live = _live(found)
    draft = None
    if live is not None:
        texts, tables = _said(live)
    else:
        draft = draft_of(found)
        texts, tables = draft.texts, tuple(draft.basis.tables.values())
    look = Look(request.user, found, tables, live.published_at if live is not None else None)
    on = request.GET.get("on", "")
    figures = [run for text in texts for run in text.figures()]
    panel = _panel(look, figures, on)
    if is_htmx(request):
        return render(request, "jiheng/disclosure/panel.html", panel | {"disclosure": found})
    context = _frame(request, found, "text") | panel
    context |= {
        "view": wording.reading_view(texts),
        "live": live,
        "barred": barred,
        "obstacles": draft.obstacles if draft is not None else (),
        "figure_count": len(figures),
        "is_changed": draft is not None
        and found.state == DisclosureState.CHECKED
        and draft.fingerprint != found.basis,
    }
    return render(request, "jiheng/disclosure/one.html", context, status=status)


def _live(found: Disclosure) -> Publication | None:
    """The publication in force: what is public is read as it was frozen."""
    return found.publications.filter(withdrawn_at=None).select_related("disclosure").first()


def _said(live: Publication) -> tuple[tuple[Text, ...], tuple[AccountTable, ...]]:
    if live.disclosure.unit_id is not None:
        department = department_of_json(live.record)
        return (department.text,), department.tables
    year = year_of_json(live.record)
    return year.texts, year.tables


def _panel(look: Look, figures: list[Run], on: str) -> dict[str, Any]:
    number = int(on[1:]) if on[:1] == "f" and on[1:].isdecimal() and len(on) < 8 else 0
    run = figures[number - 1] if 0 < number <= len(figures) else None
    if run is None:
        return {"on": "", "run": None}
    return {
        "on": on,
        "run": run,
        "how": run.how or "表内数",
        "measure": _measure(run),
        "origins": [_shown(one) for one in (origin(look, source) for source in run.sources)],
        "until": look.until,
    }


def _measure(run: Run) -> str:
    """What the exact value is counted in; nothing for plain counts."""
    return " 元" if run.text.endswith("元") else "%" if run.text.endswith("%") else ""


def _shown(found: Origin) -> dict[str, Any]:
    return {
        "one": found,
        "is_money": found.unit.endswith("元"),
        "payments": f"?{urlencode({'source': found.source})}" if found.behind else "",
        "list": _address(found.listed, found.year) if found.listed is not None else "",
    }


def _address(listed: Listed, year: int) -> str:
    asked = {"year": year} | ({"stage": listed.stage} if listed.stage else {})
    return f"{reverse(listed.url_name)}?{urlencode(asked)}"


@page()
def wait(request: PersonRequest, pk: int) -> HttpResponse:
    """How far the file is; when it is done the page asks for itself again."""
    found = access.disclosure_for(request.user, pk)
    context = _frame(request, found, "text")
    answer = render(request, "jiheng/disclosure/wait.html", context)
    if not context["is_running"]:
        answer["HX-Refresh"] = "true"
    return answer


@page()
def figure_payments(request: PersonRequest, pk: int) -> HttpResponse:
    """The payments behind a cell, as of the day of publication where it is public."""
    found = access.disclosure_for(request.user, pk)
    live = _live(found)
    tables = _said(live)[1] if live is not None else ()
    look = Look(request.user, found, tables, live.published_at if live is not None else None)
    source = request.GET.get("source", "")
    rows = payments(look, source)
    if rows is None:
        raise Http404("这个数后面没有支付明细")
    context = _frame(request, found, "text") | {
        "origin": origin(look, source),
        "until": look.until,
        "total": rows.aggregate(total=Sum("amount"))["total"],
        "pager": paginate(request, rows),
    }
    return render(request, "jiheng/disclosure/payments.html", context)


# ── reasons and words ─────────────────────────────────────────────────────────────────────────────────


@page(methods=("GET", "POST"))
def reasons(request: PersonRequest, pk: int) -> HttpResponse:
    """Each figure that moved, with the reason beside it."""
    found = access.disclosure_for(request.user, pk)
    wrong: dict[str, str] = {}
    typed: dict[str, str] = {}
    if request.method == "POST":
        typed = {key.removeprefix("r."): request.POST[key] for key in request.POST if key.startswith("r.")}
        try:
            workflow.save_reasons(request.user, found, _based_on(request), typed)
        except Stale:
            raise
        except NotDone as refused:
            wrong = refused.fields or {"": refused.message}
        else:
            messages.success(request, "原因已保存")
            return redirect("disclosure_reasons", pk)
    draft = draft_of(found)
    rows = [
        {"asked": one, "text": typed.get(one.key, one.reason), "wrong": wrong.get(one.key, "")}
        for one in draft.questions
    ]
    context = _frame(request, found, "reasons")
    context |= {"rows": rows, "wrong": wrong, "missing": len(draft.missing_reasons)}
    context["whole_wrong"] = wrong.get("", "")
    return render(request, "jiheng/disclosure/reasons.html", context, status=422 if wrong else 200)


@page(methods=("GET", "POST"))
def words(request: PersonRequest, pk: int) -> HttpResponse:
    """What people write: 制度建设, 问题, 举措, 附件1; of a unit, its own words on performance."""
    found = access.disclosure_for(request.user, pk)
    said, wrong = words_of(found.words), dict[str, str]()
    if request.method == "POST":
        said = _sent(request, said)
        try:
            workflow.save_words(request.user, found, _based_on(request), said)
        except Stale:
            raise
        except NotDone as refused:
            wrong = refused.fields or {"": refused.message}
        else:
            messages.success(request, "已保存")
            return redirect("disclosure_words", pk)
    blank_line = ReviewedLine("", "", f"{found.fiscal_year - 1}年")
    context = _frame(request, found, "words") | {
        "said": said,
        "problems": [*said.problems, *[Passage("", "")] * BLANK_LINES],
        "measures": [*said.measures, *[Passage("", "")] * BLANK_LINES],
        "reviewed": [*said.reviewed, *[blank_line] * BLANK_LINES],
        "own": key_evaluations(found.region, found.fiscal_year) if found.unit_id is None else (),
        "four": under_four_reviews(found.region, found.fiscal_year),
        "grades": [grade.value for grade in Grade],
        "wrong": wrong,
        "figures": [figure for text in _texts(said) for figure in wording.figures_in(text)],
    }
    return render(request, "jiheng/disclosure/words.html", context, status=422 if wrong else 200)


def _texts(said: Words) -> list[str]:
    passages = [one.text for one in (*said.problems, *said.measures)]
    return [said.systems, said.performance, *passages]


def _sent(request: PersonRequest, before: Words) -> Words:
    """What was sent; a row without a heading, or without a project, is none."""
    post = request.POST

    def passages(name: str) -> tuple[Passage, ...]:
        pairs = zip(post.getlist(f"{name}.heading"), post.getlist(f"{name}.text"), strict=False)
        return tuple(Passage(str(a).strip(), str(b).strip()) for a, b in pairs if str(a).strip())

    names = ("project", "department", "years", "amount", "score", "grade", "four")
    columns = [[str(text).strip() for text in post.getlist(f"reviewed.{name}")] for name in names]
    lines = tuple(
        ReviewedLine(row[0], row[1], row[2], row[3], row[4], row[5], row[6] == "1")
        for row in zip(*columns, strict=False)
        if row[0] or row[1]
    )
    return replace(
        before,
        systems=post.get("systems", "").strip(),
        problems=passages("problems"),
        measures=passages("measures"),
        reviewed=lines,
        four=tuple(key for text in post.getlist("four") if (key := key_in(text)) is not None),
        linked=post.get("linked", "").strip(),
        performance=post.get("performance", "").strip(),
    )


# ── verbs ─────────────────────────────────────────────────────────────────────────────────────────────


def _based_on(request: PersonRequest) -> int:
    text = request.POST.get("based_on", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


@page("prepare_disclosure", methods=("POST",))
def check(request: PersonRequest, pk: int) -> HttpResponse:
    """生成并审核, left to the worker."""
    found = access.disclosure_for(request.user, pk)
    try:
        workflow.ask_check(request.user, found, _based_on(request))
    except Barred as barred:
        return _read(request, found, 422, barred.reasons)
    return redirect("disclosure", pk)


@page("publish_disclosure", methods=("POST",))
def publish(request: PersonRequest, pk: int) -> HttpResponse:
    """公开."""
    found = access.disclosure_for(request.user, pk)
    try:
        made = workflow.publish(request.user, found, _based_on(request), request.POST.get("note", ""))
    except Barred as barred:
        return _read(request, found, 422, barred.reasons)
    messages.success(request, f"已公开（第 {made.number} 次）；文件和数据已经冻结，要改请先撤回")
    return redirect("disclosure", pk)


@page("publish_disclosure", methods=("POST",))
def withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """撤回, with a reason."""
    found = access.disclosure_for(request.user, pk)
    try:
        workflow.withdraw(request.user, found, _based_on(request), request.POST.get("reason", ""))
    except Stale:
        raise
    except NotDone as refused:
        return _read(request, found, 422, (refused.message,))
    messages.success(request, "已撤回；原来公开的内容留在“公开记录”里")
    return redirect("disclosure", pk)


# ── publications and files ────────────────────────────────────────────────────────────────────────────


@page()
def publications(request: PersonRequest, pk: int) -> HttpResponse:
    """Every publication, withdrawn ones too, with its files and fingerprints."""
    found = access.disclosure_for(request.user, pk)
    rows = found.publications.select_related("word", "pdf", "published_by", "withdrawn_by")
    context = _frame(request, found, "publications") | {"rows": list(rows)}
    return render(request, "jiheng/disclosure/publications.html", context)


@page()
def checked_file(request: PersonRequest, pk: int, kind: str) -> HttpResponseBase:
    """The file that was checked last: Word, PDF, or the list of sources."""
    found = access.disclosure_for(request.user, pk)
    if found.document is None:
        raise Http404("还没有生成文件")
    return _file(found.document.upload, found.pdf, found.sources, kind)


@page()
def published_file(request: PersonRequest, pk: int, kind: str) -> HttpResponseBase:
    """A file as it was published."""
    rows = Publication.objects.select_related("word", "pdf").filter(
        disclosure__in=access.visible(request.user)
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("没有这次公开，或您无权查看")
    return _file(found.word, found.pdf, found.sources, kind)


def _file(word: Upload, pdf: Upload | None, sources: str, kind: str) -> HttpResponseBase:
    upload = {"docx": word, "pdf": pdf, "sources": word}.get(kind)
    if upload is None:
        raise Http404("没有这个文件")
    name = f"{word.name.removesuffix('.docx')}.sources.json" if kind == "sources" else upload.name
    try:
        data = sources.encode() if kind == "sources" else published.read(upload)
    except OSError:
        raise Http404("存放的文件已不在，请系统管理员从备份恢复") from None
    answer = HttpResponse(data, content_type=TYPES[f".{name.rpartition('.')[2]}"])
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer


urlpatterns: list[URLPattern] = [
    path("disclosure/<int:pk>/", disclosure, name="disclosure"),
    path("disclosure/<int:pk>/wait/", wait, name="disclosure_wait"),
    path("disclosure/<int:pk>/payments/", figure_payments, name="disclosure_payments"),
    path("disclosure/<int:pk>/reasons/", reasons, name="disclosure_reasons"),
    path("disclosure/<int:pk>/words/", words, name="disclosure_words"),
    path("disclosure/<int:pk>/check/", check, name="disclosure_check"),
    path("disclosure/<int:pk>/publish/", publish, name="disclosure_publish"),
    path("disclosure/<int:pk>/withdraw/", withdraw, name="disclosure_withdraw"),
    path("disclosure/<int:pk>/publications/", publications, name="disclosure_publications"),
    path("disclosure/<int:pk>/file/<slug:kind>/", checked_file, name="disclosure_file"),
    path("disclosure/publications/<int:pk>/<slug:kind>/", published_file, name="publication_file"),
]
