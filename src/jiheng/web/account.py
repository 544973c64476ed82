"""Logging in and out, and one's own account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as open_session
from django.contrib.auth import logout as close_session
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.http import url_has_allowed_host_and_scheme

from jiheng.units import log
from jiheng.units.accounts import LoginRefused, authenticate_person, change_password
from jiheng.units.models import LogEntry
from jiheng.web import sessions
from jiheng.web.shell import PersonRequest, page, posted

BACKEND = "jiheng.web.backend.PersonBackend"


class LoginForm(forms.Form):
    username = forms.CharField(label="登录名", max_length=60)
    password = forms.CharField(label="密码", max_length=128, strip=False, widget=forms.PasswordInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs |= {"autocomplete": "username", "autofocus": True}
        self.fields["password"].widget.attrs["autocomplete"] = "current-password"


class PasswordForm(forms.Form):
    old = forms.CharField(label="原密码", max_length=128, strip=False, widget=forms.PasswordInput)
    new = forms.CharField(label="新密码", max_length=128, strip=False, widget=forms.PasswordInput)
    again = forms.CharField(label="再输一次新密码", max_length=128, strip=False, widget=forms.PasswordInput)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("new") and given.get("again") and given["new"] != given["again"]:
            self.add_error("again", "两次输入的新密码不一致，请重新输入")
        return given


@page(methods=("GET", "POST"), public=True)
def login(request: PersonRequest) -> HttpResponse:
    """登录; the address that was asked for comes back after it, if it is ours."""
    onward = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}, require_https=request.is_secure()):
        onward = settings.LOGIN_REDIRECT_URL
    if request.user.is_authenticated:
        return redirect(onward)
    form = LoginForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            person = authenticate_person(
                form.cleaned_data["username"], form.cleaned_data["password"], log.caller_address.get()
            )
        except LoginRefused as refused:
            form.add_error(None, str(refused))
        else:
            open_session(request, person, backend=BACKEND)
            sessions.begin(request)
            return redirect(onward)
    status = 422 if form.errors else 200
    return render(request, "jiheng/account/login.html", {"form": form, "next": onward}, status=status)


@page(methods=("POST",), guests=True)
def logout(request: PersonRequest) -> HttpResponseRedirect:
    """退出."""
    log.record(request.user, "退出", request.user)
    close_session(request)
    return redirect("login")


@page(guests=True)
def account(request: PersonRequest) -> HttpResponse:
    """我的账号: who I am here, and what I did last."""
    done = LogEntry.objects.filter(person=request.user).order_by("-at", "-pk")[:20]
    return render(request, "jiheng/account/account.html", {"done": done})


@page(methods=("GET", "POST"), guests=True)
def password(request: PersonRequest) -> HttpResponse:
    """修改密码; who still has an initial one comes here first."""
    form = PasswordForm(posted(request))
    if request.user.must_change_password:
        form.fields["old"].label = "初始密码（管理员给的那个）"
    if request.method == "POST" and form.is_valid():
        try:
            change_password(request.user, form.cleaned_data["old"], form.cleaned_data["new"])
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            update_session_auth_hash(request, request.user)
            messages.success(request, "密码已修改，请记好新密码")
            return redirect("home")
    context: dict[str, Any] = {"form": form, "is_first": request.user.must_change_password}
    context["advice"] = password_validators_help_texts()
    return render(request, "jiheng/account/password.html", context, status=422 if form.errors else 200)


urlpatterns: list[URLPattern] = [
    path("login/", login, name="login"),
    path("logout/", logout, name="logout"),
    path("account/", account, name="account"),
    path("account/password/", password, name="change_password"),
]
