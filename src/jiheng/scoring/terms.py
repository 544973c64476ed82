"""What scoring needs of a policy, read once a policy and not once a line: 37,000 projects pay for it once."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from decimal import Decimal

from jiheng.policy import Policy
from jiheng.sheets import Band, Grade, Light


@dataclass(frozen=True, slots=True)
class BandRange:
    """A qualitative band's share of the weight in %, and which ends belong to it."""

    lower: Decimal
    lower_included: bool
    upper: Decimal
    upper_included: bool

    def holds(self, score: Decimal, weight: Decimal) -> bool:
        part, low, high = score * 100, self.lower * weight, self.upper * weight
        above = part >= low if self.lower_included else part > low
        return above and (part <= high if self.upper_included else part < high)

    def in_words(self, weight: Decimal) -> str:
        left, right = "[" if self.lower_included else "(", "]" if self.upper_included else ")"
        low, high = (format(end * weight / 100, ".2f") for end in (self.lower, self.upper))
        return f"{left}{low}, {high}{right}"


@dataclass(frozen=True, slots=True)
class Terms:
    """The values of `scoring.*` and `grades.*` in force."""

    places: int
    full_total: Decimal
    execution_weight: Decimal
    zero_budget: str
    zero_target: str
    negative: str
    equality: str
    satisfaction_bands: tuple[tuple[Decimal, Decimal], ...]  # from the highest down; empty: scored as S2
    bands: dict[Band, BandRange]
    over_from: Decimal
    unverifiable: Decimal
    indicator_below: Decimal
    execution_below: Decimal
    grades: tuple[tuple[Decimal, Grade], ...]
    version: str


@functools.lru_cache(maxsize=128)
def terms_of(policy: Policy) -> Terms:
    """Raises PolicyError when a value is not in force on the policy's date."""
    bands: tuple[tuple[Decimal, Decimal], ...] = ()
    if policy.text("scoring.satisfaction.method") == "bands":
        rows = policy.table("scoring.satisfaction.bands")
        bands = tuple(sorted(((Decimal(row["from"]), Decimal(row["share"])) for row in rows), reverse=True))
    return Terms(
        places=policy.whole("scoring.rounding.places"),
        full_total=policy.decimal("scoring.total"),
        execution_weight=policy.decimal("scoring.execution.weight"),
        zero_budget=policy.text("scoring.execution.zero_budget"),
        zero_target=policy.text("scoring.positive.zero_target"),
        negative=policy.text("scoring.negative.method"),
        equality=policy.text("scoring.equality.method"),
        satisfaction_bands=bands,
        bands={Band(row["band"]): _range(row) for row in policy.table("scoring.qualitative.bands")},
        over_from=policy.decimal("scoring.over.note_from"),
        unverifiable=policy.decimal("scoring.unverifiable.share"),
        indicator_below=policy.decimal("scoring.reason.indicator_below"),
        execution_below=policy.decimal("scoring.reason.execution_below"),
        grades=(
            (policy.decimal("grades.excellent"), Grade.EXCELLENT),
            (policy.decimal("grades.good"), Grade.GOOD),
            (policy.decimal("grades.fair"), Grade.FAIR),
        ),
        version=policy.version,
    )


def _range(row: dict[str, Decimal | int | bool]) -> BandRange:
    return BandRange(
        Decimal(row["from"]), bool(row["from_included"]), Decimal(row["to"]), bool(row["to_included"])
    )


@dataclass(frozen=True, slots=True)
class LightTerms:
    """The values of `lights.*` in force; percents throughout."""

    annual_blue: bool
    red_below: Decimal
    yellow_below: Decimal
    blue_from: Decimal
    reverse_within: Light
    reverse_beyond: Light
    zero_kept: Light
    zero_broken: Light
    qualitative: dict[Band, Light]
    money_red_below: Decimal
    money_yellow_below: Decimal
    zero_budget_as_zero: bool
    worst_first: tuple[Light, ...]
    execution_first: bool
    warns: bool
    warn_below: dict[int, Decimal]
    warn_gap: Decimal


@functools.lru_cache(maxsize=128)
def light_terms_of(policy: Policy) -> LightTerms:
    """Raises PolicyError when a value is not in force on the policy's date."""
    below = policy.table("lights.warning.execution_below")
    return LightTerms(
        annual_blue=policy.text("lights.positive.variant") == "annual_blue",
        red_below=policy.decimal("lights.positive.red_below"),
        yellow_below=policy.decimal("lights.positive.yellow_below"),
        blue_from=policy.decimal("lights.positive.blue_from"),
        reverse_within=Light(policy.text("lights.reverse.within")),
        reverse_beyond=Light(policy.text("lights.reverse.beyond")),
        zero_kept=Light(policy.text("lights.zero_target.kept")),
        zero_broken=Light(policy.text("lights.zero_target.broken")),
        qualitative={Band(k): Light(v) for k, v in policy.table("lights.qualitative").items()},
        money_red_below=policy.decimal("lights.execution.red_below"),
        money_yellow_below=policy.decimal("lights.execution.yellow_below"),
        zero_budget_as_zero=policy.text("lights.execution.zero_budget") == "as_zero",
        worst_first=tuple(Light(word) for word in policy.table("lights.worst_first")),
        execution_first=policy.text("lights.overall.method") == "execution_first",
        warns=policy.flag("lights.warning.enabled"),
        warn_below={row["month"]: Decimal(row["below"]) for row in below},
        warn_gap=policy.decimal("lights.warning.gap_over"),
    )
