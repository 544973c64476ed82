"""From facts to proposals: by the terms of policy, under the plan's constraints; nothing is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from jiheng.results.facts import Subject
from jiheng.results.outcomes import NotDone
from jiheng.scoring.balancing import Movable, Unmet, balance
from jiheng.scoring.results import Action, Proposed, Reckoned, Standing, Terms, action_of, propose
from jiheng.sheets import WAN, Missing, plain

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What all together must keep, in yuan: 参考调整额 of the marked funds, the whole of next year's budget,
    ceilings by division id. `decided` amounts by fund id stay as they are."""

    target: Decimal | None = None
    total: Decimal | None = None
    ceilings: Mapping[int, Decimal] = field(default_factory=dict)
    marked: frozenset[int] = frozenset()
    decided: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(slots=True)
class Tally:
    """Money of some funds, in yuan; only those with a base count in `base`, `amount` and `change`."""

    name: str
    key: int = 0
    count: int = 0
    base: Decimal = ZERO
    amount: Decimal = ZERO
    decided: int = 0
    decided_change: Decimal = ZERO
    marked: int = 0
    marked_change: Decimal = ZERO
    actions: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def change(self) -> Decimal:
        return self.amount - self.base


def reckon(facts: Sequence[tuple[Subject, Standing]], terms: Terms, bounds: Bounds) -> dict[int, Proposed]:
    """The proposals by fund id, each with its steps, that keep the bounds exactly. Raises NotDone with the
    bound that can't be kept as its field (`target`, `total`, `ceilings`)."""
    made = {standing.key: propose(standing, terms) for _, standing in facts}
    divisions = {subject.fund: subject.division for subject, _ in facts}
    made = _to_target(made, bounds)
    return _under_ceilings(made, divisions, bounds)


def _to_target(made: dict[int, Proposed], bounds: Bounds) -> dict[int, Proposed]:
    """The marked funds come to the 参考调整额 together: their base less the target."""
    if bounds.target is None:
        return made
    chosen = [made[key] for key in sorted(bounds.marked) if key in made]
    items = [_movable(item, bounds) for item in chosen if not isinstance(item.amount, Missing)]
    if not items:
        raise NotDone("还没有列入参考调整额的专项：先在清单里勾选并列入，再设参考调整额", "target")
    base = sum((item.base for item in chosen if not isinstance(item.base, Missing)), ZERO)
    try:
        found = balance(items, base - bounds.target)
    except Unmet as unmet:
        reach = f"{_wan(base - unmet.most)} 至 {_wan(base - unmet.least)}"
        raise NotDone(
            f"参考调整额 {_wan(bounds.target)}做不到：列入的 {len(items)} 个专项能调的只有 {reach}。"
            "请调整金额、列入的专项或测算规则",
            "target",
        ) from unmet
    why = f"使列入的 {len(items)} 个专项参考调整额合计 {_wan(bounds.target)}"
    return made | {key: _moved(made[key], amount, "参考调整额", why) for key, amount in found.items()}


def _under_ceilings(
    made: dict[int, Proposed], divisions: Mapping[int, int], bounds: Bounds
) -> dict[int, Proposed]:
    if bounds.total is None and not bounds.ceilings:
        return made
    items = []
    for key, item in made.items():
        if isinstance(item.amount, Missing):
            continue
        movable = _movable(item, bounds, divisions[key])
        if bounds.target is not None and key in bounds.marked:  # stays as the target made it
            movable = replace(movable, low=movable.amount, high=movable.amount)
        items.append(movable)
    try:
        found = balance(items, bounds.total, bounds.ceilings)
    except Unmet as unmet:
        field_name = "total" if unmet.group is None else f"ceiling_{unmet.group}"
        name = "下年预算总额" if unmet.group is None else "股室控制数"
        raise NotDone(f"{name} {unmet}", field_name) from unmet
    why = "为不超过股室控制数" if bounds.total is None else f"为使下年预算合计 {_wan(bounds.total)}"
    return made | {key: _moved(made[key], amount, "总额平衡", why) for key, amount in found.items()}


def _movable(item: Proposed, bounds: Bounds, group: int = 0) -> Movable:
    fixed = bounds.decided.get(item.key)
    if fixed is not None:
        return Movable(key=item.key, amount=fixed, low=fixed, high=fixed, group=group)
    assert not isinstance(item.amount, Missing)
    return Movable(key=item.key, amount=item.amount, low=item.low, high=item.high, group=group)


def _moved(item: Proposed, amount: Decimal, label: str, why: str) -> Proposed:
    if amount == item.amount or isinstance(item.amount, Missing):
        return item
    step = Reckoned(label, f"{why}，由 {_wan(item.amount)}调为 {_wan(amount)}", amount)
    action = action_of(item.base, amount)
    if item.action is Action.RECOVER and action is Action.CUT:
        action = Action.RECOVER
    return replace(item, amount=amount, action=action, steps=(*item.steps, step))


def tallies(
    rows: Iterable[tuple[str, int, Proposed, bool]],
) -> list[Tally]:
    """Sums by name: (name, key, proposal, marked or not), in the order in which names first come."""
    found: dict[int, Tally] = {}
    for name, key, item, is_marked in rows:
        add(found.setdefault(key, Tally(name, key)), item, is_marked=is_marked)
    return list(found.values())


def add(tally: Tally, item: Proposed, *, is_marked: bool) -> None:
    """Counts one proposal in."""
    tally.count += 1
    tally.actions[item.action.value] += 1
    if isinstance(item.amount, Missing) or isinstance(item.base, Missing):
        return
    tally.base += item.base
    tally.amount += item.amount
    if is_marked:
        tally.marked += 1
        tally.marked_change += item.amount - item.base


def _wan(yuan: Decimal) -> str:
    return f"{plain(yuan / WAN)} 万元"
