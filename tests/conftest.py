"""What every test may use. The cast stands in tests/cast.py."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from tests.cast import Cast, make_cast

from jiheng.library import searching
from jiheng.units.models import Person

# a shell that starts the tests in the background has Ctrl-C ignored, which every process they start inherits
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _cheap_and_private(settings: Any, tmp_path: Any) -> None:
    """No real password hashing, and no file in the data folder of the installation."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.LEDGER_COPIES = tmp_path / "copies"
    cache.clear()  # a test's rows get the numbers of the last test's
    searching.forget()


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def client_of() -> Callable[[Person], Client]:
    """A browser in which this person is logged in: `client_of(cast.reporter).get(url)`."""

    def logged_in(person: Person) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return logged_in


def _skipped(session: pytest.Session) -> int:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", [])) if reporter else 0


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything needed is installed, a skipped test is a failure nobody looks at."""
    if os.environ.get("CI") == "true" and _skipped(session) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if os.environ.get("CI") == "true" and terminalreporter.stats.get("skipped"):
        terminalreporter.write_line("skipped tests fail here: nothing may be skipped under CI=true", red=True)
