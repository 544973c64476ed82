"""Wording: figures of the accounts become the sentences that officials publish, and the Word file of them.

    text = note(facts, policy)              # Text: runs that know their exact figure and its source
    reasons_needed(facts, policy)           # what a person must still say
    word([text], "2024年决算公开说明", policy)    # .docx, GB/T 9704

Directions, percentages, shares and 持平 follow from exact figures and are never typed.
"""

from __future__ import annotations

from jiheng.policy import Policy
from jiheng.wording.departmental import department_note
from jiheng.wording.facts import (
    ABSENT,
    BondUse,
    Debt,
    Department,
    Facts,
    Group,
    Item,
    Passage,
    Performance,
    Reviewed,
    Sourced,
    Split,
    ThreePublic,
    Transfers,
    Whose,
)
from jiheng.wording.government import debt_note, three_public_note, transfers_note
from jiheng.wording.paging import Published, published
from jiheng.wording.reasons import Asked, figures_in, reasons_needed, typed_figures
from jiheng.wording.taking import debt_of, department_of, three_public_of, transfers_of
from jiheng.wording.text import Paragraph, Part, Run, Table, TableColumn, Text
from jiheng.wording.views import reading_view, sources_json
from jiheng.wording.word import word
from jiheng.wording.yearly import performance_note

__all__ = [
    "ABSENT",
    "Asked",
    "BondUse",
    "Debt",
    "Department",
    "Facts",
    "Group",
    "Item",
    "Paragraph",
    "Part",
    "Passage",
    "Performance",
    "Published",
    "Reviewed",
    "Run",
    "Sourced",
    "Split",
    "Table",
    "TableColumn",
    "Text",
    "ThreePublic",
    "Transfers",
    "Whose",
    "debt_of",
    "department_of",
    "figures_in",
    "note",
    "published",
    "reading_view",
    "reasons_needed",
    "sources_json",
    "three_public_of",
    "transfers_of",
    "typed_figures",
    "word",
]


def note(facts: Facts, policy: Policy) -> Text:
    """The explanation of these facts, in the order and with the contents that rules of disclosure ask."""
    match facts:
        case ThreePublic():
            return three_public_note(facts, policy)
        case Transfers():
            return transfers_note(facts, policy)
        case Debt():
            return debt_note(facts, policy)
        case Performance():
            return performance_note(facts, policy)
        case Department():
            return department_note(facts, policy)
