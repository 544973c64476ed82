"""Accounts of an invented district, small enough to check by hand."""

from __future__ import annotations

from decimal import Decimal

from jiheng.wording import Item, Sourced, ThreePublic, Whose

WHOSE = Whose("天衡区", 2024)


def line(key: str, label: str, final: str, budget: str, last: str, reason: str = "厉行节约") -> Item:
    """Amounts in 万元."""
    figures = [
        Sourced(Decimal(text) * 10_000, f"three_public/{key}.{column}")
        for column, text in (("final", final), ("budget", budget), ("last_final", last))
    ]
    return Item(key, label, *figures, reason=reason)


def three_public() -> ThreePublic:
    """171.46 = 5 + 158.46 + 8, of which cars bought 0."""
    counts = [
        Sourced(Decimal(number), f"three_public/{key}.final")
        for key, number in (
            ("groups", 2), ("travellers", 7), ("bought", 0), ("held", 96), ("batches", 310), ("guests", 2650),
        )
    ]  # fmt: skip
    return ThreePublic(
        WHOSE,
        line("total", "“三公”经费支出合计", "171.46", "202", "180"),
        line("abroad", "因公出国（境）费", "5", "8", "5"),
        line("cars", "公务用车购置及运行维护费", "158.46", "184", "165"),
        line("cars_bought", "公务用车购置费", "0", "0", "0"),
        line("cars_run", "公务用车运行维护费", "158.46", "184", "165"),
        line("reception", "公务接待费", "8", "10", "10"),
        *counts,
    )
