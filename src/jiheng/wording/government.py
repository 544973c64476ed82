"""The explanations of 三公, transfers and debt, with what 财预〔2016〕143号 and 〔2018〕209号 ask."""

from __future__ import annotations

from decimal import Decimal

from jiheng.policy import Policy
from jiheng.wording.facts import Debt, Group, Item, Sourced, Split, ThreePublic, Transfers, makes_up
from jiheng.wording.phrases import Phrase, Style, because, explained, joined, led, words
from jiheng.wording.text import Text
from jiheng.wording.writing import Writer


def three_public_note(facts: ThreePublic, policy: Policy) -> Text:
    """关于区级“三公”经费支出情况的说明."""
    style, whose = Style.of(policy), facts.whose
    writer = Writer("three_public", f"关于{whose.level}级“三公”经费支出情况的说明")
    lead = f"{whose.year}年，{whose.level}级一般公共预算安排的行政事业单位"
    writer.body(*three_public_total(writer, facts, style, lead))
    for number, sentences in enumerate(three_public_parts(writer, facts, style), 1):
        writer.numbered(number, *sentences)
    return writer.text()


def three_public_total(writer: Writer, facts: ThreePublic, style: Style, lead: str) -> list[Phrase]:
    """The sentences of the total: outturn, budget, last year, the reason, and what it is the sum of."""
    total = facts.total
    amount = writer.asked(style.money(total.final), "“三公”经费支出合计")
    if not amount:
        return []
    parts = (facts.abroad, facts.cars, facts.reception)
    whole = makes_up(parts, total)
    listing = joined((style.told(part.label, part.final) for part in parts), "，")
    compared = [
        writer.asked(style.against_budget(total), "“三公”经费与预算的对比"),
        writer.asked(style.against_last(total), "“三公”经费与上年的对比"),
    ]
    return [
        joined([led(f"{lead}“三公”经费支出合计", amount), joined(compared, "；")], "，"),
        led("其中：" if whole else "已有的支出有：", listing),
        because(total, "增减变化的主要原因是"),
    ]


def three_public_parts(writer: Writer, facts: ThreePublic, style: Style) -> list[list[Phrase]]:
    """Each item with its comparisons, its reason and its counts; 0 is said too."""
    abroad = _counted(
        writer,
        style,
        ("全年安排因公出国（境）团组", facts.groups, "个", "因公出国（境）团组数"),
        ("累计", facts.travellers, "人次", "因公出国（境）人次"),
    )
    cars = _counted(
        writer,
        style,
        ("全年购置公务用车", facts.bought, "辆", "公务用车购置数"),
        ("年末公务用车保有量为", facts.held, "辆", "公务用车保有量"),
    )
    guests = _counted(
        writer,
        style,
        ("全年国内公务接待", facts.batches, "批次", "国内公务接待批次"),
        ("接待", facts.guests, "人次", "国内公务接待人次"),
    )
    bought = [compared(writer, item, style) for item in (facts.cars_bought, facts.cars_run)]
    whole = makes_up((facts.cars_bought, facts.cars_run), facts.cars)
    return [
        [compared(writer, facts.abroad, style), because(facts.abroad), abroad],
        [
            compared(writer, facts.cars, style),
            because(facts.cars),
            led("其中：" if whole else "", joined(bought, "；")),
            because(facts.cars_bought, "公务用车购置费增减的主要原因是"),
            because(facts.cars_run, "公务用车运行维护费增减的主要原因是"),
            cars,
        ],
        [compared(writer, facts.reception, style), because(facts.reception), guests],
    ]


def compared(writer: Writer, item: Item, style: Style) -> Phrase:
    """An item, its budget and its last year: 公务接待费8.00万元，比预算数…；比上年决算数…."""
    amount = writer.asked(style.money(item.final), item.label)
    if not amount:
        return ()
    against = joined([style.against_budget(item), style.against_last(item)], "，")
    return joined([style.told(item.label, item.final), against], "，")


