"""How figures, names and states look on a page: `{% load jiheng %}`."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, FileInput, Select
from django.template.context import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from jiheng.audits.models import AuditFinding, FindingState
from jiheng.figures import rounded
from jiheng.filings.models import Desk, Filing, State
from jiheng.findings.models import Correction, CorrectionState, Problem, ProblemState
from jiheng.projects.calendar import WindowState
from jiheng.sheets import WAN, Amount, Light, Missing, Quantity, Severity, plain

register = template.Library()

LIGHT_COLOURS = {Light.RED: "red", Light.YELLOW: "yellow", Light.GREEN: "green", Light.BLUE: "blue"}
STATE_COLOURS = {
    State.DRAFT: "grey",
    State.IN_REVIEW: "accent",
    State.RETURNED: "yellow",
    State.APPROVED: "green",
}
CORRECTION_COLOURS = {
    CorrectionState.ORDERED: "red",
    CorrectionState.ANSWERED: "yellow",
    CorrectionState.CLOSED: "green",
    CorrectionState.WAIVED: "grey",
}
PROBLEM_COLOURS = {
    ProblemState.REGISTERED: "grey",
    ProblemState.ISSUED: "red",
    ProblemState.REPLIED: "yellow",
    ProblemState.RETURNED: "red",
    ProblemState.VERIFIED: "accent",
    ProblemState.CLOSED: "green",
    ProblemState.REOPENED: "red",
    ProblemState.MERGED: "grey",
}
FINDING_COLOURS = {
    FindingState.OPEN: "red",
    FindingState.ACCEPTED: "yellow",
    FindingState.ASSIGNED: "accent",
    FindingState.ANSWERED: "green",
    FindingState.DISMISSED: "grey",
}
WINDOW_COLOURS = {
    WindowState.NOT_YET: "grey",
    WindowState.OPEN: "green",
    WindowState.OVERDUE: "red",
    WindowState.CLOSED: "grey",
}
SEVERITIES = {
    Severity.ERROR: ("red", "错误"),
    Severity.WARNING: ("yellow", "警告"),
    Severity.HINT: ("blue", "提示"),
}
NOTHING = mark_safe('<span class="missing" title="没有数据">—</span>')


def thousands(text: str) -> str:
    """A decimal string with thousands separators, its digits otherwise as they are."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, point, rest = digits.partition(".")
    return f"{sign}{int(whole):,}{point}{rest}" if whole.isdigit() else text


def _missing(value: Missing) -> SafeString:
    return format_html('<span class="missing" title="{}">—</span>', str(value))


@register.filter
def wan(value: Any) -> str:
    """Yuan (Decimal) or an Amount, in 万元: as typed, else with two decimals and exact yuan on hover."""
    if isinstance(value, Missing):
        return _missing(value)
    if isinstance(value, Amount):
        if value.typed:
            return thousands(value.typed)
        value = value.yuan
    if not isinstance(value, Decimal):
        return NOTHING
    exact = value / WAN
    shown = f"{rounded(exact, 2):,f}"
    if exact == Decimal(shown.replace(",", "")):
        return shown
    return format_html('<span title="{} 元">{}</span>', f"{value:,f}", shown)


@register.filter
def yuan(value: Any) -> str:
    """An amount in 元, a Decimal or the text of one, to the 分."""
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except InvalidOperation:
            return str(value)
    if not isinstance(value, Decimal) or not value.is_finite():
        return _missing(value) if isinstance(value, Missing) else NOTHING
    return f"{rounded(value, 2):,f}"


@register.filter
def figure(value: Any) -> str:
    """A Quantity as typed, a Decimal without trailing zeros, a whole number; with thousands separators."""
    if isinstance(value, Missing):
        return _missing(value)
    if isinstance(value, Quantity | Amount):
        return thousands(str(value))
    if isinstance(value, Decimal):
        return thousands(plain(value))
    return f"{value:,}" if isinstance(value, int) else NOTHING


