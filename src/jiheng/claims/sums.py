"""Sums of parts in prose: 其中 and brackets, lists that divide a whole, and the changes of parts."""

from __future__ import annotations

import functools
import itertools
import operator
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from jiheng.claims.families import FAMILIES, are_siblings, members
from jiheng.claims.frames import Frame, Paragraph, kin
from jiheng.claims.intervals import ZERO
from jiheng.claims.mentions import Mention
from jiheng.claims.relating import is_vague, relation, settle, term
from jiheng.claims.report import Equation, Kind, Operand, Outcome, Relation
from jiheng.claims.scan import Figure
from jiheng.claims.shares import adds_to_hundred
from jiheng.claims.verdicts import judge, outcome_of

_BOTH = re.compile("收[^，,。;]{0,3}支[^，,。;]{0,2}总计|收入总计、支出总计")
_CLOSED = re.compile("构成|由")
_NO_PART = re.compile(
    "上年(?!结[转余])|去年|(?<!公共)(?<!基金)(?<!经营)预算|同期|计划|目标|平均|结转下年|余额中|含"
)


def sum_relations(paragraph: Paragraph) -> Iterator[Relation]:
    """What the parts of each level say of it: a whole list must add up, a list of some not exceed it."""
    for frame in paragraph.levels:
        # the two sides of 收支总计 are _year_balance's
        if frame.parts and not _BOTH.search(frame.words[-16:]):
            yield from _parts(frame)
    yield from _hundred(paragraph)


# ── 其中 ─────────────────────────────────────────────────────────────────────────────────────────────


def _parts(whole: Frame) -> Iterator[Relation]:
    """The parts of a whole; 按经营地分 and 按消费类型分 each divide it anew."""
    starts = [number for number, part in enumerate(whole.parts) if part.begins]
    if len(starts) < 2:
        yield from _one_list(whole)
        return
    every = whole.parts
    for first, last in itertools.pairwise([*starts, len(every)]):
        whole.parts = every[first:last]
        yield from _one_list(whole)
    whole.parts = every


def _one_list(whole: Frame) -> Iterator[Relation]:
    family = _family(whole)
    if family:
        # a budget may hold back 预备费 beside its basic and project spending
        sure = not ("基本支出" in family[0].label and _RESERVED.search(whole.label + whole.words))
        found = settle([relation("WD01", Kind.SUM, [*family, whole], [sum_of(len(family))])], sure=sure)
        if found:
            yield found
            yield from _part_changes(whole, family)
            yield from _part_budgets(whole, family)
        return
    parts = [part for part in whole.parts if part.measured_like(whole)]
    if any(part.label == whole.label for part in parts):
        return  # “…三项。其中：1.…2.…”: the items again, no parts of the last of them
    if re.search("限额|余额|资产", whole.label) and any(
        re.search("^新增|报废|处置", part.label) for part in parts
    ):
        return  # parts of what was added, not of the stock
    if not parts or is_vague(whole, *parts) or any(part.total for part in parts):
        return
    closed = _is_closed(whole, parts)
    if len(parts) > 1:
        equal = relation("WD01", Kind.SUM, [*parts, whole], [sum_of(len(parts))])
        found = settle([equal], sure=closed or _one_slip(whole, parts))
        if found and (closed or found.verdict is not Outcome.UNKNOWN):
            yield found
            yield from _part_changes(whole, parts)
            yield from _part_budgets(whole, parts)
            return
        for count in range(min(len(parts) - 1, _LONGEST), 1, -1):
            # the list goes on with something else: “其中：本年收入…，年初结转…；本年支出…”
            first = relation("WD01", Kind.SUM, [*parts[:count], whole], [sum_of(count)])
            if outcome_of(first) is Outcome.OK:
                yield judge(first)
                return
    # an open list may fall short of the whole, and never exceeds it
    within = relation(
        "WD05",
        Kind.SUM if len(parts) > 1 else Kind.LIMIT,
        [*parts, whole],
        [sum_of(len(parts), at_most=True)],
    )
    alone = len(parts) == 1 and _first_within(whole, parts[0])
    found = settle([within], sure=alone or _surely_within(whole, parts))
    if found and found.verdict is Outcome.UNKNOWN and len(parts) > 1:
        # the list runs on into another subject: its first item is still a part
        found = settle(
            [relation("WD05", Kind.LIMIT, [parts[0], whole], [sum_of(1, at_most=True)])],
            sure=_first_within(whole, parts[0]),
        )
    if found:
        yield found


# digits each figure must have for one wrong one to tell anything: beside a small gap, or any gap
_TELLING, _CERTAIN = 4, 5


def _one_slip(whole: Frame, parts: Sequence[Frame]) -> bool:
    """Whether one wrong digit of one figure is all that keeps a list from adding up: then it is whole."""
    figures = [part.level.figure for part in parts if part.level]
    total = whole.level.figure if whole.level else None
    if total is None or len(figures) < 2 or not total.value or re.search("[人户亩]均|平均", whole.label):
        return False
    digits = min(len(re.sub(r"\D", "", figure.text)) for figure in (*figures, total))
    gap = sum(figure.value for figure in figures) - total.value
    if digits >= _CERTAIN:
        width = total.half + sum(figure.half for figure in figures)
    elif digits >= _TELLING and abs(gap) * 8 <= abs(total.value):
        width = ZERO
    else:
        return False
    return _mends(total, gap, width) or any(_mends(figure, -gap, width) for figure in figures)


