"""The same fact said twice: in prose, in a heading, in a table, in another unit.

Two figures speak of one fact when subject, scope, year and kind (执行 or 预算) are the same. Where they agree
the relation is listed; where they do not it is an error only if one is plainly a slip of the other (a digit,
a point, a unit); else nothing is said.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jiheng.claims.frames import Frame, Paragraph
from jiheng.claims.relating import is_vague, operand, relation, term
from jiheng.claims.remembering import remembered
from jiheng.claims.report import Equation, Kind, Operand, Outcome, Relation
from jiheng.claims.shares import core, scope
from jiheng.claims.tables import Fact
from jiheng.claims.verdicts import judge

# 比2023年, (2023年为…): of what is compared, not of what is said
_YEAR = re.compile(r"(20(?<![\d比较与同(]20)\d\d)\s?年")
_PLAN = re.compile(
    "预算安排(?!的)|预算数|预算为|安排(?!的)|预计|拟|目标|预期|草案|代编|计划|力争|年初预算|调整预算|收入预算|支出预算"
)
_PART_OF_YEAR = re.compile(
    "[一二三四1-4]季度|上半年|下半年|1[-—至]\\d{1,2}月|\\d{1,2}月(?:份|底|末)?|截至|当月|日均|月均|[“”]十[三四五]五"
)
_NO_FACT = re.compile(
    "^(?:其[中他]|各|该|新增|合计|总计|小计|收入|支出|金额|项目|资金|总额|余额|限额)*$|以上|等$|[与和、]$|比|较"
)
_LONGEST_APART = 2  # edits between the digits of a slip


@dataclass(frozen=True, slots=True)
class _Said:
    subject: str
    scope: str
    year: int
    plan: bool
    operand: Operand
    paragraph: int
    own_scope: bool


def same_fact_relations(
    text: str, paragraphs: Sequence[Paragraph], tabled: Sequence[Fact]
) -> Iterator[Relation]:
    """Each later mention of a fact against the first one, and prose against the tables."""
    first: dict[tuple[str, str, int, bool], _Said] = {}
    clash: set[tuple[str, str, int, bool]] = set()
    in_tables = _by_name(tabled)
    for said in _all_said(text, paragraphs):
        key = (said.subject, said.scope, said.year, said.plan)
        earlier = first.setdefault(key, said)
        if earlier is not said and key not in clash:
            found = _against(earlier, said)
            if found is None:
                clash.add(key)
            else:
                yield found
        yield from _against_tables(said, in_tables)


def _all_said(text: str, paragraphs: Sequence[Paragraph]) -> Iterator[_Said]:
    years = [(match.start(), int(match[1])) for match in _YEAR.finditer(text)]
    starts = [start for start, _ in years]
    named = any(scope(frame.label) for para in paragraphs for frame in para.levels)
    # a department speaks of itself alone: without any scope word there is one scope
    outer = "" if named else "本单位"
    for number, para in enumerate(paragraphs):
        current = ""
        for frame in para.levels:
            own = scope(frame.label)
            if own:
                current = own
            at = bisect_right(starts, frame.start)
            if not at or not _is_fact(frame):
                continue
            where = current or outer
            if where:
                plan = _plans(frame.words[-30:]) or _plans(frame.label)
                subject = _subject(frame.label)
                alone = bool(own) or not named
                yield _Said(subject, where, years[at - 1][1], plan, operand(frame), number, alone)
        outer = current or outer


def _is_fact(frame: Frame) -> bool:
    level = frame.level
    if level is None or level.figure.base != "元" or frame.depth or is_vague(frame) or frame.balance:
        return False
    return _names_fact(core(frame.label)) and not _is_part_of_year(frame.words[-40:])


# 财政拨款安排的“三公”经费支出 and 三公经费支出 are one thing
_PAID_BY = re.compile('^(?:[^，,]{0,6}财政拨款(?:安排|开支|负担)的?|部门)(?=.{4})|[“”"]')


@remembered
def _subject(label: str) -> str:
    return _PAID_BY.sub("", core(label))


@remembered
def _names_fact(subject: str) -> bool:
    return len(subject) >= 4 and not _NO_FACT.search(subject)


@remembered
def _is_part_of_year(words: str) -> bool:
    return _PART_OF_YEAR.search(words) is not None


@remembered
def _plans(words: str) -> bool:
    return _PLAN.search(words) is not None


def _against(earlier: _Said, said: _Said) -> Relation | None:
    """None where the two disagree and nothing shows that they mean the same: later ones are not compared."""
    if earlier.operand.start == said.operand.start:
        return None
    judged = judge(
        relation("K42", Kind.SAME_FACT, [earlier.operand, said.operand], [Equation((term(0), term(1, -1)))])
    )
    if judged.verdict is not Outcome.ERROR:
        return judged
    if earlier.own_scope and said.own_scope and is_slip(earlier.operand, said.operand):
        return judged
    return None


def is_slip(a: Operand, b: Operand) -> bool:
    """Whether one printed figure is the other with a digit wrong, dropped or swapped, or its point moved."""
    first, second = _digits(a), _digits(b)
    if not first or not second or a.value == 0 or b.value == 0:
        return False
    if first == second:
        return True
    if min(len(first), len(second)) < 3:
        return False
    return (sorted(first) == sorted(second) and _apart(first, second) == 2) or _apart(first, second) == 1


def _digits(figure: Operand) -> str:
    return (
        re.sub(r"\D", "", str(figure.value.normalize()))
        if figure.value % 1
        else str(int(figure.value)).rstrip("0")
    )


def _apart(a: str, b: str) -> int:
    """Edit distance, as far as it matters here."""
    if abs(len(a) - len(b)) > _LONGEST_APART:
        return _LONGEST_APART + 1
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row, last = [i] + [0] * len(b), row
        for j, y in enumerate(b, 1):
            row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
    return row[-1]


# ── prose against tables ─────────────────────────────────────────────────────────────────────────────


def _by_name(tabled: Sequence[Fact]) -> dict[str, list[Fact]]:
    """The facts of tables by subject. A name that a table holds twice in one column cannot be told apart."""
    found: dict[str, list[Fact]] = {}
    for fact in tabled:
        if fact.name and fact.year and "%" not in fact.operand.unit and "%" not in fact.column:
            found.setdefault(core(fact.name[-1]), []).append(fact)
    return found


def _against_tables(said: _Said, in_tables: dict[str, list[Fact]]) -> Iterator[Relation]:
    facts = [
        fact
        for name in (said.subject, said.subject.removesuffix("支出"), said.subject + "合计")
        for fact in in_tables.get(name, ())
        if fact.year == said.year and _scopes_agree(fact.scope, said.scope) and _is_plan(fact) == said.plan
    ]
    agreeing: Relation | None = None
    for fact in facts[:12]:
        judged = judge(
            relation("K42", Kind.SAME_FACT, [fact.operand, said.operand], [Equation((term(0), term(1, -1)))])
        )
        if judged.verdict is not Outcome.ERROR:
            agreeing = judged
            break
    if agreeing is not None:
        yield agreeing._replace(message=f"与{facts[0].table}一致：{agreeing.message}")
    elif len(facts) == 1 and is_slip(facts[0].operand, said.operand):
        judged = judge(
            relation(
                "K42", Kind.SAME_FACT, [facts[0].operand, said.operand], [Equation((term(0), term(1, -1)))]
            )
        )
        yield judged._replace(message=f"与{facts[0].table}不一致：{judged.message}")


def _scopes_agree(tabled: str, said: str) -> bool:
    level = {"市本级": "市级", "区本级": "区级", "县本级": "县级", "州本级": "州级", "省本级": "省级"}
    return level.get(tabled, tabled) == level.get(said, said)


def _is_plan(fact: Fact) -> bool:
    return bool(re.search("预算|草案|建议|安排", fact.column)) and not re.search(
        "执行|完成|决算|实际", fact.column
    )
