"""The cells of a form: `{% load filing %}`, see jiheng/web/filing.py. In Python: a form has hundreds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from jiheng.filings.models import Desk
from jiheng.sheets import Missing, Operator, in_words
from jiheng.web import forms
from jiheng.web.filing import BLANK_KEY, Line, Said, SheetView
from jiheng.web.templatetags.jiheng import figure, severity_badge, wan

register = template.Library()

# words that run over several lines
LONG = frozenset(
    (
        *("annual_goal", "midterm_goal", "expected_goal", "actual_goal", "content", "name", "target"),
        *("standard", "basis", "source", "note", "explanation", "reason", "evidence"),
        *("execution_reason", "economy_measures", "actual_text", "forecast_text"),
    )
)
MEASURED = ("actual", "forecast")  # words where the indicator is qualitative
NOTHING = mark_safe('<span class="missing" title="未填">—</span>')
ALSO = {
    "level": ("level1", "level2"),
    "target": ("target_text",),
    "actual": ("actual_text",),
    "forecast": ("forecast_text",),
}


@register.simple_tag(takes_context=True)
def cell(context: Context, *parts: str, options: str = "", look: str = "", href: str = "") -> SafeString:
    """One field by its path (parts are joined by a dot): an input or its text, and what is said of it.
    `look="ticks"`: every choice has its column; `href`: where the figure comes from."""
    view: SheetView = context["view"]
    path = ".".join(parts)
    words, record, name = view.leaves[path]
    also = [f"{path.rpartition('.')[0]}.{other}" for other in ALSO.get(name, ())]
    said = [view.said[one] for one in (path, *also) if one in view.said]
    is_input = view.may_edit(path)
    inside = _input(view, path, words, record, name, options) if is_input else _text(record, name, look)
    if href and not is_input:
        inside = format_html('<a href="{}">{}</a>', href, inside)
    anchors = format_html_join("", '<span id="f-{}"></span>', ((one,) for one in also))
    tools = _tools(view, path, words)
    mark = " is-changed" if any(one.change for one in said) else ""
    mark += " is-wrong" if any(one.findings for one in said) else ""
    return format_html(
        '<div class="cell{}{}" data-cell="{}">{}{}{}<div class="said">{}</div></div>',
        mark,
        f" cell-{look}" if look else "",
        path,
        anchors,
        inside if is_input else format_html('<div id="f-{}" class="value">{}</div>', path, inside),
        tools,
        format_html_join("", "{}", ((_said(one),) for one in said)),
    )


@register.simple_tag(takes_context=True)
def said(context: Context, path: str) -> SafeString:
    """What is said of a collection, a line or (empty path) the whole form."""
    view: SheetView = context["view"]
    found = view.said.get(path)
    tools = _tools(view, path, view.label(path) or "整张表")
    words = _said(found) if found else ""
    return format_html('<div class="cell said-only" id="f-{}">{}{}</div>', path, tools, words)


@register.simple_tag(takes_context=True)
def said_line(context: Context, line: Line) -> SafeString:
    """What is said of a line as a whole; the row itself is its anchor."""
    view: SheetView = context["view"]
    if line.path not in view.said and not view.is_reviewing:
        return mark_safe("")
    found = view.said.get(line.path)
    tools = _tools(view, line.path, view.label(line.path))
    return format_html('<div class="cell said-only">{}{}</div>', tools, _said(found) if found else "")


@register.simple_tag(takes_context=True)
def rows_marker(context: Context, collection: str) -> SafeString:
    """Says that the page sends all rows of a collection, so that the last one can be removed too."""
    return format_html('<input type="hidden" name="{}[]" value="">', collection)


@register.simple_tag(takes_context=True)
def row_key(context: Context, line: Line) -> SafeString:
    """The hidden input that says the row is there, and where."""
    if not context["view"].is_editing:
        return mark_safe("")
    return format_html('<input type="hidden" name="{}[]" value="{}">', line.path.rpartition("[")[0], line.key)


@register.filter
def desk_name(desk: str) -> str:
    """A desk's code in words; nothing for none."""
    return Desk(desk).label if desk else ""


def _said(found: Said) -> SafeString:
    change = found.change
    return format_html(
        "{}{}{}{}",
        format_html('<p class="was">改前：{}</p>', change.before or "（无）") if change else "",
        format_html_join(
            "",
            '<p class="beside beside-{}">{} {}</p>',
            ((item.severity.value, severity_badge(item.severity), item.message) for item in found.findings),
        ),
        format_html_join(
            "",
            '<p class="beside beside-remark{}"><b>{}意见</b> {} <small>{} {}{}</small></p>',
            (
                (
                    " is-settled" if item.settled_at else "",
                    item.get_desk_display(),
                    item.text,
                    item.person.name,
                    f"{localtime(item.at):%m-%d}",
                    " 已解决" if item.settled_at else "",
                )
                for item in found.remarks
            ),
        ),
        format_html_join(
            "",
            '<p class="beside beside-question"><b>问</b> {} <small>{}</small><br>{}</p>',
            ((item.text, item.asked_by.name, _answer(item)) for item in found.questions),
        ),
    )


def _answer(question: Any) -> SafeString:
    if question.answer:
        return format_html("<b>答</b> {} <small>{}</small>", question.answer, question.answered_by.name)
    return format_html('<a href="{}">待联系人答复</a>', reverse("question", args=[question.pk]))


