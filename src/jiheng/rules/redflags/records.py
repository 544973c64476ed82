"""The registries 登记簿 that red flags look at: one frozen record a kind of row, each field with its label.

The records are the one definition of the registries: `ledger.registries` makes the columns of the
import files from them, the cases in tests are written with their labels, and a hit names its evidence by
them. Money is Decimal yuan; a figure that is not there is `Missing`; a date or text that is not there is
None or empty. Personal numbers are never here: only their keyed hash (`documents.personal`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from jiheng.sheets import NOT_REPORTED, Missing

Figure = Decimal | Missing

# how the value of a field is written; the names are those of `documents.columns`, with two of our own
TEXT, CODE, WAN, YUAN, WHOLE = "text", "code", "wan", "yuan", "whole"
DATE, PERCENT, NUMBER = "date", "percent", "number"
LIST, YES = "list", "yes"  # words with 、 between; 是 or 否
BLANK: dict[str, Any] = {WAN: NOT_REPORTED, YUAN: NOT_REPORTED, PERCENT: NOT_REPORTED, NUMBER: NOT_REPORTED}
BLANK |= {DATE: None, WHOLE: 0, LIST: (), YES: False}


def said(label: str, kind: str = TEXT, *, must: bool = False, help: str = "", personal: bool = False) -> Any:
    """A field: its label, how it is written, whether a file must have it."""
    told = {"label": label, "kind": kind, "must": must, "help": help, "personal": personal}
    if must:
        return field(metadata=told)
    return field(default=BLANK.get(kind, ""), metadata=told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A row that evidence can point to: of which registry or table, by which key."""

    TITLE: ClassVar[str] = ""
    KEY: ClassVar[tuple[str, ...]] = ()

    @property
    def key(self) -> str:
        return "|".join(str(getattr(self, name)) for name in self.KEY)


