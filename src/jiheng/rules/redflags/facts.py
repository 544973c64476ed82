"""What a run of the red flags looks at: the registries' rows, and what the books know by themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import ClassVar

from jiheng.rules.redflags.records import (
    CODE,
    DATE,
    NUMBER,
    PERCENT,
    WHOLE,
    YUAN,
    Acceptance,
    Agreement,
    Company,
    Contract,
    ContractPayment,
    Death,
    Figure,
    Invoice,
    Listed,
    Material,
    Proof,
    Record,
    Subsidy,
    SubsidyItem,
    Tax,
    Transfer,
    said,
)

# ── what the books know by themselves ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Record):
    """A payment of the ledger; a refund is negative."""

    TITLE: ClassVar[str] = "支付明细"
    KEY: ClassVar[tuple[str, ...]] = ("voucher",)
    voucher: str = said("支付凭证号", must=True)
    dated: date = said("支付日期", DATE, must=True)
    unit: str = said("单位代码", CODE, must=True)
    project: str = said("项目代码", CODE)
    amount: Decimal = said("金额", YUAN, must=True)
    function_code: str = said("支出功能分类", CODE)
    economic_code: str = said("部门经济分类", CODE)
    payee: str = said("收款人")
    summary: str = said("摘要")


@dataclass(frozen=True, slots=True, kw_only=True)
class FundMoney(Record):
    """A fund's budget decisions and payments of the year, until the day of the run."""

    TITLE: ClassVar[str] = "专项预算与支付"
    KEY: ClassVar[tuple[str, ...]] = ("fund",)
    fund: str = said("专项代码", CODE, must=True)
    unit: str = said("单位代码", CODE, must=True)
    name: str = said("专项名称", must=True)
    arrived_early: Decimal = said("早已到位", YUAN, must=True, help="宽限天数以前下达的指标合计")
    arrived_late: Decimal = said("年末下达", YUAN, must=True, help="政策所说月份以后下达的指标合计")
    paid: Decimal = said("已支付", YUAN, must=True)
    paid_in_december: Decimal = said("12月支付", YUAN, must=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfScore(Record):
    """A self-evaluation, with the light that monitoring gave the same subject."""

    TITLE: ClassVar[str] = "绩效自评"
    KEY: ClassVar[tuple[str, ...]] = ("number",)
    number: str = said("自评表编号", must=True)
    unit: str = said("单位代码", CODE, must=True)
    fund: str = said("专项代码", CODE)
    name: str = said("名称", must=True)
    score: Figure = said("自评得分", NUMBER)
    execution_rate: Figure = said("预算执行率", PERCENT)
    light: str = said("监控灯", help="最后一次监控的综合灯")
    light_month: int = said("监控月份", WHOLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target(Record):
    """An approved quantity: so much of an indicator is to be done at least."""

    TITLE: ClassVar[str] = "绩效目标"
    KEY: ClassVar[tuple[str, ...]] = ("fund", "indicator")
    fund: str = said("专项代码", CODE, must=True)
    unit: str = said("单位代码", CODE, must=True)
    indicator: str = said("绩效指标", must=True)
    operator: str = said("计算符号", must=True)
    target: Decimal = said("目标值", NUMBER, must=True)
    measure: str = said("计量单位")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectified(Record):
    """A file handed in with a reply to a problem."""

    TITLE: ClassVar[str] = "整改佐证"
    KEY: ClassVar[tuple[str, ...]] = ("problem", "sha256")
    problem: str = said("问题编号", must=True)
    topic: str = said("同一事项", help="并入或再现自同一问题的，写那个问题的编号")
    unit: str = said("单位代码", CODE, must=True)
    fund: str = said("专项代码", CODE)
    name: str = said("材料名称", must=True)
    kind: str = said("材料种类")
    sha256: str = said("文件指纹", must=True)
    dated: date | None = said("材料日期", DATE, help="材料上写的日期，没有的用文件自身的生成日期")
    asked: date | None = said("下达日期", DATE, help="整改通知书下达之日")


BOOKS: dict[str, type[Record]] = {
    "payments": Payment,
    "fund_money": FundMoney,
    "self_scores": SelfScore,
    "targets": Target,
    "rectified": Rectified,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a run looks at. `payments` holds those that name a contract, or a word of the dictionary."""

    fiscal_year: int
    today: date  # the day as of which it is looked at, within the fiscal year
    fund_of: dict[str, str] = field(default_factory=dict)  # project code → fund code; a fund's own is its own
    companies: tuple[Company, ...] = ()
    listed: tuple[Listed, ...] = ()
    items: tuple[SubsidyItem, ...] = ()
    subsidies: tuple[Subsidy, ...] = ()
    materials: tuple[Material, ...] = ()
    contracts: tuple[Contract, ...] = ()
    contract_payments: tuple[ContractPayment, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    proofs: tuple[Proof, ...] = ()
    taxes: tuple[Tax, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()
    deaths: tuple[Death, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    payments: tuple[Payment, ...] = ()
    fund_money: tuple[FundMoney, ...] = ()
    self_scores: tuple[SelfScore, ...] = ()
    targets: tuple[Target, ...] = ()
    rectified: tuple[Rectified, ...] = ()
