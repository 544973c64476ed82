"""Around every page: who calls from where, first a new password, refusals in Chinese, nothing cached."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_cache_control

from jiheng.accounts.outcomes import NotKept, Stale
from jiheng.audits.outcomes import NotDone
from jiheng.disclosure import outcomes as disclosure
from jiheng.filings.outcomes import Conflict, Refused, Stopped
from jiheng.findings import outcomes as findings
from jiheng.panels import outcomes as panels
from jiheng.results import outcomes as results
from jiheng.units import log
from jiheng.web import sessions
from jiheng.web.shell import TIMES_LIMIT, say

# what a verb of any room answers when it can't simply do it
STOPPED = (Stopped, NotDone, NotKept, findings.NotDone, panels.NotDone, disclosure.NotDone, results.NotDone)
# what somebody may open before choosing a password
BEFORE_PASSWORD = ("change_password", "logout", "login")


class GuardMiddleware:
    """The last middleware: the request has its session and its person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _is_beyond_measure(request):
            return say(request, 413, "提交的内容过大", "远远超过单个文件的上限，没有接收。请拆分后分次上传。")
        _drop_nul(request)
        if sessions.end_if_idle(request):
            messages.warning(request, "很久没有操作，已自动退出，请重新登录")
        token = log.caller_address.set(request.META.get("REMOTE_ADDR") or None)
        try:
            response = self._password_first(request) or self.get_response(request)
        finally:
            log.caller_address.reset(token)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            patch_cache_control(response, no_store=True, private=True)
        return response

    def _password_first(self, request: HttpRequest) -> HttpResponse | None:
        person = request.user
        if not person.is_authenticated or not person.must_change_password:
            return None
        if request.path in {reverse(name) for name in BEFORE_PASSWORD}:
            return None
        return redirect("change_password")

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What a verb could not do becomes a page that says so; nothing was changed."""
        if isinstance(error, Stale):
            return say(request, 409, "别人先改了这张表", error.message, changes=error.differences)
        if isinstance(error, Conflict):
            changes = error.changes
            return say(request, 409, "别人先改了这份表", error.message, changes=changes)
        if isinstance(error, Refused):
            return say(request, 422, "还不能报送", error.message, findings=error.findings)
        if isinstance(error, STOPPED):
            return say(request, 409, "现在不能这样办理", error.message)
        return None


def _is_beyond_measure(request: HttpRequest) -> bool:
    """Too much to take in only to refuse it: a careless file is received and told its limit, this is not."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return not length.isdecimal() or int(length[:12]) > TIMES_LIMIT * settings.MAX_UPLOAD_BYTES


def _drop_nul(request: HttpRequest) -> None:
    """PostgreSQL stores no NUL, and nobody means one: text pasted with it is taken without it."""
    if "%00" in request.META.get("QUERY_STRING", ""):
        request.GET = _without_nul(request.GET)  # type: ignore[assignment]
    if request.method != "POST":
        return
    try:
        sent = request.POST
    except UnreadablePostError:  # the browser went away; nobody waits for an answer
        return
    if any("\0" in text for _, texts in sent.lists() for text in texts):
        request.POST = _without_nul(request.POST)  # type: ignore[assignment]


def _without_nul(sent: QueryDict) -> QueryDict:
    clean = QueryDict(mutable=True)
    for name, texts in sent.lists():
        clean.setlist(name.replace("\0", ""), [str(text).replace("\0", "") for text in texts])
    clean._mutable = False
    return clean
