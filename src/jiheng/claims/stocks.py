"""What a year's flows allow of its stocks, a reason of a change, and a rate per unit of a quantity.

财预〔2018〕209号: limit, balance, issues, repayment and interest of debt are published together, so they can
be held against each other: 期末 = 期初 + 发行 − 还本, 余额 ≤ 限额, and ordinary refinancing ≤ what fell due.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from jiheng.claims.frames import Frame, Paragraph
from jiheng.claims.mentions import Mention
from jiheng.claims.relating import is_vague, relation, settle, term
from jiheng.claims.remembering import remembered
from jiheng.claims.report import Equation, Kind, Outcome, Relation, Term
from jiheng.claims.verdicts import judge
from jiheng.sheets import Severity

# Broken for a reason that the text need not give: a warning, and the relation is left undecided.
WARNINGS = {"D6": Severity.WARNING, "WD10": Severity.WARNING}

_KINDS = (
    ("limit", re.compile("限额")),
    ("opening", re.compile("(?:年初|期初|上年末|上年底|上年年末|年初时).{0,12}(?:余额|债务)")),
    ("closing", re.compile("余额")),
    ("repaid", re.compile("还本|偿还(?!.{0,6}利息)|归还|付本")),
    ("interest", re.compile("利息|付息|发行费|手续费")),
    ("refinanced", re.compile("再融资")),
    ("issued", re.compile("发行|新增|下达|转贷|举借|争取")),
)
_YEAR = re.compile(r"(20\d\d)年")
_HEADING = re.compile(r"\s*(?:[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十]{1,2}\))")
_NOT_WHOLE = re.compile("结存|提前下达|拟|计划|预计|累计|置换|隐性|化解|五年|[二三四五]年|核定新增|使用")

# 其中用再融资债券偿还3亿元: a part of what was repaid, and no bonds issued a second time
_REPAID_BY = re.compile(
    "(?:用|以|通过|靠|由)[^，,。;]{0,12}(?:债券|资金|收入|财力)[^，,。;]{0,4}(?:偿还|还本|归还)"
)
# what may exceed the principal that fell due: special refinancing bonds, swaps of hidden debt
_BEYOND = re.compile("特殊|置换|隐性|拖欠")


def stock_relations(paragraphs: Sequence[Paragraph]) -> Iterator[Relation]:
    """Debt stock and flow, note by note; a note is a run of paragraphs that speak of debt."""
    for note in _notes(paragraphs):
        kinds = _sorted(note)
        for part in ("", "一般", "专项"):
            yield from _flows(kinds, part)
            yield from _within_limit(kinds, part)
        if not any(_BEYOND.search(frame.words) for frame in note):
            yield from _refinancing(kinds)


def _notes(paragraphs: Sequence[Paragraph]) -> Iterator[list[Frame]]:
    note: list[Frame] = []
    for para in paragraphs:
        if para.says("债") and any(
            frame.level is not None and frame.level.figure.base == "元" and "债" in _context(frame)
            for frame in para.levels
        ):
            note += para.levels
        elif note and (para.frames or _HEADING.match(para.text, para.start)):
            yield note
            note = []
    if note:
        yield note


def _context(frame: Frame) -> str:
    outer = frame.parent.label if frame.parent else ""
    return outer + frame.label + frame.words[-20:]


def _sorted(note: Sequence[Frame]) -> dict[tuple[str, str], list[Frame]]:
    """The frames of a note by kind of figure and by 一般, 专项 or neither."""
    found: dict[tuple[str, str], list[Frame]] = {}
    years = [int(year) for frame in note for year in _YEAR.findall(frame.words)]
    last, now = max(years, default=0), 0
    for frame in note:
        # 2024年末 in the account of 2025 is where its year begins
        if "年" in frame.words and (named := _YEAR.findall(frame.words)):
            now = int(named[-1])
        if (
            frame.level is None
            or frame.level.figure.base != "元"
            or is_vague(frame)
            or _NOT_WHOLE.search(frame.label)
            or _REPAID_BY.search(frame.level.lead)
        ):
            continue
        kind = _kind_of(frame)
        if kind == "closing" and 0 < now < last:
            kind = "opening" if now == last - 1 else ""
        if kind:
            part = next((name for name in ("一般", "专项") if name in frame.label), "")
            if part == "一般" and "专项" in frame.label:
                part = ""
            found.setdefault((kind, part), []).append(frame)
    return found


@remembered
def _named_kind(label: str) -> str:
    return next((kind for kind, pattern in _KINDS if pattern.search(label)), "")


def _kind_of(frame: Frame) -> str:
    if kind := _named_kind(frame.label):
        return kind if "债" in _context(frame) or kind in ("repaid", "limit") else ""
    if frame.total and "债" in frame.words + (frame.parent.label if frame.parent else ""):
        return "issued total"
    if frame.parent is not None and re.search("一般|专项", frame.label):
        return _kind_of(frame.parent)
    if frame.total:
        return "issued total"
    return ""


def _one(kinds: dict[tuple[str, str], list[Frame]], kind: str, part: str) -> Frame | None:
    found = kinds.get((kind, part), [])
    values = {frame.level.figure.value for frame in found if frame.level}
    return found[0] if len(values) == 1 else None


def _flows(kinds: dict[tuple[str, str], list[Frame]], part: str) -> Iterator[Relation]:
    """D1: closing = opening + issued − repaid; and where no opening is stated, it cannot be below nothing."""
    closing, repaid, opening = (_one(kinds, kind, part) for kind in ("closing", "repaid", "opening"))
    if closing is None or repaid is None:
        return
    issued = _issued(kinds, part)
    if not issued:
        return
    count = len(issued)
    if opening is not None:
        terms = [term(0), *(term(n + 1) for n in range(count)), term(count + 1, -1), term(count + 2, -1)]
        found = settle(
            [relation("K54", Kind.BALANCE, [opening, *issued, repaid, closing], [Equation(tuple(terms))])],
            sure=True,
        )
    else:
        terms = [*(term(n) for n in range(count)), term(count, -1), term(count + 1, -1)]
        equation = Equation(tuple(terms), at_most=True)
        found = settle([relation("K54", Kind.BALANCE, [*issued, repaid, closing], [equation])], sure=True)
        if found and found.verdict is Outcome.ERROR:
            found = found._replace(message=f"{found.message}：否则上年末余额小于零")
    if found:
        yield found


def _issued(kinds: dict[tuple[str, str], list[Frame]], part: str) -> list[Frame]:
    """What was issued in the year: a stated total, or new and refinancing bonds together."""
    if not part:
        total = _one(kinds, "issued total", "")
        if total is not None:
            return [total]
    items = [*kinds.get(("issued", part), []), *kinds.get(("refinanced", part), [])]
    if not part:
        inner = [frame for frame in items if frame.parent not in items]
        return inner if 0 < len(inner) <= 2 and len({frame.label for frame in inner}) == len(inner) else []
    return items if len(items) == 2 or (len(items) == 1 and items[0].label.startswith("发行")) else []


def _within_limit(kinds: dict[tuple[str, str], list[Frame]], part: str) -> Iterator[Relation]:
    """D2: the balance stays within the limit, for 一般 and 专项 apart."""
    closing, limit = _one(kinds, "closing", part), _one(kinds, "limit", part)
    if closing is None or limit is None or "新增" in limit.label:
        return
    found = settle(
        [relation("K54", Kind.LIMIT, [limit, closing], [Equation((term(1), term(0, -1)), at_most=True)])],
        sure=True,
    )
    if found:
        yield found


def _refinancing(kinds: dict[tuple[str, str], list[Frame]]) -> Iterator[Relation]:
    """D6: ordinary refinancing does not exceed the principal that fell due; else the text should say why."""
    repaid = _one(kinds, "repaid", "")
    refinanced = [frame for part in ("", "一般", "专项") for frame in kinds.get(("refinanced", part), [])]
    refinanced = [frame for frame in refinanced if frame.parent not in refinanced]
    if repaid is None or not refinanced or len(refinanced) > 2:
        return
    count = len(refinanced)
    # the repayment stands first: the stated figure, the refinancing, comes last
    equation = Equation((*(term(n + 1) for n in range(count)), term(0, -1)), at_most=True)
    judged = judge(relation("D6", Kind.LIMIT, [repaid, *refinanced], [equation]))
    if judged.verdict is Outcome.ERROR:
        said = f"再融资债券大于当年还本：{judged.message}。如有特殊再融资债券或还本未列全，请说明"
        judged = judged._replace(message=said)
    yield judged


# ── reasons and rates per unit ───────────────────────────────────────────────────────────────────────


def reason_relations(paragraph: Paragraph) -> Iterator[Relation]:
    """A reason larger than the change it explains, in the same direction: something else moved against it."""
    net: tuple[Frame, Mention] | None = None
    for number, frame in enumerate(paragraph.frames):
        if frame.level is not None and frame.changes:
            net = (frame, frame.changes[0])
            continue
        if (
            net is None
            or frame.level is not None
            or not frame.changes
            or frame.sentence - net[0].sentence > 1
        ):
            continue
        change, reason = net[1], frame.changes[0]
        words = [word for word in (change.word, reason.word) if word]
        if (
            not re.search("主要|因为|由于|原因", reason.words)
            or len({w.sign for w in words}) != 1
            or is_vague(change, reason)
        ):
            continue
        if change.figure.base != reason.figure.base or _moves_back(paragraph.frames, number, change):
            continue
        judged = judge(
            relation(
                "WD10", Kind.DIFFERENCE, [change, reason], [Equation((term(1), term(0, -1)), at_most=True)]
            )
        )
        if judged.verdict is Outcome.ERROR:
            word = reason.word.text if reason.word else ""
            said = f"说明的{word}{reason.figure.text}大于净变动{change.figure.text}，其余变动方向相反，"
            said += "请补充说明或核对方向"
            yield judged._replace(message=said)
        net = None


def _moves_back(frames: Sequence[Frame], number: int, net: Mention) -> bool:
    """Whether a reason further on goes the other way: “人员经费增加120万元；项目支出减少40万元”."""
    for frame in frames[number + 1 : number + 4]:
        if frame.level is not None or frame.sentence - frames[number].sentence > 1:
            return False
        if any(one.word and net.word and one.word.sign != net.word.sign for one in frame.changes):
            return True
    return False


_PER_UNIT = re.compile("^元/(.+)$")


def per_unit_relations(paragraph: Paragraph) -> Iterator[Relation]:
    """389.78万元 at 6.5万元/亩 is about 60亩: a stated quantity must agree; without one it is derived."""
    if not paragraph.says("元/"):
        return
    money: Frame | None = None
    framed = {id(frame.level): frame for frame in paragraph.levels}
    for mention in paragraph.mentions:
        if mention.figure.base == "元":
            money = framed.get(id(mention), money)
        per = _PER_UNIT.match(mention.figure.base)
        if not per or money is None or money.level is None or not re.search("平均|均|折合|每", mention.lead):
            continue
        if (
            mention.figure.start - money.level.figure.end > 40
            or is_vague(money, mention)
            or not mention.figure.value
        ):
            continue
        counts = [
            m
            for m in paragraph.mentions
            if m.figure.base == per[1] and abs(m.figure.start - mention.figure.start) < 120
        ]
        if counts and not is_vague(counts[0]):
            equation = Equation((term(0),), (Term(Decimal(100), 1),), percent=2)
            found = settle(
                [relation("WD08", Kind.RANGE, [money, counts[0], mention], [equation])], sure=False
            )
            if found:
                yield found
        else:
            yield _derived(money, mention, per[1])
        money = None


def _derived(money: Frame, rate: Mention, unit: str) -> Relation:
    assert money.level is not None
    low = (money.level.figure.value - money.level.figure.half) / (rate.figure.value + rate.figure.half)
    high = (money.level.figure.value + money.level.figure.half) / (rate.figure.value - rate.figure.half)
    made = relation("WD08", Kind.RANGE, [money, rate], [Equation(())])
    derived = f"{low:.2f}–{high:.2f} {unit}"
    said = f"{money.level.figure.text}÷{rate.figure.text}，推算约为 {derived}，前后没有与此矛盾的数"
    return made._replace(verdict=Outcome.OK, message=said)
