"""Cells of an answer: `{% load spending %}`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jiheng.analytics import Column
from jiheng.figures import rounded
from jiheng.sheets import Light, Missing
from jiheng.web.templatetags.jiheng import LIGHT_COLOURS, badge, cut, figure, percent, wan
from jiheng.web.templatetags.rates import signed

register = template.Library()
RIGHT = ("money", "percent", "points", "times", "count")
TAGS = {light.value: LIGHT_COLOURS[light] for light in Light}


@register.simple_tag
def heading(column: Column) -> SafeString:
    """A column's heading with its unit; money is shown in 万元."""
    unit = "万元" if column.kind == "money" else "" if column.kind == "percent" else column.unit
    css = ' class="num"' if column.kind in RIGHT else ""
    small = format_html("<small>{}</small>", unit) if unit else ""
    return format_html("<th{}>{}{}</th>", SafeString(css), column.title, small)


@register.simple_tag
def answered(column: Column, cell: Any, href: str = "") -> SafeString:
    """A cell as its column wants it, a link where it leads somewhere."""
    css = {"name": "name", "code": "code nowrap", "day": "nowrap", "word": "nowrap"}.get(column.kind, "num")
    shown = figures(column, cell)
    if href and not isinstance(cell, Missing):
        shown = format_html('<a href="{}">{}</a>', href, shown)
    return format_html('<td class="{}">{}</td>', css, shown)


@register.simple_tag
def figures(column: Column, cell: Any) -> SafeString | str:
    """The words of a cell."""
    if isinstance(cell, Missing):
        return figure(cell)
    if column.kind == "money":
        return wan(cell) if isinstance(cell, Decimal) else ""
    if column.kind == "percent":
        return percent(cell) if isinstance(cell, Decimal) else ""
    if column.kind == "points":
        return signed(cell) if isinstance(cell, Decimal) else ""
    if column.kind == "times":
        return f"{rounded(cell, 2):,f}" if isinstance(cell, Decimal) else ""
    if column.kind == "count":
        return figure(cell) if isinstance(cell, int) else ""
    if column.kind == "name":
        return cut(cell)
    if column.kind == "day":
        return cell.isoformat() if isinstance(cell, date) else ""
    return _word(column, cell)


def _word(column: Column, cell: Any) -> SafeString | str:
    if column.key == "light":
        return badge(cell, TAGS[cell]) if cell else ""
    return badge(cell, "yellow") if column.kind == "word" and cell else str(cell)
