"""问卷: what counted answers come to: 满意度 with its steps, 回收率, 有效率, and what is doubtful about them.

Options, their values and the method are policy (`fiscal.questionnaire`). Answers are counts only: nobody's
answer is kept by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from jiheng.figures import percent, rounded
from jiheng.policy import Policy
from jiheng.sheets import Finding, Missing, MissingReason, Severity, plain

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and how many chose each option, in the policy's order of options."""

    text: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """One questionnaire: sheets handed out, come back, and usable."""

    issued: int
    returned: int
    valid: int
    questions: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """One question's satisfaction in %, two decimals; Missing where nobody answered."""

    text: str
    counts: tuple[int, ...]
    answers: int
    percent: Decimal | Missing
    step: str


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A questionnaire's result: every question, all of them together (the mean of the questions, each answer
    weighing the same), the rates in %, and what must be read before it is used."""

    questions: tuple[Answered, ...]
    satisfaction: Decimal | Missing
    step: str
    return_rate: Decimal | Missing
    valid_rate: Decimal | Missing
    findings: tuple[Finding, ...]


def option_names(policy: Policy) -> tuple[str, ...]:
    """The options in their order: 很满意 first."""
    return tuple(str(option["name"]) for option in policy.table("fiscal.questionnaire.options"))


def impossible(survey: Survey, options: int) -> str:
    """Why the counts cannot be, in Chinese; "" where they can."""
    if survey.issued <= 0:
        return "发放份数要大于0"
    if min(survey.returned, survey.valid) < 0 or any(min(q.counts, default=0) < 0 for q in survey.questions):
        return "份数和人数不能是负数"
    if survey.returned > survey.issued:
        return f"收回{survey.returned}份，多于发放的{survey.issued}份，请核对"
    if survey.valid > survey.returned:
        return f"有效{survey.valid}份，多于收回的{survey.returned}份，请核对"
    if not survey.questions:
        return "至少要有一个问题"
    for question in survey.questions:
        if len(question.counts) != options:
            return f"“{question.text}”要填{options}个选项的人数"
        if sum(question.counts) > survey.valid:
            return f"“{question.text}”各选项共{sum(question.counts)}人，多于有效问卷{survey.valid}份，请核对"
    return ""


def surveyed(survey: Survey, policy: Policy) -> Surveyed:
    """What a questionnaire comes to. Raises ValueError (Chinese) for counts that cannot be."""
    options = policy.table("fiscal.questionnaire.options")
    wrong = impossible(survey, len(options))
    if wrong:
        raise ValueError(wrong)
    values = tuple(Decimal(option["value"]) for option in options)
    names = option_names(policy)
    if policy.text("fiscal.questionnaire.method") == "share":
        least = policy.decimal("fiscal.questionnaire.satisfied_from")
        values = tuple(Decimal(100) if value >= least else ZERO for value in values)
    questions = tuple(_answered(question, values, names) for question in survey.questions)
    satisfaction, step = _together(questions, values)
    return Surveyed(
        questions=questions,
        satisfaction=satisfaction,
        step=step,
        return_rate=_rate(survey.returned, survey.issued),
        valid_rate=_rate(survey.valid, survey.returned),
        findings=_doubts(survey, policy),
    )


def _answered(question: Asked, values: Sequence[Decimal], names: Sequence[str]) -> Answered:
    answers = sum(question.counts)
    if not answers:
        nobody = Missing(MissingReason.NOT_COMPUTABLE, "没有人回答")
        return Answered(question.text, question.counts, 0, nobody, "没有人回答，无法计算")
    terms = [
        f"{names[place]}{count}×{plain(values[place])}%"
        for place, count in enumerate(question.counts)
        if count and values[place]
    ]
    total = sum((count * value for count, value in zip(question.counts, values, strict=True)), ZERO)
    share = rounded(total / answers, 2)
    step = f"（{'＋'.join(terms) or '0'}）/{answers} = {share}%"
    return Answered(question.text, question.counts, answers, share, step)


def _together(questions: Sequence[Answered], values: Sequence[Decimal]) -> tuple[Decimal | Missing, str]:
    answers = sum(question.answers for question in questions)
    if not answers:
        return Missing(MissingReason.NOT_COMPUTABLE, "没有人回答"), "没有人回答，无法计算"
    total = sum(
        (
            count * value
            for question in questions
            for count, value in zip(question.counts, values, strict=True)
        ),
        ZERO,
    )
    share = rounded(total / answers, 2)
    return share, f"{len(questions)}个问题共{answers}个回答，折算{plain(total)}/{answers} = {share}%"


def _doubts(survey: Survey, policy: Policy) -> tuple[Finding, ...]:
    found = []
    least = policy.whole("fiscal.questionnaire.least_valid")
    if survey.valid < least:
        words = f"有效问卷{survey.valid}份，少于{least}份，样本不足，满意度仅供参考"
        found.append(Finding("CP11", Severity.WARNING, words, "valid"))
    rate, bound = _rate(survey.returned, survey.issued), policy.decimal("fiscal.questionnaire.return_from")
    if not isinstance(rate, Missing) and rate < bound:
        words = f"回收率{rate}%，低于{plain(bound)}%，请说明原因"
        found.append(Finding("CP12", Severity.WARNING, words, "returned"))
    return tuple(found)


def _rate(part: int, whole: int) -> Decimal | Missing:
    share = percent(Decimal(part), Decimal(whole))
    return share if isinstance(share, Missing) else rounded(share, 2)
