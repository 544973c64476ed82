"""A writer: says figures in the words offices use, and keeps every relation that a sentence states."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from texts.accounts import Item
from texts.printing import Habit
from texts.truth import FEN, Clause, Figure, Piece, Relation, Terms, Text, Word

MORE = ("增加", "增加", "增加了", "增长")
LESS = ("减少", "减少", "减少了", "下降")
UP = ("增长", "增长", "上升", "增加")
DOWN = ("下降", "下降", "减少", "降低")


@dataclass
class Budget:
    """A budget that a result can be measured by: 年初预算, 调整预算."""

    name: str
    value: int
    figure: Figure | None = None


class Writer:
    """Collects pieces of text; a sentence is written by a call, its relations with it."""

    def __init__(self, rng: random.Random, habit: Habit, year: int) -> None:
        self.rng, self.habit, self.year = rng, habit, year
        self.pieces: list[Piece] = []
        self.relations: list[Relation] = []
        self.exact: dict[Figure, int] = {}  # what each amount was printed from
        self.known: dict[str, Item] = {}  # trees of the whole place, of which later ones are a part
        self.said_same = False
        self.outer = ""  # the shape of the marks of the list around, which an inner list doesn't use

    def __call__(self, *pieces: Piece) -> None:
        self.pieces.extend(pieces)

    def one(self, *options: str) -> str:
        return self.rng.choice(options)

    def odds(self, chance: float) -> bool:
        return self.rng.random() < chance

    def text(self, kind: str) -> Text:
        return Text(kind, self.habit.regime, self.pieces, self.relations, self.exact, self.habit.printed)

    def clause(self, role: str, write: Callable[[], None]) -> None:
        """What `write` says, as a stretch with a role."""
        before, self.pieces = self.pieces, []
        write()
        inside, self.pieces = self.pieces, before
        self(Clause(role, inside))

    # figures

    def money(self, fact: str, value: int, unit: str = "", tail: str | None = None) -> Figure:
        figure = self.habit.money(fact, value, unit, tail)
        self.exact[figure] = value
        return figure

    def count(self, fact: str, number: int, unit: str) -> Figure:
        return Figure(fact, str(number), unit, 1, unit, certain=True)

    def rate(self, fact: str, exact: Fraction, printed: tuple[Terms, Terms]) -> Figure:
        """A percentage; an office that works from its printed figures divides those instead.

        Only where that is at most one last digit off, or a table with finer figures would give it the lie.
        """
        if self.habit.printed:
            below = sum((c * f.shown for c, f in printed[1]), Fraction(0))
            if below > 0:
                above = sum((c * f.shown for c, f in printed[0]), Fraction(0))
                divided = self.habit.rate(fact, 100 * above / below)
                if abs(divided.shown - exact) <= Fraction(1, 10**self.habit.rates):
                    return divided
        return self.habit.rate(fact, exact)

    # relations

    def state(self, kind: str, left: Terms, **more) -> Relation:
        relation = Relation(kind, left, **more)
        self.relations.append(relation)
        return relation

    def adds(self, total: Figure, parts: Sequence[Figure], kind: str = "sum") -> None:
        self.state(kind, (*((1, part) for part in parts), (-1, total)))

    def same(self, first: Figure, second: Figure) -> None:
        self.state("same_fact", ((1, first), (-1, second)))

    def within(self, part: Figure, whole: Figure, kind: str = "range") -> None:
        self.state(kind, ((1, part), (-1, whole)), at_most=True)

    # sentences

    def base(self, of: str = "上年") -> str:
        """“比上年”, once with “下同” behind it and then left out."""
        if of != "上年":
            return self.one(f"比{of}", f"较{of}", f"与{of}相比")
        if self.said_same:
            return ""
        if self.odds(0.08):
            self.said_same = True
            return self.one("比上年（下同）", "较上年同期（下同）", "同比（下同）")
        year = f"{self.year - 1}年"
        return self.one(
            "比上年", "比上年", "较上年", "与上年相比", "比上年决算数", "同比", f"较{year}", f"比{year}决算"
        )

    def change(self, now: Figure, value: int, before: int, of: str = "上年") -> None:
        """How `now` (exact `value`) differs from another year or from the budget."""
        difference, sign = abs(value - before), 1 if value > before else -1
        if difference == 0:
            self("，", self.one("与", "同"), of, self.one("持平", "持平", "一致"))
            return
        if before <= 0:
            self("（", of, self.one("无此项", "没有发生"), "）")
            return
        rate = Fraction(100 * difference, before)
        gap = self.money(f"{now.fact}增减", difference, now.unit if now.certain else "")
        if rate < Fraction(1, 2) or gap.shown == 0:
            self("，", self.one("与", "同"), of, "基本持平")
            return
        if sign < 0 and of == "上年" and self.odds(0.02):
            self("，", self.one("同比", "比上年"), "增长", self.habit.rate(f"{now.fact}增幅", -rate))
            return
        forms = [self._by_amount, self._by_amount, self._rate_first, self._from, self._rate_alone, self._was]
        if of != "上年":
            forms.remove(self._was)
        if rate > 250:
            forms = [self._amount_alone, self._times]
        self.rng.choice(forms)(
            now, gap, self.money(f"{now.fact}{of}", before, self._unit(now)), sign, rate, of
        )

    def _unit(self, figure: Figure) -> str:
        return figure.unit if figure.unit in FEN else ""

    def _words(self, sign: int, fact: str = "") -> tuple[Word, Word]:
        more, up = (MORE, UP) if sign > 0 else (LESS, DOWN)
        if fact.endswith(("收入", "支出")) and self.odds(0.15):
            more = ("增" if sign > 0 else "减") + ("收" if fact.endswith("收入") else "支"), *more[:1]
        return Word(self.one(*more), sign), Word(self.one(*up), sign)

    def _differs(self, now: Figure, gap: Figure, prior: Figure, sign: int, word: Word | None) -> None:
        opposite = Relation("difference", ((1, now), (-1, prior), (sign, gap)))
        left = ((1, now), (-1, prior), (-sign, gap))
        words = (word,) if word else ()
        self.state("difference", left, changed=gap, words=words, opposite=opposite)

    def _grew(self, now: Figure, gap: Figure, sign: int, rate: Fraction, words: tuple[Word, ...]) -> Figure:
        base = ((1, now), (-sign, gap))
        percent = self.rate(f"{now.fact}增幅", rate, (((1, gap),), base))
        self.state(
            "percent_change",
            ((1, gap),),
            base=base,
            percent=percent,
            changed=gap,
            words=words,
            others=(now.shown, now.shown + sign * gap.shown),
        )
        return percent

    def _by_amount(self, now, gap, prior, sign, rate, of) -> None:
        more, up = self._words(sign, now.fact)
        if self.odds(0.1):
            up = Word("增幅" if sign > 0 else "降幅", sign)
        percent = self._grew(now, gap, sign, rate, (more, up))
        link = self.one("为", "达") if up.text in ("增幅", "降幅") else ""
        then = "，" if link else self.one("，", "，", "、", "，同比" if of == "上年" else "，")
        self("，", self.base(of), more, gap, then, up, link, percent)

    def _rate_first(self, now, gap, prior, sign, rate, of) -> None:
        more, up = self._words(sign, now.fact)
        percent = self._grew(now, gap, sign, rate, (up, more))
        self("，", self.base(of), up, percent, "，", more, gap)

    def _from(self, now, gap, prior, sign, rate, of) -> None:
        """The other year's amount is printed too: “比上年的12.3亿元增加1.2亿元，增长10%”."""
        more, up = self._words(sign, now.fact)
        self._differs(now, gap, prior, sign, more)
        pair = ((sign, now), (-sign, prior))
        percent = self.rate(f"{now.fact}增幅", rate, (((1, gap),), ((1, prior),)))
        extra = {"percent": percent, "words": (more, up), "others": (now.shown,)}
        self.state("percent_change", ((1, gap),), base=((1, prior),), changed=gap, **extra)
        self.state("percent_change", pair, base=((1, prior),), **extra)
        how = f"{self.year - 1}年" if of == "上年" and self.odds(0.3) else of
        self("，", self.one("比", "较"), how, self.one("的", "", "决算数" if of == "上年" else ""), prior)
        self(more, gap, "，", up, percent)

    def _was(self, now, gap, prior, sign, rate, of) -> None:
        """“上年为12.3亿元，增长10%”."""
        up = self._words(sign)[1]
        pair = ((sign, now), (-sign, prior))
        percent = self.rate(f"{now.fact}增幅", rate, (pair, ((1, prior),)))
        opposite = Relation("percent_change", ((-sign, now), (sign, prior)), ((1, prior),), percent)
        self.state(
            "percent_change",
            pair,
            base=((1, prior),),
            percent=percent,
            words=(up,),
            opposite=opposite,
            others=(now.shown,),
        )
        if self.odds(0.5):
            self("（", of, self.one("为", ""), prior, "，", up, percent, "）")
        else:
            self("，", of, self.one("为", "是"), prior, "，", self.one("同比", ""), up, percent)

    def _rate_alone(self, now, gap, prior, sign, rate, of) -> None:
        up = self._words(sign)[1]
        self("，", self.base(of), up, self.habit.rate(f"{now.fact}增幅", rate))

    def _amount_alone(self, now, gap, prior, sign, rate, of) -> None:
        more = self._words(sign)[0]
        self._differs(now, gap, prior, sign, more)
        self("，", self.one("比", "较"), of, prior, more, gap)

    def _times(self, now, gap, prior, sign, rate, of) -> None:
        self("，", self.base(of), Word("增长", sign), self.habit.rate(f"{now.fact}倍数", rate / 100, 1, "倍"))

    def completion(self, now: Figure, value: int, budgets: Sequence[Budget]) -> None:
        """“完成年初预算的98.1%”, with the budget printed or not, or two budgets in one sentence."""
        budgets = [budget for budget in budgets if budget.value > 0]
        if not budgets:
            return
        if len(budgets) > 1 and self.odds(0.3):
            self._both(now, value, budgets[:2])
            return
        budget = self.rng.choice(list(budgets))
        others = tuple(Fraction(b.value) for b in budgets if b is not budget)
        if budget.figure is None and self.odds(0.35):
            percent = self.habit.rate(f"{now.fact}完成率", Fraction(100 * value, budget.value))
            lead = self.one("完成", "为", "占", "完成")
            self("，", lead, budget.name, "的", percent)
            return
        figure = budget.figure or self.money(f"{now.fact}{budget.name}", budget.value, self._unit(now))
        percent = self._completed(now, value, budget, figure, others)
        if budget.figure is None:
            lead = self.one("完成", "为", "占")
            self("，", lead, budget.name, self.one("数", "", ""), figure, "的", percent)
        else:
            self("，", self.one("完成", "为", "占", "完成"), budget.name, "的", percent)

    def _completed(self, now, value, budget, figure, others=()) -> Figure:
        exact = Fraction(100 * value, budget.value)
        percent = self.rate(f"{now.fact}完成率", exact, (((1, now),), ((1, figure),)))
        self.state("completion", ((1, now),), base=((1, figure),), percent=percent, others=others)
        return percent

    def _both(self, now: Figure, value: int, budgets: Sequence[Budget]) -> None:
        figures = [b.figure or self.money(f"{now.fact}{b.name}", b.value, self._unit(now)) for b in budgets]
        rates = [
            self._completed(now, value, b, f, (o.shown,))
            for b, f, o in zip(budgets, figures, reversed(figures), strict=True)
        ]
        if any(b.figure for b in budgets) or self.odds(0.3):
            self("，", self.one("完成", "为"), budgets[0].name, "的", rates[0])
            self("、", budgets[1].name, "的", rates[1])
            shown = [pair for pair in zip(budgets, figures, strict=True) if pair[0].figure is None]
            for place, (budget, figure) in enumerate(shown):
                self("，" if place else "（", budget.name, self.one("", "为"), figure)
            self("）" if shown else "")
            return
        self("，", self.one("完成", "为"), budgets[0].name, figures[0], "的", rates[0])
        self("，", self.one("完成", "占"), budgets[1].name, figures[1], "的", rates[1])

    def share(
        self,
        part: Figure,
        value: int,
        whole: Figure,
        total: int,
        others: Sequence[Figure] = (),
        name: str = "",
        lead: str = "，占",
    ) -> Figure:
        """“占…的P%”; returns the percentage."""
        exact = Fraction(100 * value, total)
        percent = self.rate(f"{part.fact}占比", exact, (((1, part),), ((1, whole),)))
        wrong = tuple(other.shown for other in others if other.shown > 0)
        self.state("share", ((1, part),), base=((1, whole),), percent=percent, others=wrong)
        if name:
            self(lead, name, self.one("的", "的比重为", "的"), percent)
        else:
            self(self.one("，占", "，占比", "，占比为", "，占"), percent)
        return percent

    def wholly(self, percents: Sequence[Figure]) -> None:
        """The shares of one closed list make a hundred."""
        hundred = Figure("一百", "100", "%", 1, "", certain=True)
        left = tuple((1, percent) for percent in percents)
        self.state("share", (*left, (-1, hundred)))

    def points(self, percent: Figure, now: Fraction, before: Fraction) -> None:
        """“比上年的56.1%提高1.1个百分点”, behind a share."""
        sign = 1 if now > before else -1
        gap = self.habit.rate(f"{percent.fact}增减", abs(now - before), tail="个百分点")
        if gap.shown == 0:
            return
        prior = self.habit.rate(f"{percent.fact}上年", before)
        word = Word("提高" if sign > 0 else "降低", sign)
        self._differs(percent, gap, prior, sign, word)
        self("，", self.one("比上年的", "较上年的", "比上年"), prior, word, gap)

    def recall(self, subject: str, figure: Figure) -> None:
        """The same amount once more in a paragraph of its own, mostly in another unit."""
        value = self.exact[figure]
        units = ["元", "万元", figure.unit] if value < FEN["亿元"] else ["万元", "亿元"]
        again = self.money(figure.fact, value, self.one(*units))
        lead = self.one("总的看，", "综上，", f"{self.year}年，", "如前所述，")
        self("\n", self.one("", "　　"), lead, subject, self.one("", "共", "为"), again, "。\n")
        self.same(figure, again)

    def bound(self, subject: str, value: int) -> None:
        """A round figure that the amount lies above or below: no relation is stated, and none is broken."""
        whole, unit = (value - 1) // FEN["亿元"], "亿元"
        if whole < 2:
            return
        over = whole < 20 or self.odds(0.6)
        lead = self.one("突破", "超过", "超") if over else self.one("不到", "近")
        self("\n　　", subject, lead, str(whole if over else whole + 1), unit, "。\n")

    def because(self, sign: int, gap: Figure | None = None) -> None:
        """A reason without figures, or with one that doesn't exceed the change it explains."""
        if not self.odds(0.3):
            return
        more = ("相关项目增加", "政策性增支", "新增人员经费", "上级补助增加", "重点项目加快实施")
        less = (
            "落实过紧日子要求",
            "一次性因素减少",
            "压减一般性支出",
            "部分项目调整到下年实施",
            "上年基数较高",
        )
        self("，", self.one("主要是", "主要原因是", "主要是由于"), self.one(*(more if sign > 0 else less)))

    def follow(self, figure: Figure, item: Item, chance: float = 0.7) -> None:
        """A change against last year and perhaps a reason."""
        if self.odds(chance):
            self.change(figure, item.now, item.before)
            if item.now != item.before and item.before:
                self.because(1 if item.now > item.before else -1)
