"""Asking a phrase once: offices write the same ones again and again, in one text and from one to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")
_ANSWERS = 4096  # of each question; then all are forgotten
_LONGEST = 200  # characters; what is longer hardly comes twice


def remembered(ask: Callable[[str], Answer]) -> Callable[[str], Answer]:
    """The same question, its answers kept. It must depend on the words alone."""

    class Known(dict[str, Answer]):
        def __missing__(self, words: str) -> Answer:
            answer = ask(words)
            if len(words) <= _LONGEST:
                if len(self) >= _ANSWERS:
                    self.clear()
                self[words] = answer
            return answer

    return Known().__getitem__
