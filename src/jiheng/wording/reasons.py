"""Where a person is asked why a figure moved: beyond the bounds of policy, and nothing said yet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from jiheng.figures import percent
from jiheng.policy import Policy
from jiheng.sheets import WAN, Missing
from jiheng.wording.facts import Debt, Department, Facts, Item, Performance, Split, Transfers
from jiheng.wording.phrases import Style, joined
from jiheng.wording.text import Run

_FIGURE = re.compile(
    r"\d[\d.,，]*\s?(?:[十百千]?[万亿]+元?|元|[%％]|个百分点)"
    r"|百分之[一二三四五六七八九十百零〇点]+|[一二三四五六七八九十百千零〇两]+(?:[万亿]+元?|元)"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A reason to ask of a person. `key` is the item's, `question` a Chinese sentence with both figures."""

    key: str
    label: str
    question: str


def reasons_needed(facts: Facts, policy: Policy) -> tuple[Asked, ...]:
    """The items that moved beyond wording.reasons and have no reason, in their order (财预〔2016〕143号)."""
    return tuple(_needed(facts, policy))


def typed_figures(facts: Facts) -> tuple[Asked, ...]:
    """Reasons with amounts or rates of their own, which no table vouches for: a person looks at them."""
    found = []
    for item in _explained(facts):
        typed = figures_in(item.reason)
        if typed:
            said = f"{item.label}的原因里写了“{'”“'.join(typed)}”，这些数不是从表里取的，请核对"
            found.append(Asked(item.key, item.label, said))
    return tuple(found)


def figures_in(reason: str) -> tuple[str, ...]:
    """Amounts and rates typed into a person's words: 3.5万元, 百分之十."""
    return tuple(_FIGURE.findall(reason))


def _needed(facts: Facts, policy: Policy) -> Iterator[Asked]:
    style = Style.of(policy)
    if isinstance(facts, Debt):
        more, repaid = facts.refinancing, facts.repaid.total.known
        if (
            more.total.known is not None
            and repaid is not None
            and more.total.known > repaid
            and not more.reason
        ):
            yield Asked(
                more.key, more.label, "再融资债券大于当年还本，请写明原因（特殊再融资、置换存量债务等）"
            )
        return
    for item in _items(facts):
        bounds = policy.table(f"wording.reasons.{_path(facts, item)}")
        if not item.reason.strip() and _has_moved(item, bounds):
            change = "".join(run.text for run in _told(item, style))
            yield Asked(item.key, item.label, f"{item.label}{change}，请写明增减变化的主要原因")


def _told(item: Item, style: Style) -> tuple[Run, ...]:
    return joined([style.money(item.final), style.against_last(item)], "，")


def _has_moved(item: Item, bounds: dict[str, Decimal | int]) -> bool:
    now, last = item.final.known, item.last.known
    if now is None or last is None or now == last:
        return False
    if abs(now - last) < Decimal(bounds["amount"]) * WAN:
        return False
    rate = percent(abs(now - last), abs(last))
    return isinstance(rate, Missing) or rate >= Decimal(bounds["percent"])


def _path(facts: Facts, item: Item) -> str:
    """By whose bounds: 三公 of a department is asked about as the region's is."""
    if isinstance(facts, Department) and item not in facts.three_public.items():
        return "department"
    return "transfers" if isinstance(facts, Transfers) else "three_public"


def _explained(facts: Facts) -> tuple[Item | Split, ...]:
    return (facts.refinancing,) if isinstance(facts, Debt) else _items(facts)


def _items(facts: Facts) -> tuple[Item, ...]:
    return () if isinstance(facts, Debt | Performance) else facts.items()