def _counted(writer: Writer, style: Style, *counts: tuple[str, Sourced, str, str]) -> Phrase:
    """全年国内公务接待12批次，接待130人次: words before, figure, measure, what it is when it is lacking."""
    return joined(
        [led(lead, writer.asked(style.count(figure, unit), name)) for lead, figure, unit, name in counts],
        "，",
    )


def transfers_note(facts: Transfers, policy: Policy) -> Text:
    """关于税收返还及转移支付情况的说明: the total, the three groups, the largest parts of each."""
    style, whose = Style.of(policy), facts.whose
    writer = Writer("transfers", "关于税收返还及转移支付情况的说明")
    total = facts.total
    writer.asked(style.money(total.final), "税收返还和转移支付合计")
    lead = f"{whose.year}年，上级财政安排我{whose.level}税收返还和转移支付"
    against = writer.asked(_last(total, style), "税收返还和转移支付与上年的对比")
    writer.body(
        joined([style.told(lead, total.final), against], "，"), because(total, "增减变化的主要原因是")
    )
    for number, group in enumerate(facts.groups, 1):
        most = policy.whole("wording.most_parts")
        writer.numbered(number, *_group(writer, group, style, most))
    return writer.text()


def _group(writer: Writer, group: Group, style: Style, most: int) -> list[Phrase]:
    item = group.item
    amount = writer.asked(style.money(item.final), item.label)
    said = joined([style.told(item.label, item.final), _last(item, style)], "，") if amount else ()
    known = [part for part in group.parts if part.final.known]
    shown = sorted(known, key=lambda part: -abs(part.final.known or Decimal(0)))[:most]
    # a line that a reason was asked of is written, large or not
    shown += [
        part for part in group.parts if part.reason and part.final.known is not None and part not in shown
    ]
    parts = [joined([style.told(part.label, part.final), _last(part, style)], "，") for part in shown]
    if len(group.parts) == 1 and group.parts[0].final.known == item.final.known:
        return [said, because(item), led("全部为", words(group.parts[0].label))]
    lead = "其中：" if len(known) == len(shown) == len(group.parts) else "主要项目有："
    return [said, because(item), led(lead, joined(parts, "；")), *_reasons(shown)]


def _reasons(items: list[Item]) -> list[Phrase]:
    """Why the items moved; those with the same reason are named together."""
    named: dict[str, list[str]] = {}
    for item in items:
        if item.has_moved and item.reason.strip():
            named.setdefault(item.reason.strip(), []).append(item.label)
    return [explained(reason, f"{'、'.join(labels)}增减的主要原因是") for reason, labels in named.items()]


def _last(item: Item, style: Style) -> Phrase:
    return style.against_last(item, "上年")


def debt_note(facts: Debt, policy: Policy) -> Text:
    """关于地方政府债务情况的说明: limit, balance, issue and its use, repayment and its source, interest."""
    style = Style.of(policy)
    writer = Writer("debt", "关于地方政府债务情况的说明")
    writer.numbered(1, *_limits(writer, facts, style))
    writer.numbered(2, *_issued(writer, facts, style))
    writer.numbered(3, *_repaid(writer, facts, style))
    writer.numbered(4, *_closing(writer, facts, style))
    return writer.text()


def split(writer: Writer, row: Split, style: Style, lead: str, of: str = "债务") -> Phrase:
    """债务限额3.00亿元，其中：一般债务1.00亿元，专项债务2.00亿元."""
    amount = writer.asked(style.money(row.total), row.label)
    if not amount:
        return ()
    halves = (row.general, row.special)
    if any(half.known is None for half in halves):
        writer.asked((), f"{row.label}中一般{of}和专项{of}各多少")
        return led(lead, amount)
    said = [
        led(f"{name}{of}", style.money(half)) for name, half in zip(("一般", "专项"), halves, strict=True)
    ]
    return joined([led(lead, amount), led("其中：", joined(said, "，"))], "，")


def _limits(writer: Writer, facts: Debt, style: Style) -> list[Phrase]:
    whose = facts.whose
    before = f"{whose.year - 1}年末，我{whose.level}政府债务余额"
    return [
        split(writer, facts.limit, style, f"{whose.year}年，上级核定我{whose.level}政府债务限额"),
        split(writer, facts.opening, style, before),
    ]


