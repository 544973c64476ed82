"""Red flags F01–F16 疑点: facts in, hits with their evidence rows out (reference §11).

    ran = run(Facts(fiscal_year=2024, today=…, contracts=(…), companies=(…)), policy)

One function a flag, its number in its name, its guard against false alarms beside it; thresholds are policy
(`flags.*`, all 待核). Nothing here is a finding: a person makes one of a hit.
"""

from jiheng.rules.redflags import (
    acceptance,
    books,
    contracts,
    enterprises,
    performance,
    procurement,
    subsidies,
)
from jiheng.rules.redflags.facts import BOOKS, Facts
from jiheng.rules.redflags.flagging import Evidence, Flag, Hit, Level, Ran, flags, run, seal
from jiheng.rules.redflags.records import REGISTRIES, Record, label

seal()

__all__ = [
    "BOOKS",
    "REGISTRIES",
    "Evidence",
    "Facts",
    "Flag",
    "Hit",
    "Level",
    "Ran",
    "Record",
    "acceptance",
    "books",
    "contracts",
    "enterprises",
    "flags",
    "label",
    "performance",
    "procurement",
    "run",
    "subsidies",
]
