"""The notes a government adds to its final accounts: 三公, transfers, debt."""

from __future__ import annotations

from texts import passages
from texts.accounts import Debt, Draw, Item, add, added, leaf
from texts.truth import Figure
from texts.writing import Budget, Writer

ABROAD, VEHICLES, GUESTS = "因公出国（境）费", "公务用车购置及运行维护费", "公务接待费"
BUYING, RUNNING = "公务用车购置费", "公务用车运行维护费"
RETURNED = ("增值税税收返还收入", "所得税基数返还收入", "成品油税费改革税收返还收入", "其他返还性收入")
GENERAL = (
    "均衡性转移支付收入",
    "县级基本财力保障机制奖补资金收入",
    "结算补助收入",
    "固定数额补助收入",
    "共同财政事权转移支付收入",
    "产粮大县奖励资金收入",
    "其他一般性转移支付收入",
)
SPECIAL = (
    "农林水专项",
    "节能环保专项",
    "城乡社区专项",
    "交通运输专项",
    "教育专项",
    "卫生健康专项",
    "其他专项",
)


def place(w: Writer) -> str:
    return w.one("区级", "县本级", "市本级", "全区", "我县", "我区", "全市")


def three_public(w: Writer, draw: Draw, where: str = "") -> None:
    """三公: the total by budget and last year, three or four items, the counts behind them."""
    abroad = draw.tree(leaf(ABROAD), draw.size(30_000, 900_000), nil=0.35)
    bought = draw.tree(leaf(BUYING), draw.size(150_000, 2_000_000), nil=0.4)
    run = draw.tree(leaf(RUNNING), draw.size(300_000, 9_000_000))
    guests = draw.tree(leaf(GUESTS), draw.size(50_000, 3_000_000), nil=0.05)
    whole = add("“三公”经费支出合计", [abroad, add(VEHICLES, [bought, run]), guests])
    where, year = where or place(w), w.year
    passages.indent(w)
    lead = w.one("财政拨款安排的", "一般公共预算安排的", "行政事业单位", "")
    total = w.money("三公合计", whole.now)
    w(
        f"{year}年{w.one('，', '度，', '')}{where}{lead}“三公”经费"
        f"{w.one('支出合计', '决算数为', '支出共', '支出')}",
        total,
    )
    if w.odds(0.5):
        w.change(total, whole.now, whole.budget, w.one("预算数", "年初预算", "预算"))
    else:
        w.completion(total, whole.now, [Budget(w.one("年初预算", "预算"), whole.budget)])
    w.follow(total, whole, 0.6)
    w(w.one("。其中：", "，其中：", "。分项情况如下："))
    nested = w.odds(0.5)
    figures = [_abroad(w, abroad)]
    figures += _vehicles(w, bought, run) if nested else _apart(w, bought, run)
    figures.append(_guests(w, guests))
    w.adds(total, figures)
    if w.odds(0.2):
        w.recall(f"{where}“三公”经费支出", total)
    if w.odds(0.45):
        cells = passages.table(
            w, f"{year}年“三公”经费支出情况表", w.one(w.habit.unit, "万元"), whole, passages.columns_for(w)
        )
        w.same(total, cells["合计", "now"])
        w.same(figures[0], cells[ABROAD, "now"])
        w.same(figures[-1], cells[GUESTS, "now"])


def _item(w: Writer, item: Item) -> Figure:
    figure = w.money(item.name, item.now)
    w("\n" if w.odds(0.2) else "", item.name, w.one("", "支出"), figure)
    w.follow(figure, item, 0.6)
    return figure


def _abroad(w: Writer, item: Item) -> Figure:
    figure = _item(w, item)

    def counts() -> None:
        groups = w.rng.randint(1, 4) if item.now else 0
        people = groups * w.rng.randint(1, 5)
        w(
            "，",
            w.one("安排", "全年组织"),
            "因公出国（境）团组",
            w.count("团组", groups, "个"),
            w.one("、", "，"),
        )
        w(w.one("累计", "共", ""), w.count("出国人次", people, w.one("人次", "人")))

    w.clause("团组", counts)
    w("；")
    return figure


