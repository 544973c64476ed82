"""三公 in the ledger: the year's payments for receptions, cars and journeys abroad come to a round sum.

What a unit pays in all, and in which month, stays as it was: the difference moves to its office costs.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Any

from jiheng.demo.places import WAN, District, read
from jiheng.ledger.models import Entry

FEN, HUNDRED = Decimal("0.01"), Decimal(100)
OFFICE, TRAVEL, ABROAD = "30201", "30211", "30212"
RECEPTION, CARS = "30217", "30231"
ONE_JOURNEY = WAN
JOURNEY_MONTHS = (4, 5, 6, 9, 10)


@functools.cache
def figures() -> dict[str, Any]:
    """What the district's accounts are made from, read once."""
    return read("accounts.yaml")


def settle(district: District, entries: Sequence[Entry]) -> None:
    """Changes the amounts in place, before they are stored."""
    wanted = figures()["three_public"]
    by_code: dict[tuple[int, str], list[Entry]] = defaultdict(list)
    office: dict[tuple[int, int, int], Entry] = {}
    for entry in entries:
        if entry.fund_id is None:
            by_code[entry.fiscal_year, entry.economic_code].append(entry)
            if entry.economic_code == OFFICE:
                office[entry.unit_id, entry.fiscal_year, entry.dated.month] = entry
    for year, codes in wanted.items():
        for code in (RECEPTION, CARS):
            _share(by_code[year, code], codes[code] * WAN, office)
        _journeys(district, by_code[year, TRAVEL], codes[ABROAD], office)


def _share(entries: Sequence[Entry], total: Decimal, office: Mapping[tuple[int, int, int], Entry]) -> None:
    """Units keep their shares of a total, in whole hundreds of yuan; within a unit the months keep theirs."""
    of_unit: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        of_unit[entry.unit_id].append(entry)
    sums = {unit: sum((one.amount for one in found), Decimal(0)) for unit, found in of_unit.items()}
    for unit, share in apportioned(sums, total).items():
        left, before = share, sums[unit]
        for place, entry in enumerate(of_unit[unit], 1):
            is_last = place == len(of_unit[unit])
            amount = left if is_last else (share * entry.amount / before).quantize(FEN, ROUND_DOWN)
            left -= amount
            _pay(entry, amount, office)


def apportioned(weights: Mapping[int, Decimal], total: Decimal) -> dict[int, Decimal]:
    """A total in whole hundreds of yuan, by weights; what is left over goes to the heaviest."""
    whole = sum(weights.values(), Decimal(0))
    shares = {
        key: (total * weight / whole / HUNDRED).quantize(Decimal(1), ROUND_DOWN) * HUNDRED
        for key, weight in weights.items()
    }
    heaviest = max(weights, key=lambda key: (weights[key], key))
    shares[heaviest] += total - sum(shares.values(), Decimal(0))
    return shares


def _journeys(
    district: District, travels: Sequence[Entry], wan: int, office: Mapping[tuple[int, int, int], Entry]
) -> None:
    """So many 万元 of journeys abroad, one a payment, in place of a journey at home."""
    units = {unit.code: unit.pk for unit in district.units}
    who = [units[code] for code in figures()["abroad"]]
    for number in range(wan):
        month = JOURNEY_MONTHS[number % len(JOURNEY_MONTHS)]
        unit = who[number % len(who)]
        entry = next(one for one in travels if one.unit_id == unit and one.dated.month == month)
        _pay(entry, ONE_JOURNEY, office)
        entry.economic_code, entry.summary = ABROAD, "因公出国（境）费用"


def _pay(entry: Entry, amount: Decimal, office: Mapping[tuple[int, int, int], Entry]) -> None:
    balance = office[entry.unit_id, entry.fiscal_year, entry.dated.month]
    balance.amount += entry.amount - amount
    entry.amount = amount
