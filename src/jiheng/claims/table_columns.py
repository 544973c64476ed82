"""Relations across the columns of a table, the same in every row: 合计 of its parts, rates, differences.

What a column says is found in its header (合计 above 一般 and 专项), in the row of formulas (A=B+C),
or, for rates and differences, in the figures: the pair of columns that explains most rows is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import permutations

from jiheng.claims.binding import HUNDRED, ONE, Draft, believed, doubted, fit, holds, is_telling
from jiheng.claims.formulas import Formula, formula_of
from jiheng.claims.grid import Column, ColumnKind, Panel, Row
from jiheng.claims.report import Equation, Kind, Operand, Term

SAMPLE = 60  # rows on which a guess is tried
WIDEST = 12  # amount columns among which a rate's pair is sought
_TOTAL = re.compile(r"(.*合计|.*总计|小计|计|总额|)(\(.*\))?$")
_GROWTH = re.compile(r"增|减|比上年|比20|同比|较上年|较20|变动|±|\+[,，]?-|幅")
_COMPLETION = re.compile(r"占.*预算|占.*数|完成|执行率|为.*预算|为.*[数%]|进度|占预")
_SHARE = re.compile(r"比重|占比|构成|占.*(合计|总)|所占")
_LIKE = re.compile(r"可比|同口径|同比口径")  # compared with figures that the table does not print
_WHOLE = re.compile(r"全[省市县区州]|本地区|全地区")
_OWN = re.compile(r".*本级|[省市县区州]级|省本级")
_BELOW = re.compile(r"(各|所属)?(区县|县区|市县|县市区|区、县|下级|地区)(\(.*\))?|.*所属地区|市州|各区")
_DIFFERENCE = re.compile(r"增减|差额|增、减|增加额|比.*(增|减)|增\(减\)|金额$|变动|余额差")


@dataclass(frozen=True)
class Rule:
    """A relation of columns: left = percent/100 × base, or Σ left = 0; `stated` is the column it is of."""

    code: str
    kind: Kind
    left: tuple[tuple[Decimal, int], ...]
    stated: int
    base: tuple[tuple[Decimal, int], ...] = ()
    is_named: bool = False

    @cached_property
    def others(self) -> tuple[int, ...]:
        """The columns it speaks of beside the stated one, in order, each once."""
        columns = dict.fromkeys(index for _, index in (*self.left, *self.base))
        return tuple(index for index in columns if index != self.stated)

    @cached_property
    def equation(self) -> Equation:
        """Over a row that has all of them."""
        return self.over(self.others)

    def over(self, order: tuple[int, ...]) -> Equation:
        """The equation over these columns and the stated one."""
        place = {index: number for number, index in enumerate((*order, self.stated))}
        return Equation(
            left=tuple([Term(factor, place[index]) for factor, index in self.left if index in place]),
            base=tuple([Term(factor, place[index]) for factor, index in self.base if index in place]),
            percent=place[self.stated] if self.base else None,
        )


def column_drafts(panel: Panel, title: str) -> Iterator[Draft]:
    """Every relation between the columns of a panel, in every row; doubtful ones marked."""
    for rule in _rules(panel):
        name = next((column.name for column in panel.columns if column.index == rule.stated), "")
        drafts = [
            Draft(rule.code, rule.kind, *bound, f"表“{title}”“{row.label}”行“{name}”", fit(*bound))
            for row in panel.rows
            if (bound := _bound(rule, row))
        ]
        trusted = believed(drafts, named=rule.is_named)
        for draft in drafts:
            yield draft if trusted else doubted(draft)


def share_drafts(panel: Panel, title: str) -> Iterator[Draft]:
    """Columns of shares (所占比重%): a row's amount in % of the amount of the last row above that is 100%."""
    for column in panel.columns:
        if column.kind is not ColumnKind.PERCENT or not _SHARE.search(column.name):
            continue
        found = [_shares(panel, column, amounts, title) for amounts in _nearest(panel, column)]
        drafts = max(found, key=lambda each: sum(holds(draft.fit) for draft in each), default=[])
        if drafts and sum(holds(draft.fit) for draft in drafts) >= 2:
            trusted = believed(drafts, named=True)
            yield from drafts if trusted else map(doubted, drafts)


