"""What scoring hands back: scores and lights, each with the step that explains it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from jiheng.sheets import Finding, Grade, Light, Missing


@dataclass(frozen=True, slots=True)
class ScoredLine:
    """One line's score in 分; `Missing` says why there is none. `step` reads like "4604/4754×5 = 4.84"."""

    key: str  # the sheet line's key; "execution" for 预算执行率
    label: str
    weight: Decimal | Missing
    score: Decimal | Missing
    step: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """A self-evaluation as scored. `findings` holds those of the lines too, in form order."""

    execution: ScoredLine
    lines: tuple[ScoredLine, ...]
    total: Decimal | Missing
    grade: Grade | None
    findings: tuple[Finding, ...]
    policy_version: str


@dataclass(frozen=True, slots=True)
class LitLine:
    """One light, None where nothing can be judged yet; `step` says why."""

    key: str  # the sheet line's key; "total" for the money
    light: Light | None
    step: str


@dataclass(frozen=True, slots=True)
class Lit:
    """A monitoring sheet's lights: of the money, of each indicator, of all indicators, of everything."""

    money: LitLine
    lines: tuple[LitLine, ...]
    goal: Light | None
    overall: Light | None
    warnings: tuple[Finding, ...]
