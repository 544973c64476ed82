"""What every page stands in: the guard, the years, the navigation, lists cut into pages.

**A view** is one function for one action, in the module of its room, guarded by `page`; its address stands in
`urls.py`, and its line in the table of `tests/web/test_permissions.py`:

    @page()                                              # any logged-in person, GET
    def goal_list(request: PersonRequest) -> HttpResponse:
        year = fiscal_year(request, Stage.GOAL)          # ?year=, else the session's, else the calendar's
        pager = paginate(request, visible(request.user).filter(fiscal_year=year))
        return render(request, "jiheng/goals/list.html", {"pager": pager, "year": year})

    @page("assign_calendar", methods=("GET", "POST"))    # 403 for other roles, 405 for other methods
    @page(guests=True)                                   # open to 评审专家 and 第三方机构 too

People from outside (`access.GUESTS`) get 403 for every page that neither says `guests=True` nor asks for an
action that their role has: they see what they are engaged for, and nothing else.

A list or board answers with `kept_page(request, template, make)`, after it asked for its year: drawn once.

Verbs may raise what they like: `PermissionDenied` → 403, `Http404` → 404, outcomes: `Conflict` → 409
with both sides, `Locked`, `WrongDesk`, `OutOfWindow` → 409, `Refused` → 422 with findings (`middleware.py`).
htmx requests get the same answers; app.js shows their message in a dialog and leaves the page as it is.

**A template** extends `jiheng/base.html` and fills the blocks `title`, `h1`, `crumbs` (`<p class="crumbs">`),
`purpose` (one line), `actions` (one main button `btn btn-primary`, others plain `btn`), `filters`, `content`,
`styles` (link), `scripts` (`<script defer src>` only: no inline script, no style="", no on…=""). There are
`me`, `role`, `region`, `scope`, `work_year`, `todo_count`. `{% load jiheng %}` gives

    {{ yuan|wan }} {{ amount|wan }}     万元 with separators, as typed or 2 decimals; Missing → “—”
    {{ amount|yuan }}                   元 with separators and two decimals
    {{ value|figure }}                  any other figure (Quantity, Decimal, whole number, Missing)
    {{ value|percent }}                 a percentage already times 100
    {{ name|cut }}                      a long name, cut by its column, whole on hover
    {{ filing|state_badge }}  {{ light|light_badge }}  {{ text|badge:"red|yellow|green|blue|grey|accent" }}
    {{ severity|severity_badge }}  {{ state|window_badge }}  {{ correction|correction_badge }}
    {{ problem|problem_badge }}
    {{ mapping|item:key }}
    {% field form.name %}               label, input, help and errors of one form field
    {% query page=2 %}                  the address's query with something changed

and partials to include, `jiheng/partials/`: `pager.html` (`pager`), `empty.html` (`title`, `advice`, `href`,
`action`), `findings.html` (`findings`: links to `#f-<field>`), `remarks.html` (`remarks`, beside a field),
`errors.html` (`form`: the list on top of a form, with links), `job.html` (`job`, `job_url`: polls itself).
`calendar.py` with `calendar/list.html` is the pattern of a list page, with `calendar/edit.html` of a form.

**A table** is `<div class="sheet-box"><table class="sheet">`: sticky header, scrolls inside its box;
`<th class="num">金额<small>万元</small></th>`, `<td class="num">`, `<td class="name">`, `<tr class="sum">`.
Filters are `<form class="filters" data-autosubmit>` (GET). Also `.glance` (figures at a glance), `.tabs`,
`.columns`, `dl.facts`, `.notice`. Buttons: `data-confirm="…"`, `data-copy="#id"`, `data-print`, `data-back`,
`data-check-all="name"`, `data-toggle="#id"`; scripts call `jiheng.tell(title, text, ask)`, `jiheng.csrf()`.

**Navigation** knows its pages by url name (`NAV`); a page that is not there yet is left out.
"""

from __future__ import annotations

import functools
import hashlib
import secrets
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django import forms
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages import get_messages
from django.core.paginator import Paginator
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from jiheng.projects.models import Stage, Window
from jiheng.units import access
from jiheng.units.models import Person, Role
from jiheng.web.waiting import kept, of_request

