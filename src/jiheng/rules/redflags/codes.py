"""统一社会信用代码: 18 places, the last of which checks the others (GB 32100-2015)."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def check_digit(first: str) -> str:
    """The 18th place for the first 17. Raises ValueError for places that the code does not have."""
    if len(first) != 17 or any(letter not in ALPHABET for letter in first):
        raise ValueError("统一社会信用代码的前 17 位只有数字和大写字母（没有 I、O、S、V、Z）")
    total = sum(weight * ALPHABET.index(letter) for weight, letter in zip(_WEIGHTS, first, strict=True))
    return ALPHABET[-total % 31]


def is_valid(code: str) -> bool:
    """Whether a code has its 18 places and the last one fits."""
    try:
        return len(code) == 18 and check_digit(code[:17]) == code[17]
    except ValueError:
        return False
