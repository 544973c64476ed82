"""Scoring: lines, total, grade and lights, each with its step. Pure; numbers are policy."""

from __future__ import annotations

from jiheng.scoring.lights import goal_progress, lights, time_share, worst_of
from jiheng.scoring.records import Lit, LitLine, Scored, ScoredLine
from jiheng.scoring.totals import grade, score, total_of
from jiheng.scoring.unit_formulas import UnitRate, unit_rates

__all__ = [
    "Lit",
    "LitLine",
    "Scored",
    "ScoredLine",
    "UnitRate",
    "goal_progress",
    "grade",
    "lights",
    "score",
    "time_share",
    "total_of",
    "unit_rates",
    "worst_of",
]
