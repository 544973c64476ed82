"""A total to meet and ceilings to keep, to the fen: every amount moves in proportion to the room it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from jiheng.sheets import WAN, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Movable:
    """An amount in yuan (whole fen) that may be moved between `low` and `high`; `group` has a ceiling or
    not."""

    key: int
    amount: Decimal
    low: Decimal
    high: Decimal
    group: int = 0


class Unmet(Exception):
    """The total or a ceiling can't be kept: `least` and `most` are what can be reached, in yuan; `group` is
    the one whose ceiling is too low, None for the total."""

    def __init__(self, wanted: Decimal, least: Decimal, most: Decimal, group: int | None = None) -> None:
        reach = f"{plain(least / WAN)} 至 {plain(most / WAN)} 万元"
        super().__init__(
            f"{plain(wanted / WAN)} 万元做不到：在民生保底和各项上限之内，合计只能在 {reach}之间"
        )
        self.wanted, self.least, self.most, self.group = wanted, least, most, group


def balance(
    items: Sequence[Movable], total: Decimal | None = None, ceilings: Mapping[int, Decimal] | None = None
) -> dict[int, Decimal]:
    """The amounts by key, each within its bounds, no group above its ceiling, and all together exactly the
    total where one is given. Nothing moves that need not. Raises Unmet."""
    groups: dict[int, list[Movable]] = defaultdict(list)
    for item in items:
        groups[item.group].append(item)
    limits = ceilings or {}
    wholes = [_whole(group, members, limits.get(group)) for group, members in groups.items()]
    wanted = total if total is not None else sum((whole.amount for whole in wholes), Decimal(0))
    shares = spread(wholes, wanted)
    return {
        key: amount
        for group, members in groups.items()
        for key, amount in spread(members, shares[group]).items()
    }


def _whole(group: int, members: Sequence[Movable], ceiling: Decimal | None) -> Movable:
    """A group as one amount, kept under its ceiling."""
    low = sum((item.low for item in members), Decimal(0))
    amount = sum((item.amount for item in members), Decimal(0))
    high = sum((item.high for item in members), Decimal(0))
    if ceiling is not None:
        if ceiling < low:
            raise Unmet(ceiling, low, high, group)
        amount, high = min(amount, ceiling), min(high, ceiling)
    return Movable(key=group, amount=amount, low=low, high=high)


def spread(items: Sequence[Movable], total: Decimal) -> dict[int, Decimal]:
    """The amounts that add up to the total, each within its bounds: what is missing or too much is shared in
    proportion to the room each has, the last fen by the largest remainders. Raises Unmet."""
    low = sum((item.low for item in items), Decimal(0))
    high = sum((item.high for item in items), Decimal(0))
    if not low <= total <= high:
        raise Unmet(total, low, high)
    now = sum((item.amount for item in items), Decimal(0))
    sign = 1 if total >= now else -1
    rooms = [_fen(item.high - item.amount if sign > 0 else item.amount - item.low) for item in items]
    moves = _shares(_fen(abs(total - now)), rooms)
    return {
        item.key: item.amount + sign * Decimal(move).scaleb(-2)
        for item, move in zip(items, moves, strict=True)
    }


def _shares(amount: int, rooms: Sequence[int]) -> list[int]:
    """Whole fen in proportion to the rooms; none above its room, as the amount is not above their sum."""
    whole = sum(rooms)
    if not amount:
        return [0] * len(rooms)
    parts = [divmod(amount * room, whole) for room in rooms]
    shares = [part for part, _ in parts]
    left = amount - sum(shares)
    for place in sorted(range(len(parts)), key=lambda place: -parts[place][1])[:left]:
        shares[place] += 1
    return shares


def _fen(yuan: Decimal) -> int:
    fen = yuan.scaleb(2)
    if fen != fen.to_integral_value():
        raise ValueError(f"{yuan} is no whole number of fen")
    return int(fen)
