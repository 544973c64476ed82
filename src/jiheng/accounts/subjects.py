"""Names of 科目 by their codes, both ways; data in `tables/subjects.yaml`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import yaml

NAMES = Path(__file__).with_name("tables") / "subjects.yaml"


@functools.cache
def names(sort: str) -> Mapping[str, str]:
    """Code → name of one classification (function, economic); none for any other."""
    read = yaml.safe_load(NAMES.read_text(encoding="utf-8"))
    return {str(code): str(name) for code, name in read.get(sort, {}).items()}


@functools.cache
def codes(sort: str) -> Mapping[str, str]:
    """Name (without 支出) → code."""
    return {name.removesuffix("支出"): code for code, name in names(sort).items()}


def name_of(sort: str, code: str) -> str:
    """The subject's name; one that is not in the data is shown by its code."""
    return names(sort).get(code, f"科目{code}")


def code_of(sort: str, name: str) -> str:
    """The code of a name as printed in a table; "" for a name that is not in the data."""
    return codes(sort).get(name.removesuffix("支出"), "")
