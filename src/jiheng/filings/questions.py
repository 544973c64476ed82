"""一对一辅导: questions beside a field, answered by the unit's contact, searchable by all when answered."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet

from jiheng.filings import moves
from jiheng.filings.access import visible
from jiheng.filings.models import Filing, Question
from jiheng.filings.outcomes import WrongDesk, refused
from jiheng.units import access, log
from jiheng.units.models import Person, Role


@transaction.atomic
def ask(person: Person, filing: Filing, field: str, label: str, text: str) -> Question:
    """A question about a field of a form (empty field: about the form). Raises PermissionDenied."""
    access.require(person, "ask")
    if not visible(person).filter(pk=filing.pk).exists():
        raise PermissionDenied("只能就本单位的表提问")
    if not text.strip():
        raise refused(filing, "text", "请写明要问的问题")
    question = Question.objects.create(
        filing=filing,
        unit=filing.unit,
        field=field,
        label=label,
        text=text.strip(),
        asked_by=person,
        asked_at=moves.now(),
    )
    after = {"字段": label, "问题": question.text}
    log.record(person, "提问", filing, after=after, unit_name=filing.unit.name)
    return question


@transaction.atomic
def answer(person: Person, question: Question, text: str) -> Question:
    """Answers, or mends the answer. The bureau's people of the unit only (PermissionDenied)."""
    access.require(person, "answer")
    if not access.units_for(person).filter(pk=question.unit_id).exists():
        raise PermissionDenied("这个单位的问题不归您答复")
    question = (
        Question.objects.select_for_update(of=("self",)).select_related("filing", "unit").get(pk=question.pk)
    )
    if not text.strip():
        raise refused(_form_of(question), "text", "请写明答复")
    if question.answer and question.answered_by_id != person.pk:
        raise WrongDesk(f"这个问题已由他人答复：{question.answer}", _form_of(question))
    before = {"答复": question.answer} if question.answer else {}
    question.answer, question.answered_by, question.answered_at = text.strip(), person, moves.now()
    question.save(update_fields=["answer", "answered_by", "answered_at"])
    after = {"问题": question.text, "答复": question.answer}
    log.record(person, "答复", question, before=before, after=after, unit_name=question.unit.name)
    return question


def _form_of(question: Question) -> Filing:
    """A question is asked beside a form; one whose form is gone stands for its unit's, unsaved."""
    return question.filing or Filing(region_id=question.unit.region_id, unit=question.unit)


def open_questions(person: Person) -> QuerySet[Question]:
    """What waits for this person's answer: of the units it is the contact of; for 绩效股 also of units whose
    contact is nobody, or has left. Oldest first."""
    found = Question.objects.filter(answered_at=None)
    if not access.may(person, "answer"):
        return found.none()
    mine = Q(unit__contact=person.pk)
    if person.role == Role.PERFORMANCE:
        unmanned = Q(unit__contact=None) | Q(unit__contact__is_active=False)
        mine |= unmanned & Q(unit__region=person.region_id)
    return found.filter(mine).select_related("unit", "filing", "asked_by").order_by("asked_at")


def search_questions(person: Person, text: str) -> QuerySet[Question]:
    """Answered questions of the person's region that hold every word of `text`, newest first; anybody who is
    logged in may read them, whichever unit asked."""
    if not person.is_active or person.region_id is None:
        return Question.objects.none()
    found = Question.objects.filter(unit__region=person.region_id, answered_at__isnull=False)
    for word in text.split():
        found = found.filter(Q(text__icontains=word) | Q(answer__icontains=word) | Q(label__icontains=word))
    return found.select_related("unit", "asked_by", "answered_by", "filing").order_by("-answered_at")
