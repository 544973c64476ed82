"""结果应用: what grade, execution, idle money and problems propose for next year's budget (reference §6.1).

下年安排上限 = 本年预算 × (1 + 系数) − 收回, never below 民生保底. Amounts in yuan, results to the fen. Pure:
the numbers come from policy (`terms_of`), and a what-if is the same call with other terms (`changed`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from jiheng.figures import percent, rounded
from jiheng.policy import Policy
from jiheng.sheets import NOT_REPORTED, WAN, Grade, Missing, plain

ZERO = Decimal(0)
HUNDRED = Decimal(100)


class Action(StrEnum):
    """What is proposed for a fund."""

    RAISE = "增加"
    KEEP = "保持"
    CUT = "压减"
    RECOVER = "收回"
    CANCEL = "取消"
    UNKNOWN = "无法测算"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one fund stands. `base` is the budget that is to be changed (本年年初预算); the money of the year
    evaluated is `revised` and `executed`; `carried_twice` was carried over two years running."""

    key: int
    base: Decimal | Missing = NOT_REPORTED
    grade: Grade | None = None
    source: str = ""  # whose grade it is, in words
    score: Decimal | Missing = NOT_REPORTED
    revised: Decimal | Missing = NOT_REPORTED
    executed: Decimal | Missing = NOT_REPORTED
    carried_twice: Decimal = ZERO
    open_problems: int = 0
    overdue_problems: int = 0
    is_livelihood: bool = False
    has_ended: bool = False

    @property
    def idle(self) -> Decimal | Missing:
        """结余: what was budgeted and not spent; Missing where either is."""
        if isinstance(self.revised, Missing):
            return self.revised
        return (
            self.executed if isinstance(self.executed, Missing) else max(self.revised - self.executed, ZERO)
        )

    @property
    def rate(self) -> Decimal | Missing:
        """预算执行率 in percent."""
        return percent(self.executed, self.revised)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The values of policy that a proposal is made by; percentages as typed (15 is 15%)."""

    grade_change: Mapping[Grade, Decimal]
    rising: frozenset[Grade]
    firm: frozenset[Grade]
    most_rise: Decimal
    execution_from: Decimal
    recovers_idle: bool
    recovers_twice_carried: bool
    overdue_cut: Decimal
    livelihood_floor: Decimal


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One line of the explanation: what, how it was reckoned, and the amount that stands after it."""

    label: str
    text: str
    amount: Decimal | Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What is proposed: next year's amount, between which bounds it may be moved to meet a total, and why."""

    key: int
    action: Action
    base: Decimal | Missing
    amount: Decimal | Missing
    low: Decimal = ZERO
    high: Decimal = ZERO
    steps: tuple[Reckoned, ...] = field(default=())

    @property
    def change(self) -> Decimal | Missing:
        """Next year's amount less the base: negative where money is taken away."""
        if isinstance(self.amount, Missing):
            return self.amount
        return self.base if isinstance(self.base, Missing) else self.amount - self.base


def terms_of(policy: Policy) -> Terms:
    """The values in force. Raises PolicyError when one is not."""
    change = policy.table("results.grade_change")
    return Terms(
        grade_change={grade: Decimal(change.get(grade.value, 0)) for grade in Grade},
        rising=frozenset(Grade(word) for word in policy.table("results.rising_grades")),
        firm=frozenset(Grade(word) for word in policy.table("results.firm_grades")),
        most_rise=policy.decimal("results.most_rise"),
        execution_from=policy.decimal("results.execution_from"),
        recovers_idle=policy.flag("results.recovers_idle"),
        recovers_twice_carried=policy.flag("results.recovers_twice_carried"),
        overdue_cut=policy.decimal("results.overdue_cut"),
        livelihood_floor=policy.decimal("results.livelihood_floor"),
    )


def changed(terms: Terms, values: Mapping[str, Decimal | bool]) -> Terms:
    """The terms with some replaced: a name of `Terms`, or `grade_change.优`. KeyError for any other."""
    grades = dict(terms.grade_change)
    others: dict[str, Decimal | bool] = {}
    for name, value in values.items():
        first, _, grade = name.partition(".")
        if first == "grade_change":
            grades[Grade(grade)] = Decimal(value)
        elif first in Terms.__dataclass_fields__:
            others[first] = value
        else:
            raise KeyError(name)
    return replace(terms, grade_change=grades, **others)  # type: ignore[arg-type]


