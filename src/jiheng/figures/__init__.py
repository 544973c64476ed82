"""Figures: every number that comes in as text goes through `parse`, every rounding through `rounded`.

Hides full-width digits, thousands commas, Chinese numerals, 元/万元/亿元, % and 个百分点, printed precision.
A printed number is an interval (value ± half of its last digit): `agree` and `adds_up` compare these.
"""

from jiheng.figures.comparing import Sum, Verdict, adds_up, agree, figure_of, interval, percent, rounded
from jiheng.figures.reading import Figure, FigureError, Target, amount_in_wan, parse, quantity, target

__all__ = [
    "Figure",
    "FigureError",
    "Sum",
    "Target",
    "Verdict",
    "adds_up",
    "agree",
    "amount_in_wan",
    "figure_of",
    "interval",
    "parse",
    "percent",
    "quantity",
    "rounded",
    "target",
]
