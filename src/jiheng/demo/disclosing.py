"""The example district's disclosure of 2024: the region's and 教育局's public, a school's not yet."""

from __future__ import annotations

from typing import Any

from jiheng.demo.accounts import UNEXPLAINED, YEAR
from jiheng.demo.places import District, read
from jiheng.disclosure import checking, workflow
from jiheng.disclosure.drafts import draft_of
from jiheng.disclosure.models import Disclosure
from jiheng.disclosure.words import Words, words_json
from jiheng.disclosure.yearly import key_evaluations
from jiheng.wording import Passage

PUBLISHED = "区教育局本级"


def disclose(district: District) -> None:
    """The region's four notes and one unit's explanation, published; another's waits for its reasons.

    Without LibreOffice: it would take longer than all the rest; 生成并审核 on the page uses it."""
    person = district.people["jixiao"]
    told = read("disclosure.yaml")
    made = workflow.open_disclosure(person, YEAR)
    four = tuple(row.pk for row in key_evaluations(district.region, YEAR))  # the confirmed ones are those
    made.words, made.reasons = words_json(_words(told["words"], four)), told["reasons"]
    made.save()
    _publish(district, made)
    named = {unit.name: unit.pk for unit in district.units}
    _publish(district, workflow.open_disclosure(person, YEAR, named[PUBLISHED]))
    workflow.open_disclosure(person, YEAR, named[UNEXPLAINED])


def _publish(district: District, made: Disclosure) -> None:
    person = district.people["jixiao"]
    draft = draft_of(made)
    if draft.obstacles:
        raise ValueError(f"{made}: {draft.obstacles}")
    held = checking.check(person, made, draft, with_pages=False)
    workflow.publish(person, held, held.revision)


def _words(given: dict[str, Any], four: tuple[int, ...]) -> Words:
    return Words(
        systems=given["systems"],
        problems=tuple(Passage(*pair) for pair in given["problems"]),
        measures=tuple(Passage(*pair) for pair in given["measures"]),
        four=four,
    )