def _tools(view: SheetView, path: str, words: str) -> SafeString:
    if BLANK_KEY in path:
        return mark_safe("")
    if view.is_reviewing:
        return format_html(
            '<button type="button" class="cell-tool" data-opinion="{}" title="对“{}”写意见" '
            'aria-label="对“{}”写意见">意见</button>',
            path,
            words,
            words,
        )
    if view.may_ask and view.mode in ("edit", "read"):
        return format_html(
            '<button type="button" class="cell-tool" data-ask="{}" data-label="{}"{} '
            'title="就“{}”提问（Alt+Q）" aria-label="就“{}”提问">问</button>',
            path,
            words,
            # in an editor Alt+Q asks from the field itself
            mark_safe(' tabindex="-1"') if view.is_editing else "",
            words,
            words,
        )
    return mark_safe("")


# ── the value as text ─────────────────────────────────────────────────────────────────────────────────


def _text(record: Any, name: str, look: str = "") -> SafeString | str:
    if look == "ticks":
        return _ticks(record, name)
    if name == "level":
        return format_html('<small class="level1">{}</small>{}', record.level1, record.level2)
    value = getattr(record, name)
    if f"{name}_text" in forms.hints(record.__class__):
        return _measured(record, name, value)
    kind = forms.kind_of(forms.hints(record.__class__)[name])
    if kind is not None and kind.name == "amount":
        return wan(value)
    if kind is not None and kind.name == "quantity":
        return figure(value)
    return in_words(value) or NOTHING


def _ticks(record: Any, name: str) -> SafeString:
    kind = forms.kind_of(forms.hints(record.__class__)[name])
    chosen = getattr(record, name)
    return format_html_join(
        "",
        '<span class="tick{}"><b>{}</b><span>{}</span></span>',
        (
            (" is-chosen", "√", item.value) if item in chosen else ("", mark_safe("&nbsp;"), item.value)
            for item in (kind.choices if kind else ())
        ),
    )


def _is_qualitative(record: Any) -> bool:
    return hasattr(record, "indicator") and record.indicator.operator is Operator.QUALITATIVE


def _measured(record: Any, name: str, value: Any) -> SafeString | str:
    words = getattr(record, f"{name}_text")
    if isinstance(value, Missing):
        return words or figure(value)
    unit = record.indicator.unit if hasattr(record, "indicator") else ""
    return f"{figure(value)}{unit}"


# ── inputs ────────────────────────────────────────────────────────────────────────────────────────────


def _input(view: SheetView, path: str, words: str, record: Any, name: str, options: str) -> SafeString:
    values = forms.shown(record, name)
    if name == "level":
        return _select(path, words, values[-1], _levels(view.frame), "level")
    if options:
        choices = [(option, option) for option in options.split(",")]
        return _select(path, words, values[-1], {"": [("", "请选择"), *choices]}, "")
    kind = forms.kind_of(forms.hints(record.__class__)[name])
    assert kind is not None  # `editable` names leaves only
    if kind.name == "choice":
        empty = [("", "请选择")] if kind.is_optional else []
        given = {"": empty + [(option.value, option.value) for option in kind.choices]}
        return _select(path, words, values[-1], given, name)
    if kind.name in ("yes_no", "choices"):
        return _boxes(path, words, values, kind)
    if name in LONG or (name in MEASURED and _is_qualitative(record)):
        return format_html(
            '<textarea id="f-{}" name="{}" aria-label="{}" rows="1" class="cell-input{}">{}</textarea>',
            path,
            path,
            words,
            " one" if name in ("name", "target", *MEASURED) else "",
            mark_safe("\n") + values[-1] if values[-1].startswith("\n") else values[-1],
        )
    is_number = kind.name in ("amount", "quantity")
    return format_html(
        '<input id="f-{}" name="{}" aria-label="{}" value="{}" autocomplete="off" class="cell-input{}"{}>',
        path,
        path,
        words,
        values[-1],
        " num" if is_number else "",
        mark_safe(' inputmode="decimal"') if is_number else "",
    )


def _levels(frame: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    return {level1: [(f"{level1}|{level2}", level2) for level2 in found] for level1, found in frame.items()}


def _select(
    path: str, words: str, chosen: str, groups: Mapping[str, list[tuple[str, str]]], css: str
) -> SafeString:
    known = {value for options in groups.values() for value, _ in options}
    strange = chosen.strip("|") and chosen not in known
    first = [(chosen, f"{chosen.replace('|', '·')}（不在可选范围）")] if strange else []
    if css == "level" and not chosen.strip("|"):
        first = [(chosen, "请选择")]
    return format_html(
        '<select id="f-{}" name="{}" aria-label="{}" class="cell-input select-{}">{}{}</select>',
        path,
        path,
        words,
        css or "words",
        _options(first, chosen),
        format_html_join(
            "",
            "{}",
            (
                (format_html('<optgroup label="{}">{}</optgroup>', name, _options(found, chosen)),)
                if name
                else (_options(found, chosen),)
                for name, found in groups.items()
            ),
        ),
    )


def _options(options: Iterable[tuple[str, str]], chosen: str) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, mark_safe(" selected") if value == chosen else "", words) for value, words in options),
    )


def _boxes(path: str, words: str, values: list[str], kind: forms.Kind) -> SafeString:
    offered = [("on", "是")] if kind.name == "yes_no" else [(item.value, item.value) for item in kind.choices]
    boxes = format_html_join(
        "",
        '<label class="cell-box"><input type="checkbox" name="{}" value="{}"{}> <span>{}</span></label>',
        ((path, value, mark_safe(" checked") if value in values else "", text) for value, text in offered),
    )
    return format_html(
        '<span id="f-{}" class="cell-boxes" role="group" aria-label="{}">'
        '<input type="hidden" name="{}" value="">{}</span>',
        path,
        words,
        path,
        boxes,
    )
