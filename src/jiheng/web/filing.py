"""What every page of a form stands on: how a form page is declared, and a sheet as cells of a page.

**A form page is declared** in the module of its room, one `FormPage` a form, listed in `filing_pages.PAGES`:

    FormPage(
        form=Form.PROJECT_GOAL,
        room=workflow,                               # policy_of, check, save_draft, submit, approve, …
        body="jiheng/goals/project.html",            # the form itself, included into filing/edit.html
        list_name="goals",                           # url name of the list it is reached from
        editable=patterns(ProjectGoalSheet) - {"taxonomy"},      # what a reporter may change (forms.patterns)
        rows=frozenset({"indicators"}),              # whose lines may be added, moved, removed
        more=goals.extras,                           # (request, filing, view) → more context for body
        actions="jiheng/goals/actions.html",         # more buttons of the room, "" for none
    )

With that the form has its pages: `filing` (editor for its reporter, review for the desk that holds it, else
read-only), `filing_save` (autosave), `filing_check`, `filing_submit`, `filing_withdraw`, `filing_approve`,
`filing_return`, `filing_ask`, `filing_history`, `filing_print`, `filing_excel`, `filing_upload`,
`filing_merge`; in bulk `filing_bulk`.

**A body** loads `{% load jiheng filing %}` and writes cells; the same template serves to edit, review, read
and print:

    {% cell "funding.annual_total" %}                     input or text, and all said of it
    {% cell "attribute" options="新增,延续" %}            a select of these words
    {% for line in view.lines.indicators %}…{% cell line.path "weight" %}…{% endfor %}
    {% said "indicators" %}                               what is said of a collection or of the whole form
    {% if view.is_editing %}{% rows_marker "indicators" %}{% endif %}  once a collection of `rows`
    {{ line.record }}  {{ view.sheet }}                   the records themselves, for read-only figures

A collection of `rows` is `<table data-rows="indicators">` with one `<tbody data-row="{{ line.key }}">`
a line, holding `{% row_key line %}` and `{% include "jiheng/filing/row_tools.html" %}`, and a
`<template data-row-blank="indicators">` with the line `view.blank.indicators` (its key is `__key__`);
`<button type="button" data-row-add="indicators">` adds one. filing.js does the rest: autosave, conflict,
paste (`data-paste` on the table), moving rows by keyboard, live sums (`data-sum-of="weight"`).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, cast

from jiheng.filings.models import Filing, Question, Remark, Version
from jiheng.sheets import Change, Finding, Form, Severity, Sheet, differences
from jiheng.web import forms
from jiheng.web.shell import PersonRequest

BLANK_KEY = "__key__"


@dataclass(frozen=True, kw_only=True)
class FormPage:
    """How the pages of one form are made; see above."""

    form: Form
    room: ModuleType
    body: str
    list_name: str
    editable: frozenset[str]
    rows: frozenset[str] = frozenset()
    more: Callable[[PersonRequest, Filing, SheetView], dict[str, Any]] | None = None
    actions: str = ""
    # said once a line is shown as its level ("indicators[]" for goals, "lines[].indicator" elsewhere)
    levels: str = ""


@dataclass(frozen=True)
class Line:
    """One line of a collection: its path, key, place from 1, and the record itself."""

    path: str
    key: str
    number: int
    record: Any
    # how many lines its first and second level reach over from here; 0 where a line above covers it
    span1: int = 0
    span2: int = 0


@dataclass(frozen=True)
class Said:
    """Everything said of one field."""

    findings: tuple[Finding, ...] = ()
    remarks: tuple[Remark, ...] = ()
    questions: tuple[Question, ...] = ()
    change: Change | None = None

    def __bool__(self) -> bool:
        return bool(self.findings or self.remarks or self.questions or self.change)


@dataclass
class SheetView:
    """A sheet as a page shows it. `mode`: edit, review (opinions beside fields), read, print."""

    sheet: Sheet
    page: FormPage
    mode: str = "read"
    frame: Mapping[str, Any] = field(default_factory=dict)  # level1 → its level2s, by policy
    may_ask: bool = False
    said: dict[str, Said] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.leaves: dict[str, tuple[str, Any, str]] = {}
        self._add(self.sheet, "")
        self.lines = {path: self._lines(path) for path, _ in forms.collections(self.sheet)}
        self.blank = {path: self._blank(path) for path in self.lines if path in self.page.rows}

    @property
    def is_editing(self) -> bool:
        return self.mode == "edit"

    @property
    def is_reviewing(self) -> bool:
        return self.mode == "review"

    def may_edit(self, path: str) -> bool:
        return self.is_editing and forms.pattern(path) in self.page.editable

    def _add(self, record: Any, path: str) -> None:
        for here, label, owner, name in forms.leaves(record, path):
            self.leaves[here] = (label, owner, name)

    def _lines(self, path: str) -> list[Line]:
        lines: Any = self.sheet
        for part in path.split("."):
            lines = getattr(lines, part)
        levels = [_levels(record) for record in lines]
        return [
            Line(
                f"{path}[{record.key}]",
                record.key,
                place + 1,
                record,
                _span([pair[:1] for pair in levels], place),
                _span(levels, place),
            )
            for place, record in enumerate(lines)
        ]

    def _blank(self, path: str) -> Line:
        owner: Any = type(self.sheet)
        kind = forms.line_type(forms.hints(owner)[path])
        assert kind is not None  # only collections of lines are in `rows`
        record = kind(key=BLANK_KEY)
        self._add(record, f"{path}[{BLANK_KEY}]")
        return Line(f"{path}[{BLANK_KEY}]", BLANK_KEY, 0, record)

    def label(self, path: str) -> str:
        """The field's name in words, as remarks and questions keep it."""
        if path in self.leaves:
            return self.leaves[path][0]
        line = next((line for lines in self.lines.values() for line in lines if line.path == path), None)
        inner = getattr(line.record, "indicator", line.record) if line else None
        return str(getattr(inner, "name", "") or getattr(inner, "label", ""))

    def speak(
        self,
        findings: Iterable[Finding] = (),
        remarks: Iterable[Remark] = (),
        questions: Iterable[Question] = (),
        before: Sheet | None = None,
    ) -> SheetView:
        """Puts what is said to its field; `before` is the version that differences are shown against."""
        heard: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for finding in findings:
            heard[finding.field]["findings"].append(finding)
        for remark in remarks:
            heard[remark.field]["remarks"].append(remark)
        for question in questions:
            heard[question.field]["questions"].append(question)
        changes = {item.field: item for item in differences(before, self.sheet)} if before else {}
        for path in heard.keys() | changes.keys():
            parts = heard[path]
            self.said[path] = Said(
                tuple(parts["findings"]),
                tuple(parts["remarks"]),
                tuple(parts["questions"]),
                changes.get(path),
            )
        return self

    def adrift(self) -> list[tuple[str, Said]]:
        """What is said of fields that are not on the form (any more): shown above it."""
        known = set(self.leaves) | set(self.lines)
        known |= {line.path for lines in self.lines.values() for line in lines}
        return [
            (path, said)
            for path, said in self.said.items()
            if path not in known and (said.remarks or said.questions)
        ]


