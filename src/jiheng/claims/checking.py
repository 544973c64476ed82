"""The door of the room: a document in, its report out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from jiheng.claims.budgets import Budgets
from jiheng.claims.building import paragraph
from jiheng.claims.changes import change_relations
from jiheng.claims.facts import same_fact_relations
from jiheng.claims.flows import flow_relations
from jiheng.claims.form import form_findings
from jiheng.claims.frames import Paragraph
from jiheng.claims.grades import grade_relations
from jiheng.claims.grid import grids
from jiheng.claims.repairs import repairs
from jiheng.claims.report import Found, Kind, Outcome, Relation, Report
from jiheng.claims.scan import flat
from jiheng.claims.shares import Earlier, share_relations
from jiheng.claims.stocks import WARNINGS, per_unit_relations, reason_relations, stock_relations
from jiheng.claims.sums import sum_relations
from jiheng.claims.tables import table_facts, table_relations
from jiheng.claims.totals import total_relations
from jiheng.policy import Policy
from jiheng.sheets import Block, BlockKind, Document, Severity

_PROSE = (BlockKind.PARAGRAPH, BlockKind.HEADING)


def check(document: Document, policy: Policy, *, year: int | None = None) -> Report:
    """Every relation of a document with its verdict, what was found, and the smallest repairs.

    `year` is the fiscal year the document is about; None derives it where the text says so. Deterministic,
    and linear in the length of the text.
    """
    text = flat(document.text)
    relations: list[Relation] = []
    earlier, budgets = Earlier(), Budgets()
    count = 0
    read = list(paragraphs(document, text))
    for para in read:
        count += len(para.mentions)
        first = len(relations)
        for frame in para.frames:
            if frame.changes or frame.rates or frame.bases or frame.completions or frame.budgets:
                relations += change_relations(frame)
        relations += budgets.relations(para)
        relations += sum_relations(para)
        relations += total_relations(para, earlier)
        relations += share_relations(para, earlier)
        relations += reason_relations(para)
        relations += per_unit_relations(para)
        relations += grade_relations(para, policy)
        relations += flow_relations(para, relations[first:])
        earlier.add(para.levels)
    relations += stock_relations(read)
    tabled = grids(document)
    relations += same_fact_relations(text, read, table_facts(document, tabled))
    for para in read:
        para.let_go()
    in_tables = table_relations(document, policy, tabled)
    count += sum(len(block.cells) for block in document.blocks)
    numbered = _numbered(relations, in_tables)
    found = [*_findings(numbered, text), *form_findings(document, policy, year)]
    findings = tuple(
        replace(one, id=f"F{number}")
        for number, one in enumerate(sorted(found, key=lambda f: (f.start, f.code)), 1)
    )
    # what is only a warning may well be true: it asks for no repair
    mended = repairs([r for r in numbered if r.code not in WARNINGS], findings, document.text)
    return Report(
        document.name,
        document.sha256,
        document.text,
        count,
        tuple(map(_without_doubt, numbered)),
        findings,
        mended,
        unread=document.unread,
    )


def paragraphs(document: Document, text: str) -> Iterator[Paragraph]:
    """The prose of a document: blocks that go on with one list are read as one paragraph."""
    for start, end in _stretches(document.blocks, text):
        yield paragraph(text, start, end)


def _stretches(blocks: Iterable[Block], text: str) -> Iterator[tuple[int, int]]:
    start, end = -1, -1
    listing = False
    for block in blocks:
        if block.kind not in _PROSE:
            continue
        if end >= 0 and not text[end : block.start].strip():
            opened = text[max(start, end - 8) : end].rstrip()[-1:] in _GOES_ON
            among = listing or text[max(start, end - 8) : end].rstrip()[-3:-1] == "其中"
            numbered = bool((_NUMBERED_HAN if among else _NUMBERED).match(text, block.start))
            of_item = listing and bool(_AMOUNTS_OF_ITEM.match(text, block.start))
            if opened or _ITEM.match(text, block.start) or (listing and numbered) or of_item:
                listing = listing or (numbered and opened)
                end = block.end
                continue
        if end >= 0:
            yield start, end
        start, end, listing = block.start, block.end, False
    if end >= 0:
        yield start, end


_GOES_ON = tuple(":;，,、")
_ITEM = re.compile(r"\s*(?:\(\d{1,2}\)|[①-⑳])")
_NUMBERED_HAN = re.compile(r"\s*(?:\d{1,2}\s?[.、]|\([一二三四五六七八九十]{1,2}\))")
# “1.教育支出（类）…（项）。” and, in a line of its own, “年初预算为…，支出决算为…”
_AMOUNTS_OF_ITEM = re.compile(r"\s*(?:20\d\d年)?(?:年初)?(?:预算|支出决算|决算)[数为]")
_NUMBERED = re.compile(r"\s*\d{1,2}\s?[.、]")


def _numbered(relations: list[Relation], in_tables: list[Relation]) -> tuple[Relation, ...]:
    ordered = sorted([*relations, *in_tables], key=lambda r: (r.start, r.end, r.code))
    return tuple([relation._replace(id=f"R{number}") for number, relation in enumerate(ordered, 1)])


def _findings(relations: Sequence[Relation], text: str) -> Iterator[Found]:
    wrong_rates = {
        tuple(o.start for o in r.operands[1:]): f"；而且无论增减，{r.operands[-1].text}都算不出来"
        for r in relations
        if r.kind is Kind.PERCENT_CHANGE and r.verdict is Outcome.ERROR and contradicts(r)
    }
    told: set[tuple[str, int]] = set()
    for relation in relations:
        severity = _severity(relation)
        stated = relation.operands[-1] if relation.operands else relation
        if severity is None or (relation.code, stated.start) in told:
            continue  # one rate that is wrong of two bases is one thing to mend
        told.add((relation.code, stated.start))
        start, end = clause(text, stated.start, stated.end)
        message = relation.message + wrong_rates.get(tuple(o.start for o in relation.operands), "")
        yield Found("", relation.code, severity, relation.kind, start, end, message, relation.id)


# Last digits of tables are off honestly (226 of 1,412 rows in seven debt tables): nothing is said of them.
_TABLE_CODES = ("BG", "K0", "K1", "K2", "D")


def _severity(relation: Relation) -> Severity | None:
    if relation.verdict is Outcome.ERROR:
        if relation.kind is Kind.PERCENT_CHANGE and contradicts(relation):
            return None  # the direction finding says it
        return WARNINGS.get(relation.code, Severity.ERROR)
    if relation.verdict is Outcome.ROUNDING and not relation.code.startswith(_TABLE_CODES):
        return Severity.HINT
    return None


def contradicts(relation: Relation) -> bool:
    """Whether a relation's direction words speak against each other, so that no one reading is the text's."""
    return len({word.sign for word in relation.words}) > 1 and relation.kind is not Kind.SUM


def _without_doubt(relation: Relation) -> Relation:
    """What is wrong only because its words contradict each other is an error of the words, said once."""
    if relation.kind is Kind.PERCENT_CHANGE and relation.verdict is Outcome.ERROR and contradicts(relation):
        doubt = "方向词互相矛盾，不能确定按哪个方向核算"
        return relation._replace(verdict=Outcome.UNKNOWN, proof="", message=doubt)
    if relation.code in WARNINGS and relation.verdict is Outcome.ERROR:
        return relation._replace(verdict=Outcome.UNKNOWN, proof="")
    return relation


_CLAUSE = re.compile(r"[。！？!?；;\n\t]|[，,](?!\d{3})|(?<!\d)[，,]")


def clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause around a figure: between the commas, stops and line breaks nearest to it."""
    left = max(
        (match.end() for match in _CLAUSE.finditer(text, max(0, start - 120), start)),
        default=max(0, start - 120),
    )
    right = _CLAUSE.search(text, end, min(len(text), end + 120))
    first = left + len(text[left:start]) - len(text[left:start].lstrip())
    return first, right.start() if right else min(len(text), end + 120)