def propose(standing: Standing, terms: Terms) -> Proposed:
    """What the terms make of one fund, step by step. Without a base nothing can be reckoned."""
    base = standing.base
    if isinstance(base, Missing):
        why = Reckoned("本年预算", "没有本年年初预算，无从测算，请先导入预算或逐项决定", base)
        return Proposed(key=standing.key, action=Action.UNKNOWN, base=base, amount=base, steps=(why,))
    if standing.has_ended:
        steps = (_start(base), Reckoned("项目期", "项目期已满，下年不再安排", ZERO))
        return Proposed(key=standing.key, action=Action.CANCEL, base=base, amount=ZERO, steps=steps)
    run = [_start(base)]
    graded = _by_grade(standing, base, terms, run)
    mended = _by_problems(standing, base, graded, terms, run)
    recovered = min(_to_recover(standing, terms, run), mended)
    amount = mended - recovered
    if recovered:
        run.append(Reckoned("收回", f"{_wan(mended)} − {_wan(recovered)} = {_wan(amount)}", amount))
    floor = rounded(base * terms.livelihood_floor / HUNDRED, 2) if standing.is_livelihood else ZERO
    if amount < floor:
        text = f"民生专项不低于本年的 {plain(terms.livelihood_floor)}%：{_wan(base)}×"
        run.append(Reckoned("民生保底", f"{text}{plain(terms.livelihood_floor)}% = {_wan(floor)}", floor))
        amount = floor
    return Proposed(
        key=standing.key,
        action=_action(base, amount, mended),
        base=base,
        amount=amount,
        low=min(floor, amount),
        high=_high(standing, base, amount, recovered, terms),
        steps=tuple(run),
    )


def propose_all(standings: Iterable[Standing], terms: Terms) -> dict[int, Proposed]:
    """`propose` for each, by key."""
    return {standing.key: propose(standing, terms) for standing in standings}


def _start(base: Decimal) -> Reckoned:
    return Reckoned("本年预算", f"本年年初预算 {_wan(base)}", base)


def _by_grade(standing: Standing, base: Decimal, terms: Terms, run: list[Reckoned]) -> Decimal:
    if standing.grade is None:
        run.append(Reckoned("评价等级", "没有评价等级，不因等级调整", base))
        return base
    rate = terms.grade_change[standing.grade]
    amount = max(rounded(base * (HUNDRED + rate) / HUNDRED, 2), ZERO)
    score = "" if isinstance(standing.score, Missing) else f"（{plain(standing.score)} 分）"
    named = f"{standing.source}{score}为{standing.grade.value}"
    how = f"{_wan(base)}×(1{_signed(rate)}%) = {_wan(amount)}" if rate else "不调整"
    run.append(Reckoned("评价等级", f"{named}：{how}", amount))
    return amount


def _by_problems(
    standing: Standing, base: Decimal, amount: Decimal, terms: Terms, run: list[Reckoned]
) -> Decimal:
    if not standing.overdue_problems:
        if standing.open_problems:
            words = f"有 {standing.open_problems} 个问题正在整改，没有逾期，暂不调减"
            run.append(Reckoned("问题整改", words, amount))
        return amount
    cut = rounded(base * terms.overdue_cut / HUNDRED, 2)
    left = max(amount - cut, ZERO)
    words = f"有 {standing.overdue_problems} 个问题逾期未整改：{_wan(amount)} − {_wan(base)}×"
    run.append(Reckoned("问题整改", f"{words}{plain(terms.overdue_cut)}% = {_wan(left)}", left))
    return left


def _to_recover(standing: Standing, terms: Terms, run: list[Reckoned]) -> Decimal:
    """Idle money and money carried twice may be the same money: the larger is recovered, never both."""
    idle, rate, found = standing.idle, standing.rate, ZERO
    if isinstance(rate, Missing) or isinstance(idle, Missing):
        run.append(Reckoned("预算执行", "没有评价年度的预算或支付数据，不收回结余", NOT_REPORTED))
    elif rate >= terms.execution_from or not terms.recovers_idle:
        run.append(Reckoned("预算执行", f"执行率 {plain(rounded(rate, 2))}%，不收回结余", ZERO))
    else:
        found = rounded(idle, 2)
        line = f"执行率 {plain(rounded(rate, 2))}% 低于 {plain(terms.execution_from)}%，"
        run.append(Reckoned("预算执行", f"{line}结余 {_wan(found)}等额收回", found))
    if terms.recovers_twice_carried and standing.carried_twice > found:
        found = rounded(standing.carried_twice, 2)
        run.append(Reckoned("两年结转", f"连续两年结转 {_wan(found)}，作为结余收回", found))
    return found


def _high(standing: Standing, base: Decimal, amount: Decimal, recovered: Decimal, terms: Terms) -> Decimal:
    """How far a total may lift the proposal: not at all where the grade is firm, else up to the base (above
    it only for grades that may rise), less what is recovered."""
    if standing.grade in terms.firm:
        return amount
    rise = terms.most_rise if standing.grade in terms.rising else ZERO
    most = rounded(base * (HUNDRED + rise) / HUNDRED, 2) - recovered
    return max(amount, most)


def _action(base: Decimal, amount: Decimal, before_recovery: Decimal) -> Action:
    if amount == base:
        return Action.KEEP
    if amount > base:
        return Action.RAISE
    if amount == ZERO:
        return Action.CANCEL
    return Action.CUT if before_recovery < base else Action.RECOVER


def action_of(base: Decimal | Missing, amount: Decimal | Missing) -> Action:
    """The kind of change that an amount makes of a base: of a decision, whatever it was reckoned from."""
    if isinstance(base, Missing) or isinstance(amount, Missing):
        return Action.UNKNOWN
    return _action(base, amount, amount)


def _wan(yuan: Decimal) -> str:
    return f"{plain(yuan / WAN)} 万元"


def _signed(rate: Decimal) -> str:
    return f"+{plain(rate)}" if rate > 0 else f"−{plain(-rate)}"
