"""Totals and balances in prose: 加上…总计, 收入总计 against 支出总计, 收支相抵, and a department's year."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from jiheng.claims.frames import Frame, Paragraph
from jiheng.claims.mentions import clean
from jiheng.claims.relating import is_vague, relation, settle, term
from jiheng.claims.report import Equation, Kind, Outcome, Relation
from jiheng.claims.shares import Earlier, core, scope
from jiheng.claims.sums import sum_of
from jiheng.claims.verdicts import judge


def total_relations(paragraph: Paragraph, earlier: Earlier) -> Iterator[Relation]:
    """What the totals and the balances of a paragraph say; `earlier` are the document's levels before it."""
    yield from _totals(paragraph.levels, earlier)
    if paragraph.says("本年收入"):
        yield from _year_balance(paragraph.levels)
    yield from _even(paragraph)
    yield from _balances(paragraph.levels, earlier)
    if paragraph.says("顺差", "逆差"):
        yield from _trade(paragraph.levels)


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


def _totals(levels: Sequence[Frame], earlier: Earlier) -> Iterator[Relation]:
    for position, total in enumerate(levels):
        if total.depth or total.is_vague or total.parent is not None:
            continue
        implied = not total.total and bool(_IMPLIED.search(total.label + total.words[-12:]))
        if not (total.total or implied):
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
    """The levels that a name like 政府性基金预算支出 can mean, the nearest first."""
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
    """The items that a total sums: back to the total before it, a sentence farther where 加上 begins one."""
    total = levels[position]
    run: list[Frame] = []
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
        if not balance.balance or is_vague(balance) or _CARRIED.search(balance.words[-20:]):
            continue
        before = levels[max(0, position - 40) : position]
        candidates = list(_income_and_spending(earlier.last(12), before, balance))
        said = "收支" in balance.balance or "相抵" in balance.words
        if balance.balance.startswith("年"):
            # what stands at the end of the year is left of an income that counts what the last one left
            candidates = [one for one in candidates if _counts_last_year(one[0])] or candidates
        year_end = (
            bool(candidates)
            and balance.balance.startswith("年")
            and (len(candidates[0][1]) > 1 or _counts_last_year(candidates[0][0]))
        )
        found = settle(
            (_difference(income, spending, balance) for income, spending in candidates),
            sure=(said or year_end) and len(candidates) == 1,
        )
        if found and (found.verdict is not Outcome.UNKNOWN or said):
            yield found


def _counts_last_year(income: Frame) -> bool:
    return income.total and bool(re.search("上年(?:滚存)?结[余转]", income.words))


_CARRIED = re.compile("滚存|累计|上年|历年|净")


def _difference(income: Frame, spending: Sequence[Frame], balance: Frame) -> Relation:
    count = len(spending)
    left = (term(0), *(term(n + 1, -1) for n in range(count)), term(count + 1, -1))
    return relation("WD07", Kind.DIFFERENCE, [income, *spending, balance], [Equation(left)])


_FUND = re.compile(
    "(.*?(?:预算|基金|保险|经营|^全[市省区县]|^[市区县]本?级|^))(收入|支出)(?:总[计量额]|合计)?$"
)


def _income_and_spending(
    earlier: Sequence[Frame], before: Sequence[Frame], balance: Frame
) -> Iterator[tuple[Frame, list[Frame]]]:
    """The pairs a balance can be the difference of: the totals before 收支相抵, else one fund's two sides."""
    here = [
        frame
        for frame in before
        if not frame.depth and frame.measured_like(balance) and not is_vague(frame) and frame.parent is None
    ]
    totals = [frame for frame in here if frame.total][-2:]
    paired = len(totals) == 2 and totals[1] is here[-1] and "支" in totals[1].label + totals[1].words[-12:]
    if paired and not re.search("当年|本年", balance.words[-12:]):
        yield totals[0], [totals[1]]
        return
    near = [*(frame for frame in earlier if frame.measured_like(balance) and not is_vague(frame)), *here]
    sides = [
        (frame, match) for frame in near if frame.parent is None and (match := _FUND.search(frame.label))
    ]
    if sides and near[-1] is sides[-1][0] and sides[-1][1][2] == "支出":
        spending, match = sides[-1]
        for income, other in reversed(sides[:-1]):
            bare = (
                spending.label == "支出" and income is sides[-2][0] and income.sentence == spending.sentence
            )
            same = (bare or core(other[1]) == core(match[1])) and scope(income.label) in (
                scope(spending.label),
                "",
            )
            if other[2] == "收入" and same and (match[1] or bare or income is sides[-2][0]):
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


_TRADE = re.compile("(?:^|货物|全[市省区县国])(出口|进口|(?:进出口|贸易)?(?:顺差|逆差))(?:额|总额|总值|值)?$")


def _trade(levels: Sequence[Frame]) -> Iterator[Relation]:
    """顺差 = 出口 − 进口, 逆差 = 进口 − 出口, of the nearest before it."""
    said: dict[str, Frame] = {}
    for frame in levels:
        match = _TRADE.search(frame.label)
        if match is None or is_vague(frame):
            continue
        if not match[1].endswith("差"):
            said[match[1]] = frame
        elif "出口" in said and "进口" in said and said["出口"].measured_like(frame):
            sides = [said["出口"], said["进口"]]
            if match[1].endswith("逆差"):
                sides.reverse()
            if sides[0].measured_like(sides[1]):
                yield judge(_difference(sides[0], sides[1:], frame))


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
        made.append(relation("K02", Kind.SUM, [*incoming, totals[0]], [sum_of(len(incoming))]))
        made.append(relation("K03", Kind.SUM, [*outgoing, totals[0]], [sum_of(len(outgoing))]))
    yield from map(judge, made)
