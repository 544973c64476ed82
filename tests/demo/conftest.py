"""The example district for all that look at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command

from jiheng.demo.build import build, exists


@pytest.fixture(scope="module")
def district(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """Built once for a file, which takes half a minute; everything is taken away afterwards."""
    with django_db_blocker.unblock():
        assert not exists()
        yield build()
        call_command("flush", interactive=False, verbosity=0)
