"""A department's explanation of its final accounts, in Hunan's sections (财预〔2016〕143号)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jiheng.policy import Policy
from jiheng.wording.facts import Department, Item, makes_up
from jiheng.wording.government import three_public_parts, three_public_total
from jiheng.wording.phrases import Phrase, Style, because, joined, led, words
from jiheng.wording.text import Text
from jiheng.wording.writing import Writer

Section = Callable[[Writer, Department, Style], list[list[Phrase]]]


def department_note(facts: Department, policy: Policy) -> Text:
    """××局2024年度部门决算情况说明. A section of which nothing is known is left out and told in `lacking`."""
    style, whose = Style.of(policy), facts.whose
    writer = Writer("department", f"{whose.name}{whose.year}年度部门决算情况说明")
    for heading, section in SECTIONS:
        paragraphs = [[said for said in paragraph if said] for paragraph in section(writer, facts, style)]
        told = [paragraph for paragraph in paragraphs if paragraph]
        if not told:
            writer.asked((), heading)
            continue
        writer.heading(f"{heading}说明")
        for paragraph in told:
            writer.body(*paragraph)
    if facts.performance.strip():
        writer.prose(facts.performance)
    return writer.text()


def _moved(writer: Writer, item: Item, style: Style, lead: str) -> Phrase:
    """收入总计102.50万元，比上年增加2.50万元，增长2.50%，主要原因是…."""
    amount = writer.asked(style.money(item.final), item.label)
    if not amount:
        return ()
    return joined([led(lead, amount), style.against_last(item, "上年"), because(item)], "，")


def _parts(style: Style, parts: Sequence[Item], whole: Item, lead: str = "其中：") -> Phrase:
    """What is not 0 of the parts, each with its share; the word 其中 only where none is missing."""
    if not makes_up(parts, whole):
        lead = "已有的项目有："
    said = []
    for part in parts:
        if part.final.known:
            share = style.share(part.final, whole.final, "占")
            said.append(joined([led(part.label, style.money(part.final)), share], "，"))
    return led(lead, joined(said, "；"))


def _overall(writer: Writer, facts: Department, style: Style) -> list[list[Phrase]]:
    year = facts.whose.year
    return [
        [_moved(writer, facts.in_total, style, f"{year}年度收入总计")],
        [_moved(writer, facts.out_total, style, f"{year}年度支出总计")],
    ]


def _income(writer: Writer, facts: Department, style: Style) -> list[list[Phrase]]:
    amount = writer.asked(style.money(facts.in_year.final), "本年收入合计")
    listed = _parts(style, facts.incomes, facts.in_year)
    return [[joined([led("本年收入合计", amount), listed], "，")]] if amount else []


def _spending(writer: Writer, facts: Department, style: Style) -> list[list[Phrase]]:
    amount = writer.asked(style.money(facts.out_year.final), "本年支出合计")
    listed = _parts(style, facts.spending, facts.out_year)
    return [[joined([led("本年支出合计", amount), listed], "，")]] if amount else []


def _fiscal(writer: Writer, facts: Department, style: Style) -> list[list[Phrase]]:
    year = facts.whose.year
    return [
        [_moved(writer, facts.fiscal_in, style, f"{year}年度财政拨款收入总计")],
        [_moved(writer, facts.fiscal_out, style, f"{year}年度财政拨款支出总计")],
    ]


def _general(writer: Writer, facts: Department, style: Style) -> list[list[Phrase]]:
    general, year = facts.general, facts.whose.year
    amount = writer.asked(style.money(general.final), general.label)
    if not amount:
        return []
    of_all = style.share(general.final, facts.out_year.final, "占本年支出合计的")
    first = joined([led(f"{year}年度一般公共预算财政拨款支出", amount), of_all], "，")
    budget = led("年初预算为", style.money(general.budget))
    against = joined([budget, led("支出决算", style.completion(general))], "，") if budget else ()
    last = led("一般公共预算财政拨款支出", style.against_last(general, "上年"))
    listed = _parts(style, facts.functions, general, "按功能分类，")
    return [[first, joined([last, because(general)], "，"), against], [listed]]


def _basic(writer: Writer, facts: Department, style: Style) -> list[list[Phrase]]:
    amount = writer.asked(style.money(facts.basic.final), facts.basic.label)
    if not amount:
        return []
    listed = _parts(style, (facts.people, facts.running), facts.basic)
    lead = f"{facts.whose.year}年度一般公共预算财政拨款基本支出"
    return [[joined([led(lead, amount), listed], "，")]]


def _three_public(writer: Writer, facts: Department, style: Style) -> list[list[Phrase]]:
    total = three_public_total(writer, facts.three_public, style, f"{facts.whose.year}年度财政拨款")
    return [total, *three_public_parts(writer, facts.three_public, style)] if total else []


def _fund(writer: Writer, facts: Department, style: Style) -> list[list[Phrase]]:
    figures = (facts.fund_opening, facts.fund_income, facts.fund_spent, facts.fund_closing)
    if all(figure.known == 0 for figure in figures):
        return [[words("本部门没有政府性基金收入，也没有使用政府性基金安排的支出")]]
    # named in full: 本年支出 alone would be that of the whole department
    names = ("年初结转和结余", "政府性基金收入", "政府性基金支出", "年末结转和结余")
    said = [led(name, style.money(figure)) for name, figure in zip(names, figures, strict=True)]
    return [[led("政府性基金预算财政拨款", joined(said, "，"))]]


def _capital(writer: Writer, facts: Department, style: Style) -> list[list[Phrase]]:
    if facts.capital_spent.known == 0:
        return [[words("本部门没有使用国有资本经营预算安排的支出")]]
    return [[led("国有资本经营预算财政拨款支出", style.money(facts.capital_spent))]]


def _office(writer: Writer, facts: Department, style: Style) -> list[list[Phrase]]:
    return [[_moved(writer, facts.office, style, f"{facts.whose.year}年度机关运行经费支出")]]


def _ordinary(writer: Writer, facts: Department, style: Style) -> list[list[Phrase]]:
    items = (facts.meetings, facts.training, facts.festivals)
    return [[_moved(writer, item, style, f"{item.label}支出")] for item in items]


def _procurement(writer: Writer, facts: Department, style: Style) -> list[list[Phrase]]:
    total = facts.procured.final
    if total.known == 0:
        return [[words(f"{facts.whose.year}年度本部门没有政府采购支出")]]
    amount = writer.asked(style.money(total), "政府采购支出总额")
    if not amount:
        return []
    complete = makes_up(facts.procured_parts, facts.procured)
    parts = joined([led(part.label, style.money(part.final)) for part in facts.procured_parts], "，")
    first = led(f"{facts.whose.year}年度政府采购支出总额", amount)
    smes = [
        led("授予中小企业合同金额", style.money(facts.to_smes)),
        style.share(facts.to_smes, total, "占政府采购支出总额的"),
        led("其中：授予小微企业合同金额", style.money(facts.to_micro)),
        style.share(facts.to_micro, facts.to_smes, "占授予中小企业合同金额的"),
    ]
    return [
        [joined([first, led("其中：" if complete else "已有的项目有：", parts)], "，"), joined(smes, "，")]
    ]


def _assets(writer: Writer, facts: Department, style: Style) -> list[list[Phrase]]:
    equipment = led("单价100万元以上设备", style.count(facts.equipment, "台（套）"))
    said = [led("共有车辆", style.count(facts.vehicles, "辆")), equipment]
    return [[led(f"截至{facts.whose.year}年12月31日，本部门国有资产占用情况：", joined(said, "，"))]]


def _performance(writer: Writer, facts: Department, style: Style) -> list[list[Phrase]]:
    goals = led(f"{facts.whose.year}年度编报绩效目标的项目", style.count(facts.goals, "个"))
    score = joined(
        [
            led("部门整体支出绩效自评得", style.score(facts.self_score), "分"),
            words(f"评价等级为“{facts.self_grade}”" if facts.self_grade else ""),
        ],
        "，",
    )
    said = [joined([goals, led("涉及资金", style.money(facts.goals_amount))], "，"), score]
    if not any(said) and facts.performance.strip():
        return [[words(f"{facts.whose.year}年度绩效管理工作开展情况如下")]]
    return [said]


SECTIONS: tuple[tuple[str, Section], ...] = (
    ("收入支出决算总体情况", _overall),
    ("收入决算情况", _income),
    ("支出决算情况", _spending),
    ("财政拨款收入支出决算总体情况", _fiscal),
    ("一般公共预算财政拨款支出决算情况", _general),
    ("一般公共预算财政拨款基本支出决算情况", _basic),
    ("财政拨款“三公”经费支出决算情况", _three_public),
    ("政府性基金预算收入支出决算情况", _fund),
    ("国有资本经营预算财政拨款支出决算情况", _capital),
    ("机关运行经费支出情况", _office),
    ("一般性支出情况", _ordinary),
    ("政府采购支出情况", _procurement),
    ("国有资产占用情况", _assets),
    ("预算绩效情况", _performance),
)
