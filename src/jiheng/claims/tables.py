"""The tables of a document: the relations between their figures, and the facts they state.

    relations = table_relations(document, policy)
    facts = table_facts(document)

Codes: BG01 sums down the rows · BG02 sums across the columns · BG03 其中 · BG05 differences of columns · BG06
the table's own formulas · K38, K39, K40 columns of shares, completion, change · K01–K54 of `relations.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from jiheng.claims.binding import Draft, holds
from jiheng.claims.grid import ColumnKind, Grid, Panel, grids
from jiheng.claims.report import Operand, Outcome, Relation
from jiheng.claims.table_columns import column_drafts, share_drafts
from jiheng.claims.table_forms import code_of, form_drafts
from jiheng.claims.table_rows import row_drafts
from jiheng.claims.verdicts import judge
from jiheng.policy import Policy
from jiheng.sheets.document import Document

_WAYS = {"BG01": "down", "BG02": "across", "BG06": "formula"}
_YEAR = re.compile(r"(20\d\d)年")
_SCOPE = re.compile(r"(全[省市县区州]|[省市县区州]本级|[省市县区州]级|本级|地区|全地域)")


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of a table and what it is of.

    `name` is the path of its row (一般公共预算支出, 教育支出) or, in a table by regions, of its column
    (政府债务余额, 一般债务); `column` its header (2024年决算数); `scope` 全市, 市本级, a region's name or "";
    `year` the fiscal year of header or title, None where neither says one.
    """

    table: str
    name: tuple[str, ...]
    scope: str
    year: int | None
    column: str
    operand: Operand


def table_relations(document: Document, policy: Policy, read: Sequence[Grid] | None = None) -> list[Relation]:
    """Every relation found in the tables, judged; where the binding is in doubt unknown. Ids are empty.

    `read` are the document's grids where the caller has them.
    """
    read = grids(document) if read is None else read
    drafts = [*form_drafts(read), *(draft for grid in read for draft in _grid_drafts(grid))]
    seen: set[tuple[int, frozenset[int]]] = set()
    relations = []
    for draft in drafts:
        key = (draft.operands[-1].start, frozenset(operand.start for operand in draft.operands))
        if key in seen:
            continue
        seen.add(key)
        relations.append(_judged(draft))
    return sorted(relations, key=lambda relation: (relation.start, relation.code))


def table_facts(document: Document, read: Sequence[Grid] | None = None) -> list[Fact]:
    """Every figure of every table with its names, in the order of the text; `read` as above."""
    read = grids(document) if read is None else read
    return [fact for grid in read for panel in grid.panels for fact in _facts(grid, panel)]


def _grid_drafts(grid: Grid) -> list[Draft]:
    drafts: list[Draft] = []
    for panel in grid.panels:
        drafts += row_drafts(panel, grid.title, is_paged=grid.is_paged)
        drafts += column_drafts(panel, grid.title)
        drafts += share_drafts(panel, grid.title)
    names = {code: code_of(grid.title, way, code) for code, way in _WAYS.items()}
    return [
        replace(draft, code=code) if (code := names.get(draft.code, draft.code)) != draft.code else draft
        for draft in drafts
    ]


def _judged(draft: Draft) -> Relation:
    """An arrangement in doubt that holds is no accident; one that does not hold is probably our mistake."""
    relation = draft.relation()
    if draft.doubt and not holds(draft.fit):
        return relation
    judged = judge(relation)
    if draft.doubt and judged.verdict is Outcome.ERROR:
        return relation
    return judged._replace(message=f"{draft.where}：{judged.message}")


def _facts(grid: Grid, panel: Panel) -> list[Fact]:
    by_region = re.search(r"地区|区划|区县|县[(（]?市|州[(（]?市", panel.side) is not None
    scope = _SCOPE.search(grid.title)
    path: list[tuple[str, str]] = []
    facts = []
    columns = [
        (column, column.name, _YEAR.search(column.name))
        for column in panel.columns
        if column.kind in (ColumnKind.AMOUNT, ColumnKind.PERCENT)
    ]
    titled = _YEAR.search(grid.title)
    for row in panel.rows:
        if row.mark:
            styles = [style for style, _ in path]
            path = path[: styles.index(row.mark)] if row.mark in styles else path
            path.append((row.mark, row.label))
        elif row.is_total:
            path = []
        names = [label for _, label in path if label != row.label]
        own = (*names, row.label) if row.label else ()
        labelled = _YEAR.search(row.label) or titled
        for column, header, headed in columns:
            figure = row.figures.get(column.index)
            if figure is None:
                continue
            year = headed or labelled
            facts.append(
                Fact(
                    table=grid.title,
                    name=column.path if by_region or not own else own,
                    scope=row.label if by_region else scope[1] if scope else "",
                    year=int(year[1]) if year else None,
                    column=header,
                    operand=figure,
                )
            )
    return facts
