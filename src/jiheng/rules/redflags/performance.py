# ruff: noqa: N802 - a flag's number stands in its function's name
"""Performance: praised too much (F13), contracted for less than promised (F14), mended on paper (F16)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from jiheng.policy import Policy
from jiheng.rules.redflags.facts import Facts, Rectified
from jiheng.rules.redflags.flagging import Evidence, Hit, Level, by, flag, percentage, shows
from jiheng.rules.redflags.records import Contract
from jiheng.sheets import Light, Missing, Operator, plain


@flag(
    "F13",
    "自评虚高",
    question="执行率低而自评高分，或监控亮红灯而自评满分吗？",
    guard="执行率按调整后的全年预算算；没有预算、没有得分的不判；监控红灯只看当年最后一次监控",
    needs=("self_scores",),
    kind="管理",
)
def flag_F13(facts: Facts, policy: Policy) -> Iterator[Hit]:
    """A high score on little spending, or full marks after a red light."""
    high, low = (
        policy.decimal("watch.high_score.score_from"),
        policy.decimal("watch.high_score.execution_below"),
    )
    for one in facts.self_scores:
        if isinstance(one.score, Missing):
            continue
        told = []
        if not isinstance(one.execution_rate, Missing) and one.score >= high and one.execution_rate < low:
            told.append(f"预算执行率 {plain(one.execution_rate)}%，自评 {plain(one.score)} 分")
        if one.light == Light.RED and one.score >= 100:
            told.append(f"{one.light_month} 月监控红灯，自评满分")
        if told:
            yield Hit(
                level=Level.HIGH,
                unit=one.unit,
                project=one.fund,
                key=one.key,
                subject=one.name,
                message=f"“{one.name}”{'；'.join(told)}",
                evidence=tuple(shows(one, "score", "execution_rate", "light", "light_month")),
            )


@flag(
    "F14",
    "合同工程量少于绩效目标",
    question="合同约定的工程量合计，明显少于批复的绩效目标值吗？",
    guard="同一指标的几份合同合计再比；计量单位不同的不比；只比越多越好的指标（≥、>、=）；没有写明对应指标的合同不比",
    needs=("targets", "contracts"),
    kind="决策",
)
def flag_F14(facts: Facts, policy: Policy) -> Iterator[Hit]:
    """The contracts of a fund come to less than 90% of the approved quantity."""
    share = policy.decimal("flags.quantity.least_share")
    rising = (Operator.AT_LEAST, Operator.MORE_THAN, Operator.EQUAL)
    written: dict[tuple[str, str, str], list[tuple[Contract, Decimal]]] = {}
    for contract in facts.contracts:
        if contract.indicator and not isinstance(contract.quantity, Missing):
            fund = facts.fund_of.get(contract.project, contract.project)
            same = (fund, contract.indicator, contract.measure)
            written.setdefault(same, []).append((contract, contract.quantity))
    for target in facts.targets:
        found = written.get((target.fund, target.indicator, target.measure), [])
        total = sum((quantity for _, quantity in found), Decimal(0))
        if not found or target.operator not in rising or total * 100 >= target.target * share:
            continue
        yield Hit(
            level=Level.MEDIUM,
            unit=target.unit,
            project=target.fund,
            key=target.key,
            subject=target.indicator,
            message=f"指标“{target.indicator}”目标 {plain(target.target)}{target.measure}，"
            f"{len(found)} 份合同合计 {plain(total)}{target.measure}，只有目标的 "
            f"{percentage(total, target.target)}",
            evidence=(
                *shows(target, "indicator", "operator", "target", "measure"),
                *(row for one, _ in found for row in shows(one, "name", "indicator", "quantity", "measure")),
            ),
        )


@flag(
    "F16",
    "整改虚假销号",
    question="同一份佐证材料用在几个问题上，或材料早于整改要求吗？",
    guard="并入、再现的同一事项不算重复使用；制度文件等可以通用的材料种类不判；没有日期的只比是否重复",
    needs=("rectified",),
    kind="管理",
)
def flag_F16(facts: Facts, policy: Policy) -> Iterator[Hit]:
    """One file as the evidence of several problems, or one that is older than what it answers."""
    common = set(policy.table("flags.evidence.common_kinds"))
    files = [one for one in facts.rectified if one.kind not in common]
    for sha256, rows in by(files, "sha256").items():
        topics = {row.topic or row.problem for row in rows}
        if len(topics) > 1:
            numbers = "、".join(dict.fromkeys(row.problem for row in rows))
            yield _paper(rows, f"重复|{sha256}", f"佐证“{rows[0].name}”同时用于问题 {numbers}", "kind")
    for row in files:
        if row.dated is not None and row.asked is not None and row.dated < row.asked:
            words = f"问题 {row.problem} 的佐证“{row.name}”日期 {row.dated}，早于下达整改的 {row.asked}"
            yield _paper([row], f"早于|{row.key}", words, "dated", "asked")


def _paper(rows: list[Rectified], key: str, words: str, *names: str) -> Hit:
    evidence: list[Evidence] = []
    for row in rows:
        evidence += shows(row, "problem", "name", *names)
    return Hit(
        level=Level.HIGH if len(rows) > 1 else Level.MEDIUM,
        unit=rows[0].unit,
        project=rows[0].fund,
        key=key,
        subject=rows[0].name,
        message=words,
        evidence=tuple(evidence),
    )