# ── registries: they come in by file ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Company(Record):
    """工商登记."""

    TITLE: ClassVar[str] = "企业登记"
    KEY: ClassVar[tuple[str, ...]] = ("code",)
    code: str = said("统一社会信用代码", CODE, must=True, help="18 位，末位为校验位")
    name: str = said("企业名称", must=True)
    established: date = said("成立日期", DATE, must=True)
    cancelled: date | None = said("注销日期", DATE)
    former_names: tuple[str, ...] = said("曾用名", LIST, help="几个名称之间用顿号")
    predecessor_established: date | None = said(
        "前身成立日期", DATE, help="更名、个转企、合并承继的，填前身的成立日期"
    )
    parent: str = said("总公司代码", CODE, help="分公司填总公司，集团成员填集团的统一社会信用代码")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Record):
    """A company on the year's list of 规模以上 enterprises."""

    TITLE: ClassVar[str] = "规上企业名录"
    KEY: ClassVar[tuple[str, ...]] = ("year", "code")
    year: int = said("年度", WHOLE, must=True)
    code: str = said("统一社会信用代码", CODE, must=True)
    name: str = said("企业名称")
    entered: date | None = said("入库日期", DATE)
    withdrawn: date | None = said("退库日期", DATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsidyItem(Record):
    """奖补政策: what it asks of who gets it."""

    TITLE: ClassVar[str] = "奖补政策清单"
    KEY: ClassVar[tuple[str, ...]] = ("code",)
    code: str = said("政策事项编号", CODE, must=True)
    name: str = said("政策事项", must=True)
    for_listed: bool = said("须为规上企业", YES)
    may_repeat: bool = said("允许同期多次", YES, help="同一对象同一期间可以多次发放的填“是”")
    materials: tuple[str, ...] = said("必备材料", LIST, help="几种材料之间用顿号")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subsidy(Record):
    """One grant paid to a company or a person."""

    TITLE: ClassVar[str] = "补贴发放"
    KEY: ClassVar[tuple[str, ...]] = ("number",)
    number: str = said("发放编号", CODE, must=True)
    item: str = said("政策事项编号", CODE, must=True)
    unit: str = said("单位代码", CODE, must=True)
    project: str = said("项目代码", CODE)
    code: str = said("统一社会信用代码", CODE, help="发给企业的填")
    person: str = said("证件号码", help="发给个人的填；到达时变为密文，只显示后四位", personal=True)
    name: str = said("领取人", must=True)
    address: str = said("地址")
    period: str = said("所属期间", CODE, must=True, help="2024 或 2024-06")
    amount: Decimal = said("发放金额", YUAN, must=True, help="更正冲回写负数")
    paid: date = said("发放日期", DATE, must=True)
    voucher: str = said("支付凭证号")

    @property
    def who(self) -> str:
        """Who got it, the same each time: the code, else the sealed number, else the name."""
        return self.code or self.person.partition(":")[0] or f"{self.name} {self.address}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Material(Record):
    """A paper of the file that a grant was decided on."""

    TITLE: ClassVar[str] = "奖补审核资料"
    KEY: ClassVar[tuple[str, ...]] = ("subsidy", "kind")
    subsidy: str = said("发放编号", CODE, must=True)
    kind: str = said("材料名称", must=True)
    dated: date | None = said("材料日期", DATE)
    not_needed: str = said("不适用理由", help="该对象不需要这种材料的，写明理由")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(Record):
    TITLE: ClassVar[str] = "合同"
    KEY: ClassVar[tuple[str, ...]] = ("number",)
    number: str = said("合同编号", must=True)
    unit: str = said("单位代码", CODE, must=True)
    project: str = said("项目代码", CODE)
    name: str = said("合同名称", must=True)
    party: str = said("乙方", must=True)
    code: str = said("乙方统一社会信用代码", CODE)
    signed: date = said("签订日期", DATE, must=True)
    amount: Decimal = said("合同价", YUAN, must=True)
    changed_amount: Figure = said("变更后金额", YUAN, help="有补充协议的填变更后的总价")
    category: str = said("采购类别", help="货物、服务、工程")
    item: str = said("采购品目")
    method: str = said("采购方式", help="如公开招标、竞争性磋商、自行采购")
    is_framework: bool = said("框架协议", YES)
    prepaid: Figure = said("约定预付比例", PERCENT)
    retained: Figure = said("质保金比例", PERCENT)
    accepted: date | None = said("验收日期", DATE)
    other_payees: tuple[str, ...] = said("代付协议收款人", LIST, help="几个名称之间用顿号")
    indicator: str = said("对应绩效指标", help="合同工程量对应的绩效指标名称")
    quantity: Figure = said("合同工程量", NUMBER)
    measure: str = said("计量单位")

    @property
    def price(self) -> Decimal:
        """What the contract comes to now."""
        return self.amount if isinstance(self.changed_amount, Missing) else self.changed_amount


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractPayment(Record):
    """Which voucher paid for which contract; the payment itself stands in the ledger."""

    TITLE: ClassVar[str] = "合同付款对应"
    KEY: ClassVar[tuple[str, ...]] = ("contract", "voucher")
    contract: str = said("合同编号", must=True)
    voucher: str = said("支付凭证号", must=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice(Record):
    TITLE: ClassVar[str] = "发票"
    KEY: ClassVar[tuple[str, ...]] = ("number",)
    number: str = said("发票号码", CODE, must=True)
    contract: str = said("合同编号", must=True)
    seller: str = said("销售方", must=True)
    code: str = said("销售方统一社会信用代码", CODE)
    dated: date | None = said("开票日期", DATE)
    amount: Decimal = said("价税合计", YUAN, must=True, help="红字发票写负数")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement(Record):
    """招商协议: what a company promised for the land and the support it got."""

    TITLE: ClassVar[str] = "招商协议"
    KEY: ClassVar[tuple[str, ...]] = ("number",)
    number: str = said("协议编号", must=True)
    unit: str = said("单位代码", CODE, must=True)
    project: str = said("项目代码", CODE)
    name: str = said("项目名称", must=True)
    code: str = said("统一社会信用代码", CODE, must=True)
    party: str = said("企业名称", must=True)
    due: date | None = said("约定投产日期", DATE)
    extended: date | None = said("延期后投产日期", DATE, help="有补充协议同意延期的填")
    area: Figure = said("约定用地（亩）", NUMBER)
    supplied: Figure = said("已供用地（亩）", NUMBER, help="分期供地的填不动产登记已供的面积")
    tax_per_mu: Figure = said("约定亩均税收", WAN, help="每亩每年，含税收承诺的协议填")
    tax_from: date | None = said("税收承诺起算日期", DATE, help="达产期满之日")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof(Record):
    """凭证 of completion or production under an agreement."""

    TITLE: ClassVar[str] = "投产证明"
    KEY: ClassVar[tuple[str, ...]] = ("agreement", "kind")
    agreement: str = said("协议编号", must=True)
    kind: str = said("证明种类", must=True, help="如施工许可、竣工备案、投产证明")
    dated: date = said("证明日期", DATE, must=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax(Record):
    """What a company paid in a year, as the tax office has it."""

    TITLE: ClassVar[str] = "企业纳税"
    KEY: ClassVar[tuple[str, ...]] = ("year", "code")
    year: int = said("年度", WHOLE, must=True)
    code: str = said("统一社会信用代码", CODE, must=True)
    name: str = said("企业名称")
    paid: Decimal = said("入库税额", WAN, must=True, help="1–12 月入库合计")
    exempted: Figure = said("免抵税额", WAN, help="出口免抵退中的免抵部分")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance(Record):
    """One line of a 验收台账: a household or a piece of work."""

    TITLE: ClassVar[str] = "验收台账"
    KEY: ClassVar[tuple[str, ...]] = ("number",)
    number: str = said("台账编号", must=True)
    year: int = said("年度", WHOLE, must=True)
    unit: str = said("单位代码", CODE, must=True)
    project: str = said("项目代码", CODE, must=True)
    owner: str = said("户主")
    person: str = said("证件号码", help="到达时变为密文，只显示后四位", personal=True)
    address: str = said("地址")
    kind: str = said("类型")
    started: date | None = said("开工日期", DATE)
    finished: date | None = said("完工日期", DATE)
    accepted: date | None = said("验收日期", DATE)
    inspector: str = said("验收人")
    longitude: Figure = said("照片经度", NUMBER)
    latitude: Figure = said("照片纬度", NUMBER)

    @property
    def household(self) -> str:
        return self.person.partition(":")[0] or f"{self.owner} {self.address}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Death(Record):
    """Somebody who died or whose household registration was cancelled."""

    TITLE: ClassVar[str] = "死亡注销人员"
    KEY: ClassVar[tuple[str, ...]] = ("person",)
    person: str = said("证件号码", must=True, personal=True)
    died: date = said("死亡或注销日期", DATE, must=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Record):
    """上级转移支付: when it came and when it was handed down."""

    TITLE: ClassVar[str] = "上级转移支付"
    KEY: ClassVar[tuple[str, ...]] = ("document", "project")
    document: str = said("上级文号", must=True)
    unit: str = said("单位代码", CODE, must=True)
    project: str = said("项目代码", CODE)
    received: date = said("收到日期", DATE, must=True)
    amount: Decimal = said("金额", YUAN, must=True)
    handed_down: date | None = said("下达日期", DATE, help="本级正式下达到单位的日期；没有下达的空着")
    local_document: str = said("本级文号")
    is_advance: bool = said("提前下达", YES, help="上级提前告知下年数的填“是”")


REGISTRIES: dict[str, type[Record]] = {
    "companies": Company,
    "listed": Listed,
    "items": SubsidyItem,
    "subsidies": Subsidy,
    "materials": Material,
    "contracts": Contract,
    "contract_payments": ContractPayment,
    "invoices": Invoice,
    "agreements": Agreement,
    "proofs": Proof,
    "taxes": Tax,
    "acceptances": Acceptance,
    "deaths": Death,
    "transfers": Transfer,
}


_told: dict[type[Record], dict[str, Mapping[str, Any]]] = {}


def told_of(record: type[Record], name: str) -> Mapping[str, Any]:
    """What `said` tells of a field, looked up once a record. Raises KeyError for an unknown one."""
    if record not in _told:
        _told[record] = {item.name: item.metadata for item in dataclasses.fields(record)}
    return _told[record][name]


def label(record: type[Record] | Record, name: str) -> str:
    """The Chinese name of a field. Raises KeyError for a field that is not there."""
    kind = record if isinstance(record, type) else type(record)
    return str(told_of(kind, name)["label"])
