"""结果应用: proposed, decided with reasons, applied once.

Every verb checks access, then state and revision, then changes and logs, in one transaction; a refusal is
logged too. They raise PermissionDenied, Http404 for strangers, `NotDone`. Amounts in yuan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from jiheng import policy as policies
from jiheng.figures import rounded
from jiheng.projects import years
from jiheng.results.access import plan_for
from jiheng.results.facts import IN_DEPTH, gather
from jiheng.results.models import Ceiling, Plan, PlanState, Proposal
from jiheng.results.outcomes import NotDone, refusals_logged
from jiheng.results.reckoning import Bounds, reckon
from jiheng.results.storing import store
from jiheng.scoring.results import action_of, terms_of
from jiheng.sheets import WAN, Missing, plain
from jiheng.units import jobs, log
from jiheng.units.access import region_of, require
from jiheng.units.models import Division, Job, Person, Region

SHOWN = 5


def ask_to_propose(person: Person, score_year: int) -> Job:
    """Leaves the reckoning to the worker."""
    require(person, "decide_results")
    return jobs.enqueue("propose_results", person, score_year=score_year)


def propose_job(job: Job) -> dict[str, Any]:
    """The worker's part: the plan is made whole or not at all."""
    assert job.person is not None
    jobs.progress(job, 0, 0, "正在汇集预算、支付、评价和问题")
    try:
        plan = propose(job.person, int(job.params["score_year"]))
    except NotDone as refused:
        raise jobs.JobError(refused.message) from refused
    count = plan.proposals.count()
    return {"plan": plan.pk, "message": f"{plan}：{count} 个专项已测算"}


def propose(person: Person, score_year: int) -> Plan:
    """测算: a proposal for every fund from the results of a year. Asked for again, what was decided stays and
    the rest is reckoned anew."""
    require(person, "decide_results")
    region = region_of(person)
    after = policies.on(timezone.localdate(), region.pk).whole("results.budget_year_after")
    plan = Plan.objects.filter(region=region, score_year=score_year).first() or Plan(
        region=region, score_year=score_year, budget_year=score_year + after
    )
    with refusals_logged(person, "测算结果应用", plan), transaction.atomic():
        Region.objects.select_for_update().get(pk=region.pk)  # two at once wait here
        _require_open(plan)
        count = _reckon_and_keep(person, plan)
        log.record(person, "测算结果应用", plan, after={"专项": count, **_constraints(plan)})
    return plan


def constrain(
    person: Person,
    plan: Plan,
    based_on: int,
    *,
    target: Decimal | None,
    total: Decimal | None,
    ceilings: Mapping[int, Decimal],
) -> Plan:
    """约束: 参考调整额 of the marked funds, the whole budget, ceilings by division id; then reckons anew.
    What can't be kept is refused with what can."""
    with refusals_logged(person, "设定约束", plan), transaction.atomic():
        held = _held(person, plan, based_on)
        before = _constraints(held)
        mine = Division.objects.filter(region=held.region_id, pk__in=list(ceilings))
        held.target, held.total = target, total
        held.save()
        held.ceilings.all().delete()
        Ceiling.objects.bulk_create(
            Ceiling(plan=held, division=division, amount=ceilings[division.pk]) for division in mine
        )
        _reckon_and_keep(person, held)
        log.record(person, "设定约束", held, before=before, after=_constraints(held))
    return held


def mark(person: Person, plan: Plan, based_on: int, pks: Sequence[int], *, is_marked: bool) -> int:
    """列入 or 移出参考调整额; a target that stood is met anew. Returns how many changed."""
    action = "列入参考调整额" if is_marked else "移出参考调整额"
    with refusals_logged(person, action, plan), transaction.atomic():
        held = _held(person, plan, based_on)
        rows = held.proposals.filter(pk__in=list(pks), is_marked=not is_marked)
        names = list(rows.values_list("fund__name", flat=True))
        count = rows.update(is_marked=is_marked)
        if not count:
            raise NotDone("没有要改动的专项，请先勾选")
        if held.target is not None:
            _reckon_and_keep(person, held)
        else:
            _count_up(held)
        log.record(person, action, held, after={"专项": names[:50], "个数": count})
    return count


