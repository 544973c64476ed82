"""Evidence files: what may come in, and what is odd about one (reference F16: 虚假销号).

A file is not refused for being old or used before, as a lost paper may turn up: it is noticed and shown, and
whoever closes the problem has seen it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Min
from django.utils import timezone

from jiheng import policy as policies
from jiheng.documents.archive import DocumentError
from jiheng.documents.dating import made_on
from jiheng.findings.models import Evidence, Problem, Reply
from jiheng.findings.outcomes import NotDone
from jiheng.units import access
from jiheng.units.models import Person, Upload
from jiheng.units.receiving import keep, why_unfit

MOST_FILES = 40  # of one problem


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceDraft:
    """A file and what a person says of it; `dated` is the day written on it."""

    file_name: str
    data: bytes
    name: str = ""
    kind: str
    page: str = ""
    dated: date | None = None


def add(person: Person, problem: Problem, reply: Reply | None, draft: EvidenceDraft) -> Evidence:
    """Keeps a file for a problem, inside the verb's transaction. Raises NotDone (field "file" or "kind")."""
    made = _checked(problem, draft)
    sha256 = hashlib.sha256(draft.data).hexdigest()
    there = Evidence.objects.filter(problem=problem, sha256=sha256).first()
    if there is not None:
        raise NotDone(f"“{draft.file_name}”与本问题已有的“{there.name}”内容完全相同，不必再传", "file")
    return Evidence.objects.create(
        problem=problem,
        reply=reply,
        upload=keep(person, draft.file_name, draft.data),
        sha256=sha256,
        name=(draft.name.strip() or draft.file_name.rpartition(".")[0])[:160],
        kind=draft.kind,
        page=draft.page.strip()[:40],
        dated=draft.dated,
        made_on=made,
        person=person,
        at=timezone.now(),
    )


def _checked(problem: Problem, draft: EvidenceDraft) -> date | None:
    name, data, today = draft.file_name, draft.data, timezone.localdate()
    if why := why_unfit(name, data):
        raise NotDone(why, "file")
    kinds = policies.on(today, problem.region_id).table("problems.evidence_kinds")
    if draft.kind not in kinds:
        raise NotDone(f"请选择材料种类（{'、'.join(kinds)}）", "kind")
    if draft.dated is not None and draft.dated > today:
        raise NotDone(f"材料日期 {draft.dated} 晚于今天，请核对", "dated")
    if Evidence.objects.filter(problem=problem).count() >= MOST_FILES:
        raise NotDone(f"一个问题最多 {MOST_FILES} 份材料，请合并后再传", "file")
    try:
        return made_on(data, name)
    except DocumentError as error:
        raise NotDone(str(error), "file") from error


def doubts(person: Person, problem: Problem, items: Iterable[Evidence]) -> dict[int, list[str]]:
    """What is odd about each file handed in for a problem, by its key: used for another problem, or older
    than the requirement it is to meet. Two queries; names no problem that the person does not see."""
    items = [item for item in items if item.reply_id is not None]
    said: dict[int, list[str]] = defaultdict(list)
    if not items:
        return said
    hashes = {item.sha256 for item in items}
    since = timezone.localdate(problem.issued_at) if problem.issued_at else None
    uses = _other_uses(person, problem, hashes)
    first = _first_uploads(problem, hashes)
    for item in items:
        said[item.pk] += uses.get(item.sha256, [])
        if since is None:
            continue
        if item.dated is not None and item.dated < since:
            said[item.pk].append(f"材料日期 {item.dated} 早于下达日 {since}")
        if item.made_on is not None and item.made_on < since:
            said[item.pk].append(f"文件生成或修改日期 {item.made_on} 早于下达日 {since}")
        if first[item.sha256] < since:
            said[item.pk].append(f"同一文件 {first[item.sha256]} 已上传过，早于下达日 {since}")
    return {pk: words for pk, words in said.items() if words}


def _other_uses(person: Person, problem: Problem, hashes: set[str]) -> dict[str, list[str]]:
    rows = Evidence.objects.filter(sha256__in=hashes, problem__region=problem.region_id)
    rows = rows.exclude(problem=problem).select_related("problem").order_by("problem__number")
    seen = set(access.units_for(person).values_list("pk", flat=True))
    is_inside = person.role in access.BUREAU
    said: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        is_shown = row.problem.unit_id in seen and (is_inside or row.problem.issued_at is not None)
        which = f"问题 {row.problem.number}" if is_shown else "其他单位的问题"
        words = f"同一文件已用于{which}"
        if words not in said[row.sha256]:
            said[row.sha256].append(words)
    return said


def _first_uploads(problem: Problem, hashes: set[str]) -> dict[str, date]:
    rows = Upload.objects.filter(region_code=problem.region_id, sha256__in=hashes).order_by()
    return {
        sha256: timezone.localdate(at) for sha256, at in rows.values_list("sha256").annotate(first=Min("at"))
    }
