"""Asking a phrase once: offices write the same ones again and again, in one text and from one to the next."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

Answer = TypeVar("Answer")
_ANSWERS = 4096  # of each question; older ones are forgotten
_LONGEST = 200  # characters; what is longer hardly comes twice


def remembered(ask: Callable[[str], Answer]) -> Callable[[str], Answer]:
    """The same question, its latest answers kept. It must depend on the words alone."""
    known = lru_cache(maxsize=_ANSWERS)(ask)

    def answer(words: str) -> Answer:
        return known(words) if len(words) <= _LONGEST else ask(words)

    return answer
