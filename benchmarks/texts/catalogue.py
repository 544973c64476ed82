"""The kinds of text, and one text for each seed: clean, or with one planted error."""

from __future__ import annotations

import random

from texts import asides, department, execution, faults, government, passages, performance
from texts.accounts import Draw
from texts.printing import REGIMES, Habit
from texts.truth import Text, possible
from texts.writing import Writer

KINDS = ("三公", "转移支付", "债务", "预算执行", "部门决算", "绩效", "四段说明")
UNITS = {
    "三公": "万元 万元 元",
    "转移支付": "亿元 万元",
    "债务": "亿元 万元 万元",
    "预算执行": "亿元 亿元 万元",
    "部门决算": "万元 万元 元",
    "绩效": "万元 亿元",
    "四段说明": "万元",
}
PLACES = ("清渠县", "云栖区", "望岳市", "东篱区", "石桥县", "临浦区", "青禾县")
OFFICES = ("县档案馆", "市水利局", "区城管局", "县教育局", "市文物局", "区民政局")
NOTES = (
    (government.three_public, "“三公”经费支出情况的说明"),
    (government.transfers, "税收返还和转移支付情况的说明"),
    (government.debt, "地方政府债务情况的说明"),
    (performance.note, "预算绩效管理工作情况的说明"),
)
TITLES = {
    "三公": "“三公”经费决算情况说明",
    "转移支付": "税收返还和转移支付情况说明",
    "债务": "地方政府债务情况说明",
    "预算执行": "预算执行情况的报告",
    "部门决算": "部门决算公开说明",
    "绩效": "预算绩效管理情况说明",
    "四段说明": "决算相关事项说明",
}
WRITE = {
    "三公": government.three_public,
    "转移支付": government.transfers,
    "债务": government.debt,
    "预算执行": execution.report,
    "部门决算": department.explanation,
    "绩效": performance.note,
}


def clean(seed: int, kind: str = "", regime: str = "") -> Text:
    """The consistent text of a seed.

    Percentages from printed figures are an office's right, but several of them may then not go together:
    where one relation wouldn't hold, the text is written again from the exact accounts.
    """
    rng = random.Random(f"clean {seed}")
    kind, regime = kind or rng.choice(KINDS), regime or rng.choice(REGIMES)
    state = rng.getrandbits(64)
    text = _write(random.Random(state), kind, regime, printed=True)
    if not all(possible(relation) for relation in text.relations):
        text = _write(random.Random(state), kind, regime, printed=False)
    return text


def _write(rng: random.Random, kind: str, regime: str, printed: bool) -> Text:
    habit = Habit.draw(rng, regime, UNITS[kind])
    if not printed:
        habit = Habit(**{**vars(habit), "printed": False})
    w = Writer(rng, habit, rng.choice((2019, 2021, 2022, 2023, 2024, 2025)))
    draw = Draw(rng, habit.grain, habit.step)
    who = rng.choice(OFFICES) if kind == "部门决算" else rng.choice(PLACES)
    w(who, f"{w.year}年{rng.choice(('', '度'))}", TITLES[kind], "\n\n")
    if kind == "四段说明":
        if w.odds(0.5):
            w("目录\n", *(f"{passages.NUMERALS[i]}、{title}\n" for i, (_, title) in enumerate(NOTES)), "\n")
        for number, (note, title) in enumerate(NOTES, 1):
            passages.heading(w, number, title)
            note(w, draw)
            asides.aside(w)
    else:
        annex = w.odds(0.12)
        w(w.one("相关报表详见附件。\n", "　　报表见附件1。\n") if annex else "")
        asides.aside(w, 0.3)
        WRITE[kind](w, draw)
        asides.aside(w)
        w(f"\n附件：1.{w.year}年决算公开表格\n" if annex else "")
    return w.text(kind)


def faulty(seed: int, fault: str = "", regime: str = "") -> faults.Faulty:
    """A clean text with one edit after which it cannot be true; kinds and texts are tried until one fits."""
    rng = random.Random(f"faulty {seed}")
    fault = fault or rng.choice(faults.FAULTS)
    regime = regime or rng.choice(REGIMES)
    while True:
        text = clean(rng.getrandbits(48), regime=regime)
        found = faults.plant(text, fault, rng)
        if found is not None:
            return found
