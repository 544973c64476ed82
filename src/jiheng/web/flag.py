"""One hit on one page: what does not fit, the rows it rests on, the guard, and what can be made of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from jiheng import policy as policies
from jiheng.findings import problems
from jiheng.findings.models import ClueState, Problem
from jiheng.flags import access, workflow
from jiheng.flags.models import Hit
from jiheng.flags.workflow import FLAGS, MOST_TEXT, NotDone, Stale
from jiheng.ledger import registries
from jiheng.rules.redflags import REGISTRIES, facts, records
from jiheng.units.access import may as may_do
from jiheng.units.models import Person
from jiheng.web.flags import row_of, thresholds
from jiheng.web.problems import based_on
from jiheng.web.shell import PersonRequest, page, posted

VERBS = ("ask", "answer", "dismiss", "reopen", "make_clue")
REGISTRY_TITLES = {record.TITLE for record in REGISTRIES.values()}
ASK_DAYS = 10


# verb, the prefix of its inputs → label and help of its text
WORDS = {
    "ask": ("要单位说明什么", "询问后单位才看得到这条疑点"),
    "answer": ("情况说明", "写明事实和依据"),
    "dismiss": ("排除的理由", "再次核查也保持已排除；证据变了会提示"),
    "reopen": ("重新核查的理由", ""),
    "clue": ("核查情况", "转为线索后，由有权的人认定才成为问题"),
}


class TextForm(forms.Form):
    text = forms.CharField(max_length=MOST_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(
        self, verb: str, data: QueryDict | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, auto_id=f"{verb}_%s", initial=initial)
        self.fields["text"].label, self.fields["text"].help_text = WORDS[verb]


class AskForm(TextForm):
    due_on = forms.DateField(
        label="答复期限", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def _forms() -> dict[str, forms.Form]:
    due = timezone.localdate() + timedelta(days=ASK_DAYS)
    made: dict[str, forms.Form] = {f"{verb}_form": TextForm(verb) for verb in WORDS if verb != "ask"}
    return made | {"ask_form": AskForm("ask", initial={"due_on": due})}


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────


@page()
def flag(request: PersonRequest, pk: int) -> HttpResponse:
    """One hit with everything that speaks for and against it."""
    return _shown(request, access.hit_for(request.user, pk))


def _shown(request: PersonRequest, hit: Hit, status: int = 200, **given: forms.Form) -> HttpResponse:
    rule = FLAGS[hit.flag]
    policy = policies.on(hit.last_run.as_of, hit.region_id)
    context = {
        **row_of(request.user, hit),
        "flag": rule,
        "thresholds": thresholds(policy, hit.flag),
        "tables": tables_of(request.user, hit),
        "steps": access.steps_for(request.user, hit),
        "sees_all": access.sees_all(request.user),
        "may": {verb for verb in VERBS if access.may(request.user, verb, hit)},
        "problem": _problem(request.user, hit),
        "may_register": may_do(request.user, "register_problem")
        and hit.clue is not None
        and hit.clue.state == ClueState.WAITING,
        **_forms(),
        **given,
    }
    context["forms_with_errors"] = [form for form in given.values() if form.errors]
    return render(request, "jiheng/flags/one.html", context, status=status)


def _problem(person: Person, hit: Hit) -> Problem | None:
    """The problem that was made of the hit, where the person sees it."""
    if hit.clue is None or hit.clue.problem_id is None:
        return None
    return problems.visible(person).filter(pk=hit.clue.problem_id).first()


def tables_of(person: Person, hit: Hit) -> list[dict[str, Any]]:
    """The evidence as tables: one a source, a line a row with its link, a column a field."""
    tables: dict[str, dict[str, Any]] = {}
    for item in hit.evidence:
        table = tables.setdefault(item["source"], {"source": item["source"], "fields": [], "rows": {}})
        if item["field"] not in table["fields"]:
            table["fields"].append(item["field"])
        table["rows"].setdefault(item["key"], {})[item["field"]] = item["value"]
    return [
        {
            "source": source,
            "fields": table["fields"],
            "rows": [
                {
                    "key": _shown_key(key),
                    "href": address_of(person, hit, source, key),
                    "cells": [values.get(name, "") for name in table["fields"]],
                }
                for key, values in table["rows"].items()
            ],
        }
        for source, table in tables.items()
    ]


def _shown_key(key: str) -> str:
    """A row's key without what no reader needs: hashes of sealed numbers and of files."""
    parts = [part.partition(":")[2] or part for part in key.split("|")]
    return " ".join(part for part in parts if len(part) != 64)


def address_of(person: Person, hit: Hit, source: str, key: str) -> str:
    """Where a row of evidence can be looked at; empty where it is on no page."""
    first = key.split("|")[0]
    if source in REGISTRY_TITLES:
        return f"{reverse('flag_row', args=[hit.pk])}?{urlencode({'source': source, 'key': key})}"
    if source == facts.Payment.TITLE:
        return f"{reverse('payments')}?{urlencode({'year': hit.fiscal_year, 'text': first})}"
    if source == facts.SelfScore.TITLE and first.isdigit():
        return reverse("filing", args=[int(first)])
    if source == facts.Rectified.TITLE:
        found = problems.visible(person).filter(region=hit.region_id, number=first).first()
        return reverse("problem", args=[found.pk]) if found else ""
    return reverse("fund", args=[hit.fund_id]) if hit.fund_id else ""


