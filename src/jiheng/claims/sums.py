"""Sums in prose: 其中 and brackets, lists with a total, 加上…总计, 收支相抵, and the changes of parts."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from jiheng.claims.facts import is_slip
from jiheng.claims.families import FAMILIES
from jiheng.claims.frames import Frame, Paragraph, kin
from jiheng.claims.mentions import Mention, clean
from jiheng.claims.relating import is_vague, relation, settle, term
from jiheng.claims.report import Equation, Kind, Operand, Outcome, Relation
from jiheng.claims.shares import Earlier, core, scope
from jiheng.claims.verdicts import judge, outcome_of

_CLOSED = re.compile("构成|由")
_NO_PART = re.compile("上年(?!结[转余])|去年|预算|同期|计划|目标|平均|结转下年|余额中|含")


def sum_relations(paragraph: Paragraph, earlier: Earlier) -> Iterator[Relation]:
    levels = paragraph.levels
    for frame in levels:
        # the two sides of 收支总计 are _year_balance's
        if frame.parts and not (frame.total and "支" in frame.words[-12:] and len(frame.parts) > 3):
            yield from _parts(frame)
    yield from _totals(levels, earlier)
    yield from _year_balance(levels)
    yield from _even(paragraph)
    yield from _balances(levels, earlier)
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
        found = settle([relation("WD01", Kind.SUM, [*family, whole], [_sum_of(len(family))])], sure=sure)
        if found:
            yield found
            yield from _part_changes(whole, family)
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
        equal = relation("WD01", Kind.SUM, [*parts, whole], [_sum_of(len(parts))])
        found = settle([equal], sure=closed or _one_slip(whole, parts))
        if found and (closed or found.verdict is not Outcome.UNKNOWN):
            yield found
            yield from _part_changes(whole, parts)
            return
        for count in range(min(len(parts) - 1, _LONGEST), 1, -1):
            # the list goes on with something else: “其中：本年收入…，年初结转…；本年支出…”
            first = relation("WD01", Kind.SUM, [*parts[:count], whole], [_sum_of(count)])
            if outcome_of(first) is Outcome.OK:
                yield judge(first)
                return
    # an open list may fall short of the whole, and never exceeds it
    within = relation(
        "WD05",
        Kind.SUM if len(parts) > 1 else Kind.LIMIT,
        [*parts, whole],
        [_sum_of(len(parts), at_most=True)],
    )
    found = settle([within], sure=_surely_within(whole, parts))
    if found and found.verdict is Outcome.UNKNOWN and len(parts) > 1:
        # the list runs on into another subject: its first item is still a part
        found = settle(
            [relation("WD05", Kind.LIMIT, [parts[0], whole], [_sum_of(1, at_most=True)])], sure=False
        )
    if found:
        yield found


def _one_slip(whole: Frame, parts: Sequence[Frame]) -> bool:
    """Whether one wrong digit of one figure is all that keeps a list from adding up: then the list is whole."""
    figures = [part.level.figure for part in parts if part.level]
    total = whole.level.figure if whole.level else None
    if total is None or len(figures) < 2 or not total.value or re.search("[人户亩]均|平均", whole.label):
        return False
    gap = sum(figure.value for figure in figures) - total.value
    if abs(gap) * 8 > abs(total.value):
        return False
    if is_slip(total.operand(), replace(total.operand(), value=total.value + gap)):
        return True
    return any(
        figure.value > gap and is_slip(figure.operand(), replace(figure.operand(), value=figure.value - gap))
        for figure in figures
    )


_RESERVED = re.compile("安排|预算草案|拟|预计")


def _family(whole: Frame) -> list[Frame]:
    """The parts that make up a known set of names, among the parts and their parts; empty if there is none."""
    if re.search("[人户亩均]均|平均|率$|余额.*限额", whole.label):
        return []
    inner = [part for part in whole.parts if part.measured_like(whole)]
    items = [*inner, *(deeper for part in inner for deeper in part.parts if deeper.measured_like(whole))]
    items = [item for item in items if not (item.balance or item.total)]
    if len(items) < 2:
        return []
    for names in FAMILIES:
        if sum(bool(name.search(whole.label)) for name in names) == 1 < len(names):
            continue  # “还本1102亿元，付息469亿元。其中，市级还本…，付息…”: the whole is one of the set itself
        chosen = []
        for name in names:
            matching = [item for item in inner if name.search(item.label)] or [
                item for item in items if name.search(item.label)
            ]
            if len(matching) != 1 or matching[0] in chosen:
                break
            chosen += matching
        else:
            if inner[0] in chosen and not is_vague(whole, *chosen) and not _extra(inner, chosen):
                return chosen
    return []


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


def _surely_within(whole: Frame, parts: Sequence[Frame]) -> bool:
    """Whether parts that exceed the whole are certainly an error, and no second way of dividing it."""
    if parts[-1].sentence - whole.sentence > 1 or whole.level is None or whole.level.figure.base != "元":
        return False
    if any(part.parts or _NO_PART.search(part.label) or _OVERLAPPING.search(part.label) for part in parts):
        return False
    head = whole.label[-2:]
    if re.search("[人户亩]均|平均", whole.label):
        return False
    return bool(_FISCAL.search(whole.label)) and all(
        (part.label[-2:] == head or kin(part.label, whole.label)) and part.opener == parts[0].opener
        for part in parts
    )


def _sum_of(count: int, *, at_most: bool = False) -> Equation:
    return Equation((*(term(number) for number in range(count)), term(count, -1)), at_most=at_most)


_TAKES = re.compile("(?:^|[，,。;、\\s])(?:再)?(?:减去?|扣除)[^，,。;]*$")


def _signed_sum(parts: Sequence[Frame]) -> Equation:
    """加上A、B，减去C、D后为: the items that are taken off count against the total."""
    terms, sign = [], 1
    for number, part in enumerate(parts):
        if _TAKES.search(part.words):
            sign = -1
        elif not set(part.breaks) <= {"、"}:
            sign = 1
        terms.append(term(number, sign))
    return Equation((*terms, term(len(parts), -1)))


def _is_closed(whole: Frame, parts: Sequence[Frame]) -> bool:
    """Whether a list names all parts: a known set of names, a numbered list, 分别为, or a bracket that lists."""
    if any(part.level and part.level.open for part in parts) or any(
        _NO_PART.search(part.label) for part in parts
    ):
        return False
    if re.search("[人户亩均]均|平均|率$", whole.label + parts[0].label):
        return False
    if len(parts) < 2:
        return False
    if all(part.numbered for part in parts):
        return True
    # a list that names the rest names them all
    if len(parts) > 2 and parts[-1].label.startswith("其他"):
        return True
    opener = parts[0].opener
    if opener == "(":
        return all(part.label for part in parts) and _alike([part.label for part in parts])
    return bool(_CLOSED.search(opener)) and parts[0].sentence == whole.sentence


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


def _prior_change(frame: Frame) -> Mention | None:
    found = [change for change in frame.changes if change.reference in ("prior", "") and not is_vague(change)]
    return found[0] if len(found) == 1 else None


# ── 合计, 总计 ────────────────────────────────────────────────────────────────────────────────────────


def _totals(levels: Sequence[Frame], earlier: Earlier) -> Iterator[Relation]:
    for position, total in enumerate(levels):
        implied = not total.total and bool(_IMPLIED.search(total.label + total.words[-12:]))
        if not (total.total or implied) or total.depth or is_vague(total) or total.parent is not None:
            continue
        run = _run_before(levels, position)
        if not run or (
            implied and not (_ADDS.match(run[0].words) or any(_TAKES.search(p.words) for p in run))
        ):
            continue
        runs, sure = _readings(run, levels[max(0, position - 60) : position], earlier, total)
        adds = any(_ADDS.match(part.words) for part in run)
        sure = (
            sure
            and not implied
            and not any(is_vague(part) or _SELECTED.search(part.words[-24:]) for part in run)
        )
        found = settle(
            (
                relation("WD06" if adds else "WD01", Kind.SUM, [*parts, total], [_signed_sum(parts)])
                for parts in runs
                if not is_vague(*parts)
            ),
            sure=sure,
        )
        if found:
            yield found


# “一般公共预算收入加上上级补助5亿元…后，收入总计”: the first item was stated before
_NAMED_BASE = re.compile("([^，,。;:、\\n]*(?:收入|支出)(?:预算)?)(?:再)?加上?[^。，,;]{0,30}$")


def _readings(
    run: list[Frame], before: Sequence[Frame], earlier: Earlier, total: Frame
) -> tuple[list[list[Frame]], bool]:
    """What a total may be the sum of, and whether the first of these is surely meant."""
    named = _NAMED_BASE.search(run[0].words)
    if named:
        bases = _bases(core(clean(named[1])), [*earlier.last(60), *before], total)
        near = bool(bases) and bases[0] in before and bases[0].sentence >= run[0].sentence - 2
        return [[base, *run] for base in bases], near or len(bases) == 1
    if _ADDS.match(run[0].words):
        bases = []
        for frame in reversed(before):
            if frame.total or len(bases) == 8:
                break
            if (
                frame.order < run[0].order
                and frame.measured_like(total)
                and not (frame.balance or frame.depth)
            ):
                bases.append(frame)
        bases.sort(key=lambda frame: frame.parent is not None)
        alone = sum(frame.parent is None for frame in bases) == 1
        sure = alone and bases[0].sentence >= run[0].sentence - 2 and bases[0].parent is None
        whole = [frame for frame in bases[::-1] if frame.parent is None]
        return [*([base, *run] for base in bases), [*whole, *run]], sure
    return [run[first:] for first in range(len(run) - 1)], run[0].sentence == total.sentence


def _bases(name: str, before: Sequence[Frame], total: Frame) -> list[Frame]:
    """The levels that a name like 政府性基金预算支出 can mean, the nearest first; only the nearest if it is that exactly."""
    name = name.removesuffix("预算") if name.endswith(("收入预算", "支出预算")) else name
    name = (
        name.replace("公共收入", "公共预算收入")
        .replace("公共支出", "公共预算支出")
        .replace("基金收入预算", "基金预算收入")
    )
    generic = name in ("收入", "支出")
    wanted = re.compile(f"(?:预算|基金|本年|当年|经营){name}$" if generic else f"{re.escape(name)}$")
    matching = [
        frame
        for frame in reversed(before)
        if frame.measured_like(total)
        and not frame.total
        and frame.parent is None
        and wanted.search(frame.label)
    ]
    return matching[:3]


_IMPLIED = re.compile("可用财力|财力总计|安排支出|支出安排|全年可用|调整预算数为")
_SELECTED = re.compile("主要|重点|例如|比如|尤其|特别是")


def _run_before(levels: Sequence[Frame], position: int) -> list[Frame]:
    """The items that a total sums: back to the total before it, to the sentence before its own where 加上 begins one."""
    total, run = levels[position], []
    for frame in reversed(levels[max(0, position - 60) : position]):
        if frame.total or total.sentence - frame.sentence > 3 or (frame.balance and "收支" in frame.balance):
            break
        if frame.depth or (frame.parent is not None and frame.opener != "由"):
            continue
        if run and run[-1].sentence != frame.sentence and not _ADDS.match(run[-1].words):
            break
        if not run and frame.sentence < total.sentence - 1:
            break
        if not frame.measured_like(total):
            continue
        run.append(frame)
        if _NAMED_BASE.search(frame.words) or _ADDS.match(frame.words):
            break
    return run[::-1]


_ADDS = re.compile("(?:[^。]*。)?[^。]*?(?:^|[，,。;\\s])(?:再)?加上?")


# ── 收支相抵 ──────────────────────────────────────────────────────────────────────────────────────────


def _balances(levels: Sequence[Frame], earlier: Earlier) -> Iterator[Relation]:
    for position, balance in enumerate(levels):
        if (
            not balance.balance
            or is_vague(balance)
            or re.search("滚存|累计|上年|历年|净", balance.words[-20:])
        ):
            continue
        candidates = list(
            _income_and_spending(earlier.last(12), levels[max(0, position - 40) : position], balance)
        )
        if not candidates:
            continue
        sure = "收支" in balance.balance or "相抵" in balance.words
        found = settle(
            (
                relation(
                    "WD07",
                    Kind.DIFFERENCE,
                    [income, *spending, balance],
                    [
                        Equation(
                            (
                                term(0),
                                *(term(n + 1, -1) for n in range(len(spending))),
                                term(len(spending) + 1, -1),
                            )
                        )
                    ],
                )
                for income, spending in candidates
            ),
            sure=sure and len(candidates) == 1,
        )
        if found and (found.verdict.value != "unknown" or sure):
            yield found


_FUND = re.compile(
    "(.*?(?:预算|基金|保险|经营|^全[市省区县]|^[市区县]本?级|^))(收入|支出)(?:总[计量额]|合计)?$"
)


def _income_and_spending(
    earlier: Sequence[Frame], before: Sequence[Frame], balance: Frame
) -> Iterator[tuple[Frame, list[Frame]]]:
    """The pairs that a balance can be the difference of: the totals before 收支相抵, else one fund's two sides."""
    here = [
        frame
        for frame in before
        if not frame.depth and frame.measured_like(balance) and not is_vague(frame) and frame.parent is None
    ]
    totals = [frame for frame in here if frame.total][-2:]
    if not re.search("当年|本年", balance.words[-12:]) and len(totals) == 2 and totals[1] is here[-1]:
        if "支" in totals[1].label + totals[1].words[-12:]:
            yield totals[0], [totals[1]]
            return
    near = [*(frame for frame in earlier if frame.measured_like(balance) and not is_vague(frame)), *here]
    sides = [
        (frame, match) for frame in near if frame.parent is None and (match := _FUND.search(frame.label))
    ]
    if sides and near[-1] is sides[-1][0] and sides[-1][1][2] == "支出":
        spending, match = sides[-1]
        for income, other in reversed(sides[:-1]):
            same = core(other[1]) == core(match[1]) and scope(income.label) in (scope(spending.label), "")
            if other[2] == "收入" and same and (match[1] or income is sides[-2][0]):
                yield income, [spending]
                break
    if totals and "收入" in totals[-1].label + totals[-1].words[-12:]:
        # 收入总计A。支出B，加上C，年终结转D
        spent = [frame for frame in here if frame.start > totals[-1].start]
        if spent and spent[0].label.endswith("支出") and not any("收入" in frame.label for frame in spent):
            yield totals[-1], spent


