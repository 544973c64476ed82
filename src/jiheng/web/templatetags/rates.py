"""How rates and differences look on a page: `{% load rates %}`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from jiheng.figures import percent, rounded
from jiheng.sheets import Amount, Missing
from jiheng.web.templatetags.filing import said

register = template.Library()
NOTHING = mark_safe('<span class="missing" title="没有数据">—</span>')


@register.filter
def signed(value: Any, places: int = 2) -> SafeString | str:
    """A difference with its sign: +1.50, -3.20; what is behind stands out by colour and sign."""
    if isinstance(value, Missing) or not isinstance(value, Decimal):
        return NOTHING
    shown = rounded(value, places)
    css = "is-behind" if shown < 0 else "is-ahead"
    return format_html('<span class="{}">{}</span>', css, f"{shown:+f}")


@register.filter
def bar(rate: Any) -> SafeString:
    """A percentage as a short bar; the figure stands beside it."""
    if isinstance(rate, Missing) or not isinstance(rate, Decimal):
        return mark_safe("")
    return format_html(
        '<progress max="100" value="{}" aria-label="{}%"></progress>', rounded(rate, 1), rounded(rate, 1)
    )


@register.filter
def score(value: Any) -> SafeString | str:
    """A score with two decimals, as the forms print it."""
    return f"{rounded(value, 2):f}" if isinstance(value, Decimal) else NOTHING


@register.filter
def own_step(line: Any) -> SafeString:
    """What the system gives a line, and how; a step that ends with its score is not told twice."""
    given = str(score(line.score))
    words = "" if line.step.endswith(given) else format_html("<b>{}</b> ", score(line.score))
    return format_html('<small class="step">系统 {}{}</small>', words, line.step)


@register.filter
def at(items: Any, place: int) -> Any:
    """items[place], or None: the cell of a month chosen by its place."""
    return items[place] if 0 <= place < len(items) else None


@register.filter
def rate_of(record: Any, names: str) -> Decimal | Missing:
    """Of a record's two amounts, "executed,budget", what per cent the first is of the second."""
    part, whole = (getattr(record, name) for name in names.split(","))
    return percent(
        part.yuan if isinstance(part, Amount) else part, whole.yuan if isinstance(whole, Amount) else whole
    )


@register.simple_tag(takes_context=True)
def said_of(context: Context, *parts: str) -> SafeString:
    """What is said of a field that is shown as a figure, not as a cell; where nothing is, only its anchor."""
    path, view = ".".join(parts), context["view"]
    if path in view.said or view.is_reviewing:
        return said(context, path)
    return format_html('<span id="f-{}"></span>', path)


@register.filter
def result_of(line: Any) -> SafeString | str:
    """What a unit reported of an indicator: the figure with its unit, or its words."""
    if line is None:
        return NOTHING
    if isinstance(line.actual, Missing):
        return str(line.actual_text) or (line.band.value if line.band else NOTHING)
    return f"{line.actual}{line.indicator.unit}"