def _mends(figure: Figure, change: Decimal, width: Decimal) -> bool:
    """Whether one other digit, or two neighbours the other way round, changes a figure by this much."""
    digits = re.sub(r"\D", "", figure.text)
    step = abs(figure.value) / int(digits) if figure.value else ZERO
    for place, digit in enumerate(reversed(digits)):
        weight = step * 10**place
        if not weight or abs(change) > 10 * weight:
            continue
        other = int(digit) + round(change / weight)
        if 0 <= other <= 9 and abs((other - int(digit)) * weight - change) <= width:
            return True
    pairs = itertools.pairwise(reversed(digits))
    return any(
        abs(9 * (int(low) - int(high)) * step * 10**place - change) <= width
        for place, (low, high) in enumerate(pairs)
    )


_RESERVED = re.compile("安排|预算草案|拟|预计")
_NO_WHOLE = re.compile("[人户亩均]均|平均|率$|余额.*限额")


def _family(whole: Frame) -> list[Frame]:
    """The parts that make up a known set of names, among the parts and their parts; empty without one."""
    if _NO_WHOLE.search(whole.label):
        return []
    inner = [part for part in whole.parts if part.measured_like(whole)]
    items = [*inner, *(deeper for part in inner for deeper in part.parts if deeper.measured_like(whole))]
    items = [item for item in items if not (item.balance or item.total)]
    if len(items) < 2:
        return []
    own = members(whole.label)
    known = {id(item): members(item.label) for item in (*inner, *items)}
    named = [functools.reduce(operator.or_, each) for each in zip(*known.values(), strict=True)]
    for number, names in enumerate(FAMILIES):
        if named[number] != _ALL[number] or own[number].bit_count() == 1 < len(names):
            continue  # “付息469亿元。其中，市级还本…，付息…”: the whole is one of the set itself
        chosen = []
        for place in range(len(names)):
            has = [item for item in items if known[id(item)][number] >> place & 1]
            matching = [item for item in inner if known[id(item)][number] >> place & 1] or has
            # 出口, and later 机电产品出口: the plain name is the one that is meant
            plain = matching and all(item.label.endswith(matching[0].label) for item in matching)
            if not plain or matching[0] in chosen:
                break
            chosen.append(matching[0])
        else:
            if inner[0] in chosen and not is_vague(whole, *chosen) and not _extra(inner, chosen):
                return chosen
    return []


_ALL = tuple([(1 << len(names)) - 1 for names in FAMILIES])


def _extra(inner: Sequence[Frame], chosen: Sequence[Frame]) -> bool:
    """Whether others of the same kind stand among the chosen: then the set does not make up the whole."""
    last = max(inner.index(item) for item in chosen if item in inner)
    listed = inner if inner[0].numbered else inner[: last + 1]
    return any(item not in chosen and not any(item in c.parts for c in chosen) for item in listed)


_LONGEST = 12  # items of a list that is tried item by item

# Parts of money that is raised or spent do not overlap; kinds of loans, cars or patients may.
_FISCAL = re.compile("收入|支出|预算|补助|转移支付|债券|债务|税|经费|拨款|返还")
_OVERLAPPING = re.compile(
    "[新占较].{0,4}[增高]|中小|小微|民生|重点|本级|以上|贷款|保费|其中|用于|安排|涉及|惠及|争取|到位|统筹|当年|净"
)


_NO_MEMBER = re.compile("均|率|净|余额|累计|结[余转]|新增|限额以上|[增减]")


def _first_within(whole: Frame, part: Frame) -> bool:
    """Whether one part right behind its whole is certainly of it: “认证229个，其中绿色农产品281个”."""
    next_to_it = part.order == whole.order + 1 and part.sentence == whole.sentence
    labels = whole.label + part.label
    named = bool(whole.label and part.label) and not _NO_PART.search(part.label)
    return next_to_it and part.opener == "其中" and named and not _NO_MEMBER.search(labels)


def _surely_within(whole: Frame, parts: Sequence[Frame]) -> bool:
    """Whether parts that exceed the whole are certainly an error, and no second way of dividing it."""
    if parts[-1].sentence - whole.sentence > 1 or whole.level is None:
        return False
    if whole.level.figure.base == "辆":
        return all(part.label.endswith("用车") for part in parts)  # a car has one use
    if whole.level.figure.base != "元":
        return False
    if any(part.parts or _NO_PART.search(part.label) or _OVERLAPPING.search(part.label) for part in parts):
        return False
    head = whole.label[-2:]
    if re.search("[人户亩]均|平均", whole.label):
        return False
    if not _FISCAL.search(whole.label) or any(part.opener != parts[0].opener for part in parts):
        return False
    apart = all(are_siblings(one.label, other.label) for one, other in itertools.combinations(parts, 2))
    return (apart and len(parts) > 1) or all(
        part.label[-2:] == head or kin(part.label, whole.label) for part in parts
    )


