"""Phrases: one printed figure, a comparison, a share. Directions and percentages follow from exact figures.

A phrase of figures that are not there is empty, and whoever joins phrases leaves the empty ones out. Every
figure is computed in full precision and rounded once, when it is printed; an amount that is not 0 never
prints as 0, and a change too small to print is 基本持平.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from jiheng.figures import percent, rounded
from jiheng.policy import Policy
from jiheng.sheets import Missing, plain
from jiheng.wording.facts import Item, Sourced
from jiheng.wording.text import Run

Phrase = tuple[Run, ...]
SCALES = {"元": Decimal(1), "万元": Decimal(10) ** 4, "亿元": Decimal(10) ** 8}
FEN_PLACES = 2  # in 元 a figure is printed to the 分, where it is exact
HUNDRED = Decimal(100)
FINEST = 10  # decimals


def words(text: str) -> Phrase:
    return (Run(text),) if text else ()


def joined(phrases: Iterable[Phrase], mark: str) -> Phrase:
    """The phrases that say something, with a mark between them."""
    found: list[Run] = []
    for phrase in phrases:
        if phrase:
            if found:
                found.append(Run(mark))
            found.extend(phrase)
    return tuple(found)


def led(lead: str, phrase: Phrase, end: str = "") -> Phrase:
    """Words before and after a phrase; nothing where the phrase is empty."""
    return (Run(lead), *phrase, Run(end)) if phrase and end else (Run(lead), *phrase) if phrase else ()


def tally(number: int, source: str) -> Run:
    """How many lines of a list there are."""
    return Run(str(number), Decimal(number), (source,))


def because(item: Item, lead: str = "主要原因是") -> Phrase:
    """The reason that a person gave, as part of a sentence; nothing where nothing moved."""
    return explained(item.reason, lead) if item.has_moved else ()


def explained(reason: str, lead: str) -> Phrase:
    """A person's words after their lead, without a second lead and without stops at the end."""
    said = reason.strip().rstrip("。；，;,. ").removeprefix("主要原因是").removeprefix("主要是")
    return words(f"{lead}{said}") if said else ()


