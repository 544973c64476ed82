"""Random accounts, exact to the 分, that hold together, for `wording_audit.py` and `notes.py` to word.

A seed gives the same accounts every time. Edges are drawn on purpose: nothing last year, nothing this year,
no change at all, a change of one 分, negative transfers, a figure that is missing.
"""

from __future__ import annotations

import itertools
import random
from decimal import Decimal

from jiheng.sheets import NOT_REPORTED
from jiheng.wording import (
    BondUse,
    Debt,
    Department,
    Facts,
    Group,
    Item,
    Passage,
    Performance,
    Reviewed,
    Sourced,
    Split,
    ThreePublic,
    Transfers,
    Whose,
)

FEN = Decimal("0.01")
REASONS = (
    "严格落实过紧日子要求，压减一般性支出",
    "上年结转项目在本年完工结算",
    "机构职能调整，人员转隶",
    "上级补助标准提高",
    "受政策到期影响",
)
SPECIAL = "发行特殊再融资债券置换存量债务"
FIELDS = ("市政建设", "保障性安居工程", "农林水利", "教育", "医疗卫生", "产业园区基础设施", "交通")
PARTS = {
    "返还性收入": (
        "增值税税收返还收入",
        "消费税税收返还收入",
        "增值税“五五分享”税收返还收入",
        "其他返还性收入",
    ),
    "一般性转移支付": (
        "均衡性转移支付收入",
        "结算补助收入",
        "固定数额补助收入",
        "共同财政事权转移支付收入",
        "增值税留抵退税转移支付收入",
    ),
    "专项转移支付": ("教育", "农林水", "城乡社区", "交通运输", "节能环保", "住房保障"),
}
FUNCTIONS = (
    "一般公共服务支出",
    "教育支出",
    "社会保障和就业支出",
    "卫生健康支出",
    "农林水支出",
    "住房保障支出",
)
PROJECTS = (
    "农村公路养护",
    "学生免费午餐",
    "产业发展扶持",
    "人居环境整治",
    "老旧小区改造",
    "公共就业服务",
    "水库除险加固",
)
OFFICES = ("教育局", "农业农村局", "交通运输局", "产业发展局", "住房和城乡建设局", "人力资源和社会保障局")