def _buying(w: Writer, item: Item) -> Figure:
    figures: list[Figure] = []

    def say() -> None:
        figures.append(_item(w, item))
        cars = max(1, item.now // 25_000_000) if item.now else 0
        w("，", w.one("当年购置公务用车", "购置"), w.count("购置数", cars, "辆"), "；")

    w.clause("购置费", say)
    return figures[0]


def _running(w: Writer, item: Item) -> Figure:
    figure = _item(w, item)
    w.clause(
        "保有量",
        lambda: w(
            "，", w.one("年末", "截至年底"), "公务用车保有量", w.count("保有量", w.rng.randint(3, 160), "辆")
        ),
    )
    return figure


def _apart(w: Writer, bought: Item, run: Item) -> list[Figure]:
    figures = [_buying(w, bought), _running(w, run)]
    w("；")
    return figures


def _vehicles(w: Writer, bought: Item, run: Item) -> list[Figure]:
    both = add(VEHICLES, [bought, run])
    figure = w.money(VEHICLES, both.now)
    w(VEHICLES, figure)
    w.follow(figure, both, 0.4)
    w("（其中：" if (bracket := w.odds(0.4)) else "，其中：")
    w.adds(figure, [_buying(w, bought), _running(w, run)])
    w("）；" if bracket else "；")
    return [figure]


def _guests(w: Writer, item: Item) -> Figure:
    figure = _item(w, item)

    def counts() -> None:
        visits = w.rng.randint(10, 900) if item.now else 0
        w("，", w.one("国内公务接待", "全年接待"), w.count("批次", visits, "批次"), w.one("、", "，"))
        w(w.count("接待人次", visits * w.rng.randint(4, 12), "人次"))

    w.clause("批次", counts)
    w("。\n")
    return figure


def transfers(w: Writer, draw: Draw) -> None:
    """Returned taxes, general and special transfers, each against last year and with parts of its own."""
    size = draw.size(300_000_000, 9_000_000_000)
    kinds = [
        ("返还性收入", RETURNED, 0.06),
        ("一般性转移支付收入", GENERAL, 0.66),
        ("专项转移支付收入", SPECIAL, 0.28),
    ]
    parts = []
    for name, names, weight in kinds:
        chosen = w.rng.sample(names, w.rng.randint(2, min(5, len(names))))
        parts.append(draw.tree((name, [leaf(n) for n in chosen]), round(size * weight)))
    whole = add("税收返还和转移支付收入", parts)
    passages.indent(w)
    total = w.money("转移支付合计", whole.now)
    giver = w.one("上级", "上级财政", "中央和省")
    w(
        f"{w.year}年{w.one('，', '度')}{giver}{w.one('下达', '补助', '安排')}{place(w)}税收返还和转移支付",
        w.one("", "收入", "资金"),
    )
    w(w.one("共计", "", "合计"), total)
    w.follow(total, whole, 0.9)
    w(w.one("，其中：", "。其中：", "。分类看："))
    figures = []
    w.outer = w.one("bracket", "bracket", "dot", "")
    mark = w.one(*passages.MARKS.get(w.outer, ("",)))
    for number, part in enumerate(parts, 1):
        w("\n", mark.format(number))
        figure = w.money(part.name, part.now)
        w(part.name, figure)
        w.follow(figure, part, 0.85)
        if w.odds(0.3):
            w.share(
                figure,
                part.now,
                total,
                whole.now,
                list(figures),
                w.one("转移支付总额", "合计"),
            )
        figures.append(figure)
        if w.odds(0.75):
            passages.listing(
                w, figure, part.parts, (lambda f, i: w.follow(f, i, 0.5)) if w.odds(0.4) else passages.quiet
            )
        else:
            w("。")
    w.adds(total, figures)
    w("\n")
    if w.odds(0.2):
        w.recall("税收返还和转移支付收入合计", total)
    if w.odds(0.4):
        cells = passages.table(
            w, "税收返还和转移支付决算表", w.one("万元", "亿元", w.habit.unit), whole, passages.columns_for(w)
        )
        w.same(total, cells["合计", "now"])
        for figure, part in zip(figures, parts, strict=True):
            w.same(figure, cells[part.name, "now"])


def debt(w: Writer, draw: Draw) -> None:
    """Limits, opening balance, bonds sold, principal and interest paid, closing balance."""
    kinds = [Debt.draw("一般债务", draw, 400_000_000), Debt.draw("专项债务", draw, 500_000_000)]
    whole = added("政府债务", kinds)
    where = place(w)
    passages.indent(w)
    lines = [_limits, _bonds, _repaid, _closing]
    if w.odds(0.6):
        lines.insert(0, _opening)
    said: dict[str, list[Figure]] = {}
    for line in lines:
        line(w, where, [whole, *kinds], said)
        w(w.one("", "", "\n　　"))
    for column in range(3):
        flows = [
            said[name][column]
            for name in ("opening", "issued", "repaid", "closing")
            if len(said.get(name, ())) > column
        ]
        if len(flows) == 4:
            opening, issued, repaid, closing = flows
            w.state("balance", ((1, opening), (1, issued), (-1, repaid), (-1, closing)))
        if len(said["limit"]) > column and len(said["closing"]) > column:
            w.within(said["closing"][column], said["limit"][column], "limit")
    w("\n")
    if w.odds(0.25):
        w.recall(f"年末{where}政府债务余额", said["closing"][0])


def _triple(w: Writer, names: list[str], values: list[int], stem: str) -> list[Figure]:
    """A total and, mostly, its general and special part, as one clause."""
    total = w.money(f"{stem}合计", values[0])
    w(total)
    if w.odds(0.2):
        return [total]
    parts = [w.money(f"{stem}{name}", value) for name, value in zip(names, values[1:], strict=True)]
    close = "）" if w.odds(0.35) else ""
    w("（其中：" if close else w.one("，其中：", "，其中"))
    w(names[0], parts[0], w.one("、", "，", "；") if close else w.one("，", "；"), names[1], parts[1], close)
    w.adds(total, parts)
    return [total, *parts]


def _opening(w: Writer, where: str, debts: list[Debt], said: dict[str, list[Figure]]) -> None:
    w(f"{w.one('截至', '')}{w.year - 1}年{w.one('末', '底')}，{where}政府债务余额{w.one('为', '')}")
    said["opening"] = _triple(w, ["一般债务", "专项债务"], [d.opening for d in debts], "年初余额")
    w("。")


def _limits(w: Writer, where: str, debts: list[Debt], said: dict[str, list[Figure]]) -> None:
    w(f"{w.one('经批准，', '省财政厅核定', '')}{w.year}年{where}政府债务限额{w.one('为', '')}")
    said["limit"] = _triple(w, ["一般债务限额", "专项债务限额"], [d.limit for d in debts], "限额")
    w("。")


def _bonds(w: Writer, where: str, debts: list[Debt], said: dict[str, list[Figure]]) -> None:
    total = w.money("发行合计", debts[0].issued)
    lead = f"{w.year}年{where}{w.one('共发行', '发行', '争取')}{w.one('地方政府债券', '政府债券')}"
    if w.odds(0.5):
        new, again = w.money("新增债券", debts[0].new), w.money("再融资债券", debts[0].refinanced)
        w(lead, total, "，其中：新增债券", new)
        if w.odds(0.5):
            parts = [w.money(f"新增{d.name}", d.new) for d in debts[1:]]
            w("（一般债券", parts[0], w.one("、", "，"), "专项债券", parts[1], "）")
            w.adds(new, parts)
        w(w.one("，", "；"), "再融资债券", again, "。")
        w.adds(total, [new, again])
        said["issued"] = [total]
        return
    pairs = [(d, kind) for d in debts[1:] for kind in ("新增", "再融资")]
    figures = []
    w(f"{w.year}年", w.one("上级转贷", "省财政厅下达"), where)
    for d, kind in pairs:
        figure = w.money(f"{kind}{d.name}", d.new if kind == "新增" else d.refinanced)
        w("，" if figures else "", kind, d.name.replace("债务", "债券"), figure)
        figures.append(figure)
    w("，", w.one("合计", "共计", "以上合计"), total, "。")
    w.adds(total, figures)
    said["issued"] = [total]


def _repaid(w: Writer, where: str, debts: list[Debt], said: dict[str, list[Figure]]) -> None:
    w(w.one("当年", "全年", f"{w.year}年"), w.one("偿还政府债务本金", "政府债务还本支出", "债券还本"))
    said["repaid"] = _triple(w, ["一般债务", "专项债务"], [d.repaid for d in debts], "还本")
    w(w.one("，", "；"), w.one("支付利息", "付息支出"))
    _triple(w, ["一般债务利息", "专项债务利息"], [d.interest for d in debts], "付息")
    w("。")


def _closing(w: Writer, where: str, debts: list[Debt], said: dict[str, list[Figure]]) -> None:
    w(f"{w.one('截至', '')}{w.year}年{w.one('末', '底', '12月末')}，{where}政府债务余额{w.one('为', '')}")
    said["closing"] = _triple(w, ["一般债务", "专项债务"], [d.closing for d in debts], "年末余额")
    w(w.one("，控制在核定的限额之内。", "，未超过债务限额。", "，均在限额以内。", "。"))
