"""一对一辅导: asked beside a field, waiting for the contact, found by everybody once answered."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from tests.cast import Cast
from tests.filings.forms import opened

from jiheng.filings import todo, workflow
from jiheng.filings.models import Question
from jiheng.filings.questions import open_questions
from jiheng.filings.workflow import Refused, WrongDesk
from jiheng.units.models import LogEntry, Person


def asked(cast: Cast, text: str = "质量指标怎么填？") -> Question:
    return workflow.ask(cast.reporter, opened(cast), "indicators[k2].name", "三级指标", text)


def test_a_question_waits_for_the_units_contact(cast: Cast) -> None:
    question = asked(cast)
    assert list(open_questions(cast.performance)) == [question]
    assert not open_questions(cast.colleague).exists()
    assert not open_questions(cast.reporter).exists()
    assert [item.kind for item in todo.for_person(cast.performance)] == ["question"]
    assert LogEntry.objects.order_by("-pk")[0].action == "提问"


def test_a_unit_without_a_contact_waits_for_the_performance_section(cast: Cast) -> None:
    question = asked(cast)
    cast.school.contact = None
    cast.school.save()
    assert list(open_questions(cast.colleague)) == [question]
    assert not open_questions(cast.division).exists()


def test_a_contact_who_left_leaves_no_question_behind(cast: Cast) -> None:
    question = asked(cast)
    Person.objects.filter(pk=cast.performance.pk).update(is_active=False)
    assert list(open_questions(cast.colleague)) == [question]


def test_an_answer_is_found_by_everybody_of_the_region(cast: Cast) -> None:
    question = asked(cast)
    assert not workflow.search_questions(cast.stranger, "质量").exists()
    workflow.answer(cast.performance, question, "填竣工验收合格率")
    for person in (cast.stranger, cast.observer, cast.bureau_reporter):
        assert list(workflow.search_questions(person, "质量 合格率")) == [question]
    assert not workflow.search_questions(cast.stranger, "质量 没有的词").exists()
    assert not open_questions(cast.performance).exists()
    assert LogEntry.objects.order_by("-pk")[0].action == "答复"


def test_who_may_ask_and_answer(cast: Cast) -> None:
    question = asked(cast)
    filing = opened(cast)
    for name in ("stranger", "bureau_reporter", "observer", "admin", "performance", "other_department"):
        with pytest.raises(PermissionDenied):
            workflow.ask(cast.people[name], filing, "", "", "？")
    for name in ("reporter", "stranger", "observer", "admin", "other_division", "department"):
        with pytest.raises(PermissionDenied):
            workflow.answer(cast.people[name], question, "答")
    with pytest.raises(Refused, match="请写明要问的问题"):
        asked(cast, "  ")
    with pytest.raises(Refused, match="请写明答复"):
        workflow.answer(cast.performance, question, "")


def test_only_who_answered_mends_the_answer(cast: Cast) -> None:
    question = asked(cast)
    workflow.answer(cast.performance, question, "甲")
    with pytest.raises(WrongDesk, match="已由他人答复：甲"):
        workflow.answer(cast.colleague, question, "乙")
    assert workflow.answer(cast.performance, question, "丙").answer == "丙"
