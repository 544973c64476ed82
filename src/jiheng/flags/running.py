"""A run over a region and year: the same hit again is the same row, with its review kept; what is no longer
hit is marked gone. A flag that crashed or lacked its facts this time says nothing of its earlier hits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from jiheng import policy as policies
from jiheng.flags.gathering import facts_of
from jiheng.flags.models import FlagRun, Hit
from jiheng.flags.workflow import NotDone
from jiheng.policy import Policy
from jiheng.projects import years
from jiheng.projects.models import Fund, Project
from jiheng.rules import redflags
from jiheng.rules.redflags import Ran
from jiheng.units import jobs, log
from jiheng.units.access import region_of, require
from jiheng.units.models import Job, JobState, Person, Region, Unit

Progress = Callable[[int, int, str], None]
STEPS = 2  # beside one a flag: gathering and storing
CHANGING = (
    *("level", "subject", "message", "amount", "evidence", "evidence_hash", "policy_version"),
    *("rule_version", "unit", "fund", "is_present", "last_run", "gone_run", "revision"),
)
VERSION_OF = {flag.code: flag.version for flag in redflags.flags()}


def ask_run(person: Person, fiscal_year: int) -> Job:
    """Leaves a run to the worker; one that waits already is not asked again. Raises PermissionDenied, and
    NotDone for a closed year, whose hits stay as they were found and are still dealt with."""
    require(person, "run_flags")
    region = region_of(person)
    _require_open(person, region, fiscal_year)
    waiting = Job.objects.filter(kind="run_flags", state=JobState.QUEUED, person__region=region)
    for job in waiting:
        if job.params.get("fiscal_year") == fiscal_year:
            return job
    return jobs.enqueue("run_flags", person, fiscal_year=fiscal_year)


def _require_open(person: Person | None, region: Region, fiscal_year: int) -> None:
    if why := years.why_closed(region, fiscal_year):
        log.record(person, "疑点核查被拒绝", region, reason=why)
        raise NotDone(why)


def run_job(job: Job) -> dict[str, Any]:
    """The worker's side of `ask_run` (settings.JOBS)."""
    if job.person is None:
        raise jobs.JobError("任务没有发起人，请重新发起核查")

    def tell(done: int, total: int, words: str) -> None:
        jobs.progress(job, done, total, words)

    person = Person.objects.select_related("region").get(pk=job.person.pk)
    try:
        done = run(person, region_of(person), job.params["fiscal_year"], tell)
    except NotDone as refused:  # the year was closed while it waited
        raise jobs.JobError(refused.message) from refused
    return {"run": done.pk, "fiscal_year": done.fiscal_year, "message": in_words(done)}


def run(
    person: Person | None,
    region: Region,
    fiscal_year: int,
    progress: Progress = lambda done, total, words: None,
    today: date | None = None,
) -> FlagRun:
    """Runs every flag and stores what it says, in one transaction. `person` None is the system itself."""
    if person is not None:
        require(person, "run_flags")
    _require_open(person, region, fiscal_year)
    as_of = min(today or timezone.localdate(), date(fiscal_year, 12, 31))
    policy = policies.on(as_of, region.pk)
    total = len(redflags.flags()) + STEPS
    progress(0, total, "正在取数：登记簿、支付、预算、自评")
    facts = facts_of(region, fiscal_year, policy, as_of)
    ran = redflags.run(facts, policy, progress=lambda done, _, words: progress(done + 1, total, words))
    progress(total - 1, total, "正在与上次的疑点比对")
    with transaction.atomic():
        Region.objects.select_for_update().get(pk=region.pk)
        made = _store(region, fiscal_year, as_of, policy, ran, person)
        log.record(person, "疑点核查", made, after={"年度": fiscal_year, "结果": in_words(made)})
    progress(total, total, in_words(made))
    return made