def _shares(panel: Panel, column: Column, amounts: Column, title: str) -> list[Draft]:
    drafts: list[Draft] = []
    whole: Operand | None = None
    name, equation = column.name, Equation(left=(Term(ONE, 0),), base=(Term(ONE, 1),), percent=2)
    for row in panel.rows:
        stated, amount = row.figures.get(column.index), row.figures.get(amounts.index)
        if stated is None or amount is None:
            continue
        if stated.value == HUNDRED:
            whole = amount
        elif whole is not None and whole.value:
            operands = (amount, whole, stated)
            where = f"表“{title}”“{row.label}”行“{name}”"
            drafts.append(Draft("K38", Kind.SHARE, operands, equation, where, fit(operands, equation)))
    return drafts


def _rules(panel: Panel) -> Iterator[Rule]:
    explained: set[int] = set()
    for rule in (*_from_formulas(panel.columns), *_from_headers(panel)):
        if rule.stated not in explained:
            explained.add(rule.stated)
            yield (
                max(_as_change(rule), key=lambda other: _score(panel.rows[:SAMPLE], other))
                if rule.base
                else rule
            )
    for column in panel.columns:
        if column.index in explained or _LIKE.search(column.name) or _SHARE.search(column.name):
            continue
        found: Rule | None = None
        if column.kind is ColumnKind.PERCENT:
            found = _best(panel, _rates(panel, column))
        elif column.kind is ColumnKind.AMOUNT and _DIFFERENCE.search(column.name):
            found = _best(panel, _differences(panel, column))
        if found:
            yield found


def _from_formulas(columns: Sequence[Column]) -> Iterator[Rule]:
    names = {column.formula.partition("=")[0]: column for column in columns if column.formula}
    for column in columns:
        formula = formula_of(column.formula)
        if formula is None or not all(name in names for name in formula.names):
            continue
        yield _formula_rule(column, formula, names)


def _formula_rule(column: Column, formula: Formula, names: dict[str, Column]) -> Rule:
    left = tuple((coefficient, names[name].index) for coefficient, name in formula.left)
    base = tuple((coefficient, names[name].index) for coefficient, name in formula.base)
    if not base:
        kind = Kind.SUM if all(coefficient > 0 for coefficient, _ in left) else Kind.DIFFERENCE
        return Rule("BG06", kind, (*left, (-ONE, column.index)), column.index, is_named=True)
    kind, code = (Kind.PERCENT_CHANGE, "K40") if _GROWTH.search(column.name) else (Kind.COMPLETION, "K39")
    return Rule(code, kind, left, column.index, base, is_named=True)


def _as_change(rule: Rule) -> tuple[Rule, ...]:
    """A formula 5/2*100 of a column of changes may mean 5/2, or 5/2 less the base itself."""
    less = (*rule.left, *((-coefficient, index) for coefficient, index in rule.base))
    return (rule, replace(rule, left=less)) if rule.kind is Kind.PERCENT_CHANGE else (rule,)


def _from_headers(panel: Panel) -> Iterator[Rule]:
    amounts = [column for column in panel.columns if column.kind is ColumnKind.AMOUNT]
    for column in amounts:
        if column.path and _WHOLE.fullmatch(column.path[-1]):
            beside = [other for other in amounts if other.path[:-1] == column.path[:-1]]
            own = [other for other in beside if _OWN.fullmatch(other.path[-1])]
            below = [other for other in beside if _BELOW.fullmatch(other.path[-1])]
            if len(own) == len(below) == 1:
                yield replace(_header_rule(column, [*own, *below]), is_named=True)
        if not column.path or not _TOTAL.match(column.path[-1]):
            continue
        prefix = column.path[:-1]
        if not column.path[-1] and (not prefix or _first_of(prefix, amounts) is not column):
            continue
        found = [rule for parts in _parts(column, prefix, amounts) for rule in [_header_rule(column, parts)]]
        if found:
            yield max(found, key=lambda rule: _score(panel.rows[:SAMPLE], rule))


def _first_of(prefix: tuple[str, ...], columns: Sequence[Column]) -> Column:
    return next(column for column in columns if column.path[: len(prefix)] == prefix)


def _header_rule(column: Column, parts: Sequence[Column]) -> Rule:
    plain = column.path[-1] in ("合计", "小计", "总计", "计", "") and len(column.path) > 1
    known = {part.path[-1] for part in parts} & {"一般债务", "一般债券", "基本支出", "财政拨款收入"}
    left = (*((ONE, part.index) for part in parts), (-ONE, column.index))
    return Rule("BG02", Kind.SUM, left, column.index, is_named=plain or bool(known))


