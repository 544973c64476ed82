"""How evaluations in depth look on a page: `{% load fiscal %}`."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from jiheng.fiscal.models import EvaluationState, KeyEvaluation
from jiheng.fiscal.standing import points as printed
from jiheng.fiscal.standing import shown
from jiheng.web.templatetags.jiheng import badge

register = template.Library()

STATE_COLOURS = {
    EvaluationState.PLANNED: "grey",
    EvaluationState.WORKING: "accent",
    EvaluationState.RETURNED: "yellow",
    EvaluationState.FIRST: "accent",
    EvaluationState.SECOND: "accent",
    EvaluationState.CONFIRMED: "green",
    EvaluationState.DROPPED: "grey",
}
NOTHING = mark_safe("—")
GRADE_COLOURS = {"优": "green", "良": "blue", "中": "yellow", "差": "red"}


@register.filter
def points(value: Decimal | None) -> str:
    """Points or a percentage with two decimals, as the report prints them; — for none."""
    return printed(value)


@register.filter
def weight(value: Decimal) -> str:
    """A line's weight, as the report prints it."""
    return shown(value)


@register.filter
def evaluation_badge(evaluation: KeyEvaluation) -> SafeString:
    """An evaluation's state, in the same colour on every page."""
    state = EvaluationState(evaluation.state)
    return badge(state.label, STATE_COLOURS[state])


@register.filter
def grade_badge(grade: str) -> SafeString:
    """优良中差; nothing for no grade."""
    return badge(grade, GRADE_COLOURS[grade]) if grade else NOTHING


@register.filter
def bar(rate: Decimal | None) -> SafeString:
    """A percentage as a bar, with its figure for who cannot see it."""
    if rate is None:
        return NOTHING
    return format_html('<progress value="{}" max="100" title="{}%"></progress>', rate, printed(rate))
