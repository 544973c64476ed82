"""The explanation of a department's final accounts, in the thirteen sections that Hunan asks for."""

from __future__ import annotations

from texts import government, passages, performance
from texts.accounts import Draw, Item, add, leaf
from texts.truth import Figure
from texts.writing import Budget, Writer

FUNCTIONS = (
    "一般公共服务支出",
    "教育支出",
    "科学技术支出",
    "社会保障和就业支出",
    "卫生健康支出",
    "农林水支出",
    "住房保障支出",
    "城乡社区支出",
)
INCOMES = ("财政拨款收入", "事业收入", "经营收入", "其他收入")
STAFF = ("基本工资", "津贴补贴", "奖金", "绩效工资", "机关事业单位基本养老保险缴费", "住房公积金")
OFFICE = ("办公费", "印刷费", "水费", "电费", "差旅费", "维修（护）费", "其他商品和服务支出")


def explanation(w: Writer, draw: Draw) -> None:
    """All sections, or most of them; what is granted, spent and carried over fits from one to the next."""
    size = draw.size(80_000_000, 600_000_000)
    chosen = w.rng.sample(FUNCTIONS, w.rng.randint(3, 6))
    general = draw.tree(("一般公共预算财政拨款支出", [leaf(name) for name in chosen]), int(size * 0.8))
    others = draw.tree(("其他来源", [leaf(n) for n in INCOMES[1 : w.rng.randint(2, 4)]]), int(size * 0.2))
    granted = general.now + draw.part_of(general.now, 0.001, 0.03)
    income = add("本年收入", [Item("财政拨款收入", granted), *others.parts])
    basic, more = draw.part_of(general.now, 0.3, 0.85), draw.part_of(others.now, 0.3, 0.95)
    more_basic = draw.part_of(more, 0.1, 0.9)
    projects = general.now - basic + more - more_basic
    spent = add("本年支出", [Item("基本支出", basic + more_basic), Item("项目支出", projects)])
    carried = draw.part_of(income.now, 0.01, 0.15)
    ended = income.now + carried - spent.now
    number = 0

    def section(title: str) -> None:
        nonlocal number
        number += 1
        passages.heading(w, number, title)
        passages.indent(w)

    section(w.one("收入支出决算总体情况说明", "收入支出总体情况"))
    _overall(w, draw, income, carried, ended)
    section(w.one("收入决算情况说明", "关于收入决算的说明"))
    _divided(w, w.one("本年收入合计", "收入总额"), income)
    section("支出决算情况说明")
    _divided(w, w.one("本年支出合计", "支出总额"), spent)
    section("一般公共预算财政拨款支出决算情况说明")
    _functions(w, general)
    section("一般公共预算财政拨款基本支出决算情况说明")
    office = _basic(w, draw, basic)
    section("“三公”经费支出决算情况说明")
    government.three_public(w, draw, w.one("本部门", "我局", "部门", "单位"))
    if w.odds(0.6):
        section("机关运行经费支出说明")
        _office(w, draw, office)
    if w.odds(0.7):
        section("政府采购支出说明")
        _bought(w, draw)
    if w.odds(0.4):
        section("预算绩效情况说明")
        performance.graded(w)
        performance.scored(w)
        w("\n")


def _overall(w: Writer, draw: Draw, income: Item, carried: int, ended: int) -> None:
    whole = income.now + carried
    total = w.money("收支总计", whole)
    w(f"{w.year}年度", w.one("收、支总计均为", "收入总计、支出总计均为", "收入支出总计"), total)
    w.change(total, whole, draw.drift(whole))
    w("。", w.one("其中，", ""))
    year, opening = w.money("本年收入", income.now), w.money("年初结转和结余", carried)
    paid, closing = w.money("本年支出", whole - ended), w.money("年末结转和结余", ended)
    w("本年收入", year, "，年初结转和结余", opening, "；本年支出", paid, "，年末结转和结余", closing, "。\n")
    w.adds(total, [year, opening])
    w.adds(total, [paid, closing])
    w.state("balance", ((1, opening), (1, year), (-1, paid), (-1, closing)))


def _divided(w: Writer, lead: str, whole: Item) -> None:
    """A total and its parts, each with its share; the same total as in the section before."""
    total = w.money(lead, whole.now)
    for earlier in [figure for figure in w.exact if figure.fact == whole.name]:
        w.same(earlier, total)
    w(lead, total, w.one("，其中：", "。其中：", "，包括："))
    figures: list[Figure] = []
    percents = []
    for part in whole.parts:
        figure = w.money(part.name, part.now)
        w(w.one("；", "，") if figures else "", part.name, figure)
        percents.append(w.share(figure, part.now, total, whole.now, figures))
        figures.append(figure)
    w.adds(total, figures)
    w.wholly(percents)
    w("。\n")


