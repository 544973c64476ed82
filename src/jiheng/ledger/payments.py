"""A row of the payment system's file: its columns, what may be wrong with it, and what it says."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from jiheng.documents.tables import Column, ColumnKind, Row
from jiheng.ledger.models import EntryKind
from jiheng.projects.imports import FUND_TYPE_OF, Known, fund_type_of, wrong_year
from jiheng.sheets import plain
from jiheng.units.imports import Checked, Wrong
from jiheng.units.models import Batch

KIND_OF = {str(kind.label): kind for kind in EntryKind if kind is not EntryKind.CORRECTION}
VOID_WORDS = {"是": True, "否": False, "1": True, "2": False}  # is_deleted: 1 是, 2 否

COLUMNS = (
    Column(
        "fiscal_year",
        "预算年度",
        ColumnKind.WHOLE,
        help="可空；填写时应与所选年度一致",
        aliases=("fiscal_year",),
    ),
    Column("voucher", "支付凭证号", required=True, width=24, aliases=("pay_cert_no", "凭证号", "凭证编号")),
    Column("dated", "支付日期", ColumnKind.DATE, required=True, aliases=("xpay_date", "实际支付日期")),
    Column(
        "unit",
        "单位代码",
        ColumnKind.CODE,
        required=True,
        aliases=("agency_code", "预算单位代码", "单位编码"),
    ),
    Column(
        "project",
        "项目代码",
        ColumnKind.CODE,
        help="基本支出留空",
        width=26,
        aliases=("pro_code", "项目编码"),
    ),
    Column(
        "amount", "金额", ColumnKind.YUAN, required=True, aliases=("xpay_amt", "实际支付金额", "支付金额")
    ),
    Column(
        "kind", "种类", ColumnKind.CHOICE, choices=tuple(KIND_OF), help="可空，空为支付；退回可写正数或负数"
    ),
    Column(
        "fund_type",
        "资金性质",
        ColumnKind.CHOICE,
        choices=tuple(FUND_TYPE_OF),
        help="可空，空为一般公共预算",
        aliases=("fund_type_code",),
    ),
    Column("function_code", "支出功能分类", ColumnKind.CODE, aliases=("exp_func_code",)),
    Column("economic_code", "部门经济分类", ColumnKind.CODE, aliases=("dep_bgt_eco_code",)),
    Column("payee", "收款人", width=28, aliases=("payee_acct_name",)),
    Column("summary", "摘要", width=36, aliases=("abstract", "use_des")),
    Column(
        "is_void",
        "是否作废",
        ColumnKind.CHOICE,
        choices=tuple(VOID_WORDS),
        help="可空；作废的凭证如已入账将冲回",
        aliases=("is_deleted",),
    ),
)
# only a mapping names these: they are sealed when a file arrives, and a file read as it stands is refused
PERSONAL_COLUMNS = (
    Column(
        "payee_account",
        "收款账号",
        help="可空；到达时变为密文，只显示后四位",
        aliases=("payee_acct_no", "收款人账号", "收款人银行账号", "银行账号"),
        is_personal=True,
    ),
    Column(
        "payee_id",
        "收款人证件号码",
        help="可空；到达时变为密文，只显示后四位",
        aliases=("iden_no", "身份证号", "身份证号码", "证件号码"),
        is_personal=True,
    ),
)
MOST_NOTES = 50
LONGEST = {"voucher": 60, "function_code": 7, "economic_code": 5}

Key = tuple[str, str, str]  # kind, voucher, project code (or unit code for 基本支出)


# ── checking ──────────────────────────────────────────────────────────────────────────────────────────


def check(batch: Batch, rows: Sequence[Row]) -> Checked:
    """Codes known, dates in the year, signs as the kind has them, each voucher once a project."""
    known = Known.of(batch.region)
    wrong: list[Wrong] = []
    notes: list[str] = []
    first: dict[Key, Row] = {}
    for row in rows:
        values = row.values
        wrong += wrong_of(row, batch, known)
        above = first.setdefault(key_of(row), row)
        if above is not row:
            wrong.append(repeated_voucher(row, above.number))
        if len(notes) < MOST_NOTES and (
            note := foreign(row.number, values["unit"], values["project"], known)
        ):
            notes.append(note)
    return Checked(
        wrong,
        [
            *other_year(sum(row.values["dated"].year != batch.fiscal_year for row in rows), len(rows), batch),
            *notes,
        ],
    )


def wrong_of(row: Row, batch: Batch, known: Known) -> list[Wrong]:
    """What is wrong with one row by itself."""
    return known.lost(row) + wrong_year(row, batch) + _wrong_values(row, batch)


def repeated_voucher(row: Row, above: int) -> Wrong:
    return Wrong(row, "voucher", f"同一凭证号、同一项目已在第 {above} 行，请核对后合并为一行")


def other_year(count: int, total: int, batch: Batch) -> list[str]:
    """Said once for the whole file: most of it is of another year."""
    if total < 2 or count * 2 <= total:
        return []
    return [
        f"{total} 行中有 {count} 行的支付日期不在 {batch.fiscal_year} 年："
        "可能选错了预算年度，或拿成了别的年度的文件"
    ]


def foreign(number: int, unit_code: str, project_code: str | None, known: Known) -> str:
    """A note on a project that is paid by a unit which it does not belong to; empty if it does."""
    project, unit = known.projects.get(project_code or ""), known.units.get(unit_code)
    if project is None or unit is None or unit.pk in (project.unit_id, project.fund.unit_id):
        return ""
    return f"第 {number} 行：项目“{project.name}”不是“{unit.name}”的项目，请核对"


def _wrong_values(row: Row, batch: Batch) -> list[Wrong]:
    values, wrong = row.values, []
    kind = kind_of(row)
    if values["dated"].year != batch.fiscal_year:
        wrong.append(Wrong(row, "dated", f"不在所选的 {batch.fiscal_year} 预算年度内，请核对"))
    if values["amount"] < 0 and kind is not EntryKind.REFUND:
        wrong.append(Wrong(row, "amount", f"{kind.label}金额不能为负；退回的款项请把种类写为“退回”"))
    for column, most in LONGEST.items():
        if len(values[column] or "") > most:
            wrong.append(Wrong(row, column, f"超过 {most} 位，请核对"))
    return wrong


def kind_of(row: Row) -> EntryKind:
    return KIND_OF[row.values["kind"]] if row.values["kind"] else EntryKind.PAYMENT


def key_of(row: Row) -> Key:
    values = row.values
    return (kind_of(row).value, values["voucher"], values["project"] or f"单位{values['unit']}")


def amount_of(row: Row) -> Decimal:
    """Upstream writes refunds as positive amounts; here what comes back is negative."""
    amount: Decimal = row.values["amount"]
    return -abs(amount) if kind_of(row) is EntryKind.REFUND else amount


def hash_of(batch: Batch, row: Row) -> str:
    """The row's content, whatever file and line it stands in."""
    values = row.values
    parts = (
        *key_of(row),
        str(batch.fiscal_year),
        values["unit"],
        values["dated"].isoformat(),
        plain(amount_of(row)),
        fund_type_of(row),
        *(values[name] or "" for name in ("function_code", "economic_code")),
        payee_of(row),
        summary_of(row),
        *filter(None, [sealed_of(row)[0]]),
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def payee_of(row: Row) -> str:
    return (row.values["payee"] or "")[:120]


def summary_of(row: Row) -> str:
    return (row.values["summary"] or "")[:240]


def sealed_of(row: Row) -> tuple[str, str]:
    """The payee's keyed hash and mask: of the id number where there is one, else of the account."""
    key, _, mask = (row.values.get("payee_id") or row.values.get("payee_account") or "").partition(":")
    return key, mask


def is_void(row: Row) -> bool:
    return VOID_WORDS.get(row.values["is_void"] or "", False)


def example() -> dict[str, Any]:
    """A row for the template."""
    return {
        "voucher": "ZF202403120001",
        "dated": date(2024, 3, 12),
        "unit": "105002",
        "project": "43029924T000000000001",
        "amount": Decimal("6000000.00"),
        "kind": "支付",
        "payee": "天衡市恒信建筑工程有限公司",
    }