def decide(
    person: Person, proposal: Proposal, based_on: int, amount: Decimal | None, reason: str
) -> Proposal:
    """决定: next year's amount (None: as proposed), with a reason."""
    with refusals_logged(person, "决定结果应用", proposal), transaction.atomic():
        held = _held_proposal(person, proposal, based_on)
        if held.decided is not None:
            raise NotDone("这个专项已经决定过，要改请先撤销决定并写明理由")
        if not reason.strip():
            raise NotDone("决定必须写明理由", "reason")
        wanted = held.amount if amount is None else amount
        if wanted is None:
            raise NotDone("这个专项无法测算，请填写决定的下年预算", "amount")
        if wanted < 0 or rounded(wanted, 2) != wanted:
            raise NotDone("下年预算应为不小于 0 的金额，最多精确到分", "amount")
        held.decided, held.reason = wanted, reason.strip()
        held.decision = action_of(_known(held.base), wanted).value
        held.decided_by, held.decided_at = person, timezone.now()
        held.revision += 1
        held.save()
        log.record(
            person,
            "决定结果应用",
            held,
            before={"建议": held.action, "建议下年预算": held.amount},
            after={"决定": held.decision, "决定下年预算": wanted},
            reason=held.reason,
            unit_name=held.unit.name,
        )
    return held


def decide_many(person: Person, plan: Plan, pks: Iterable[int] | None, reason: str) -> tuple[int, int]:
    """采纳建议: all that are chosen (None: all not decided yet) as proposed, for one reason. Returns how many
    were decided, and how many were not: decided before, or without a proposal."""
    with refusals_logged(person, "批量决定结果应用", plan), transaction.atomic():
        held = _held(person, plan, None)
        if not reason.strip():
            raise NotDone("决定必须写明理由", "reason")
        chosen = held.proposals.all() if pks is None else held.proposals.filter(pk__in=list(pks))
        asked = chosen.count()
        open_ones = chosen.filter(decided__isnull=True, amount__isnull=False)
        rows = list(open_ones.select_related("fund", "unit", "plan").defer("steps"))
        if not rows:
            raise NotDone("没有可以决定的专项：所选的都已决定，或无法测算")
        count = Proposal.objects.filter(pk__in=[row.pk for row in rows] if pks is not None else open_ones)
        done = count.update(
            decided=F("amount"),
            decision=F("action"),
            reason=reason.strip(),
            decided_by=person,
            decided_at=timezone.now(),
            revision=F("revision") + 1,
        )
        log.record_many(
            person,
            [
                log.LogDraft(
                    action="决定结果应用",
                    subject=row,
                    after={"决定": row.action, "决定下年预算": row.amount},
                    reason=reason.strip(),
                    unit_name=row.unit.name,
                )
                for row in rows
            ],
        )
    return done, (asked - done if pks is not None else 0)


def revoke(person: Person, proposal: Proposal, based_on: int, reason: str) -> Proposal:
    """撤销决定, with a reason, before the plan is applied."""
    with refusals_logged(person, "撤销决定", proposal), transaction.atomic():
        held = _held_proposal(person, proposal, based_on)
        if held.decided is None:
            raise NotDone("这个专项还没有决定，不用撤销")
        if not reason.strip():
            raise NotDone("撤销决定必须写明理由", "reason")
        before = {"决定": held.decision, "决定下年预算": held.decided, "决定理由": held.reason}
        held.decided = held.decided_by = held.decided_at = None
        held.decision = held.reason = ""
        held.revision += 1
        held.save()
        log.record(person, "撤销决定", held, before=before, reason=reason.strip(), unit_name=held.unit.name)
    return held


def apply(person: Person, plan: Plan, based_on: int, document: str) -> Plan:
    """应用: the decisions go into next year's budget, by the document named; once. Refused while a fund is
    undecided, or where the decisions don't keep the constraints to the fen."""
    with refusals_logged(person, "应用评价结果", plan), transaction.atomic():
        held = _held(person, plan, based_on)
        if not document.strip():
            raise NotDone("请填写印发结果应用方案的文号", "document")
        waiting = held.proposals.filter(decided__isnull=True)
        if count := waiting.count():
            names = "、".join(waiting.values_list("fund__name", flat=True)[:SHOWN])
            raise NotDone(f"还有 {count} 个专项没有决定：{names}{'等' if count > SHOWN else ''}")
        _require_kept(held)
        held.state, held.document = PlanState.APPLIED, document.strip()
        held.applied_by, held.applied_at = person, timezone.now()
        _count_up(held)
        log.record(
            person,
            "应用评价结果",
            held,
            before={"状态": PlanState.OPEN.label},
            after={"状态": held.get_state_display(), "文号": held.document, **_constraints(held)},
        )
    return held


# ── what the verbs share ──────────────────────────────────────────────────────────────────────────────


