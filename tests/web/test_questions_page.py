"""辅导问答: open ones wait for the contact, answered ones are found by all."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from tests.cast import WHEN, Cast

from jiheng.filings.models import Question
from jiheng.units.models import LogEntry, Person

ClientOf = Callable[[Person], Client]


def ask(cast: Cast) -> Question:
    return Question.objects.create(
        unit=cast.school, text="满意度怎么填？", label="满意度指标", asked_by=cast.reporter, asked_at=WHEN
    )


def test_waits_for_the_contact_and_is_answered(cast: Cast, client_of: ClientOf) -> None:
    question = ask(cast)
    contact = client_of(cast.performance)
    assert "等我答复 1 个" in contact.get("/questions/").content.decode()
    answer = contact.post(f"/questions/{question.pk}/answer/", {"text": "按问卷结果填"})
    assert answer["Location"] == "/questions/"
    found = client_of(cast.stranger).get("/questions/?text=满意度 问卷").content.decode()
    assert "按问卷结果填" in found
    assert LogEntry.objects.filter(action="答复").exists()


def test_an_empty_answer_is_refused_beside_the_field(cast: Cast, client_of: ClientOf) -> None:
    question = ask(cast)
    answer = client_of(cast.performance).post(f"/questions/{question.pk}/answer/", {"text": ""})
    assert answer.status_code == 422
    assert 'id="id_text-errors"' in answer.content.decode()
    question.refresh_from_db()
    assert question.answered_at is None


def test_the_unit_sees_its_own_open_question(cast: Cast, client_of: ClientOf) -> None:
    question = ask(cast)
    assert "已提问，等答复 1 个" in client_of(cast.reporter).get("/questions/").content.decode()
    assert client_of(cast.reporter).get(f"/questions/{question.pk}/").status_code == 200
    assert "满意度怎么填" not in client_of(cast.stranger).get("/questions/").content.decode()


def test_nothing_found_says_what_to_do(cast: Cast, client_of: ClientOf) -> None:
    assert "换几个字再查" in client_of(cast.stranger).get("/questions/?text=没有的词").content.decode()
