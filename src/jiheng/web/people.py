"""人员: the administrator lets people in, moves them, gives new passwords, lets them out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from jiheng.units.access import people_for, person_for, region_of
from jiheng.units.accounts import PersonDraft, create_person, move_person, reset_password, set_active
from jiheng.units.models import Department, Division, Person, Region, Role, Unit
from jiheng.web.shell import PersonRequest, page, paginate, posted


class PersonForm(forms.Form):
    username = forms.CharField(
        label="登录名", max_length=60, help_text="2 至 60 位字母、数字、汉字或 _ . @ -"
    )
    name = forms.CharField(label="姓名", max_length=60)
    role = forms.ChoiceField(label="角色", choices=Role.choices)
    phone = forms.CharField(label="电话", max_length=30, required=False)
    division = forms.ModelChoiceField(Division.objects.none(), label="业务股室", required=False)
    department = forms.ModelChoiceField(Department.objects.none(), label="主管部门", required=False)
    unit = forms.ModelChoiceField(Unit.objects.none(), label="单位", required=False)

    def __init__(self, *args: Any, region: Region, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model, help_text in (
            ("division", Division, "角色是业务股室时选"),
            ("department", Department, "角色是主管部门时选"),
            ("unit", Unit, "角色是单位填报人、审核人时选；评审专家选工作单位，用于回避"),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = model._default_manager.filter(region=region).order_by("code")
            field.help_text, field.empty_label = help_text, "（不选）"

    def draft(self) -> PersonDraft:
        """What was filled in; only after is_valid()."""
        return PersonDraft(**(self.cleaned_data | {"role": Role(self.cleaned_data["role"])}))


@page("manage_people")
def people(request: PersonRequest) -> HttpResponse:
    """Everybody of the region."""
    found = people_for(request.user).select_related("unit", "department", "division")
    text, role = request.GET.get("text", "").strip(), request.GET.get("role", "")
    if text:
        places = Q(unit__name__icontains=text) | Q(department__name__icontains=text)
        found = found.filter(Q(name__icontains=text) | Q(username__icontains=text) | places)
    if role in Role.values:
        found = found.filter(role=role)
    if request.GET.get("off") != "1":
        found = found.filter(is_active=True)
    context = {"pager": paginate(request, found.order_by("role", "username")), "roles": Role.choices}
    return render(request, "jiheng/people/list.html", context | {"now": timezone.now()})


@page("manage_people", methods=("GET", "POST"))
def new_person(request: PersonRequest) -> HttpResponse:
    """A new person; the initial password is shown this once."""
    form = PersonForm(posted(request), region=region_of(request.user))
    if request.method == "POST" and form.is_valid():
        try:
            person, password = create_person(request.user, form.draft())
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            return _show_once(request, person, password, "新增人员成功")
    return render(request, "jiheng/people/edit.html", {"form": form}, status=422 if form.errors else 200)


@page("manage_people", methods=("GET", "POST"))
def edit_person(request: PersonRequest, pk: int) -> HttpResponse:
    """Another name, role, place or phone; the login name stays."""
    person = person_for(request.user, pk)
    kept = {name: getattr(person, name) for name in PersonForm.base_fields}
    form = PersonForm(posted(request), region=region_of(request.user), initial=kept)
    form.fields["username"].disabled, form.fields["username"].help_text = True, ""
    if request.method == "POST" and form.is_valid():
        try:
            saved = move_person(request.user, pk, form.draft())
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, f"{saved.name}的资料已保存")
            return redirect("people")
    context = {"form": form, "person": person}
    return render(request, "jiheng/people/edit.html", context, status=422 if form.errors else 200)


@page("manage_people", methods=("POST",))
def new_password(request: PersonRequest, pk: int) -> HttpResponse:
    """重置密码: a new initial password, shown this once."""
    person = person_for(request.user, pk)
    return _show_once(request, person, reset_password(request.user, pk), "密码已重置")


@page("manage_people", methods=("POST",))
def activate(request: PersonRequest, pk: int) -> HttpResponseRedirect:
    """启用 or 停用; nobody is deleted, since the log speaks of them."""
    is_active = request.POST.get("active") == "1"
    try:
        person = set_active(request.user, pk, is_active=is_active, reason=request.POST.get("reason", ""))
    except ValidationError as refused:
        messages.error(request, "；".join(refused.messages))
    else:
        messages.success(request, f"{person.name}的账号已{'启用' if is_active else '停用'}")
    return redirect(f"{reverse('people')}?off=1" if not is_active else "people")


def _show_once(request: PersonRequest, person: Person, password: str, heading: str) -> HttpResponse:
    context = {"person": person, "password": password, "heading": heading}
    return render(request, "jiheng/people/secret.html", context)


urlpatterns: list[URLPattern] = [
    path("people/", people, name="people"),
    path("people/new/", new_person, name="person_new"),
    path("people/<int:pk>/", edit_person, name="person_edit"),
    path("people/<int:pk>/password/", new_password, name="person_password"),
    path("people/<int:pk>/active/", activate, name="person_active"),
]