def _parts(column: Column, prefix: tuple[str, ...], amounts: Sequence[Column]) -> Iterator[Sequence[Column]]:
    """The columns a total may have: those beside it under one header, to its right or else to its left."""
    beside = [
        other
        for other in amounts
        if other.path[: len(prefix)] == prefix and other is not column and other.unit == column.unit
    ]
    for group in (
        [other for other in beside if other.index > column.index],
        [other for other in beside if other.index < column.index],
    ):
        parts: list[Column] = []
        seen: set[str] = set()
        for other in group:
            head = other.path[len(prefix)] if len(other.path) > len(prefix) else ""
            own = len(other.path) > len(prefix) + 1
            if not own and (_TOTAL.match(head) or re.match(r"其中|#", head)):
                break
            if own and head in seen:
                continue
            if own:
                inner = [part for part in group if part.path[: len(prefix) + 1] == (*prefix, head)]
                totals = [part for part in inner if _TOTAL.match(part.path[-1])]
                seen.add(head)
                parts.extend(totals[:1] or inner)
                continue
            parts.append(other)
        for end in range(min(len(parts), WIDEST), 1, -1):
            yield parts[:end]


def _rates(panel: Panel, column: Column) -> Iterator[Rule]:
    """What a percentage may say: a in % of b, or the change from b to a in %."""
    amounts = _nearest(panel, column)
    growth, completion = _GROWTH.search(column.name), _COMPLETION.search(column.name)
    for one, other in permutations(amounts, 2):
        if one.unit != other.unit:
            continue
        a, b = (ONE, one.index), (ONE, other.index)
        if growth or not completion:
            yield Rule("K40", Kind.PERCENT_CHANGE, (a, (-ONE, other.index)), column.index, (b,))
        if completion or not growth:
            yield Rule("K39", Kind.COMPLETION, (a,), column.index, (b,))


def _differences(panel: Panel, column: Column) -> Iterator[Rule]:
    for one, other in permutations(_nearest(panel, column), 2):
        if column.unit == one.unit == other.unit:
            left = ((ONE, one.index), (-ONE, other.index), (-ONE, column.index))
            yield Rule("BG05", Kind.DIFFERENCE, left, column.index)


def _nearest(panel: Panel, column: Column) -> list[Column]:
    amounts = [
        other for other in panel.columns if other.kind is ColumnKind.AMOUNT and other.index != column.index
    ]
    amounts.sort(key=lambda other: (abs(other.index - column.index), other.index))
    return amounts[:WIDEST]


def _best(panel: Panel, rules: Iterable[Rule]) -> Rule | None:
    """The rule that explains most of the first rows; None if none explains them well enough."""
    best: tuple[Decimal, int, Rule] | None = None
    for rule in rules:
        share, kept = _score([row for row in panel.rows[:SAMPLE] if rule.stated in row.figures], rule)
        if kept >= 2 and (best is None or (share, kept) > best[:2]):
            best = (share, kept, rule)
    return best[2] if best and best[0] >= Decimal("0.6") else None


def _score(rows: Sequence[Row], rule: Rule) -> tuple[Decimal, int]:
    """(share of the telling rows that hold, how many hold); a row of 100% or of no change tells nothing."""
    telling = kept = 0
    for row in rows:
        bound = _bound(rule, row)
        if bound is None or _says_nothing(rule, bound[0]):
            continue
        telling += 1
        kept += holds(fit(*bound))
    return (Decimal(kept) / telling if telling else Decimal(0)), kept


def _says_nothing(rule: Rule, operands: tuple[Operand, ...]) -> bool:
    stated = operands[-1]
    if rule.base:
        return stated.value in (0, 100) or not is_telling(operands[0])
    return not stated.value


def _bound(rule: Rule, row: Row) -> tuple[tuple[Operand, ...], Equation] | None:
    """The figures of a row that a rule speaks of, the stated one last. In sums a blank part is nothing."""
    figures = row.figures
    if rule.stated not in figures:
        return None
    order = rule.others
    equation: Equation | None = None
    if [index for index in order if index not in figures]:
        if rule.base or rule.kind is Kind.DIFFERENCE:
            return None
        order = tuple([index for index in order if index in figures])
        if not order:
            return None
        equation = rule.over(order)
    operands = (*[figures[index] for index in order], figures[rule.stated])
    equation = equation or rule.equation
    if rule.base and not sum(term.coefficient * operands[term.operand].value for term in equation.base):
        return None
    return operands, equation
