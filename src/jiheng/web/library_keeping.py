"""指标库与标准库, to keep: new, revised, retired, restored, replaced and merged items. 绩效股 only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng import policy as policies
from jiheng.library import browsing, workflow
from jiheng.library.access import indicator_for, indicators_for, standard_for
from jiheng.library.models import Indicator, Standard
from jiheng.library.placing import levels
from jiheng.library.workflow import IndicatorDraft, StandardDraft
from jiheng.sheets import Operator
from jiheng.web.library import OF_STANDARDS, shown, shown_standard
from jiheng.web.shell import PersonRequest, page, posted

MOST_REASON = 2000


class _ItemForm(forms.Form):
    """What both kinds have in common. Lengths and figures are checked by the verbs."""

    name = forms.CharField(label="名称", max_length=200)
    sector = forms.CharField(
        label="行业领域", max_length=40, widget=forms.TextInput(attrs={"list": "sectors"})
    )
    function_codes = forms.CharField(
        label="适用功能分类",
        max_length=200,
        required=False,
        help_text="3、5 或 7 位代码，几个之间用空格隔开，如 214 21401",
    )
    unit = forms.CharField(label="计量单位", max_length=30, required=False)
    year = forms.IntegerField(label="年度", required=False, help_text="这个值是哪一年的")
    source = forms.CharField(label="来源", max_length=300, required=False)
    is_verified = forms.BooleanField(label="来源已核", required=False)
    reason = forms.CharField(label="修订说明", max_length=MOST_REASON, required=False)


class IndicatorForm(_ItemForm):
    level2 = forms.ChoiceField(label="二级指标")
    operator = forms.ChoiceField(label="计算符号", choices=[(item.value, item.value) for item in Operator])
    typed = forms.CharField(label="典型值", max_length=40, required=False, help_text="只写数字")
    value_words = forms.CharField(
        label="典型值说明", max_length=200, required=False, help_text="定性指标写在这里"
    )
    place = forms.CharField(
        label="典型值地区", max_length=60, required=False, help_text="某地的值不是标准值，要写明哪里"
    )
    keywords = forms.CharField(
        label="关键词", max_length=200, required=False, help_text="单位可能用来找它的词，用空格隔开"
    )
    accumulates = forms.BooleanField(label="累计型（按月累加）", required=False)
    meaning = forms.CharField(label="指标解释", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    formula = forms.CharField(label="计算公式", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    card_source = forms.CharField(
        label="完成值来源", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    card_check = forms.CharField(label="核验方法", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    card_accuracy = forms.CharField(
        label="精度要求", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    card_limits = forms.CharField(label="局限", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    card_remedy = forms.CharField(label="弥补办法", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, choices: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        level = self.fields["level2"]
        assert isinstance(level, forms.ChoiceField)
        level.choices = [(name, name) for name in choices]


class StandardForm(_ItemForm):
    operator = forms.ChoiceField(
        label="约束方向", choices=OF_STANDARDS, help_text="按含义定：最低投入用 ≥，它不是成本上限"
    )
    typed = forms.CharField(label="标准值", max_length=40)
    scope = forms.CharField(label="适用范围", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    place = forms.CharField(label="适用地区", max_length=60, required=False)
    document = forms.CharField(label="依据文号", max_length=100, required=False)


def _indicator_form(request: PersonRequest, item: Indicator | None = None) -> IndicatorForm:
    policy = policies.on(timezone.localdate(), request.user.region_id or "")
    return IndicatorForm(posted(request), choices=levels(policy), initial=_kept(item))


def _kept(item: Indicator | Standard | None) -> dict[str, Any]:
    if item is None:
        return {}
    kind = IndicatorDraft if isinstance(item, Indicator) else StandardDraft
    return {field.name: getattr(item, field.name) for field in fields(kind)}


def _draft(kind: Any, form: forms.Form) -> Any:
    return kind(**{field.name: form.cleaned_data[field.name] for field in fields(kind)})


def based_on(request: PersonRequest) -> int:
    """The edition that the page was made from; 0, which nothing has, where none was sent."""
    text = request.POST.get("based_on", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _edited(
    request: PersonRequest,
    form: forms.Form,
    store: Callable[[], Indicator | Standard],
    item: Indicator | Standard | None,
) -> HttpResponse:
    """The form's page, or what comes after it was stored."""
    is_standard = isinstance(form, StandardForm)
    if request.method == "POST" and form.is_valid():
        try:
            saved = store()
        except ValidationError as refused:
            lay(form, refused)
        else:
            messages.success(request, f"“{saved.name}”已保存为第 {saved.edition} 版")
            return redirect("standard" if is_standard else "indicator", pk=saved.pk)
    context = {
        "form": form,
        "item": item,
        "based_on": based_on(request) or (item.edition if item else 0),
        "is_standard": is_standard,
        "sectors": browsing.sectors(request.user),
    }
    return render(request, "jiheng/library/edit.html", context, status=422 if form.errors else 200)


def lay(form: forms.Form, refused: ValidationError) -> None:
    """Puts each refusal beside its field."""
    if not hasattr(refused, "error_dict"):
        form.add_error(None, refused)
        return
    for name, errors in refused.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


# ── indicators ────────────────────────────────────────────────────────────────────────────────────────