P = ParamSpec("P")
Row = TypeVar("Row")
SIZES = (50, 100, 200)
FIRST_YEAR = 2021
MOST_KEY = 2**63 - 1
TIMES_LIMIT = 4  # how many times the limit of one file a whole request may be


class PersonRequest(HttpRequest):
    """A request whose person is known: what `page` hands to a view."""

    user: Person


# ── the guard ─────────────────────────────────────────────────────────────────────────────────────────


def page(
    action: str | None = None,
    *,
    methods: Sequence[str] = ("GET",),
    public: bool = False,
    guests: bool = False,
) -> Callable[
    [Callable[Concatenate[PersonRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Guards a view: who is not logged in is sent to log in, another method gets 405, a role without the
    action 403. `public` pages (login) are open to all; `guests` open to people from outside too."""
    allowed = {*methods, "HEAD"} if "GET" in methods else set(methods)

    def guard(
        view: Callable[Concatenate[PersonRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not public and not request.user.is_authenticated:
                return _ask_to_log_in(request)
            if request.method not in allowed:
                return _wrong_method(request, sorted(allowed))
            if action is not None:
                access.require(cast(Person, request.user), action)
            elif not (public or guests):
                access.require_insider(cast(Person, request.user))
            return view(cast(PersonRequest, request), *args, **kwargs)

        guarded.is_page = True  # type: ignore[attr-defined]
        guarded.is_public = public  # type: ignore[attr-defined]
        return guarded

    return guard


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, for `forms.Form(posted(request))`: an empty form that was sent is checked too."""
    return request.POST if request.method == "POST" else None


def is_htmx(request: HttpRequest) -> bool:
    """The browser asks for a part of the page it already shows."""
    return request.headers.get("HX-Request") == "true"


def say(request: HttpRequest, status: int, title: str, message: str, **more: Any) -> HttpResponse:
    """A page that only says something: what happened, and what to do now."""
    return render(
        request, "jiheng/message.html", {"heading": title, "message": message, **more}, status=status
    )


def _ask_to_log_in(request: HttpRequest) -> HttpResponseBase:
    if is_htmx(request):
        return say(request, 401, "登录已过期", "本页内容仍在。请在新窗口重新登录，再回到本页保存。")
    return redirect_to_login(request.get_full_path())


def _wrong_method(request: HttpRequest, allowed: list[str]) -> HttpResponse:
    answer = say(request, 405, "这个地址不能直接打开", "它只接受页面上的按钮提交。请返回上一页，从页面操作。")
    answer["Allow"] = ", ".join(allowed)
    return answer


# ── pages drawn once ──────────────────────────────────────────────────────────────────────────────────


def kept_page(request: PersonRequest, template: str, make: Callable[[], dict[str, Any]]) -> HttpResponse:
    """The page at the request's address, drawn from what `make` answers, for each person once until somebody
    changes something. A view asks for its fiscal year first, as the session is part of what is shown."""

    def draw() -> tuple[str, bytes]:
        token = secrets.token_hex(16)  # stands where each answer gets its own
        drawn = render_to_string(template, {**make(), "csrf_token": token}, request)
        return token, zlib.compress(drawn.encode(), level=1)

    if is_htmx(request) or len(get_messages(request)):
        token, drawn = draw()
    else:
        years = (request.session.get("work_year"), request.session.get("fiscal_years"))
        asked = f"{request.get_full_path()} {years}"
        token, drawn = kept(request, f"page.{hashlib.sha256(asked.encode()).hexdigest()}", draw)
    return HttpResponse(zlib.decompress(drawn).replace(token.encode(), get_token(request).encode()))


# ── years ─────────────────────────────────────────────────────────────────────────────────────────────


def work_year(request: PersonRequest) -> int:
    """The year in which the bureau works: ?work=, else the session's, else the calendar's latest."""
    asked = _year_in(request.GET.get("work", ""))
    kept = request.session.get("work_year")
    if asked and asked != kept:
        request.session["fiscal_years"] = {}
        request.session["work_year"] = asked
        return asked
    if kept is None:
        windows = Window.objects.filter(region_id=request.user.region_id or "")
        latest = windows.aggregate(year=Max("work_year"))["year"]
        kept = request.session["work_year"] = latest or timezone.localdate().year
    return int(kept)


def fiscal_year(request: PersonRequest, stage: Stage) -> int:
    """预算年度 that a stage works on: ?year=, else the session's, else the work year itself (目标, 监控)
    or the one before (自评), unless the calendar only has others."""
    work = work_year(request)
    years = dict(request.session.get("fiscal_years", {}))
    asked = _year_in(request.GET.get("year", ""))
    if asked is None and stage.value in years:
        return int(years[stage.value])
    if asked is None:
        usual = work - 1 if stage == Stage.EVALUATION else work
        windows = Window.objects.filter(region_id=request.user.region_id or "", work_year=work, stage=stage)
        in_calendar = set(windows.order_by().values_list("fiscal_year", flat=True).distinct())
        asked = usual if usual in in_calendar or not in_calendar else max(in_calendar)
    if years.get(stage.value) != asked:
        request.session["fiscal_years"] = {**years, stage.value: asked}
    return asked


def year_choices(*chosen: int) -> list[int]:
    """The years a person may choose from, latest first."""
    this = timezone.localdate().year
    return sorted({*range(FIRST_YEAR, this + 2), *chosen}, reverse=True)


def _year_in(text: str) -> int | None:
    is_year = len(text) == 4 and text.isascii() and text.isdigit()
    return int(text) if is_year and 2000 <= int(text) <= 2100 else None


# ── keys in an address or a form ───────────────────────────────────────────────────────────────────────


def key_field() -> forms.IntegerField:
    """A row's key in a list's filter; a number that no database takes is none."""
    return forms.IntegerField(min_value=0, max_value=MOST_KEY, required=False)


def key_in(text: str) -> int | None:
    """The key that a button or a ticked row sends; None for anything else."""
    is_key = text.isascii() and text.isdigit() and len(text) <= len(str(MOST_KEY))
    return int(text) if is_key and int(text) <= MOST_KEY else None


# ── lists cut into pages ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Pager:
    """One page of a list; `rows` are its objects, `pages` the numbers to offer (None: a gap)."""

    rows: list[Any]
    total: int
    number: int
    count: int
    size: int
    first: int
    last: int
    pages: list[int | None]
    sizes: tuple[int, ...] = SIZES


def paginate(request: HttpRequest, found: QuerySet[Any] | Sequence[Any]) -> Pager:
    """The page that the address asks for (?page=, ?size= of 50, 100, 200); else the nearest."""
    size = next((size for size in SIZES if request.GET.get("size") == str(size)), SIZES[0])
    paginator = Paginator(found, size)
    shown = paginator.get_page(request.GET.get("page"))
    elided = paginator.get_elided_page_range(shown.number, on_each_side=2, on_ends=1)
    return Pager(
        rows=list(shown.object_list),
        total=paginator.count,
        number=shown.number,
        count=paginator.num_pages,
        size=size,
        first=shown.start_index(),
        last=shown.end_index(),
        pages=[number if isinstance(number, int) else None for number in elided],
    )


# ── navigation and what the base template shows ───────────────────────────────────────────────────────


@dataclass(frozen=True)
class NavItem:
    """One line of the navigation; `action` hides it from roles that may not. People from outside are shown
    only what says `guests`, or an action that their role has."""

    label: str
    icon: str
    name: str
    action: str | None = None
    guests: bool = False

    def is_for(self, role: Role) -> bool:
        """Whether somebody of the role may open the page."""
        if self.action is not None:
            return role in access.ROLES_FOR[self.action]
        return self.guests or role not in access.GUESTS


NAV: tuple[tuple[str, tuple[NavItem, ...]], ...] = (
    (
        "",
        (
            NavItem("工作台", "home", "home", guests=True),
            NavItem("全覆盖", "chart-dots", "coverage"),
            NavItem("一页看全年", "report", "yearly"),
        ),
    ),
    (
        "全年",
        (
            NavItem("事前评估", "scale", "assessments", guests=True),
            NavItem("绩效目标", "target", "goals"),
            NavItem("目标批复", "rubber-stamp", "goal_replies"),
            NavItem("三同步", "calendar-check", "synchrony"),
            NavItem("运行监控", "activity", "monitoring"),
            NavItem("绩效自评", "clipboard-check", "evaluation"),
            NavItem("重点评价", "zoom-check", "fiscal", guests=True),
            NavItem("四评", "users-group", "reviews"),
            NavItem("纠偏", "arrow-back-up", "corrections"),
            NavItem("疑点核查", "flag", "flags"),
            NavItem("问题整改", "alert-triangle", "problems"),
            NavItem("结果应用", "adjustments", "results"),
            NavItem("文件审核", "file-check", "audits"),
            NavItem("辅导问答", "messages", "questions"),
            NavItem("评审评分", "clipboard-list", "ratings", guests=True),
        ),
    ),
    (
        "项目与预算",
        (
            NavItem("单位", "building", "units"),
            NavItem("专项资金", "coins", "funds"),
            NavItem("支付明细", "receipt", "payments"),
            NavItem("支出分析", "chart-bar", "spending"),
            NavItem("指标库", "books", "library"),
            NavItem("支出标准", "ruler-2", "standards"),
            NavItem("决算账表", "calculator", "accounts"),
            NavItem("决算公开", "speakerphone", "disclosures"),
            NavItem("导入", "upload", "imports", "import"),
            NavItem("取数", "database-import", "pulls", "import"),
        ),
    ),
    (
        "管理",
        (
            NavItem("工作日历", "calendar", "calendar"),
            NavItem("年度结转", "lock", "year_end", "close_year"),
            NavItem("制度库", "file-certificate", "regulations", guests=True),
            NavItem("政策", "book", "policy"),
            NavItem("表样", "table", "templates"),
            NavItem("日志", "history", "log", "see_log"),
            NavItem("人员", "users", "people", "manage_people"),
            NavItem("我的任务", "clock", "jobs"),
            NavItem("起步清单", "list-check", "start", "import"),
        ),
    ),
)


@functools.lru_cache(maxsize=1)
def _addresses() -> dict[str, str]:
    """Url name → address, of the pages that are there."""
    found = {}
    for _, items in NAV:
        for item in items:
            try:
                found[item.name] = reverse(item.name)
            except NoReverseMatch:
                continue
    return found


def navigation(role: Role, here: str) -> list[dict[str, Any]]:
    """The groups that the role may open; `here` is the name of the line to mark."""
    addresses = _addresses()
    groups = []
    for heading, items in NAV:
        lines = [
            {
                "label": item.label,
                "icon": item.icon,
                "name": item.name,
                "href": addresses[item.name],
                "here": item.name == here,
            }
            for item in items
            if item.name in addresses and item.is_for(role)
        ]
        if lines:
            groups.append({"heading": heading, "lines": lines})
    return groups


@functools.lru_cache(maxsize=1024)
def _navigation_html(role: Role, here: str, count: int) -> SafeString:
    """The same for everybody of a role, so that it is drawn once."""
    shown = {"nav": navigation(role, here), "count": count}
    return render_to_string("jiheng/partials/nav.html", shown)


@functools.lru_cache(maxsize=64)
def _years_html(chosen: int, choices: tuple[int, ...]) -> SafeString:
    options = ((year, " selected" if year == chosen else "") for year in choices)
    return format_html_join("", '<option value="{0}"{1}>{0}</option>', options)


def here_of(path: str) -> str:
    """The name of the navigation's line under which an address is: the longest that fits."""
    fitting = [(len(address), name) for name, address in _addresses().items() if _is_under(path, address)]
    return max(fitting, default=(0, ""))[1]


def _is_under(path: str, address: str) -> bool:
    return path == address if address == "/" else path.startswith(address)


def scope_of(person: Person) -> str:
    """Whose affairs the person sees, in words."""
    if person.role in access.GUESTS:
        return "受托评审的项目"
    if person.unit is not None:
        return person.unit.name
    if person.department is not None:
        return f"{person.department.name}所属单位"
    if person.division is not None:
        return f"{person.division.name}归口单位"
    return f"{person.region.name}全部单位" if person.region is not None else "尚未建立区划"


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what the base template shows of the person, the year and what waits for them.
    No query but those of 待办; nothing for who is not logged in, and for a part of a page."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or is_htmx(request):
        return {"me": None}
    person, role = cast(Person, user), Role(user.role)
    work = work_year(cast(PersonRequest, request))
    count = sum(line.item.count for line in of_request(request))
    return {
        "me": person,
        "role": role.label,
        "region": person.region,
        "scope": scope_of(person),
        "nav": _navigation_html(role, here_of(request.path), count),
        "work_year": work,
        "work_years": _years_html(work, tuple(year_choices(work))),
        "todo_count": count,
    }
