"""Reports on how a budget was carried out: the four budgets, for the whole place and for its own level."""

from __future__ import annotations

from fractions import Fraction

from texts import asides, passages
from texts.accounts import Draw, Item, Shape, leaf
from texts.truth import Figure
from texts.writing import Budget, Writer

TAXES = ("增值税", "企业所得税", "个人所得税", "城市维护建设税", "契税", "土地增值税")
SPENT = (
    "教育支出",
    "社会保障和就业支出",
    "卫生健康支出",
    "农林水支出",
    "城乡社区支出",
    "公共安全支出",
    "一般公共服务支出",
)
INFLOWS = (
    "上级补助收入",
    "地方政府一般债务转贷收入",
    "上年结余收入",
    "调入资金",
    "动用预算稳定调节基金",
    "下级上解收入",
)
OUTFLOWS = (
    "上解上级支出",
    "地方政府一般债务还本支出",
    "补助下级支出",
    "安排预算稳定调节基金",
    "债务转贷支出",
)
FUND_IN = ("上级补助收入", "专项债务转贷收入", "上年结余收入", "调入资金")
FUND_OUT = ("专项债务还本支出", "调出资金", "补助下级支出", "上解支出")
INSURED = ("保险费收入", "财政补贴收入", "利息收入", "其他收入")


def report(w: Writer, draw: Draw) -> None:
    """One or two levels, each with the general budget and some of the others."""
    levels = w.one("全市 市级", "全区 区级", "全县 县本级", "区本级", "全市").split()
    size, balanced = draw.size(400_000_000, 20_000_000_000), w.rng.choice(levels)
    for number, level in enumerate(levels, 1):
        if len(levels) > 1:
            w("（", passages.NUMERALS[number - 1], "）", level, w.one("预算执行情况", "收支情况"), "\n")
        _level(w, draw, level, size, full=level == balanced)