@page("manage_library", methods=("GET", "POST"))
def new_indicator(request: PersonRequest) -> HttpResponse:
    form = _indicator_form(request)
    return _edited(request, form, lambda: workflow.add(request.user, _draft(IndicatorDraft, form)), None)


@page("manage_library", methods=("GET", "POST"))
def edit_indicator(request: PersonRequest, pk: int) -> HttpResponse:
    item = indicator_for(request.user, pk)
    form = _indicator_form(request, item)

    def store() -> Indicator:
        draft = _draft(IndicatorDraft, form)
        return workflow.revise(request.user, pk, based_on(request), draft, form.cleaned_data["reason"])

    return _edited(request, form, store, item)


def _decided(
    request: PersonRequest, item: Indicator, decide: Callable[[int, str], Indicator], said: str
) -> HttpResponse:
    """What a button of an indicator's page did, or the page again with why it did nothing."""
    reason = request.POST.get("reason", "")[:MOST_REASON]
    try:
        after = decide(based_on(request), reason)
    except ValidationError as refused:
        return shown(request, item, refusal="；".join(refused.messages), status=422)
    messages.success(request, said)
    return redirect("indicator", pk=after.pk)


@page("manage_library", methods=("POST",))
def retire_indicator(request: PersonRequest, pk: int) -> HttpResponse:
    item = indicator_for(request.user, pk)
    return _decided(
        request,
        item,
        lambda based, reason: workflow.retire(request.user, Indicator, pk, based, reason),
        f"“{item.name}”已停用，不再推荐；已经用它的目标表不受影响",
    )


@page("manage_library", methods=("POST",))
def restore_indicator(request: PersonRequest, pk: int) -> HttpResponse:
    item = indicator_for(request.user, pk)
    return _decided(
        request,
        item,
        lambda based, reason: workflow.restore(request.user, Indicator, pk, based, reason),
        f"“{item.name}”已恢复使用",
    )


def _other(request: PersonRequest) -> int:
    """The indicator named by its code (`other`); 0, which none is, for anything else."""
    code = request.POST.get("other", "").strip().split(" ")[0][:20]
    found = indicators_for(request.user).filter(code=code).values_list("pk", flat=True).first()
    return found or 0


@page("manage_library", methods=("POST",))
def replace_indicator(request: PersonRequest, pk: int) -> HttpResponse:
    item = indicator_for(request.user, pk)
    return _decided(
        request,
        item,
        lambda based, reason: workflow.replace(request.user, pk, based, _other(request), reason),
        f"“{item.name}”已停用，由新指标替代；以前的使用记录仍在它名下",
    )


@page("manage_library", methods=("POST",))
def merge_indicator(request: PersonRequest, pk: int) -> HttpResponse:
    item = indicator_for(request.user, pk)
    return _decided(
        request,
        item,
        lambda based, reason: workflow.merge(request.user, pk, based, _other(request), reason),
        f"“{item.name}”已并入这个指标，使用记录随之转入",
    )


# ── standards ─────────────────────────────────────────────────────────────────────────────────────────


@page("manage_library", methods=("GET", "POST"))
def new_standard(request: PersonRequest) -> HttpResponse:
    form = StandardForm(posted(request))
    return _edited(
        request, form, lambda: workflow.add_standard(request.user, _draft(StandardDraft, form)), None
    )


@page("manage_library", methods=("GET", "POST"))
def edit_standard(request: PersonRequest, pk: int) -> HttpResponse:
    item = standard_for(request.user, pk)
    form = StandardForm(posted(request), initial=_kept(item))

    def store() -> Standard:
        draft = _draft(StandardDraft, form)
        return workflow.revise_standard(
            request.user, pk, based_on(request), draft, form.cleaned_data["reason"]
        )

    return _edited(request, form, store, item)


@page("manage_library", methods=("POST",))
def switch_standard(request: PersonRequest, pk: int) -> HttpResponse:
    """停用 what is in use, 恢复 what is not."""
    item = standard_for(request.user, pk)
    verb = workflow.retire if item.status == "active" else workflow.restore
    reason = request.POST.get("reason", "")[:MOST_REASON]
    try:
        after = verb(request.user, Standard, pk, based_on(request), reason)
    except ValidationError as refused:
        return shown_standard(request, item, refusal="；".join(refused.messages), status=422)
    messages.success(request, f"“{after.name}”现在是“{after.get_status_display()}”")
    return redirect("standard", pk=after.pk)


urlpatterns: list[URLPattern] = [
    path("library/new/", new_indicator, name="indicator_new"),
    path("library/<int:pk>/edit/", edit_indicator, name="indicator_edit"),
    path("library/<int:pk>/retire/", retire_indicator, name="indicator_retire"),
    path("library/<int:pk>/restore/", restore_indicator, name="indicator_restore"),
    path("library/<int:pk>/replace/", replace_indicator, name="indicator_replace"),
    path("library/<int:pk>/merge/", merge_indicator, name="indicator_merge"),
    path("standards/new/", new_standard, name="standard_new"),
    path("standards/<int:pk>/edit/", edit_standard, name="standard_edit"),
    path("standards/<int:pk>/switch/", switch_standard, name="standard_switch"),
]