def _issued(writer: Writer, facts: Debt, style: Style) -> list[Phrase]:
    amount = writer.asked(style.money(facts.issued.total), "本年发行政府债券数")
    lead = f"{facts.whose.year}年，我{facts.whose.level}发行（转贷）政府债券"
    rows = (facts.new, facts.refinancing)
    parts = [part for row in rows for part in _bonds(row, style)]
    if not all(parts):
        writer.asked((), "新增债券、再融资债券中一般债券和专项债券各多少")
        parts = [style.told(row.label, row.total) for row in rows]
    if facts.foreign.total.known:
        parts.append(style.told(facts.foreign.label, facts.foreign.total))
    # a list that lacks one would read as if the rest were all
    listed = joined(parts, "，") if all(row.total.known is not None for row in rows) else ()
    return [
        joined([led(lead, amount), led("其中：", listed)], "，") if amount else listed,
        _beyond(facts),
        _uses(writer, facts, style),
    ]


def _beyond(facts: Debt) -> Phrase:
    """Why refinancing bonds are more than what was repaid; nothing where they are not."""
    more, repaid = facts.refinancing.total.known, facts.repaid.total.known
    if more is None or repaid is None or more <= repaid:
        return ()
    return explained(facts.refinancing.reason, "再融资债券大于当年还本的原因是")


def _bonds(row: Split, style: Style) -> list[Phrase]:
    """新增一般债券, 新增专项债券."""
    name = row.label.removesuffix("债券")
    return [style.told(f"{name}一般债券", row.general), style.told(f"{name}专项债券", row.special)]


def _uses(writer: Writer, facts: Debt, style: Style) -> Phrase:
    """新增债券资金用于：市政建设1.00亿元（3个项目）；…."""
    if facts.new.total.known == 0:
        return words("本年没有新增债券，没有新增债券资金使用安排")
    said = []
    for use in facts.uses:
        projects = led("（", style.count(use.projects, "个项目"), "）")
        said.append((*style.told(use.label, use.amount), *projects))
    return led("新增债券资金用于：", writer.asked(joined(said, "；"), "新增债券资金的使用安排"))


def _repaid(writer: Writer, facts: Debt, style: Style) -> list[Phrase]:
    said = split(
        writer, facts.repaid, style, f"{facts.whose.year}年，我{facts.whose.level}政府债务还本", "债务"
    )
    sources = [
        led("债券资金", style.money(facts.repaid_by_bonds.total)),
        led("财政资金", style.money(facts.repaid_by_budget.total)),
    ]
    from_where = writer.asked(joined(sources, "，"), "还本的资金来源") if facts.repaid.total.known else ()
    other = facts.written_off
    return [
        said,
        led("还本资金来源：", from_where),
        led("核减和以其他方式化解债务", style.money(other.total)) if other.total.known else (),
        split(
            writer, facts.interest, style, f"{facts.whose.year}年，我{facts.whose.level}政府债务付息", "债务"
        ),
    ]


def _closing(writer: Writer, facts: Debt, style: Style) -> list[Phrase]:
    level, year = facts.whose.level, facts.whose.year
    said = split(writer, facts.closing, style, f"截至{year}年12月末，我{level}政府债务余额")
    return [
        said,
        style.change(facts.closing.total, facts.opening.total, "年初余额", show=False),
        _within(facts),
    ]


def _within(facts: Debt) -> Phrase:
    """Whether balances keep within their limits, 一般 and 专项 for themselves."""
    pairs = [
        ("政府债务", facts.closing.total, facts.limit.total),
        ("一般债务", facts.closing.general, facts.limit.general),
        ("专项债务", facts.closing.special, facts.limit.special),
    ]
    over = []
    for name, balance, limit in pairs:
        if balance.known is None or limit.known is None:
            return ()
        if balance.known > limit.known:
            over.append(name)
    if over:
        return words(f"{'、'.join(over)}余额超过上级核定的限额")
    return words("一般债务、专项债务余额均控制在上级核定的债务限额之内")
