"""Claims: how officials write figures in prose, and which of them cannot hold together.

    report = check(document, policy, year=2024)

Hides numbers among dates and list marks, what a percentage is of, which budget a completion speaks of, which
figures one sum has; gives the relations that were checked, the findings and the smallest repairs.
"""

from jiheng.claims.checking import check, paragraphs
from jiheng.claims.report import (
    Edit,
    Equation,
    Found,
    Kind,
    Operand,
    Outcome,
    Relation,
    Repair,
    Report,
    Term,
    Word,
)
from jiheng.claims.verdicts import judge
from jiheng.claims.verifier import verified, verify

__all__ = [
    "Edit",
    "Equation",
    "Found",
    "Kind",
    "Operand",
    "Outcome",
    "Relation",
    "Repair",
    "Report",
    "Term",
    "Word",
    "check",
    "judge",
    "paragraphs",
    "verified",
    "verify",
]
