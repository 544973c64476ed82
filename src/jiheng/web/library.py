"""指标库与标准库, to read: lists, one indicator with its history, clashing names, flat indicators."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng import policy as policies
from jiheng.figures import percent, rounded
from jiheng.library import browsing, history, looking
from jiheng.library.access import indicator_for, standard_for, uses_for
from jiheng.library.browsing import Wanted
from jiheng.library.history import YearOfTargets
from jiheng.library.imports import INDICATOR_COLUMNS, STANDARD_COLUMNS, exported
from jiheng.library.models import Indicator, Standard, Status
from jiheng.library.placing import levels
from jiheng.projects.models import Stage
from jiheng.sheets import Missing
from jiheng.units.access import may
from jiheng.units.models import Person
from jiheng.web import exports
from jiheng.web.shell import PersonRequest, fiscal_year, page, paginate, year_choices

SHOWN_USES = 300
CARD = {
    "card_source": "完成值来源",
    "card_check": "核验方法",
    "card_accuracy": "精度要求",
    "card_limits": "局限",
    "card_remedy": "弥补办法",
}
ANY_STATUS = "all"
OF_STANDARDS = (("≥", "≥ 不低于（投入下限）"), ("≤", "≤ 不超过（上限）"), ("=", "= 按标准执行"))


class FilterForm(forms.Form):
    """What a list is filtered by; a value that is none of the choices filters nothing."""

    text = forms.CharField(max_length=60, required=False)
    sector = forms.CharField(max_length=40, required=False)
    level2 = forms.CharField(max_length=20, required=False)
    operator = forms.CharField(max_length=2, required=False)
    status = forms.ChoiceField(choices=[*Status.choices, (ANY_STATUS, "全部")], required=False)
    verified = forms.ChoiceField(choices=[("yes", "已核"), ("no", "待核")], required=False)


def wanted_of(request: PersonRequest) -> Wanted:
    """The filter in the address."""
    form = FilterForm(request.GET)
    form.is_valid()
    given = form.cleaned_data
    status = given.get("status") or Status.ACTIVE.value
    return Wanted(
        text=given.get("text", ""),
        sector=given.get("sector", ""),
        level2=given.get("level2", ""),
        operator=given.get("operator", ""),
        status="" if status == ANY_STATUS else status,
        verified=given.get("verified", ""),
    )


def _choices(person: Person, wanted: Wanted) -> dict[str, Any]:
    policy = policies.on(timezone.localdate(), person.region_id or "")
    return {
        "wanted": wanted,
        "status": wanted.status or ANY_STATUS,
        "sectors": browsing.sectors(person),
        "levels": levels(policy),
        "statuses": [*Status.choices, (ANY_STATUS, "全部")],
        "may_keep": may(person, "manage_library"),
    }


@page()
def library(request: PersonRequest) -> HttpResponse:
    """The indicators, found by word, trade and level."""
    wanted = wanted_of(request)
    pager = paginate(request, browsing.indicators(request.user, wanted))
    context = _choices(request.user, wanted) | {"pager": pager, "counts": looking.counts(request.user)}
    return render(request, "jiheng/library/list.html", context)


@page()
def library_xlsx(request: PersonRequest) -> FileResponse:
    """The list as it is filtered, in the columns of the import."""
    items = list(browsing.indicators(request.user, wanted_of(request)))
    rows = exported(Indicator, items)
    headings = [column.heading for column in INDICATOR_COLUMNS]
    return exports.as_xlsx("指标库", headings, [list(row.values()) for row in rows])


@page()
def indicator(request: PersonRequest, pk: int) -> HttpResponse:
    """One indicator: what it says, its quality card, what was aimed at and reached, its editions."""
    return shown(request, indicator_for(request.user, pk))


def shown(request: PersonRequest, item: Indicator, *, refusal: Any = None, status: int = 200) -> HttpResponse:
    """The page of an indicator; `refusal` is why a button did nothing."""
    year = timezone.localdate().year + 2  # approved goals of next year count too
    told = history.typical([item], year, years=8).get(item.pk, [])
    context = {
        "item": item,
        "card": [(label, getattr(item, name)) for name, label in CARD.items()],
        "bars": bars(told),
        "uses": list(uses_for(request.user, item)[:SHOWN_USES]),
        "most_uses": SHOWN_USES,
        "changes": browsing.changes_of(item),
        "replaces": list(item.replaces.order_by("code")),
        "may_keep": may(request.user, "manage_library"),
        "refusal": refusal,
    }
    if context["may_keep"] and item.status == Status.ACTIVE:
        context["alike"] = browsing.alike(item)
    return render(request, "jiheng/library/one.html", context, status=status)


@dataclass(frozen=True, slots=True)
class Bar:
    """One year's targets with their span, drawn from left to right in percent of the largest."""

    year: YearOfTargets
    start: str
    width: str
    middle: str