def _store(
    region: Region, year: int, as_of: date, policy: Policy, ran: Ran, person: Person | None
) -> FlagRun:
    made = FlagRun.objects.create(
        region=region,
        fiscal_year=year,
        person=person,
        at=timezone.now(),
        as_of=as_of,
        policy_version=policy.version,
        faults=[{"code": fault.code, "message": fault.message} for fault in ran.faults],
        left_out={code: list(names) for code, names in ran.left_out.items()},
    )
    before = {(hit.flag, hit.key_hash): hit for hit in Hit.objects.filter(region=region, fiscal_year=year)}
    found, unknown = _hits(made, ran)
    fresh, kept = [], []
    counts: dict[str, int] = {}
    for hit in found:
        counts[hit.flag] = counts.get(hit.flag, 0) + 1
        last = before.pop((hit.flag, hit.key_hash), None)
        if last is None:
            fresh.append(hit)
        else:
            kept.append((last, _taken_over(last, hit)))
    silent = {fault.code for fault in ran.faults} | set(ran.left_out)
    gone = [hit for hit in before.values() if hit.is_present and hit.flag not in silent]
    for hit in gone:
        hit.is_present, hit.gone_run, hit.revision = False, made, hit.revision + 1
    Hit.objects.bulk_create(fresh, batch_size=500)
    Hit.objects.bulk_update([hit for hit, _ in kept], CHANGING, batch_size=200)
    Hit.objects.bulk_update(gone, ["is_present", "gone_run", "revision"], batch_size=500)
    made.counts, made.fresh, made.gone = dict(sorted(counts.items())), len(fresh), len(gone)
    made.changed = sum(1 for _, is_changed in kept if is_changed)
    made.same = len(kept) - made.changed
    made.faults += unknown
    made.save()
    return made


def _taken_over(last: Hit, hit: Hit) -> bool:
    """Puts what the run says now into the row that is there, its review untouched; whether it differs."""
    is_changed = last.evidence_hash != hit.evidence_hash or not last.is_present
    for name in ("level", "subject", "message", "amount", "evidence", "evidence_hash", "policy_version"):
        setattr(last, name, getattr(hit, name))
    last.rule_version, last.unit, last.fund = hit.rule_version, hit.unit, hit.fund
    last.is_present, last.gone_run, last.last_run = True, None, hit.last_run
    last.revision += is_changed
    return is_changed


def _hits(made: FlagRun, ran: Ran) -> tuple[list[Hit], list[dict[str, str]]]:
    """The run's hits as rows; those of a unit that is not there any more are told, not stored."""
    units = {unit.code: unit for unit in Unit.objects.filter(region=made.region_id)}
    projects = Project.objects.filter(region=made.region_id).select_related("fund")
    funds = {project.code: project.fund for project in projects}
    funds |= {fund.code: fund for fund in Fund.objects.filter(region=made.region_id)}
    rows, unknown = [], []
    for hit in ran.hits:
        unit = units.get(hit.unit)
        if unit is None:
            unknown.append({"code": hit.code, "message": f"单位 {hit.unit} 不在系统中：{hit.message}"})
            continue
        rows.append(
            Hit(
                region=made.region,
                fiscal_year=made.fiscal_year,
                flag=hit.code,
                key=hit.key[:300],
                key_hash=hashlib.sha256(hit.key.encode()).hexdigest(),
                unit=unit,
                fund=funds.get(hit.project),
                level=hit.level.value,
                subject=hit.subject[:160],
                message=hit.message,
                amount=hit.amount,
                evidence=[asdict(one) for one in hit.evidence],
                evidence_hash=hit.evidence_hash,
                policy_version=made.policy_version,
                rule_version=VERSION_OF[hit.code],
                first_run=made,
                last_run=made,
            )
        )
    return rows, unknown


def latest(region: Region, fiscal_year: int) -> FlagRun | None:
    """The year's last run, with who asked for it."""
    runs = FlagRun.objects.filter(region=region, fiscal_year=fiscal_year).select_related("person")
    return runs.order_by("-at", "-pk").first()


def unseen(region: Region) -> Q:
    """What the last run of each year was the first to find."""
    runs = FlagRun.objects.filter(region=region).order_by("fiscal_year", "at", "pk")
    return Q(first_run__in={run.fiscal_year: run.pk for run in runs}.values())


def in_words(made: FlagRun) -> str:
    """What came of a run, in one sentence."""
    total = sum(made.counts.values())
    words = (
        f"共 {total} 条疑点：新增 {made.fresh}、有变化 {made.changed}、没有变化 {made.same}；消失 {made.gone}"
    )
    if made.faults:
        words += f"；{len(made.faults)} 处出错"
    return words + (f"；{len(made.left_out)} 类缺少数据未核查" if made.left_out else "")