def bounds_of(plan: Plan) -> Bounds:
    """The plan's constraints, and the amounts that stand."""
    rows = plan.proposals.values_list("fund", "is_marked", "decided") if plan.pk else []
    return Bounds(
        target=plan.target,
        total=plan.total,
        ceilings=dict(plan.ceilings.values_list("division", "amount")) if plan.pk else {},
        marked=frozenset(fund for fund, is_marked, _ in rows if is_marked),
        decided={fund: amount for fund, _, amount in rows if amount is not None},
    )


def _reckon_and_keep(person: Person, plan: Plan) -> int:
    """Makes the proposals of all that are not decided, in the place of those there were."""
    policy = policies.on(timezone.localdate(), plan.region_id)
    facts = gather(plan.region, plan.score_year, plan.budget_year)
    if not facts:
        raise NotDone(f"{plan.base_year} 年没有专项资金，无从测算")
    is_new = plan.pk is None
    bounds = bounds_of(plan)
    made = reckon(facts, terms_of(policy), bounds)
    plan.policy_date, plan.policy_version = policy.date, policy.version
    plan.proposed_by, plan.proposed_at = person, timezone.now()
    _count_up(plan)
    plan.proposals.filter(decided__isnull=True).delete()
    rows = [
        (
            subject,
            standing,
            made[subject.fund],
            standing.source in IN_DEPTH if is_new else subject.fund in bounds.marked,
        )
        for subject, standing in facts
        if subject.fund not in bounds.decided
    ]
    return store(plan, rows)


def _require_kept(plan: Plan) -> None:
    """The decisions keep what was constrained, exactly."""
    rows = plan.proposals.filter(base__isnull=False)
    if plan.target is not None:
        sums = rows.filter(is_marked=True).aggregate(base=Sum("base"), decided=Sum("decided"))
        adjusted = (sums["base"] or Decimal(0)) - (sums["decided"] or Decimal(0))
        if adjusted != plan.target:
            raise NotDone(f"列入专项决定的参考调整额是 {_wan(adjusted)}，不等于目标 {_wan(plan.target)}")
    whole = plan.proposals.aggregate(decided=Sum("decided"))["decided"] or Decimal(0)
    if plan.total is not None and whole != plan.total:
        raise NotDone(f"决定的下年预算合计 {_wan(whole)}，不等于总额 {_wan(plan.total)}")
    by_division = plan.proposals.order_by().values_list("unit__department__division")
    sums_of = dict(by_division.annotate(Sum("decided")))
    for ceiling in plan.ceilings.select_related("division"):
        decided = sums_of.get(ceiling.division_id) or Decimal(0)
        if decided > ceiling.amount:
            more = f"超过控制数 {_wan(ceiling.amount)}"
            raise NotDone(f"{ceiling.division.name}决定的下年预算合计 {_wan(decided)}，{more}")


def _require_open(plan: Plan) -> None:
    if plan.state == PlanState.APPLIED:
        when = timezone.localdate(plan.applied_at) if plan.applied_at else ""
        raise NotDone(f"“{plan}”已于 {when} 应用（{plan.document}），同一结果不能再次应用或改动")
    if why := years.why_closed(plan.region_id, plan.score_year):
        raise NotDone(why)


def _held(person: Person, plan: Plan, based_on: int | None) -> Plan:
    plan_for(person, plan.pk)
    require(person, "decide_results")
    Plan.objects.select_for_update().get(pk=plan.pk)
    held = Plan.objects.select_related("region").get(pk=plan.pk)
    _require_open(held)
    if based_on is not None and held.revision != based_on:
        raise NotDone("方案在您打开之后已被他人改动，您的操作没有保存；请刷新后对照最新情况重新办理")
    return held


def _held_proposal(person: Person, proposal: Proposal, based_on: int) -> Proposal:
    _held(person, proposal.plan, None)
    held = (
        Proposal.objects.select_for_update(of=("self",))
        .select_related("plan", "fund", "unit")
        .get(pk=proposal.pk)
    )
    if held.revision != based_on:
        raise NotDone("这项建议在您打开之后已被他人办理，您的操作没有保存；请对照最新情况后重新办理")
    return held


def _count_up(plan: Plan) -> None:
    plan.revision += 1
    plan.save()


def _constraints(plan: Plan) -> dict[str, Any]:
    ceilings = plan.ceilings.select_related("division") if plan.pk else []
    return {
        "参考调整额目标": plan.target,
        "下年预算总额": plan.total,
        "股室控制数": {ceiling.division.name: ceiling.amount for ceiling in ceilings},
    }


def _known(amount: Decimal | None) -> Decimal | Missing:
    return Missing() if amount is None else amount


def _wan(yuan: Decimal) -> str:
    return f"{plain(yuan / WAN)} 万元"
