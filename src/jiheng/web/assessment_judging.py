"""事前绩效评估, the bureau's buttons: back to the unit, exempt, experts, verdict, improved."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path

from jiheng.assessment import judging
from jiheng.assessment.access import assessment_for
from jiheng.assessment.judging import Conclusion
from jiheng.assessment.models import Assessment
from jiheng.panels.convening import SeatDraft
from jiheng.panels.outcomes import NotDone, Stale
from jiheng.units.models import Person
from jiheng.web.assessment_forms import AssignForm, ConcludeForm, ExemptForm, ReasonForm, put_beside
from jiheng.web.assessments import shown, with_experts, with_grounds, with_vetoes
from jiheng.web.problems import based_on
from jiheng.web.shell import PersonRequest, page, posted


@page("judge_assessment", methods=("POST",))
def send_back(request: PersonRequest, pk: int) -> HttpResponseBase:
    """退回补充."""
    form = ReasonForm(posted(request), auto_id="return_%s")

    def verb(found: Assessment) -> object:
        return judging.send_back(request.user, found, based_on(request), form.cleaned_data["reason"])

    return _done(request, pk, ("return_form", form), verb, "已退回，单位会补充后重新报送")


@page("judge_assessment", methods=("POST",))
def exempt(request: PersonRequest, pk: int) -> HttpResponseBase:
    """免评."""
    form = with_grounds(ExemptForm(posted(request), auto_id="exempt_%s"), assessment_for(request.user, pk))

    def verb(found: Assessment) -> object:
        said = form.cleaned_data
        return judging.exempt(request.user, found, based_on(request), said["ground"], said["reason"])

    return _done(request, pk, ("exempt_form", form), verb, "已免予评估，目标可以批复、预算可以安排")


@page("judge_assessment", methods=("POST",))
def assign(request: PersonRequest, pk: int) -> HttpResponseBase:
    """组织专家评审."""
    form = with_experts(AssignForm(posted(request), auto_id="assign_%s"), assessment_for(request.user, pk))

    def verb(found: Assessment) -> object:
        said = form.cleaned_data
        people = Person.objects.filter(pk__in=said["experts"]).select_related("unit").order_by("pk")
        seats = [SeatDraft(person=person) for person in people]
        return judging.assign(request.user, found, based_on(request), seats, said["due_on"])

    return _done(request, pk, ("assign_form", form), verb, "评审已开始，专家各自评分、互不可见")


@page("judge_assessment", methods=("POST",))
def conclude(request: PersonRequest, pk: int) -> HttpResponseBase:
    """作出结论."""
    form = with_vetoes(ConcludeForm(posted(request), auto_id="conclude_%s"), assessment_for(request.user, pk))

    def verb(found: Assessment) -> object:
        said = Conclusion(**form.cleaned_data)
        return judging.conclude(request.user, found, based_on(request), said)

    return _done(request, pk, ("conclude_form", form), verb, "结论已作出，报告已生成")


@page("judge_assessment", methods=("POST",))
def accept(request: PersonRequest, pk: int) -> HttpResponseBase:
    """确认调整完善."""
    form = ReasonForm(posted(request), auto_id="accept_%s")

    def verb(found: Assessment) -> object:
        return judging.accept_improved(request.user, found, based_on(request), form.cleaned_data["reason"])

    return _done(request, pk, ("accept_form", form), verb, "已确认，目标可以批复、预算可以安排")


def _done(
    request: PersonRequest,
    pk: int,
    form: tuple[str, forms.Form],
    verb: Callable[[Assessment], object],
    said: str,
) -> HttpResponseBase:
    """Does what was asked, or shows the page again with what was typed and why it was not done."""
    name, filled = form
    found, status = assessment_for(request.user, pk), 422
    if filled.is_valid():
        try:
            verb(found)
        except NotDone as refused:
            found = assessment_for(request.user, pk)
            status = 409 if isinstance(refused, Stale) else 422
            put_beside(filled, refused)
        else:
            messages.success(request, said)
            return redirect("assessment", pk)
    return shown(request, found, status, **{name: filled})


urlpatterns: list[URLPattern] = [
    path("assessments/<int:pk>/return/", send_back, name="assessment_return"),
    path("assessments/<int:pk>/exempt/", exempt, name="assessment_exempt"),
    path("assessments/<int:pk>/assign/", assign, name="assessment_assign"),
    path("assessments/<int:pk>/conclude/", conclude, name="assessment_conclude"),
    path("assessments/<int:pk>/accept/", accept, name="assessment_accept"),
]
