"""Sums in prose: 其中 and brackets, lists with a total, 加上…总计, 收支相抵, and the changes of parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from jiheng.claims.frames import Frame, Paragraph
from jiheng.claims.mentions import Mention
from jiheng.claims.relating import is_vague, relation, settle, term
from jiheng.claims.report import Equation, Kind, Operand, Relation

# Sets of names that make up a whole: a list with one of each is whole, whatever else stands around it.
_WHOLES = tuple(
    tuple(re.compile(name) for name in names)
    for names in (
        ("税收", "非税"), ("一般债", "专项债"), ("基本支出", "项目支出"), ("人员(?:经费|支出)", "公用(?:经费|支出)"), ("第一产业", "第二产业", "第三产业"),
        ("返还", "一般性转移", "专项转移"), ("出国|出境", "公务用车", "公务接待"), ("出国|出境", "购置", "运行", "接待"), ("出国|出境", "运行", "接待"),
        ("新增", "再融资"), ("一般公共预算", "政府性基金", "国有资本"), ("货物", "工程", "服务"), ("城镇|城市", "农村|乡村"),
        ("男", "女"), ("出口", "进口"), ("财政拨款", "其他资金"), ("政府债券", "存量"), ("市级|市本级|本级", "县级|县区|区县|县（市、区）|所属"),
        ("公务用车购置", "公务用车运行"), ("上年结转", "本年"), ("内贸|国内", "国际|入境"),
    )
)
_CLOSED = re.compile("分别(?:是|为)|构成|由")
_NO_PART = re.compile("上年|去年|预算|同期|计划|目标|人均|平均|结余|结转下年|余额中|含")


def sum_relations(paragraph: Paragraph) -> Iterator[Relation]:
    levels = paragraph.levels()
    for frame in levels:
        if frame.parts:
            yield from _parts(frame)
    yield from _totals(levels)
    yield from _balances(levels)
    yield from _hundred(paragraph)


# ── 其中 ─────────────────────────────────────────────────────────────────────────────────────────────


def _parts(whole: Frame) -> Iterator[Relation]:
    parts = [part for part in whole.parts if part.measured_like(whole)]
    if not parts or is_vague(whole, *parts) or any(part.balance or part.total for part in parts):
        return
    closed = _is_closed(whole, parts)
    if len(parts) > 1:
        equal = relation("WD01", Kind.SUM, [*parts, whole], [_sum_of(len(parts))])
        found = settle([equal], sure=closed)
        if found and (closed or found.verdict.value in ("ok", "rounding")):
            yield found
            yield from _part_changes(whole, parts)
            return
    # an open list may fall short of the whole, and never exceeds it
    within = _sum_of(len(parts), at_most=True)
    sure = not any(part.parts for part in parts if part.opener == "其中") and not any(_NO_PART.search(part.label) for part in parts)
    same_sentence = parts[-1].sentence - whole.sentence <= 1
    found = settle([relation("WD05", Kind.SUM if len(parts) > 1 else Kind.LIMIT, [*parts, whole], [within])], sure=sure and same_sentence)
    if found:
        yield found


def _sum_of(count: int, *, at_most: bool = False) -> Equation:
    return Equation((*(term(number) for number in range(count)), term(count, -1)), at_most=at_most)


def _is_closed(whole: Frame, parts: Sequence[Frame]) -> bool:
    """Whether a list names all parts: a known set of names, a numbered list, 分别为, or a bracket that lists."""
    if any(part.level and part.level.open for part in parts) or any(_NO_PART.search(part.label) for part in parts):
        return False
    if _is_whole([part.label for part in parts]):
        return True
    if len(parts) < 2:
        return False
    if all(part.numbered for part in parts):
        return True
    opener = parts[0].opener
    if opener == "(":
        return all(part.label for part in parts) and _alike([part.label for part in parts])
    return bool(_CLOSED.search(opener)) and parts[0].sentence == whole.sentence


def _is_whole(labels: Sequence[str]) -> bool:
    for names in _WHOLES:
        if len(names) == len(labels) and all(sum(bool(name.search(label)) for label in labels) == 1 for name in names):
            return True
    return False


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
        rate = next((frame.rates[0] for frame in (whole, *parts) if frame.rates and isinstance(source, Mention) and source in frame.changes), None)
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


def _prior_change(frame: Frame) -> Mention | None:
    found = [change for change in frame.changes if change.reference in ("prior", "") and not is_vague(change)]
    return found[0] if len(found) == 1 else None


# ── 合计, 总计 ────────────────────────────────────────────────────────────────────────────────────────


def _totals(levels: Sequence[Frame]) -> Iterator[Relation]:
    for position, total in enumerate(levels):
        if not total.total or total.depth or is_vague(total):
            continue
        run = _run_before(levels, position)
        if len(run) < 2:
            continue
        adds = any(re.search("加上?|调入|上解|补助|结转", part.words) for part in run[1:])
        one_sentence = run[0].sentence == total.sentence
        candidates = [run[first:] for first in range(len(run) - 1)]
        sure = (one_sentence or adds) and not any(is_vague(part) or (part.level and part.level.open) for part in run)
        found = settle(
            (relation("WD06" if adds else "WD01", Kind.SUM, [*parts, total], [_sum_of(len(parts))]) for parts in candidates if not is_vague(*parts)),
            sure=sure,
        )
        if found:
            yield found


def _run_before(levels: Sequence[Frame], position: int) -> list[Frame]:
    """The items that a total sums: back to the total before it, at most to the sentence before its own."""
    total, run = levels[position], []
    for frame in reversed(levels[:position]):
        if frame.total or frame.balance or total.sentence - frame.sentence > 1:
            break
        if total.sentence != frame.sentence and run and run[-1].sentence == total.sentence:
            break
        if frame.depth or (frame.parent is not None and frame.opener != "由"):
            continue
        if not frame.measured_like(total):
            continue
        run.append(frame)
    return run[::-1]


# ── 收支相抵 ──────────────────────────────────────────────────────────────────────────────────────────


def _balances(levels: Sequence[Frame]) -> Iterator[Relation]:
    for position, balance in enumerate(levels):
        if not balance.balance or is_vague(balance) or re.search("滚存|累计|上年|历年|净", balance.words[-20:]):
            continue
        candidates = list(_income_and_spending(levels[:position], balance))
        if not candidates:
            continue
        sure = "收支" in balance.balance or "相抵" in balance.words
        found = settle(
            (relation("WD07", Kind.DIFFERENCE, [income, *spending, balance],
                      [Equation((term(0), *(term(n + 1, -1) for n in range(len(spending))), term(len(spending) + 1, -1)))])
             for income, spending in candidates),
            sure=sure and len(candidates) == 1,
        )
        if found and (found.verdict.value != "unknown" or sure):
            yield found


def _income_and_spending(before: Sequence[Frame], balance: Frame) -> Iterator[tuple[Frame, list[Frame]]]:
    near = [frame for frame in before if not frame.depth and frame.measured_like(balance) and not is_vague(frame)]
    totals = [frame for frame in near if frame.total][-2:]
    if len(totals) == 2 and totals[1].order > totals[0].order and "支" in totals[1].label + totals[1].words[-12:]:
        yield totals[0], [totals[1]]
        return
    plain = [frame for frame in near if frame.parent is None and not frame.balance]
    income = next((frame for frame in reversed(plain) if re.search("收入[^，,]{0,6}$|总计|来源", frame.label + frame.words[-6:]) and "支出" not in frame.label[-4:]), None)
    if income is None:
        return
    spending = [frame for frame in plain if frame.order > income.order]
    if len(spending) == 1 and "支" in spending[0].label:
        yield income, spending
    elif spending and "支" in spending[0].label:
        yield income, spending
        yield income, spending[-1:]


# ── shares of one list ───────────────────────────────────────────────────────────────────────────────


def _hundred(paragraph: Paragraph) -> Iterator[Relation]:
    """三次产业结构为10.9:37.6:51.5 — the parts of a structure are 100 together."""
    run: list[Mention] = []
    for mention in [*paragraph.mentions, None]:
        if mention is not None and run and mention.notes.get("range") == ":" and mention.words.strip() in (":", "∶"):
            run.append(mention)
            continue
        if len(run) > 2 and re.search("结构|比例|比重|构成", run[0].lead):
            operands = [m.figure.operand() for m in run]
            hundred = Operand("100", operands[0].value * 0 + 100, "%", run[-1].figure.end, run[-1].figure.end, operands[0].half * 0)
            found = settle([relation("K38", Kind.SHARE, [*operands, hundred], [_sum_of(len(operands))])], sure=True)
            if found:
                yield found
        run = [mention] if mention is not None and mention.notes.get("range") == ":" else []
