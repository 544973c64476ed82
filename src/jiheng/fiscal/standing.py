"""How an evaluation stands: its lines with scores, steps and evidence, the total, the grade, which line could
turn it, what has no evidence, what the questionnaires say. The page, the report and the frozen result are all
made of this one record; once confirmed it is read from what was frozen, never computed again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from jiheng.evaluation.models import Score
from jiheng.evaluation.watch import own_score
from jiheng.figures import rounded
from jiheng.filings.models import State
from jiheng.fiscal.models import Citation, EvaluationState, KeyEvaluation, Questionnaire, SchemeRow
from jiheng.fiscal.moves import policy_of
from jiheng.policy import Policy
from jiheng.scoring.questionnaires import Asked, Survey, Surveyed, surveyed
from jiheng.scoring.schemes import Kind, SchemeLine, flips, rolled
from jiheng.sheets import Form, Missing, plain

NONE = "—"


@dataclass(frozen=True, slots=True)
class Cited:
    """One piece of evidence: the file's name, its page, its sha256."""

    name: str
    page: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingLine:
    """One indicator; figures in 分, None where there is no score yet."""

    key: str
    level1: str
    level2: str
    level3: str
    weight: Decimal
    score: Decimal | None
    step: str
    basis: str
    wanted: str
    evidence: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class StandingLevel:
    """One first level; `rate` 得分率 in %."""

    name: str
    weight: Decimal
    score: Decimal | None
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class StandingSurvey:
    """One questionnaire as computed; rates in %."""

    audience: str
    issued: int
    returned: int
    valid: int
    return_rate: Decimal | None
    satisfaction: Decimal | None
    step: str
    questions: tuple[tuple[str, Decimal | None, str], ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The whole; `unscored` and `bare` name the lines without a score, and without evidence."""

    lines: tuple[StandingLine, ...]
    levels: tuple[StandingLevel, ...]
    total: Decimal | None
    grade: str
    step: str
    flips: tuple[str, ...]
    unscored: tuple[str, ...]
    bare: tuple[str, ...]
    surveys: tuple[StandingSurvey, ...]
    self_score: Decimal | None

    @property
    def gap(self) -> Decimal | None:
        """自评−评价 in 分."""
        if self.self_score is None or self.total is None:
            return None
        return self.self_score - self.total


def kind_of(evaluation: KeyEvaluation) -> Kind:
    """Which framework: the project's, or the unit's as a whole."""
    return "project" if evaluation.fund_id else "unit"


def lines_of(rows: list[SchemeRow]) -> tuple[SchemeLine, ...]:
    """Stored rows as scoring takes them."""
    return tuple(
        SchemeLine(
            key=row.key,
            level1=row.level1,
            level2=row.level2,
            level3=row.level3,
            weight=row.weight,
            standard=row.standard,
            formula=row.formula,
            evidence=row.wanted,
        )
        for row in rows
    )


def standing_of(evaluation: KeyEvaluation) -> Standing:
    """As it stands now, or as it was frozen. Five queries."""
    if evaluation.state == EvaluationState.CONFIRMED:
        return from_json(evaluation.frozen["sheet"])
    return computed(evaluation, policy_of(evaluation))


def computed(evaluation: KeyEvaluation, policy: Policy) -> Standing:
    """From what is stored, by a policy."""
    rows = list(SchemeRow.objects.filter(evaluation=evaluation).order_by("place", "pk"))
    cited: dict[int, list[Cited]] = {row.pk: [] for row in rows}
    for item in Citation.objects.filter(row__in=rows).select_related("proof").order_by("pk"):
        cited[item.row_id].append(Cited(item.proof.name, item.page, item.proof.sha256))
    lines = lines_of(rows)
    scores = {row.key: row.score for row in rows}
    whole = rolled(lines, scores, policy)
    return Standing(
        lines=tuple(_line(row, tuple(cited[row.pk])) for row in rows),
        levels=tuple(
            StandingLevel(level.name, level.weight, _given(level.score), _given(level.rate))
            for level in whole.levels
        ),
        total=_given(whole.total),
        grade=whole.grade.value if whole.grade else "",
        step=whole.step,
        flips=tuple(flip.step for flip in flips(lines, scores, policy)),
        unscored=whole.unscored,
        bare=tuple(row.level3 for row in rows if not cited[row.pk]),
        surveys=tuple(_survey(item, policy) for item in evaluation.questionnaires.order_by("pk")),
        self_score=self_score_of(evaluation),
    )


def self_score_of(evaluation: KeyEvaluation) -> Decimal | None:
    """自评得分 of the last fiscal year evaluated, as the unit filed it."""
    form = Form.PROJECT_EVALUATION if evaluation.fund_id else Form.UNIT_EVALUATION
    found = Score.objects.filter(
        filing__form=form,
        filing__fiscal_year=evaluation.to_year,
        filing__unit=evaluation.unit_id,
        filing__fund=evaluation.fund_id,
    ).exclude(filing__state=State.DRAFT)
    kept = found.first()
    return own_score(kept) if kept else None


def survey_of(item: Questionnaire) -> Survey:
    """A stored questionnaire as scoring takes it."""
    questions = tuple(Asked(str(text), tuple(counts)) for text, counts in item.questions)
    return Survey(issued=item.issued, returned=item.returned, valid=item.valid, questions=questions)


def points(value: Decimal | None) -> str:
    """Points or a percentage as every page and paper prints them: two decimals, — for none."""
    return NONE if value is None else f"{rounded(value, 2):f}"


def as_json(standing: Standing) -> dict[str, Any]:
    """For freezing: figures as text."""
    return {name: _plain(value) for name, value in asdict(standing).items()}


def from_json(kept: dict[str, Any]) -> Standing:
    """What was frozen."""
    return Standing(
        lines=tuple(
            StandingLine(
                **{
                    **line,
                    "weight": Decimal(line["weight"]),
                    "score": _decimal(line["score"]),
                    "evidence": tuple(Cited(**item) for item in line["evidence"]),
                }
            )
            for line in kept["lines"]
        ),
        levels=tuple(
            StandingLevel(
                level["name"], Decimal(level["weight"]), _decimal(level["score"]), _decimal(level["rate"])
            )
            for level in kept["levels"]
        ),
        total=_decimal(kept["total"]),
        grade=kept["grade"],
        step=kept["step"],
        flips=tuple(kept["flips"]),
        unscored=tuple(kept["unscored"]),
        bare=tuple(kept["bare"]),
        surveys=tuple(_kept_survey(item) for item in kept["surveys"]),
        self_score=_decimal(kept["self_score"]),
    )


def _line(row: SchemeRow, evidence: tuple[Cited, ...]) -> StandingLine:
    return StandingLine(
        key=row.key,
        level1=row.level1,
        level2=row.level2,
        level3=row.level3,
        weight=row.weight,
        score=row.score,
        step=row.step,
        basis=row.basis,
        wanted=row.wanted,
        evidence=evidence,
    )


def _survey(item: Questionnaire, policy: Policy) -> StandingSurvey:
    found: Surveyed = surveyed(survey_of(item), policy)
    return StandingSurvey(
        item.audience,
        item.issued,
        item.returned,
        item.valid,
        _given(found.return_rate),
        _given(found.satisfaction),
        found.step,
        tuple((answer.text, _given(answer.percent), answer.step) for answer in found.questions),
        tuple(finding.message for finding in found.findings),
    )


def _kept_survey(item: dict[str, Any]) -> StandingSurvey:
    questions = tuple((text, _decimal(share), step) for text, share, step in item["questions"])
    return StandingSurvey(
        **{
            **item,
            "return_rate": _decimal(item["return_rate"]),
            "satisfaction": _decimal(item["satisfaction"]),
            "questions": questions,
            "doubts": tuple(item["doubts"]),
        }
    )


def _given(value: Decimal | Missing) -> Decimal | None:
    return None if isinstance(value, Missing) else value


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def shown(value: Decimal) -> str:
    """A weight: without trailing zeros."""
    return plain(value)