def bars(years: list[YearOfTargets]) -> list[Bar]:
    """The years as spans on one scale from zero (or the least, where it is below) to the largest."""
    if not years:
        return []
    least = min(Decimal(0), *(year.low for year in years))
    whole = max(year.high for year in years) - least

    def place(value: Decimal) -> Decimal:
        share = percent(value - least, whole)
        # the largest value's mark is a hundredth wide and must still be seen
        return Decimal(0) if isinstance(share, Missing) else rounded(share * 99 / 100, 1)

    return [
        Bar(
            year,
            str(place(year.low)),
            str(max(place(year.high) - place(year.low), Decimal(1))),
            str(place(year.median)),
        )
        for year in years
    ]


@page()
def clashes(request: PersonRequest) -> HttpResponse:
    """同名不一致: names that units wrote with two directions or two units of measure."""
    year = fiscal_year(request, Stage.GOAL)
    found = looking.clashes(request.user.region, year) if request.user.region else []
    context = {"pager": paginate(request, found), "year": year, "years": year_choices(year)}
    return render(request, "jiheng/library/clashes.html", context)


@page()
def flat(request: PersonRequest) -> HttpResponse:
    """没有区分度: indicators that have brought everybody full marks, year after year."""
    region = request.user.region
    policy = policies.on(timezone.localdate(), region.pk if region else "")
    found = looking.flat(region, policy) if region else []
    context = {
        "pager": paginate(request, found),
        "years_from": policy.whole("watch.flat.years_from"),
        "uses_from": policy.whole("watch.flat.uses_from"),
    }
    return render(request, "jiheng/library/flat.html", context)


@page()
def standards(request: PersonRequest) -> HttpResponse:
    """The expenditure standards, each with how it binds."""
    wanted = wanted_of(request)
    pager = paginate(request, browsing.standards(request.user, wanted))
    context = _choices(request.user, wanted) | {"pager": pager, "operators": OF_STANDARDS}
    return render(request, "jiheng/library/standards.html", context)


@page()
def standards_xlsx(request: PersonRequest) -> FileResponse:
    """The list as it is filtered, in the columns of the import."""
    rows = exported(Standard, list(browsing.standards(request.user, wanted_of(request))))
    headings = [column.heading for column in STANDARD_COLUMNS]
    return exports.as_xlsx("标准库", headings, [list(row.values()) for row in rows])


@page()
def standard(request: PersonRequest, pk: int) -> HttpResponse:
    """One standard with its editions."""
    return shown_standard(request, standard_for(request.user, pk))


def shown_standard(
    request: PersonRequest, item: Standard, *, refusal: Any = None, status: int = 200
) -> HttpResponse:
    """The page of a standard; `refusal` is why a button did nothing."""
    context = {
        "item": item,
        "binds": dict(OF_STANDARDS).get(item.operator, item.operator),
        "changes": browsing.changes_of(item),
        "may_keep": may(request.user, "manage_library"),
        "refusal": refusal,
    }
    return render(request, "jiheng/library/standard.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("library/", library, name="library"),
    path("library/export/", library_xlsx, name="library_xlsx"),
    path("library/clashes/", clashes, name="library_clashes"),
    path("library/flat/", flat, name="library_flat"),
    path("library/<int:pk>/", indicator, name="indicator"),
    path("standards/", standards, name="standards"),
    path("standards/export/", standards_xlsx, name="standards_xlsx"),
    path("standards/<int:pk>/", standard, name="standard"),
]
