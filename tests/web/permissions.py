"""The table of pages: every address × everybody of the cast × the answer. The walker is test_permissions.py.

Each room's web pages add their lines to a list of their own here, and the list to `TABLE`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.cast import WHEN, Cast

from jiheng.filings.models import Question

# groups of the cast, for the answers: a line names groups or persons; "*" is everybody else
BUREAU = "performance colleague division other_division budget treasury debt"
PERFORMANCE = "performance colleague"


def nothing(_: Cast) -> list[Any]:
    return []


@dataclass(frozen=True)
class Line:
    """One address: its url name and arguments, how it is asked, and what each person is answered.

    `answers` maps space-separated names of the cast (or "*") to a status or several. Who is not logged in
    is always sent to log in (302), unless the line is `public`."""

    name: str
    answers: Mapping[str, int | tuple[int, ...]]
    args: Callable[[Cast], list[Any]] = nothing
    method: str = "get"
    data: Mapping[str, Any] = field(default_factory=dict)
    public: bool = False

    def answer(self, who: str) -> tuple[int, ...]:
        for names, status in self.answers.items():
            if who in names.split():
                return status if isinstance(status, tuple) else (status,)
        status = self.answers["*"]
        return status if isinstance(status, tuple) else (status,)


ALL = {"*": 200}
SHELL = [
    Line("home", ALL),
    Line("login", {"*": 302}, public=True),
    Line("logout", {"*": 302}, method="post"),
    Line("account", ALL),
    Line("change_password", ALL),
    Line("change_password", {"*": 422}, method="post"),
]
CALENDAR = [
    Line("calendar", ALL),
    Line("calendar_new", {PERFORMANCE: 200, "*": 403}),
    Line("calendar_new", {PERFORMANCE: 422, "*": 403}, method="post"),
    Line("calendar_edit", {PERFORMANCE: 200, "*": 403}, lambda cast: [cast.goal_window.pk]),
    Line("calendar_edit", {PERFORMANCE: 404, "*": 403}, lambda _: [987654321]),
    Line("calendar_delete", {PERFORMANCE: 302, "*": 403}, lambda cast: [cast.goal_window.pk], "post"),
]

OVERVIEW = [
    Line("coverage", ALL),
    Line(
        "coverage_xlsx",
        {f"{PERFORMANCE} division other_division department other_department": 200, "*": 403},
    ),
    Line("policy", ALL),
    Line("policy_changes", ALL),
    Line("policy_rescore", {PERFORMANCE: 200, "*": 403}),
]


def open_question(cast: Cast) -> list[Any]:
    """Asked by the school, whose contact is 绩效股."""
    asked = Question.objects.create(
        unit=cast.school, text="满意度怎么填？", asked_by=cast.reporter, asked_at=WHEN, label="满意度"
    )
    return [asked.pk]


def answered_question(cast: Cast) -> list[Any]:
    [pk] = open_question(cast)
    answer = {"answer": "按问卷结果填", "answered_by": cast.performance, "answered_at": WHEN}
    Question.objects.filter(pk=pk).update(**answer)
    return [pk]


QUESTIONS = [
    Line("questions", ALL),
    Line(
        "question", {"other_division other_department bureau_reporter stranger": 404, "*": 200}, open_question
    ),
    Line("question", ALL, answered_question),
    Line(
        "question_answer",
        {"other_division": 404, "performance colleague division budget treasury debt": 422, "*": 403},
        open_question,
        "post",
    ),
]
LOG = [
    Line(name, {f"{PERFORMANCE} admin observer": 200, "*": 403}) for name in ("log", "log_csv", "log_xlsx")
]


def colleague(cast: Cast) -> list[Any]:
    return [cast.colleague.pk]


ADMIN = {"admin": 200, "*": 403}
PEOPLE = [
    Line("people", ADMIN),
    Line("person_new", ADMIN),
    Line("person_new", {"admin": 422, "*": 403}, method="post"),
    Line("person_edit", ADMIN, colleague),
    Line("person_edit", {"admin": 404, "*": 403}, lambda _: [987654321]),
    Line("person_edit", {"admin": 422, "*": 403}, colleague, "post"),
    Line("person_password", ADMIN, colleague, "post"),
    Line("person_password", {"admin": 404, "*": 403}, lambda _: [987654321], "post"),
    Line("person_active", {"admin": 302, "*": 403}, colleague, "post"),
]
START = [
    Line("start", {f"{PERFORMANCE} budget treasury admin": 200, "*": 403}),
    Line("start_region", {"admin": 422, "*": 403}, method="post"),
]

TABLE: list[Line] = [
    *SHELL,
    *CALENDAR,
    *OVERVIEW,
    *QUESTIONS,
    *LOG,
    *PEOPLE,
    *START,
]
