"""The table of pages: every address × everybody of the cast × the answer. The walker is test_permissions.py.

Each room's web pages add their lines to a list of their own here, and the list to `TABLE`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.cast import Cast

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

TABLE: list[Line] = [*SHELL, *CALENDAR]