def _level(w: Writer, draw: Draw, level: str, size: int, full: bool) -> None:
    """The budgets of one level, each a paragraph; flows and balances for one level alone.

    They would have to be smaller item by item for a part of the place, as income and spending are.
    """
    parts = [lambda: _general(w, draw, level, size, full), lambda: _fund(w, draw, level, size // 3, full)]
    if w.odds(0.6):
        parts.append(lambda: _capital(w, draw, level, size // 60))
    if full and w.odds(0.75):
        parts.append(lambda: _insurance(w, draw, level, size // 2))
    dot = w.one(".", "", "．")
    w.outer = "dot"
    for place, part in enumerate(parts, 1):
        passages.indent(w)
        w(f"{place}{dot}" if dot else "")
        part()
        w("\n")
        asides.aside(w, 0.15)


def _opened(w: Writer, lead: str, item: Item, with_budget: bool = True) -> Figure:
    """The total of a side: amount, completion, change."""
    figure = w.money(item.name, item.now)
    w(lead, item.name, w.one("", "完成", "", "实现"), figure)
    if with_budget:
        budgets = [Budget("年初预算", item.budget), Budget("调整预算", item.adjusted)]
        w.completion(figure, item.now, budgets if w.odds(0.7) else [Budget("预算", item.adjusted)])
    w.follow(figure, item, 0.85)
    return figure


def _general(w: Writer, draw: Draw, level: str, size: int, full: bool) -> None:
    taxes = w.rng.sample(TAXES, w.rng.randint(2, 4))
    shape = ("一般公共预算收入", [("税收收入", [leaf(t) for t in taxes]), leaf("非税收入")])
    income = _tree(w, draw, shape, size)
    shape = ("一般公共预算支出", [leaf(s) for s in w.rng.sample(SPENT, 4)])
    spent = _tree(w, draw, shape, int(size * w.rng.uniform(1.1, 2.5)))
    income_total = _opened(w, level, income)
    w(w.one("。其中：", "。其中，", "，其中："))
    figures = []
    for part in income.parts:
        figure = w.money(part.name, part.now)
        w(w.one("；", "，") if figures else "", part.name, w.one("", "完成", ""), figure)
        w.follow(figure, part, 0.8)
        if w.odds(0.35):
            of = w.one("一般公共预算收入", "地方收入")
            percent = w.share(figure, part.now, income_total, income.now, figures, of)
            if w.odds(0.4):
                w.points(percent, _percent(part.now, income.now), _percent(part.before, income.before))
        figures.append(figure)
    w.adds(income_total, figures)
    w("。")
    spent_total = _opened(w, level, spent)
    passages.listing(w, spent_total, spent.parts, lambda f, i: w.follow(f, i, 0.5))
    if full and w.odds(0.9):
        w("\n　　")
        _balance(w, draw, (income, income_total, INFLOWS), (spent, spent_total, OUTFLOWS))
    if w.odds(0.2):
        w.recall(f"{level}一般公共预算收入", income_total)
    elif w.odds(0.2):
        w.bound(f"{level}一般公共预算支出", spent.now)
    if w.odds(0.25):
        cells = passages.table(
            w,
            f"{w.year}年{level}一般公共预算支出执行情况表",
            w.one("万元", "亿元"),
            spent,
            passages.columns_for(w),
        )
        w.same(spent_total, cells["合计", "now"])


def _tree(w: Writer, draw: Draw, shape: Shape, size: int) -> Item:
    """A tree of accounts; where the whole place has one of that name, a part of it."""
    if shape[0] in w.known:
        return draw.within(w.known[shape[0]])
    w.known[shape[0]] = draw.tree(shape, size)
    return w.known[shape[0]]


def _percent(part: int, whole: int) -> Fraction:
    return Fraction(100 * part, whole)


def _flows(w: Writer, draw: Draw, names: tuple[str, ...], need: int) -> list[Item]:
    """Two to four other flows that add up to `need`."""
    chosen = w.rng.sample(names, w.rng.randint(2, min(4, len(names))))
    items, left = [], need
    for name in chosen[:-1]:
        part = draw.part_of(left, 0.1, 0.7)
        if part >= left:
            break
        items.append(Item(name, part))
        left -= part
    items.append(Item(chosen[-1], left))
    return items


def _balance(w: Writer, draw: Draw, income: tuple, spent: tuple) -> None:
    """“加上…后，收入总计…；支出总计…；收支相抵，结余…”."""
    (taken, taken_figure, ins), (paid, paid_figure, outs) = income, spent
    more = draw.near(max(paid.now - taken.now, 0) + taken.now * w.rng.uniform(0.4, 0.9))
    all_in = taken.now + more
    kept = 0 if w.odds(0.3) else draw.part_of(all_in - paid.now, 0.02, 0.4)
    first = _with(w, ins, taken_figure, all_in, draw, ("收入总计", "收入总量"))
    w("；" if w.odds(0.3) else "。")
    second = _with(w, outs, paid_figure, all_in - kept, draw, ("支出总计", "支出总量"))
    if kept == 0:
        w(w.one("。收支平衡。", "，收支相抵，当年平衡。"))
        w.same(first, second)
        return
    end = w.money("结余", kept)
    w(
        w.one("。", "，", "；"),
        w.one("收支相抵，", "收支相抵后，"),
        w.one("结余", "年终结余", "结转下年"),
        end,
        "。",
    )
    w.state("balance", ((1, first), (-1, second), (-1, end)))


def _with(
    w: Writer, names: tuple[str, ...], own: Figure, whole: int, draw: Draw, ends: tuple[str, ...]
) -> Figure:
    """The items added to a side, together or one by one, and the grand total."""
    gap = whole - w.exact[own]
    flows = _flows(w, draw, names, gap)
    total = w.money(ends[0], whole)
    who = own.fact.removeprefix("一般公共预算").removeprefix("政府性基金预算")
    w(w.one(own.fact, who), w.one("加上", "加"))
    if w.odds(0.3):
        rest = w.money("其他来源", gap)
        w(flows[0].name, w.one("等", "等共"), rest)
        figures = [rest]
    else:
        figures = []
        for flow in flows:
            figure = w.money(flow.name, flow.now)
            w("、" if figures else "", flow.name, figure)
            figures.append(figure)
    w(w.one("后，", "，"), w.one(*ends), w.one("", "为"), total)
    w.adds(total, [own, *figures], "sum")
    return total


def _fund(w: Writer, draw: Draw, level: str, size: int, full: bool) -> None:
    shape = ("政府性基金预算收入", [leaf("国有土地使用权出让收入"), leaf("其他政府性基金收入")])
    income = _tree(w, draw, shape, size)
    spent = _tree(w, draw, leaf("政府性基金预算支出"), int(size * w.rng.uniform(0.8, 2)))
    total = _opened(w, level, income)
    if w.odds(0.5):
        passages.listing(w, total, income.parts, lambda f, i: w.follow(f, i, 0.5))
    else:
        w("。")
    paid = _opened(w, level, spent)
    w("。")
    if full and w.odds(0.8):
        _balance(w, draw, (income, total, FUND_IN), (spent, paid, FUND_OUT))


def _capital(w: Writer, draw: Draw, level: str, size: int) -> None:
    income = _tree(w, draw, leaf("国有资本经营预算收入"), size)
    spent = _tree(w, draw, leaf("国有资本经营预算支出"), draw.part_of(income.now, 0.3, 0.9))
    _opened(w, level, income)
    w("；")
    _opened(w, "", spent, with_budget=False)
    w("。")


def _insurance(w: Writer, draw: Draw, level: str, size: int) -> None:
    """Income by source, spending, what the year left and what there is altogether."""
    income = draw.tree(("社会保险基金预算收入", [leaf(name) for name in INSURED]), size)
    spent = Item("社会保险基金预算支出", draw.part_of(income.now, 0.7, 0.97))
    spent.before = spent.budget = spent.adjusted = draw.drift(spent.now)
    total = _opened(w, level, income)
    if w.odds(0.6):
        passages.listing(w, total, income.parts)
    else:
        w("。")
    paid = _opened(w, level, spent)
    left = income.now - spent.now
    year, before = w.money("当年结余", left), draw.size(100_000_000, 5_000_000_000)
    w(w.one("。", "，", "；"), w.one("当年收支结余", "本年收支结余", "收支相抵，当年结余"), year)
    w.state("balance", ((1, total), (-1, paid), (-1, year)))
    if w.odds(0.8):
        stock = w.money("滚存结余", before + left)
        if w.odds(0.6):
            opening = w.money("上年滚存", before)
            w("，", w.one("加上上年滚存结余", "加上年结余"), opening, "，年末滚存结余", stock)
            w.state("balance", ((1, opening), (1, year), (-1, stock)))
        else:
            w("，年末滚存结余", stock)
            w.within(year, stock)
    w("。")