@functools.lru_cache(maxsize=512)
def sum_of(count: int, *, at_most: bool = False) -> Equation:
    return Equation((*(term(number) for number in range(count)), term(count, -1)), at_most=at_most)


def _is_closed(whole: Frame, parts: Sequence[Frame]) -> bool:
    """Whether a list names all parts: numbered, 由…构成, with 其他 at its end, shares that make 100%."""
    if adds_to_hundred(parts):
        return True
    if any(part.level and part.level.open for part in parts) or any(
        _NO_PART.search(part.label) for part in parts
    ):
        return False
    if re.search("[人户亩均]均|平均|率$", whole.label + parts[0].label):
        return False
    if len(parts) < 2:
        return False
    if all(part.numbered for part in parts):
        return not _SOME.search(parts[0].words)
    # a list that names the rest names them all
    if parts[-1].label.startswith("其他") and (len(parts) > 2 or _alike([p.label for p in (whole, *parts)])):
        return True
    opener = parts[0].opener
    if opener == "(":
        return all(part.label for part in parts) and _alike([part.label for part in parts])
    return bool(_CLOSED.search(opener)) and parts[0].sentence == whole.sentence


_SOME = re.compile("主要(?!用于)|重点|例如")


def _alike(labels: Sequence[str]) -> bool:
    """Labels of one family end alike: 新增债券, 再融资债券."""
    return len({label[-2:] for label in labels}) == 1


def _part_changes(whole: Frame, parts: Sequence[Frame]) -> Iterator[Relation]:
    """The change of the whole is the sum of the parts' changes, when each part states one (E13)."""
    total = _prior_change(whole)
    if total is None:
        return
    sources: list[Mention | Operand] = []
    for part in parts:
        change = _prior_change(part)
        if change is None and part.unchanged is None:
            return
        sources.append(change or part.unchanged)  # type: ignore[arg-type]
    words, pairs = [], []
    for source in (*sources, total):
        rate = next(
            (
                frame.rates[0]
                for frame in (whole, *parts)
                if frame.rates and isinstance(source, Mention) and source in frame.changes
            ),
            None,
        )
        own = [m.word for m in (source if isinstance(source, Mention) else None, rate) if m and m.word]
        pairs.append(len(own))
        words.extend(own)
    if len(sources) > 8:
        return
    signed = [count for count in pairs if count]
    readings = []
    for pattern in range(2 ** len(signed)):
        bits, signs, left, k = [], [], [], 0
        for number, count in enumerate(pairs):
            sign = 1
            if count:
                sign = -1 if pattern >> k & 1 else 1
                k += 1
                signs.extend([sign] * count)
            bits.append(sign)
            left.append(term(number, sign if number < len(sources) else -sign))
        readings.append(Equation(tuple(left), signs=tuple(signs)))
    found = settle([relation("WD03", Kind.SUM, [*sources, total], readings, words)], sure=True)
    if found:
        yield found


def _part_budgets(whole: Frame, parts: Sequence[Frame]) -> Iterator[Relation]:
    """Where each part has its budget as the whole has, those add up too: 预算18.50，决算12.36，其中…."""
    kinds = {budget.reference for budget in whole.budgets}
    for kind in sorted(kinds):
        found = [[b for b in frame.budgets if b.reference == kind] for frame in (*parts, whole)]
        if any(len(budgets) != 1 or is_vague(budgets[0]) for budgets in found):
            continue
        budgets = [one for (one,) in found]
        if len({budget.figure.base for budget in budgets}) == 1:
            made = settle([relation("WD01", Kind.SUM, budgets, [sum_of(len(parts))])], sure=True)
            if made:
                yield made


_LAST_YEAR = re.compile("prior|\\d{4}")


def _prior_change(frame: Frame) -> Mention | None:
    found = [
        change for change in frame.changes if not is_vague(change) and _LAST_YEAR.fullmatch(change.reference)
    ]
    return found[0] if len(found) == 1 else None


# ── shares of one list ───────────────────────────────────────────────────────────────────────────────


def _hundred(paragraph: Paragraph) -> Iterator[Relation]:
    """三次产业结构为10.9:37.6:51.5 — the parts of a structure are 100 together."""
    if not paragraph.says(":", "∶"):
        return
    run: list[Mention] = []
    for mention in [*paragraph.mentions, None]:
        if mention is not None and run and mention.range == ":" and mention.words.strip() in (":", "∶"):
            run.append(mention)
            continue
        if len(run) > 2 and re.search("结构|比例|比重|构成", run[0].lead):
            operands = [m.figure.operand() for m in run]
            hundred = Operand(
                "100",
                operands[0].value * 0 + 100,
                "%",
                run[-1].figure.end,
                run[-1].figure.end,
                operands[0].half * 0,
            )
            found = settle(
                [relation("K38", Kind.SHARE, [*operands, hundred], [sum_of(len(operands))])], sure=True
            )
            if found:
                yield found
        run = [mention] if mention is not None and mention.range == ":" else []
