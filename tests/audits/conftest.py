"""The room is tested without the real check, which has its own tests."""

from __future__ import annotations

import pytest
from tests.audits import papers

from jiheng.audits import checking


@pytest.fixture(autouse=True)
def _examined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "examine", papers.examine)