def _levels(record: Any) -> tuple[str, ...]:
    inner = getattr(record, "indicator", record)
    return (getattr(inner, "level1", ""), getattr(inner, "level2", ""))


def _span(levels: list[tuple[str, ...]], place: int) -> int:
    """How many lines from here have the same level; 0 inside such a run."""
    if place and levels[place - 1] == levels[place]:
        return 0
    alike = itertools.takewhile(lambda level: level == levels[place], levels[place:])
    return sum(1 for _ in alike)


def of_level(findings: Iterable[Finding], severity: Severity) -> int:
    """How many findings weigh that much."""
    return sum(1 for finding in findings if finding.severity is severity)


def baseline(filing: Filing, mode: str) -> Version | None:
    """What the form is compared with: an adjustment with the version in force; a form under review with what
    was submitted before; anything else with nothing."""
    if filing.is_adjusting:
        return filing.approved
    if mode != "review":
        return None
    submitted = list(filing.versions.filter(cause="报送").order_by("-number")[:2])
    if len(submitted) < 2:
        return None
    submitted[1].filing = filing
    return submitted[1]


# ── what a page sends ─────────────────────────────────────────────────────────────────────────────────


def based_on(request: PersonRequest) -> int:
    """The revision that the page was made from; 0, which no form has, where none was sent."""
    text = request.POST.get("based_on", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def bound(request: PersonRequest, found: Filing, declared: FormPage) -> forms.Bound:
    """What the page sent, laid over what is stored."""
    sent = {name: [str(value) for value in values] for name, values in request.POST.lists()}
    return forms.bind(found.as_sheet(), sent, declared.editable, declared.rows)


def store(request: PersonRequest, found: Filing, declared: FormPage) -> Filing:
    """Saves what the page sent, through the room's own verb; what that raises is raised."""
    sheet = bound(request, found, declared).sheet
    return cast(Filing, declared.room.save_draft(request.user, found, sheet, based_on(request)))