_EVEN = re.compile(
    "[^。]{0,12}?[，,。;][^。]{0,16}?(?:收支(?:总体)?平衡|收支相抵后?[，,]?(?:平衡|无结余|结余为零)|年终无结余)"
)


def _even(paragraph: Paragraph) -> Iterator[Relation]:
    """收入总计A，支出总计B，收支平衡: the two totals are one number (K01)."""
    for income, spending in itertools.pairwise(frame for frame in paragraph.levels if frame.total):
        if (
            "支" not in spending.label + spending.words[-12:]
            or spending.level is None
            or is_vague(income, spending)
        ):
            continue
        if income.measured_like(spending) and _EVEN.match(paragraph.text, spending.level.figure.end):
            yield judge(
                relation("K01", Kind.SAME_FACT, [income, spending], [Equation((term(0), term(1, -1)))])
            )


_SIDES = (
    ("income", re.compile("^本年收入|本年收入(?:合计)?$")),
    ("opening", re.compile("(?:年初|上年)(?:财政拨款)?结[转余]")),
    ("reserve", re.compile("使用.{0,8}结余|用事业基金弥补")),
    ("spending", re.compile("^本年支出|本年支出(?:合计)?$")),
    ("allotted", re.compile("结余分配")),
    ("closing", re.compile("年末(?:财政拨款)?结[转余]")),
)


