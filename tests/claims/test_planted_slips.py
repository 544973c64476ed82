"""A consistent text with one figure mistyped: the figure as it was is among the repairs."""

import random
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.claims.building import Written, agreeing, equal, found, rates, share

from jiheng.claims.intervals import EXACT
from jiheng.claims.repairs import repairs
from jiheng.claims.report import Kind, Outcome
from jiheng.claims.verdicts import judge, outcome_of
from jiheng.figures import rounded

CASES = 120


class Accounts:
    """A total and its parts, this year and what changed, with rates and shares: as texts, in order."""

    def __init__(self, chance: random.Random) -> None:
        count = chance.randint(2, 4)
        self.now = [Decimal(chance.randint(10_000, 900_000)) / 100 for _ in range(count)]
        rises = [chance.randint(2, 40) for _ in self.now]
        self.moved = [
            chance.choice([1, -1]) * rounded(each * rise / 100, 2)
            for each, rise in zip(self.now, rises, strict=True)
        ]
        self.now.append(sum(self.now))
        self.moved.append(sum(self.moved))
        self.texts: list[str] = []
        for now, moved in zip(self.now, self.moved, strict=True):
            before = now - moved
            self.texts += [
                f"{now:.2f}万元",
                f"{abs(moved):.2f}万元",
                f"{rounded(EXACT.divide(abs(moved) * 100, before), 2):f}%",
                f"{rounded(EXACT.divide(now * 100, self.now[-1]), 2):f}%",
            ]

    def written(self, texts: list[str]) -> Written:
        written = Written()
        rows = []
        for row, moved in enumerate(self.moved):
            up = moved > 0
            now = written.say("\n支出").figure(texts[4 * row])
            words = [written.say("，").word("增加" if up else "减少")]
            change = written.figure(texts[4 * row + 1])
            words.append(written.say("，").word("增长" if up else "下降"))
            rate = written.figure(texts[4 * row + 2])
            part = written.say("，占").figure(texts[4 * row + 3])
            rows.append((now, change, rate, part, words))
        count = len(rows)
        written.relate(Kind.SUM, [row[0] for row in rows], [equal(*[1] * (count - 1), -1)])
        signs = [1 if moved > 0 else -1 for moved in self.moved]
        total = [sign * (-1 if row == count - 1 else 1) for row, sign in enumerate(signs)]
        written.relate(Kind.SUM, [row[1] for row in rows], [equal(*total)])
        for now, change, rate, part, words in rows:
            written.relate(Kind.PERCENT_CHANGE, [now, change, rate], rates(), words)
            written.relate(Kind.DIRECTION, [], agreeing(), words)
            if now is not rows[-1][0]:
                written.relate(Kind.SHARE, [now, rows[-1][0], part], share())
        return written


def slipped(text: str, chance: random.Random) -> str:
    """The figure mistyped as people do: digits swapped, one wrong, lost or too many, the point moved."""
    number = text.rstrip("万元%")
    unit = text[len(number) :]
    digits = number.replace(".", "")
    at = chance.randrange(len(digits) - 1)
    kind = chance.choice(["swap", "wrong", "lost", "extra", "point"])
    if kind == "point":
        value = Decimal(number) * chance.choice([10, Decimal("0.1")])
        return f"{value.normalize():f}" + unit
    new = {
        "swap": digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :],
        "wrong": digits[:at] + str((int(digits[at]) + chance.randint(1, 9)) % 10) + digits[at + 1 :],
        "lost": digits[:at] + digits[at + 1 :],
        "extra": digits[:at] + str(chance.randint(1, 9)) + digits[at:],
    }[kind].rjust(3, "0")
    return f"{int(new[:-2])}.{new[-2:]}{unit}"


def planted(seed: int):
    """The relations of a text with one slip, its findings, and what was mistyped."""
    chance = random.Random(seed)
    accounts = Accounts(chance)
    row = chance.randrange(len(accounts.now))
    place = 4 * row + chance.choice([0, 1])  # a level or a change: at least two relations know it
    texts = list(accounts.texts)
    texts[place] = slipped(texts[place], chance)
    written = accounts.written(texts)
    return written, [judge(each) for each in written.relations], accounts.texts[place], texts[place]


def test_a_text_without_slips_has_no_errors():
    for seed in range(CASES):
        accounts = Accounts(random.Random(seed))
        for relation in accounts.written(accounts.texts).relations:
            assert outcome_of(relation) is Outcome.OK


def test_the_planted_slip_is_among_the_repairs():
    tried, first, among, missed = 0, 0, 0, []
    for seed in range(CASES):
        written, judged, right, wrong = planted(seed)
        errors = [each for each in judged if each.verdict is Outcome.ERROR]
        if len(errors) < 2:
            continue  # a slip too small to be seen by two relations
        tried += 1
        proposals = repairs(judged, found(judged), written.text)
        values = [
            [Decimal(edit.replacement) for edit in each.edits if edit.text in wrong] for each in proposals[:5]
        ]
        if values and values[0] == [Decimal(right.rstrip("万元%"))]:
            first += 1
        if [Decimal(right.rstrip("万元%"))] in values:
            among += 1
        else:
            missed.append((seed, wrong, right))
    assert tried >= CASES * 3 // 4
    assert among >= tried * 95 // 100, missed
    assert first >= tried * 85 // 100


@given(st.integers(0, 10**6), st.integers(2, 6))
@settings(max_examples=40, deadline=None)
def test_many_slips_never_crash_it(seed, count):
    chance = random.Random(seed)
    accounts = Accounts(chance)
    texts = [
        slipped(text, chance) if chance.random() * 10 < count and text[0] != "0" else text
        for text in accounts.texts
    ]
    written = accounts.written(texts)
    judged = [judge(each) for each in written.relations]
    for each in repairs(judged, found(judged), written.text):
        assert each.edits
        assert each.note
        for edit in each.edits:
            assert written.text[edit.start : edit.end] == edit.text != edit.replacement
