"""一页看全年: every figure is a link to the page below it, and equal to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import Cast
from tests.findings import rows as problem_rows
from tests.monitoring.papers import approved_goal
from tests.results.graded import applied, of, plan

from jiheng.monitoring.models import Reading
from jiheng.results import workflow
from jiheng.results.glance import Figure, year_of
from jiheng.results.models import Plan
from jiheng.sheets import Missing
from jiheng.units.models import Person
from jiheng.web.templatetags.jiheng import figure, percent, wan

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]


@pytest.fixture
def lived(cast: Cast) -> Cast:
    """A district of which every section has something to say."""
    made = plan(cast)
    workflow.mark(cast.performance, made, made.revision, [of(made, cast.building).pk], is_marked=True)
    applied(cast, Plan.objects.get(pk=made.pk))
    problem_rows.issued(cast)
    approved_goal(cast.school, cast.building, 2023)
    return cast


def shown(item: Figure) -> str:
    if item.kind == "wan":
        return re.sub(r"<[^>]+>", "", str(wan(item.value)))
    if item.kind == "percent":
        return str(percent(item.value))
    return f"{item.value:.2f}" if item.kind == "score" else str(figure(item.value))


def texts_of(html: str) -> set[str]:
    """What stands alone in an element, and the pager's count."""
    alone = {text.strip() for text in re.findall(r">([^<>]+)<", html)}
    return alone | set(re.findall(r"共 ([\d,]+) 条", html))


@pytest.mark.parametrize("year", [2023, 2024])
def test_every_figure_stands_on_its_page_below(lived: Cast, client_of: ClientOf, year: int) -> None:
    client = client_of(lived.performance)
    page = client.get(reverse("yearly"), {"year": year}).content.decode()
    walked = 0
    for section in year_of(lived.performance, lived.region, year).sections:
        for line in section.lines:
            for item in (line.now, line.before):
                if isinstance(item.value, Missing) or not item.url_name:
                    continue
                address = f"{reverse(item.url_name)}?{urlencode(item.params)}"
                assert address.replace("&", "&amp;") in page, line.label
                below = client.get(address)
                assert below.status_code == 200
                text = shown(item)
                is_count = item.kind == "count" and item.url_name != "evaluation_watch"
                stands = texts_of(below.content.decode())
                nothing = is_count and item.value == 0 and "empty" in below.content.decode()
                assert text in stands or nothing, f"{line.label} {text} is not on {address}"
                walked += 1
    assert walked > 20


def test_the_counts_are_those_of_the_lists(lived: Cast) -> None:
    lines = {
        line.label: line.now.value
        for section in year_of(lived.performance, lived.region, 2023).sections
        for line in section.lines
    }
    assert (lines["专项资金（项）"], lines["问题（个）"], lines["未销号（个）"]) == (4, 1, 1)
    assert lines["全年预算（万元）"] == Decimal("70540000.00")
    assert (lines["优（份）"], lines["良（份）"], lines["中（份）"]) == (1, 1, 1)
    assert lines["参考调整额（万元）"] == 450 * 10_000
    assert isinstance(lines["红（个）"], Missing) == (not Reading.objects.exists())


def test_the_public_version_has_no_links_and_nothing_undecided(cast: Cast, client_of: ClientOf) -> None:
    plan(cast)
    public = client_of(cast.performance).get(reverse("yearly_public"), {"year": 2023}).content.decode()
    body = public.partition('<div class="year-page">')[2]
    assert "<a " not in body.partition("</div>\n<p")[0]
    found = year_of(cast.performance, cast.region, 2023, is_public=True)
    assert all(isinstance(line.now.value, Missing) for line in found.sections[-1].lines)


def test_a_unit_sees_its_own_year(lived: Cast, client_of: ClientOf) -> None:
    lines = {
        line.label: line.now.value
        for section in year_of(lived.reporter, lived.region, 2023).sections
        for line in section.lines
    }
    assert lines["专项资金（项）"] == 1
    assert client_of(lived.reporter).get(reverse("yearly")).status_code == 200
