"""The form of a published document: what is missing, left over, misdated or printed in the wrong unit.

Each check is one small function over a `Paper`; the table below is the whole list. What depends on rules of
disclosure (which contents a note must have) is policy data, `policy/values/contents.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jiheng.claims import outline, required, residue, scope, years
from jiheng.claims.paper import Paper
from jiheng.claims.report import Found
from jiheng.policy import Policy
from jiheng.sheets.document import Document

Check = Callable[[Paper], Iterator[Found]]

CHECKS: tuple[Check, ...] = (
    residue.field_codes,
    residue.placeholders,
    residue.unchosen,
    residue.repeated,
    residue.unbalanced,
    residue.percent_sign,
    residue.small_yuan,
    residue.huge_share,
    years.heading_year,
    years.note_year,
    years.year_end,
    years.impossible_date,
    years.compared_year,
    years.unclear_time,
    outline.contents_and_headings,
    outline.numbering,
    outline.annexes,
    outline.empty_tables,
    outline.two_meanings,
    scope.mixed_precision,
    scope.mixed_units,
    scope.two_names,
    scope.half_told,
    required.missing_contents,
    required.missing_tables,
    required.missing_sections,
)


def form_findings(document: Document, policy: Policy, year: int | None = None) -> list[Found]:
    """What is wrong with a document's form, in the order of its text; the ids are left to the caller.

    `year` is the year the document reports on; if None it is taken from titles, or from the year named most
    often, and what depends on it stays silent where that is doubtful.
    """
    paper = Paper(document, policy, year)
    found = [finding for check in CHECKS for finding in check(paper)]
    return sorted(found, key=lambda finding: (finding.start, finding.end, finding.code, finding.message))