@register.filter
def percent(value: Any, places: int = 2) -> str:
    """A percentage already times 100: 96.8445… → 96.84%."""
    if isinstance(value, Missing):
        return _missing(value)
    if not isinstance(value, Decimal | int):
        return NOTHING
    return f"{rounded(Decimal(value), places):f}%"


@register.filter
def cut(name: Any) -> SafeString:
    """A name that its column may cut, whole on hover."""
    return format_html('<span class="cut" title="{}">{}</span>', name, name)


@register.filter
def badge(text: Any, colour: str = "grey") -> SafeString:
    """A short word on a tint: red, yellow, green, blue, grey, accent."""
    return format_html('<span class="tag tag-{}">{}</span>', colour, text)


@register.filter
def light_badge(light: Light | str | None) -> SafeString:
    """信号灯 with its word; nothing lit is a dash."""
    if light is None or light == "":
        return NOTHING
    return format_html('<span class="light light-{}">{}</span>', LIGHT_COLOURS[Light(light)], light)


@register.filter
def state_badge(filing: Filing) -> SafeString:
    """A form's state, and where it is under review."""
    state = State(filing.state)
    words = (
        f"{Desk(filing.desk).label}审"
        if state == State.IN_REVIEW and filing.desk
        else filing.get_state_display()
    )
    return badge({"单位审核审": "单位审核"}.get(words, words), STATE_COLOURS[state])


@register.filter
def correction_badge(correction: Correction) -> SafeString:
    """A 纠偏单's state, in the same colour on every page."""
    state = CorrectionState(correction.state)
    return badge(state.label, CORRECTION_COLOURS[state])


@register.filter
def problem_badge(problem: Problem) -> SafeString:
    """A problem's state, in the same colour on every page."""
    state = ProblemState(problem.state)
    return badge(state.label, PROBLEM_COLOURS[state])


@register.filter
def finding_badge(finding: AuditFinding) -> SafeString:
    """What became of a finding in a checked document; an open one is red only where it is an error."""
    state = FindingState(finding.state)
    is_calm = state == FindingState.OPEN and finding.severity != Severity.ERROR
    return badge(state.label, "grey" if is_calm else FINDING_COLOURS[state])


@register.filter
def window_badge(state: WindowState) -> SafeString:
    """A calendar window's state."""
    return badge(state.value, WINDOW_COLOURS[state])


@register.filter
def severity_badge(severity: Severity | str) -> SafeString:
    """错误, 警告, 提示."""
    colour, word = SEVERITIES[Severity(severity)]
    return badge(word, colour)


@register.inclusion_tag("jiheng/partials/field.html")
def field(bound: BoundField, note: str = "") -> dict[str, Any]:
    """One form field: label, input with the house's classes, help, its errors beside it."""
    widget = bound.field.widget
    is_check = isinstance(widget, CheckboxInput)
    css = "form-check-input" if is_check else "form-select" if isinstance(widget, Select) else "form-control"
    described = f"{bound.id_for_label}-errors" if bound.errors else ""
    attrs: dict[str, str | bool] = {"class": f"{css} is-invalid" if bound.errors else css}
    if described:
        attrs |= {"aria-invalid": "true", "aria-describedby": described}
    if isinstance(widget, FileInput):
        attrs["class"] = f"{attrs['class']} file"
    return {"bound": bound, "input": bound.as_widget(attrs=attrs), "is_check": is_check, "note": note}


@register.simple_tag(takes_context=True)
def query(context: RequestContext, **changes: Any) -> str:
    """The address's query with something changed (None takes it away), back to page 1."""
    wanted = context["request"].GET.copy()
    wanted.pop("page", None)
    for name, value in changes.items():
        if value is None:
            wanted.pop(name, None)
        else:
            wanted[name] = str(value)
    return f"?{wanted.urlencode()}"


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """mapping[key], or None: for tables whose columns are data."""
    return mapping.get(key)