@page()
def row(request: PersonRequest, pk: int) -> HttpResponse:
    """One row of a registry that the hit rests on, with its versions and the file it came from."""
    hit = access.hit_for(request.user, pk)
    source, key = request.GET.get("source", ""), request.GET.get("key", "")
    if not any(item["source"] == source and item["key"] == key for item in hit.evidence):
        raise Http404("这条疑点没有引用这一行")
    found = registries.row_for(hit.region_id, source, key)
    if found is None:
        raise Http404("登记簿里没有这一行")
    record = REGISTRIES[found.registry]
    told = [
        (item.metadata["label"], _value(item, found.values.get(item.name)))
        for item in dataclasses.fields(record)
    ]
    context = {"hit": hit, "row": found, "source": source, "key": _shown_key(key), "told": told}
    return render(request, "jiheng/flags/row.html", context)


def _value(item: Any, value: Any) -> str:
    """A stored value as the registry's file had it; a sealed number by its mask."""
    if value is None:
        return "—"
    if item.metadata["personal"]:
        return str(value).partition(":")[2] or "****"
    if item.metadata["kind"] == records.YES:
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(value)
    unit = {records.WAN: " 元", records.YUAN: " 元", records.PERCENT: "%"}
    return f"{value}{unit.get(item.metadata['kind'], '')}"


# ── verbs ─────────────────────────────────────────────────────────────────────────────────────────────


@page("review_flag", methods=("POST",))
def ask(request: PersonRequest, pk: int) -> HttpResponseBase:
    """询问单位."""
    form = AskForm("ask", posted(request))

    def verb(hit: Hit) -> object:
        said = form.cleaned_data
        return workflow.ask(request.user, hit, based_on(request), said["text"], said["due_on"])

    return _done(request, pk, "ask_form", form, verb, "已发给单位，等答复")


@page("answer_flag", methods=("POST",))
def answer(request: PersonRequest, pk: int) -> HttpResponseBase:
    """单位答复."""
    return _text(request, pk, "answer", workflow.answer, "已答复，等财政局研判")


@page("review_flag", methods=("POST",))
def dismiss(request: PersonRequest, pk: int) -> HttpResponseBase:
    """排除."""
    return _text(request, pk, "dismiss", workflow.dismiss, "已排除，再次核查不会重新提示")


@page("review_flag", methods=("POST",))
def reopen(request: PersonRequest, pk: int) -> HttpResponseBase:
    """重新核查."""
    return _text(request, pk, "reopen", workflow.reopen, "已恢复为待核")


@page("review_flag", methods=("POST",))
def make_clue(request: PersonRequest, pk: int) -> HttpResponseBase:
    """转问题线索."""
    said = "已转为问题线索；认定以后才成为问题"
    return _text(request, pk, "clue", workflow.make_clue, said)


def _text(
    request: PersonRequest, pk: int, name: str, verb: Callable[..., Hit], said: str
) -> HttpResponseBase:
    form = TextForm(name, posted(request))

    def done(hit: Hit) -> object:
        return verb(request.user, hit, based_on(request), form.cleaned_data["text"])

    return _done(request, pk, f"{name}_form", form, done, said)


def _done(
    request: PersonRequest,
    pk: int,
    name: str,
    form: forms.Form,
    verb: Callable[[Hit], object],
    said: str,
) -> HttpResponseBase:
    """Does what was asked, or shows the page again with what was typed and why it was not done."""
    hit, status = access.hit_for(request.user, pk), 422
    if form.is_valid():
        try:
            verb(hit)
        except NotDone as refused:
            hit = access.hit_for(request.user, pk)
            status = 409 if isinstance(refused, Stale) else 422
            take_over_from(form, refused)
        else:
            messages.success(request, said)
            return redirect("flag", pk)
    return _shown(request, hit, status, **{name: form})


def take_over_from(form: forms.Form, refused: NotDone) -> None:
    """Puts a verb's refusal beside the field that it speaks of."""
    form.add_error(refused.field if refused.field in form.fields else None, refused.message)


urlpatterns: list[URLPattern] = [
    path("flags/<int:pk>/", flag, name="flag"),
    path("flags/<int:pk>/row/", row, name="flag_row"),
    path("flags/<int:pk>/ask/", ask, name="flag_ask"),
    path("flags/<int:pk>/answer/", answer, name="flag_answer"),
    path("flags/<int:pk>/dismiss/", dismiss, name="flag_dismiss"),
    path("flags/<int:pk>/reopen/", reopen, name="flag_reopen"),
    path("flags/<int:pk>/clue/", make_clue, name="flag_clue"),
]