@dataclass(frozen=True, slots=True)
class Style:
    """How figures are printed: one unit and its decimals for a whole document."""

    unit: str
    places: int
    percent_places: int

    @classmethod
    def of(cls, policy: Policy) -> Style:
        """As policy has it (wording.figures)."""
        value = policy.table("wording.figures")
        places = max(int(value["places"]), FEN_PLACES if value["money"] == "元" else 0)
        return cls(str(value["money"]), places, int(value["percent_places"]))

    def money(self, figure: Sourced) -> Phrase:
        """171.46万元; 0万元."""
        if figure.known is None:
            return ()
        return (self._money(figure.known, (figure.source,)),)

    def sum_of(self, figures: Sequence[Sourced]) -> Phrase:
        """What the amounts add up to; nothing where one is missing."""
        known = [figure.known for figure in figures if figure.known is not None]
        if not figures or len(known) < len(figures):
            return ()
        return (self._money(sum(known, Decimal(0)), tuple(figure.source for figure in figures), "合计"),)

    def told(self, label: str, figure: Sourced) -> Phrase:
        """公务接待费8.00万元; 结算补助收入为-8.00万元, so that the sign is read as one."""
        is_negative = figure.known is not None and figure.known < 0
        return led(f"{label}为" if is_negative else label, self.money(figure))

    def plain_money(self, figure: Sourced) -> Run:
        """The amount without its unit, for a table's cell; empty where it is missing."""
        if figure.known is None:
            return Run("")
        printed = _printed(figure.known / SCALES[self.unit], self.places)
        return Run(printed, figure.known, (figure.source,))

    def count(self, figure: Sourced, measure: str) -> Phrase:
        """12个."""
        if figure.known is None:
            return ()
        return Run(_count(figure.known), figure.known, (figure.source,)), Run(measure)

    def score(self, figure: Sourced) -> Phrase:
        """86.50, as it was decided."""
        return () if figure.known is None else (Run(plain(figure.known), figure.known, (figure.source,)),)

    def change(self, now: Sourced, base: Sourced, against: str, *, show: bool = True) -> Phrase:
        """比上年决算数180.00万元减少8.54万元，下降4.74%; 与上年决算数持平.

        Without a percentage where the base is 0 or negative; `show` False leaves the base's own figure out.
        """
        if now.known is None or base.known is None:
            return ()
        gap = now.known - base.known
        if not gap:
            return words(f"与{against}持平")
        if not rounded(gap / SCALES[self.unit], self.places):
            return words(f"与{against}基本持平")
        both = (now.source, base.source)
        found = [Run(f"比{against}")]
        if show and base.known > 0:
            found += self.money(base)
        found += [Run("增加" if gap > 0 else "减少"), self._money(abs(gap), both, "差额")]
        if base.known > 0:
            found += [Run("，"), *self._rate(gap, base.known, both)]
        if show and base.known < 0:
            found += [*led(f"（{against}", self.told("", base)), Run("）")]
        return tuple(found)

    def _rate(self, gap: Decimal, base: Decimal, sources: tuple[str, ...]) -> Phrase:
        """增长12.50%; 增幅不足0.01% where it would print as 0."""
        rate = abs(gap) / base * HUNDRED
        if not rounded(rate, self.percent_places):
            least = Decimal(1).scaleb(-self.percent_places)
            return words(f"{'增' if gap > 0 else '降'}幅不足{least}%")
        return Run("增长" if gap > 0 else "下降"), self._percent(rate, sources, "增减率")

    def against_last(self, item: Item, name: str = "上年决算数") -> Phrase:
        """The comparison with last year; 上年无此项 where last year had nothing."""
        if item.last.known == 0 and item.final.known:
            return words("上年无此项")
        return self.change(item.final, item.last, name)

    def against_budget(self, item: Item, name: str = "预算数") -> Phrase:
        """The comparison with the budget; 年初没有安排预算 where it was 0."""
        if item.budget.known == 0 and item.final.known:
            return words("年初没有安排预算")
        return self.change(item.final, item.budget, name)

    def share(self, part: Sourced, whole: Sourced, lead: str) -> Phrase:
        """占本年收入合计的86.50%. Nothing where the whole is not above 0 or the part is below."""
        rate = _ratio(part, whole)
        if rate is None:
            return ()
        return Run(lead), self._percent(rate, (part.source, whole.source), "占比")

    def completion(self, item: Item, lead: str = "完成年初预算的") -> Phrase:
        """完成年初预算的96.20%."""
        rate = _ratio(item.final, item.budget)
        if rate is None:
            return ()
        return Run(lead), self._percent(rate, (item.final.source, item.budget.source), "完成率")

    def _money(self, yuan: Decimal, sources: tuple[str, ...], how: str = "") -> Run:
        return Run(_printed(yuan / SCALES[self.unit], self.places) + self.unit, yuan, sources, how)

    def _percent(self, rate: Decimal, sources: tuple[str, ...], how: str) -> Run:
        whole = rate == rate.to_integral_value()
        printed = _count(rate) if whole and rate in (0, 100) else _printed(rate, self.percent_places)
        return Run(f"{printed}%", rate, sources, how)


def _ratio(part: Sourced, whole: Sourced) -> Decimal | None:
    if part.known is None or whole.known is None or part.known < 0 or whole.known <= 0:
        return None
    rate = percent(part.known, whole.known)
    return None if isinstance(rate, Missing) else rate


def _printed(value: Decimal, places: int) -> str:
    """Rounded once; with more decimals where it would look like nothing."""
    if not value:
        return "0"
    found = rounded(value, places)
    while not found and places < FINEST:
        places += 1
        found = rounded(value, places)
    return format(found, "f")


def _count(value: Decimal) -> str:
    return format(value.normalize(), "f")