def _year_balance(levels: Sequence[Frame]) -> Iterator[Relation]:
    """本年收入 + 年初结转和结余 = 本年支出 + 年末结转和结余, and each side is the 总计 (K02, K03 and K16)."""
    found: dict[str, Frame] = {}
    for frame in levels:
        if frame.level is None or frame.level.figure.base != "元" or frame.depth or is_vague(frame):
            continue
        side = next((name for name, pattern in _SIDES if pattern.search(frame.level.lead)), "")
        if side and side in found:
            return
        if side:
            found[side] = frame
    if not {"income", "opening", "spending", "closing"} <= found.keys():
        return
    incoming = [found[name] for name in ("income", "opening", "reserve") if name in found]
    outgoing = [found[name] for name in ("spending", "allotted", "closing") if name in found]
    left = (
        *(term(n) for n in range(len(incoming))),
        *(term(n + len(incoming), -1) for n in range(len(outgoing))),
    )
    made = [relation("K16", Kind.BALANCE, [*incoming, *outgoing], [Equation(left)])]
    totals = [
        frame for frame in levels if frame.total and not frame.depth and frame.start < incoming[0].start
    ]
    if len(totals) == 1 and not is_vague(totals[0]):
        made.append(relation("K02", Kind.SUM, [*incoming, totals[0]], [_sum_of(len(incoming))]))
        made.append(relation("K03", Kind.SUM, [*outgoing, totals[0]], [_sum_of(len(outgoing))]))
    yield from map(judge, made)


# ── shares of one list ───────────────────────────────────────────────────────────────────────────────


def _hundred(paragraph: Paragraph) -> Iterator[Relation]:
    """三次产业结构为10.9:37.6:51.5 — the parts of a structure are 100 together."""
    run: list[Mention] = []
    for mention in [*paragraph.mentions, None]:
        if (
            mention is not None
            and run
            and mention.notes.get("range") == ":"
            and mention.words.strip() in (":", "∶")
        ):
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
                [relation("K38", Kind.SHARE, [*operands, hundred], [_sum_of(len(operands))])], sure=True
            )
            if found:
                yield found
        run = [mention] if mention is not None and mention.notes.get("range") == ":" else []
