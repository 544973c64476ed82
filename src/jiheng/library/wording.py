"""How names are compared: folded to what counts, cut into pairs of characters, widened by synonyms."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from importlib import resources
from typing import Any, cast

import yaml

MOST_TYPED = 60
_NOTHING = re.compile(r"[^0-9a-z\u3400-\u9fff%‰㎡]+")


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Words that stand for each other, and words of a project's name that say nothing of its content."""

    groups: tuple[tuple[str, ...], ...]
    empty: tuple[str, ...]


def folded(text: str) -> str:
    """A name as it is compared: narrow, lower case, without blanks and punctuation."""
    narrow = unicodedata.normalize("NFKC", text.replace("㎡", "平方米")).lower()
    return _NOTHING.sub("", narrow)[:200]


def pairs(text: str) -> list[str]:
    """The pairs of neighbouring characters of a folded text, each once; a single character is its own."""
    if len(text) < 2:
        return [text] if text else []
    return list(dict.fromkeys(text[at : at + 2] for at in range(len(text) - 1)))


def content(name: str) -> Any:
    """One YAML file of the first content."""
    return yaml.safe_load(resources.files(__package__).joinpath("content", name).read_text(encoding="utf-8"))


@functools.cache
def synonyms() -> Synonyms:
    """The words of content/synonyms.yaml, folded."""
    read = cast("dict[str, Any]", content("synonyms.yaml"))
    groups = tuple(tuple(folded(word) for word in group) for group in read["groups"])
    return Synonyms(groups, tuple(sorted((folded(word) for word in read["empty"]), key=len, reverse=True)))


def said_otherwise(text: str) -> list[str]:
    """What the folded text, or a word in it, may be called instead, the longest first."""
    found: dict[str, None] = {}
    for group in synonyms().groups:
        if any(word in text for word in group):
            found |= {word: None for word in group if word not in text}
    return sorted(found, key=len, reverse=True)


def telling(project: str) -> list[str]:
    """The parts of a project's name that say what it is about: 农村公路养护专项资金 → 农村公路养护."""
    text = folded(re.sub(r"[（(].*?[)）]", "", project))
    for word in synonyms().empty:
        text = text.replace(word, " ")
    return [part for part in text.split() if len(part) > 1]
