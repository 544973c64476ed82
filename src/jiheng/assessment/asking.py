"""申请评估: what the unit does, until the request is handed in. Drafting is free."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from jiheng import policy as policies
from jiheng.assessment.access import may_write
from jiheng.assessment.models import EDITABLE, AskKind, Assessment, AssessmentState, Material, Option
from jiheng.assessment.moves import changed, goal_of, held_row, require_open, tell
from jiheng.panels.outcomes import NotDone, refusals_logged
from jiheng.projects.models import ClearanceState, Fund
from jiheng.units import access, log
from jiheng.units.models import Person
from jiheng.units.receiving import keep, why_unfit

TEXTS = {
    "basis": "立项依据",
    "need": "现实需求",
    "content": "实施内容",
    "plan": "实施方案和进度",
    "costing": "资金测算",
    "sources": "资金来源和承受能力",
}
MOST_OPTIONS, MOST_MATERIALS = 10, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionDraft:
    """A 比选方案: yuan, how many of what, for and against; one of them is recommended."""

    name: str
    amount: Decimal | None = None
    quantity: Decimal | None = None
    measure: str = ""
    note: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDraft:
    """The whole request as it was typed; amounts in yuan."""

    amount: Decimal | None = None
    whole_amount: Decimal | None = None
    until_year: int | None = None
    texts: dict[str, str] = field(default_factory=dict)  # TEXTS
    options: Sequence[OptionDraft] = ()


def start(person: Person, fund: Fund, fiscal_year: int, kind: AskKind) -> Assessment:
    """The request of this fund and year: the one there is, else an empty draft. The unit's reporter only;
    raises NotDone for a fund of another unit, or a kind that the fund cannot be."""
    with refusals_logged(person, "申请事前评估", fund, fund.unit.name), transaction.atomic():
        access.require(person, "ask_assessment")
        if fund.unit_id != person.unit_id:
            raise PermissionDenied("只能为本单位的项目申请事前评估")
        known = Assessment.objects.filter(fund=fund, fiscal_year=fiscal_year).first()
        if known is not None:
            return known
        require_open(fund.region_id, fiscal_year)
        if kind == AskKind.NEW and fund.since_year < fiscal_year:
            raise NotDone(f"“{fund}”自 {fund.since_year} 年已有，不是新增项目，请另选类别", "kind")
        if kind != AskKind.NEW and fund.since_year >= fiscal_year:
            raise NotDone(f"“{fund}”自 {fund.since_year} 年起，是新增项目", "kind")
        made = Assessment.objects.create(
            region=fund.region,
            unit=fund.unit,
            fund=fund,
            fiscal_year=fiscal_year,
            kind=kind,
            content=fund.description,
            until_year=fund.until_year if fund.until_year >= fiscal_year and fund.until_year < 9999 else None,
        )
        log.record(person, "填写事前评估申请", made, after={"类别": made.get_kind_display()})
    return made


def save_draft(person: Person, assessment: Assessment, based_on: int, draft: FileDraft) -> Assessment:
    """Keeps what was typed. Raises NotDone (field), Stale, PermissionDenied."""
    with refusals_logged(person, "填写事前评估申请", assessment, assessment.unit.name), transaction.atomic():
        held = _own(person, assessment, based_on)
        _check_amounts(draft)
        held.options.all().delete()
        Option.objects.bulk_create(
            Option(
                assessment=held,
                name=option.name.strip()[:120],
                amount=option.amount,
                quantity=option.quantity,
                measure=option.measure.strip()[:20],
                note=option.note.strip(),
                is_chosen=option.is_chosen,
                place=place,
            )
            for place, option in enumerate(draft.options)
        )
        values = {name: draft.texts.get(name, "").strip() for name in TEXTS}
        more = {
            "amount": draft.amount,
            "whole_amount": draft.whole_amount,
            "until_year": draft.until_year,
        }
        changed(person, held, "填写事前评估申请", {**values, **more})
    return held


def attach(person: Person, assessment: Assessment, based_on: int, name: str, data: bytes) -> Material:
    """A file that the request rests on. Raises NotDone (field "file") for what is no document."""
    with refusals_logged(person, "上传评估材料", assessment, assessment.unit.name), transaction.atomic():
        held = _own(person, assessment, based_on)
        _check_file(held, name, data)
        upload = keep(person, name, data)
        sha256 = hashlib.sha256(data).hexdigest()
        if held.materials.filter(sha256=sha256).exists():
            raise NotDone(f"“{name}”与已有的材料内容完全相同，不必再传", "file")
        title = (name.rpartition(".")[0] or name)[:160]
        made = Material.objects.create(
            assessment=held, name=title, sha256=sha256, upload=upload, person=person, at=timezone.now()
        )
        changed(person, held, "上传评估材料", {}, title)
    return made


def detach(person: Person, material: Material, based_on: int) -> Assessment:
    """Takes a file out of a request that is being written."""
    assessment = material.assessment
    with refusals_logged(person, "撤下评估材料", assessment, assessment.unit.name), transaction.atomic():
        held = _own(person, assessment, based_on)
        name = material.name
        Material.objects.filter(pk=material.pk).delete()
        changed(person, held, "撤下评估材料", {}, name)
    return held


def submit(person: Person, assessment: Assessment, based_on: int) -> Assessment:
    """Hands the request in; from now on the fund waits for the verdict. Raises NotDone with everything that
    is still missing."""
    with refusals_logged(person, "报送事前评估申请", assessment, assessment.unit.name), transaction.atomic():
        held = _own(person, assessment, based_on)
        lacks = missing(held)
        if lacks:
            raise NotDone("还不能报送：" + "；".join(lacks))
        values = {
            "state": AssessmentState.SUBMITTED,
            "submitted_by": person,
            "submitted_at": timezone.now(),
            "return_reason": "",
        }
        changed(person, held, "报送事前评估申请", values)
        tell(held, ClearanceState.REQUIRED, "已申请，尚未结论")
    return held


def withdraw(person: Person, assessment: Assessment, based_on: int) -> Assessment:
    """Takes back what the bureau has not taken up yet."""
    with refusals_logged(person, "撤回事前评估申请", assessment, assessment.unit.name), transaction.atomic():
        access.require(person, "ask_assessment")
        held = held_row(person, assessment, based_on, [AssessmentState.SUBMITTED])
        changed(person, held, "撤回事前评估申请", {"state": AssessmentState.DRAFT})
    return held


def missing(assessment: Assessment) -> list[str]:
    """What the file still lacks, in Chinese; empty when it may be handed in."""
    policy = policies.on(timezone.localdate(), assessment.region_id)
    lacks = []
    if assessment.amount is None:
        lacks.append("没有填申请年度资金")
    lacks += [f"没有填{label}" for name, label in TEXTS.items() if not getattr(assessment, name)]
    options = list(assessment.options.all())
    least = policy.whole("assessment.least_options")
    whole = [option for option in options if option.name and option.money is not None and option.quantity]
    if len(whole) < least:
        lacks.append(f"比选方案至少 {least} 个（名称、投入、数量、计量单位填全），现有 {len(whole)} 个")
    if sum(option.is_chosen for option in options) != 1:
        lacks.append("请在方案中选定一个推荐方案")
    goal = goal_of(assessment)
    if policy.flag("assessment.needs_goal") and (goal is None or not goal.sheet.get("indicators")):
        lacks.append(f"还没有填 {assessment.fiscal_year} 年绩效目标申报表（草稿即可，要有绩效指标）")
    return lacks


def _own(person: Person, assessment: Assessment, based_on: int) -> Assessment:
    access.require(person, "ask_assessment")
    held = held_row(person, assessment, based_on, EDITABLE)
    if not may_write(person, held):
        raise PermissionDenied("只能填写本单位的事前评估申请")
    return held


def _check_amounts(draft: FileDraft) -> None:
    if len(draft.options) > MOST_OPTIONS:
        raise NotDone(f"比选方案最多 {MOST_OPTIONS} 个", "options")
    for name, label in (("amount", "申请年度资金"), ("whole_amount", "项目总投资")):
        value = getattr(draft, name)
        if value is not None and value <= 0:
            raise NotDone(f"{label}应大于 0", name)
    if draft.amount and draft.whole_amount and draft.whole_amount < draft.amount:
        raise NotDone("项目总投资小于申请年度资金，请核对", "whole_amount")
    for place, option in enumerate(draft.options):
        bad = [value for value in (option.amount, option.quantity) if value is not None and value < 0]
        if bad:
            raise NotDone(f"方案“{option.name}”的投入和数量不能为负", f"options.{place}")


def _check_file(assessment: Assessment, name: str, data: bytes) -> None:
    if why := why_unfit(name, data):
        raise NotDone(why, "file")
    if assessment.materials.count() >= MOST_MATERIALS:
        raise NotDone(f"材料最多 {MOST_MATERIALS} 份，请合并后再传", "file")