def _functions(w: Writer, whole: Item) -> None:
    """By function: the total, its parts with their shares, and each against its budget."""
    total = w.money(whole.name, whole.now)
    w(w.one("（一）总体情况。", ""), f"{w.year}年度一般公共预算财政拨款支出", total)
    w.change(total, whole.now, whole.before)
    w("。", w.one("\n", "\n　　"), w.one("（二）支出结构。", ""), "主要用于以下方面：")
    figures: list[Figure] = []
    percents = []
    for part in whole.parts:
        figure = w.money(part.name, part.now)
        w("；" if figures else "", part.name, figure)
        percents.append(w.share(figure, part.now, total, whole.now, figures))
        figures.append(figure)
    w.adds(total, figures)
    w.wholly(percents)
    w("。", w.one("\n", "\n　　"), w.one("（三）具体情况。", ""))
    budget = w.money("年初预算", whole.budget)
    w("年初预算为", budget, w.one("，支出决算为", "，决算数为"), again := w.money("支出决算", whole.now))
    w.same(total, again)
    w.completion(again, whole.now, [Budget("年初预算", whole.budget, budget)])
    w("。其中：")
    for number, (part, earlier) in enumerate(zip(whole.parts, figures, strict=True), 1):
        w("\n", f"{number}.", part.name, "。年初预算为", planned := w.money(f"{part.name}预算", part.budget))
        w("，支出决算为", done := w.money(f"{part.name}决算", part.now))
        w.same(earlier, done)
        w.completion(done, part.now, [Budget("年初预算", part.budget, planned)])
        reason = "年中追加专项经费" if part.now > part.budget else "部分支出结转下年"
        w(
            "，",
            w.one("决算数与预算数存在差异的原因是", "主要原因是"),
            reason if part.now != part.budget else "按预算执行",
            "。",
        )
    w("\n")


def _basic(w: Writer, draw: Draw, basic: int) -> int:
    """People and office; returns what the office costs."""
    staff = draw.part_of(basic, 0.6, 0.92)
    total = w.money("基本支出", basic)
    w(f"{w.year}年度", "一般公共预算财政拨款基本支出", total, w.one("，其中：", "。其中："))
    figures = []
    percents = []
    for name, value, kinds in (("人员经费", staff, STAFF), ("公用经费", basic - staff, OFFICE)):
        figure = w.money(name, value)
        w("；" if figures else "", name, figure)
        percents.append(w.share(figure, value, total, basic, figures, w.one("基本支出", "")))
        w("，主要包括", "、".join(w.rng.sample(kinds, 4)))
        figures.append(figure)
    w.adds(total, figures)
    w.wholly(percents)
    w("。\n")
    return basic - staff


def _office(w: Writer, draw: Draw, office: int) -> None:
    item = draw.tree(leaf("机关运行经费支出"), draw.part_of(office, 0.5, 1))
    figure = w.money(item.name, item.now)
    w(f"{w.year}年度机关运行经费支出", figure)
    w.change(figure, item.now, item.before)
    w.because(1 if item.now > item.before else -1)
    w("。\n")


def _bought(w: Writer, draw: Draw) -> None:
    """Goods, works, services; how much of it went to small and middle-sized firms."""
    whole = draw.tree(
        ("政府采购支出总额", [leaf(f"政府采购{k}支出") for k in ("货物", "工程", "服务")]),
        draw.size(500_000, 60_000_000),
    )
    total = w.money(whole.name, whole.now)
    w(f"{w.year}年度政府采购支出总额", total, "，其中：")
    figures: list[Figure] = []
    for part in whole.parts:
        figure = w.money(part.name, part.now)
        w("、" if figures else "", part.name, figure)
        figures.append(figure)
    w.adds(total, figures)
    medium = draw.part_of(whole.now, 0.4, 0.98)
    small = draw.part_of(medium, 0.3, 0.95)
    firms = w.money("中小企业合同", medium)
    w("。授予中小企业合同金额", firms)
    w.share(firms, medium, total, whole.now, figures, "政府采购支出总额")
    least = w.money("小微企业合同", small)
    w("，其中：授予小微企业合同金额", least)
    if w.odds(0.5):
        w.share(least, small, firms, medium, [total], "授予中小企业合同金额")
    else:
        w.share(least, small, total, whole.now, [firms], "政府采购支出总额")
    w.within(firms, total)
    w.within(least, firms)
    w("。\n")
