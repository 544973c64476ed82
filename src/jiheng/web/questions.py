"""辅导问答: what waits for my answer, what my unit asked, and everything that was answered, to search."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from jiheng.filings import questions as coaching
from jiheng.filings.models import Question
from jiheng.units.access import may, units_for
from jiheng.units.models import Person
from jiheng.web.shell import PersonRequest, page, paginate, posted


class AnswerForm(forms.Form):
    text = forms.CharField(
        label="答复",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="答复后全区都能查到",
    )


@page()
def questions(request: PersonRequest) -> HttpResponse:
    """Open ones first, then the answered ones that hold the words."""
    text = request.GET.get("text", "").strip()
    waiting = coaching.open_questions(request.user)
    asked = Question.objects.filter(answered_at=None, unit__in=units_for(request.user))
    if may(request.user, "answer"):
        asked = asked.none()
    context = {
        "waiting": list(waiting),
        "asked": list(asked.select_related("unit", "unit__contact", "filing", "asked_by")),
        "pager": paginate(request, coaching.search_questions(request.user, text)),
        "text": text,
    }
    return render(request, "jiheng/questions/list.html", context)


def question_for(person: Person, pk: int) -> Question:
    """A question that the person may read: of its own units, or an answered one of its region."""
    readable = Q(unit__in=units_for(person)) | Q(unit__region=person.region_id, answered_at__isnull=False)
    related = ("unit__contact", "filing__fund", "filing__unit", "asked_by", "answered_by")
    found = Question.objects.filter(readable, pk=pk).select_related(*related).first()
    if found is None:
        raise Http404("没有找到这个问题，或您无权查看")
    return found


@page()
def question(request: PersonRequest, pk: int) -> HttpResponse:
    """One question with its answer, or with the form to answer it."""
    return _shown(request, question_for(request.user, pk), AnswerForm())


@page("answer", methods=("POST",))
def answer(request: PersonRequest, pk: int) -> HttpResponse:
    """答复: by the bureau's people of the unit."""
    found = question_for(request.user, pk)
    form = AnswerForm(posted(request))
    if not form.is_valid():
        return _shown(request, found, form)
    coaching.answer(request.user, found, form.cleaned_data["text"])
    messages.success(request, "答复已发出，提问单位会看到")
    return redirect("questions")


def _shown(request: PersonRequest, found: Question, form: AnswerForm) -> HttpResponse:
    is_ours = may(request.user, "answer") and units_for(request.user).filter(pk=found.unit_id).exists()
    context = {"question": found, "form": form, "may_answer": is_ours and not found.answer}
    return render(request, "jiheng/questions/one.html", context, status=422 if form.errors else 200)


urlpatterns: list[URLPattern] = [
    path("questions/", questions, name="questions"),
    path("questions/<int:pk>/", question, name="question"),
    path("questions/<int:pk>/answer/", answer, name="question_answer"),
]
