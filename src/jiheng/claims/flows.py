"""What one sentence carries from an amount to what is left of it, and other sums that no 合计 announces.

“下达500万元，支出450万元，结余50万元，支出进度90%”, “年初预算A，追加B，调减C，调整预算D”, “年初余额A，补充B，
动用C，年末余额D”, “资产A，负债B，净资产C”, “由65.2%提高到68.5%，提高3.3个百分点”, “决策得18分，…，总分91分”.
A chain counts only when every amount between its two ends says what it does there; else nothing is bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from jiheng.claims.frames import STOP, Paragraph
from jiheng.claims.mentions import Mention, sign_of
from jiheng.claims.relating import is_vague, relation, settle, term
from jiheng.claims.remembering import remembered
from jiheng.claims.report import Equation, Kind, Relation
from jiheng.claims.scan import Measure
from jiheng.claims.sums import sum_of
from jiheng.claims.verdicts import judge

_PERCENT_OF = Equation((term(0),), (term(1),), percent=2)
_AMOUNT = "(?:资金|经费|数|总?额|总[计值]|合计|金额|规模|了|为|是|达|共|共计|的|元)*$"


class _Chain(NamedTuple):
    """An amount, what comes to it, what goes off it, and what it is then: by the last words before each."""

    opens: re.Pattern[str]
    adds: re.Pattern[str] | None
    takes: re.Pattern[str] | None
    closes: re.Pattern[str]


def _ending(words: str) -> re.Pattern[str]:
    return re.compile(f"(?:{words}){_AMOUNT}")


_LEFT = _Chain(
    opens=_ending("预算|计划|指标|下达|到位|安排|拨入|争取|(?:预算|计划)?安排支出|(?:项目|专项)(?=资金)"),
    adds=None,
    takes=_ending("支出|使用|执行|拨付|支付|发放|兑付|完成|实际"),
    closes=_ending("结余|节余|剩余|节约|尚未使用|尚未支出|尚余"),
)
_CHAINS = (
    _LEFT,
    _Chain(
        opens=_ending("年初预算|期初预算"),
        adds=_ending("追加|调增|增加|调入|新增"),
        takes=_ending("调减|压减|收回|核减|减少|调出"),
        closes=_ending("调整后?预算|全年预算|预算调整|调整"),
    ),
    _Chain(
        opens=_ending("(?:年初|期初|上年末|上年)(?:余额|结余|结转|结转结余|结余结转|存量)"),
        adds=_ending("收入|补充|增加|新增|筹集|归集|存入|转入|预算|安排|下达|到位"),
        takes=_ending("动用|支出|使用|减少|核销|处置|转出|调出"),
        closes=_ending(
            "(?:年末|期末|年终)(?:累计|滚存)?(?:余额|结余|结转|结转结余|结余结转)|(?:累计|滚存)?结余|余额"
        ),
    ),
    _Chain(
        opens=re.compile("^(?!净)[^，,]*资产(?:总额|总计|合计)?[为是达共]*$"),
        adds=None,
        takes=_ending("负债"),
        closes=_ending("净资产"),
    ),
    _Chain(opens=_ending("原值|原价"), adds=None, takes=_ending("折旧|摊销"), closes=_ending("净值")),
)
_ENDS = ("余", "结转", "节约", "净", "调整", "全年预算")
_END = re.compile("|".join(_ENDS))
_LOOSE = re.compile("上年|其中|主要|历年|等(?!级)|不含")  # there is more than the sentence says
_SPENT = re.compile("(?:执行率|支出进度|支出率|使用率|支付率|拨付率|执行进度)(?:为|达到?|是)?$")
_ARRIVED = re.compile("到位率(?:为|达到?|是)?$")
_SAVED = re.compile("(?:结余率|节约率|节余率|剩余率)(?:为|达到?|是)?$")


def flow_relations(paragraph: Paragraph, told: Iterable[Relation]) -> Iterator[Relation]:
    """The chains and moved percentages of a paragraph that none of the relations `told` is about."""
    chained = paragraph.says(*_ENDS) or paragraph.says("率", "进度")
    scored, moved = paragraph.says("得分", "总分"), paragraph.says("个百分点")
    if not (chained or scored or moved):
        return
    known = {one.operands[-1].start for one in told if one.operands}
    for sentence in _sentences(paragraph.mentions):
        if chained:
            yield from _chains(sentence, known)
            yield from _rates(sentence, known)
        if scored:
            yield from _scores(sentence, known)
        if moved:
            yield from _points(sentence)


def _sentences(mentions: Sequence[Mention]) -> Iterator[list[Mention]]:
    sentence: list[Mention] = []
    for mention in mentions:
        if sentence and STOP.search(mention.breaks):
            yield sentence
            sentence = []
        sentence.append(mention)
    if sentence:
        yield sentence


def _is_amount(mention: Mention) -> bool:
    return mention.figure.measure is Measure.MONEY and mention.figure.base == "元"


# ── amounts ──────────────────────────────────────────────────────────────────────────────────────────


def _chains(sentence: Sequence[Mention], known: set[int]) -> Iterator[Relation]:
    """Each amount that ends a chain; of several chains (下达A，到位B，支出C，结余D) any may be meant."""
    amounts = [mention for mention in sentence if _is_amount(mention) and not mention.depth]
    for place, closing in enumerate(amounts):
        if place < 2 or closing.figure.start in known or not _END.search(closing.lead):
            continue
        made = [one for chain in _CHAINS for one in _closed(chain, amounts[: place + 1])]
        sure = len(made) == 1 and made[0].operands[0].start == amounts[0].figure.start
        if found := settle(made, sure=sure and not any(_LOOSE.search(one.words) for one in amounts[1:])):
            yield found


def _closed(chain: _Chain, amounts: Sequence[Mention]) -> Iterator[Relation]:
    """What opens a chain stands right before what moved, and that right before its end."""
    *before, closing = amounts
    if not chain.closes.search(closing.lead):
        return
    back = reversed(before)
    moved = list(takewhile(lambda one: _sign(chain, one) and not chain.opens.search(one.lead), back))[::-1]
    back = reversed(before[: len(before) - len(moved)])
    opening = takewhile(lambda one: chain.opens.search(one.lead), back)
    terms = [term(n, _sign(chain, mention)) for n, mention in enumerate(moved, 1)]
    equation = Equation((term(0), *terms, term(len(moved) + 1, -1)))
    for one in opening if moved else ():
        if not (is_vague(one, *moved, closing) or "债" in one.words + closing.words):
            yield relation("WD07", Kind.DIFFERENCE, [one, *moved, closing], [equation])


def _sign(chain: _Chain, mention: Mention) -> int:
    if chain.adds and chain.adds.search(mention.lead):
        return 1
    return -1 if chain.takes and chain.takes.search(mention.lead) else 0


def _rates(sentence: Sequence[Mention], known: set[int]) -> Iterator[Relation]:
    """支出进度, 到位率 and 节约率 of the amounts before them in the sentence."""
    for place, rate in enumerate(sentence):
        if rate.figure.measure is not Measure.PERCENT or rate.figure.start in known or is_vague(rate):
            continue
        made = list(_rated(rate, [one for one in sentence[:place] if _is_amount(one) and not one.depth]))
        if found := settle(made, sure=len(made) == 1):
            yield found


def _rated(rate: Mention, before: Sequence[Mention]) -> Iterator[Relation]:
    side = _side(rate.lead)
    if not side or is_vague(*before) or any(_LOOSE.search(one.words) for one in before[1:]):
        return
    parts = [one for one in before if side.search(one.lead)][-1:]
    for part in parts:
        for whole in before[: before.index(part)]:
            if _LEFT.opens.search(whole.lead) and not side.search(whole.lead):
                yield relation("K39", Kind.COMPLETION, [part, whole, rate], [_PERCENT_OF])


_CAME = _ending("到位")


@remembered
def _side(lead: str) -> re.Pattern[str] | None:
    """What a rate is the part of: what was spent, what came in, or what is left."""
    if _SPENT.search(lead):
        return _LEFT.takes
    if _ARRIVED.search(lead):
        return _CAME
    return _LEFT.closes if _SAVED.search(lead) else None


# ── scores ───────────────────────────────────────────────────────────────────────────────────────────

_TOTAL_SCORE = re.compile("(?:总分|总得分|综合得分|合计得分|最终得分|评价得分|自评得分)(?:数|为|是)?$")
_FULL = re.compile("(?:满分|分值|标准分|权重)(?:为|是)?$")
_GOT = re.compile("^(?:自评|实际|评价)?得分?(?:为|是)?$")


def _scores(sentence: Sequence[Mention], known: set[int]) -> Iterator[Relation]:
    """“决策20分，得18分；…；总分91分”: what each kind of indicator got makes the total."""
    scores = [one for one in sentence if one.figure.base == "分" and not one.depth]
    totals = [one for one in scores if _TOTAL_SCORE.search(one.lead)]
    if len(totals) != 1 or totals[0] is not scores[-1] or totals[0].figure.start in known:
        return
    parts = [one for one in scores[:-1] if not _FULL.search(one.lead)]
    got = [one for one in parts if _GOT.search(one.lead)]
    parts = got or parts
    if len(parts) > 1 and not is_vague(*parts, *totals):
        made = relation("WD01", Kind.SUM, [*parts, *totals], [sum_of(len(parts))])
        if found := settle([made], sure=len(got) > 2):
            yield found


# ── percentages ──────────────────────────────────────────────────────────────────────────────────────

_TO = re.compile("^[的]?(?:提高|增加|增长|上升|提升|升|下降|降低|回落|减少|降)(?:到|至|为)$")
_FROM = re.compile("[由从][^，,]{0,8}$")
_THAN = re.compile("^[比较](?:上年|去年|上年同期)[^，,]{0,4}$")
_MOVED = re.compile("(提高|增加|增长|上升|提升|下降|降低|回落|减少|高出?|低)了?$")


def _points(sentence: Sequence[Mention]) -> Iterator[Relation]:
    """由A%提高到B%，提高C个百分点; B%，比上年的A%提高C个百分点."""
    for first, second, points in zip(sentence, sentence[1:], sentence[2:], strict=False):
        if points.figure.measure is not Measure.POINTS or is_vague(first, second, points):
            continue
        if not (first.figure.measure is second.figure.measure is Measure.PERCENT):
            continue
        match = _MOVED.search(points.lead)
        if match and _FROM.search(first.lead) and _TO.search(second.lead):
            before, after = first, second
        elif match and match[0] == points.lead and _THAN.search(second.lead):
            before, after = second, first
        else:
            continue
        equation = Equation((term(0), term(1, -1), term(2, -sign_of(match[1]))))
        yield judge(relation("WD02", Kind.DIFFERENCE, [after, before, points], [equation]))
