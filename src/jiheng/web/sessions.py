"""A login ends at its hour, however busy its person is, and earlier when nobody was there for a while."""

from __future__ import annotations

import time
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest
from django.utils import timezone

SEEN = "seen"
# When somebody was there is written once in a tenth of the idle time: a write for every page would cost more
# than most pages do.
FINENESS = 10


def begin(request: HttpRequest) -> None:
    """After a login: the hour at which it ends does not move when the session is written again."""
    request.session.set_expiry(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))
    request.session[SEEN] = int(time.time())


def end_if_idle(request: HttpRequest) -> bool:
    """Logs out who asked for nothing for `IDLE_SECONDS` (0: never), give or take a tenth; whether it did."""
    seen = request.session.get(SEEN) if settings.IDLE_SECONDS and request.user.is_authenticated else None
    if seen is None:
        return False
    away = int(time.time()) - seen
    if away > settings.IDLE_SECONDS:
        logout(request)
        return True
    if away > settings.IDLE_SECONDS // FINENESS:
        request.session[SEEN] = seen + away
    return False