class Draw:
    """One set of accounts. `gaps`: how often, in a hundred, a figure is missing."""

    def __init__(self, seed: int, gaps: int = 0) -> None:
        self._random = random.Random(seed)
        self._gaps = gaps
        self._place = 0
        self.whose = Whose("天衡区", self._random.choice([2022, 2023, 2024, 2025]))

    def facts(self) -> tuple[Facts, ...]:
        """The four notes' facts."""
        return self.three_public(), self.transfers(), self.debt(), self.performance()

    def three_public(self, whose: Whose | None = None, most: int = 3_000_000) -> ThreePublic:
        abroad, bought, run, reception = (
            self.item(key, label, self.yuan(most))
            for key, label in (
                ("abroad", "因公出国（境）费"),
                ("cars_bought", "公务用车购置费"),
                ("cars_run", "公务用车运行维护费"),
                ("reception", "公务接待费"),
            )
        )
        cars = self.total("cars", "公务用车购置及运行维护费", [bought, run])
        total = self.total("total", "“三公”经费支出合计", [abroad, cars, reception])
        return ThreePublic(
            whose or self.whose, total, abroad, cars, bought, run, reception,
            *(self.count(0, most) for most in (6, 40, 9, 300, 900, 9000)),
        )  # fmt: skip

    def transfers(self) -> Transfers:
        groups = []
        for number, (name, labels) in enumerate(PARTS.items()):
            chosen = self._random.sample(labels, self._random.randint(1, len(labels)))
            parts = [
                self.item(f"g{number}{n}", label, self.yuan(900_000_000, below=4))
                for n, label in enumerate(chosen)
            ]
            groups.append(Group(self.total(f"group{number}", name, parts), tuple(parts)))
        return Transfers(
            self.whose, self.total("total", "税收返还和转移支付", [g.item for g in groups]), tuple(groups)
        )

    def debt(self) -> Debt:
        pairs = {}
        for name in ("opening", "new", "refinancing", "by_budget", "interest"):
            pairs[name] = [self.yuan(3_000_000_000), self.yuan(3_000_000_000)]
        if self._random.random() < 0.8:  # ordinary refinancing repays what falls due
            pairs["refinancing"] = [
                min(r, o) for r, o in zip(pairs["refinancing"], pairs["opening"], strict=True)
            ]
        by_bonds = [min(r, o) for r, o in zip(pairs["refinancing"], pairs["opening"], strict=True)]
        budget = [
            min(b, o - p) for b, o, p in zip(pairs["by_budget"], pairs["opening"], by_bonds, strict=True)
        ]
        repaid = [a + b for a, b in zip(by_bonds, budget, strict=True)]
        issued = [a + b for a, b in zip(pairs["new"], pairs["refinancing"], strict=True)]
        closing = [o + i - r for o, i, r in zip(pairs["opening"], issued, repaid, strict=True)]
        limit = [value + self.yuan(500_000_000) for value in closing]
        more = sum(pairs["refinancing"]) > sum(repaid)
        fields = self._random.sample(FIELDS, self._random.randint(1, 5))
        return Debt(
            self.whose,
            self.split("limit", "债务限额", limit),
            self.split("opening", "年初债务余额", pairs["opening"]),
            self.split("issued", "本年发行合计", issued),
            self.split("new", "新增债券", pairs["new"]),
            self.split("refinancing", "再融资债券", pairs["refinancing"], SPECIAL if more else ""),
            self.split("repaid", "本年还本合计", repaid),
            self.split("repaid_by_bonds", "用再融资债券还本", by_bonds),
            self.split("repaid_by_budget", "用财政资金还本", budget),
            self.split("interest", "本年付息", pairs["interest"]),
            self.split("closing", "年末债务余额", closing),
            uses=tuple(
                BondUse(field, self.sourced(amount), self.count(1, 20))
                for field, amount in zip(fields, self.parts_of(sum(pairs["new"]), len(fields)), strict=True)
            ),
        )  # fmt: skip

    def performance(self) -> Performance:
        departments = self._random.randint(20, 200)
        lights = [self._random.randint(0, 200) for _ in range(3)]
        found = self._random.randint(0, 90)
        names = self._random.sample(PROJECTS, self._random.randint(1, len(PROJECTS)))
        return Performance(
            self.whose,
            self.whose.year - 1,
            departments=self.sourced(departments),
            department_goals=self.sourced(departments - self._random.choice([0, 0, 3])),
            fund_goals=self.count(1, 400),
            fund_goals_amount=self.sourced(self.yuan(4_000_000_000)),
            monitored=self.sourced(sum(lights)),
            green=self.sourced(lights[0]), yellow=self.sourced(lights[1]), red=self.sourced(lights[2]),
            self_evaluated=self.sourced(departments - self._random.choice([0, 0, 5])),
            self_evaluated_projects=self.count(1, 900),
            linked_amount=self.sourced(self.yuan(90_000_000)),
            problems_found=self.sourced(found),
            problems_closed=self.sourced(self._random.randint(0, found)),
            reviewed=tuple(self.reviewed(name) for name in names),
            systems="出台预算绩效管理实施办法，明确各环节的职责和时限。",
            problems=(Passage("项目管理水平有待提高", "部分项目的合同和验收资料管理不够规范。"),),
            measures=(Passage("压实绩效管理责任", "把绩效管理列入部门年度考核，逐级落实责任。"),),
        )  # fmt: skip

    def reviewed(self, name: str) -> Reviewed:
        grade = self._random.choice("优良良中")
        score = {"优": 90, "良": 80, "中": 60}[grade] + self._random.randint(0, 999) / Decimal(100)
        return Reviewed(
            f"{name}专项资金", f"区{self._random.choice(OFFICES)}", f"{self.whose.year - 1}年",
            self.sourced(self.yuan(90_000_000)), self.sourced(score), grade, self._random.random() < 0.4,
        )  # fmt: skip

    def department(self, name: str) -> Department:
        whose = Whose(name, self.whose.year)
        incomes = [
            self.item(f"i{n}", label, self.yuan(60_000_000) + 100)
            for n, label in enumerate(
                ("一般公共预算财政拨款收入", "政府性基金预算财政拨款收入", "事业收入", "其他收入")
            )
        ]
        in_year = self.total("in_year", "本年收入合计", incomes)
        opening = self.yuan(9_000_000)
        total = self.exact(in_year) + opening
        functions = [
            self.item(f"f{n}", label, self.yuan(20_000_000) + 100)
            for n, label in enumerate(self._random.sample(FUNCTIONS, self._random.randint(1, 6)))
        ]
        general = self.total("general", "一般公共预算财政拨款支出", functions)
        people, running = (
            self.item(key, label, amount)
            for key, label, amount in zip(
                ("people", "running"),
                ("人员经费", "公用经费"),
                self.parts_of(self.exact(general), 2),
                strict=True,
            )
        )
        basic_all = self.exact(general)
        fund = [self.yuan(5_000_000), self.yuan(5_000_000)]
        spent = min(self.yuan(5_000_000), fund[0] + fund[1])
        goods = [
            self.item(f"p{n}", label, self.yuan(5_000_000))
            for n, label in enumerate(("货物支出", "工程支出", "服务支出"))
        ]
        procured = self.total("procured", "政府采购支出", goods)
        smes = self.parts_of(self.exact(procured), 2)[0]
        project = self.yuan(20_000_000)
        return Department(
            whose,
            in_total=self.item("in_total", "收入总计", total),
            out_total=self.item("out_total", "支出总计", total),
            incomes=tuple(incomes),
            in_year=in_year,
            out_year=self.item("out_year", "本年支出合计", basic_all + project),
            spending=(self.item("basic", "基本支出", basic_all), self.item("project", "项目支出", project)),
            fiscal_in=self.item("fiscal_in", "财政拨款收入总计", total),
            fiscal_out=self.item("fiscal_out", "财政拨款支出总计", total),
            general=general,
            functions=tuple(functions),
            basic=self.total("basic", "一般公共预算财政拨款基本支出", [people, running]),
            people=people,
            running=running,
            three_public=self.three_public(whose, 300_000),
            fund_opening=self.sourced(fund[0]), fund_income=self.sourced(fund[1]),
            fund_spent=self.sourced(spent), fund_closing=self.sourced(fund[0] + fund[1] - spent),
            capital_spent=self.sourced(self.yuan(100_000)),
            office=self.item("office", "机关运行经费", self.yuan(3_000_000)),
            meetings=self.item("meetings", "会议费", self.yuan(300_000)),
            training=self.item("training", "培训费", self.yuan(300_000)),
            festivals=self.item("festivals", "节庆、晚会、论坛、赛事等活动", self.yuan(50_000)),
            procured=procured, procured_parts=tuple(goods),
            to_smes=self.sourced(smes), to_micro=self.sourced(self.parts_of(smes, 2)[0]),
            vehicles=self.count(0, 60), equipment=self.count(0, 9),
            goals=self.count(1, 40), goals_amount=self.sourced(self.yuan(9_000_000)),
            self_score=self.sourced(Decimal(self._random.randint(9000, 9999)) / 100), self_grade="优",
        )  # fmt: skip

    def yuan(self, most: int, below: int = 0) -> Decimal:
        """An amount: often to the 元 or the 万元, sometimes 0, `below` in a hundred negative."""
        kind = self._random.random()
        if kind < 0.08:
            return Decimal(0)
        step = 10_000 if kind < 0.3 else 100 if kind < 0.4 else 1
        found = Decimal(self._random.randint(1, most // step) * step)
        if kind > 0.6:
            found += self._random.randint(0, 99) * FEN
        return -found if self._random.randrange(100) < below else found

    def near(self, amount: Decimal) -> Decimal:
        """What it was compared with: the same, nothing, a 分 beside it, or something of its size."""
        kind = self._random.random()
        if kind < 0.1:
            return amount
        if kind < 0.15:
            return Decimal(0)
        if kind < 0.2:
            return max(amount - FEN, Decimal(0)) if amount > 0 else amount
        factor = Decimal(self._random.randint(300, 1900)) / 1000
        return (amount * factor).quantize(FEN) if amount else self.yuan(2_000_000)

    def item(self, key: str, label: str, amount: Decimal) -> Item:
        reason = self._random.choice((*REASONS, ""))
        return Item(
            key,
            label,
            self.sourced(amount),
            self.sourced(self.near(amount)),
            self.sourced(self.near(amount)),
            reason,
        )

    def total(self, key: str, label: str, parts: list[Item]) -> Item:
        sums = []
        for name in ("final", "budget", "last"):
            values = [getattr(part, name).known for part in parts]
            known = None not in values
            sums.append(self.sourced(sum(values, Decimal(0))) if known else Sourced(NOT_REPORTED))
        return Item(key, label, *sums, reason=self._random.choice(REASONS))

    def exact(self, item: Item) -> Decimal:
        return item.final.known or Decimal(0)

    def split(self, key: str, label: str, pair: list[Decimal], reason: str = "") -> Split:
        return Split(key, label, *map(self.sourced, (pair[0], pair[1], pair[0] + pair[1])), reason)

    def parts_of(self, whole: Decimal, number: int) -> list[Decimal]:
        cuts = sorted(Decimal(self._random.randint(0, int(whole * 100))) * FEN for _ in range(number - 1))
        edges = [Decimal(0), *cuts, whole]
        return [after - before for before, after in itertools.pairwise(edges)]

    def count(self, least: int, most: int) -> Sourced:
        return self.sourced(self._random.randint(least, most))

    def sourced(self, value: Decimal | int) -> Sourced:
        self._place += 1
        if self._random.randrange(100) < self._gaps:
            return Sourced(NOT_REPORTED, f"drawn/{self._place}")
        return Sourced(Decimal(value), f"drawn/{self._place}")
