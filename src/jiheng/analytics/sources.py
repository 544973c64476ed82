"""Where a ledger lies: files of payments, budget lines and names, found in one place; and which of their
columns are the standard ones, whatever upstream calls them (reference §8.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jiheng.analytics.answers import AskError, Names

PAYMENTS, BUDGETS, PROJECTS, NAMES = "payments", "budgets", "projects", "names"
TABLES = (PAYMENTS, BUDGETS, PROJECTS, NAMES)
SUFFIXES = (".parquet", ".csv")

# standard column → its type, and what upstream files and our own downloads call it
COLUMNS: Mapping[str, Mapping[str, tuple[str, tuple[str, ...]]]] = {
    PAYMENTS: {
        "region": ("string", ("mof_div_code", "财政区划代码", "区划")),
        "fiscal_year": ("int32", ("预算年度", "年度")),
        "dated": ("date", ("xpay_date", "支付日期", "实际支付日期")),
        "unit": ("string", ("agency_code", "单位代码", "预算单位编码", "单位")),
        "fund": ("string", ("专项代码", "专项资金")),
        "project": ("string", ("pro_code", "项目代码", "项目编码", "项目")),
        "kind": ("string", ("种类",)),
        "amount": ("decimal(18,2)", ("xpay_amt", "金额（元）", "金额", "实际支付金额", "支付金额")),
        "fund_type": ("string", ("fund_type_code", "资金性质")),
        "function_code": ("string", ("exp_func_code", "支出功能分类")),
        "economic_code": ("string", ("dep_bgt_eco_code", "部门经济分类")),
        "voucher": ("string", ("pay_cert_no", "支付凭证号", "凭证号")),
        "payee": ("string", ("payee_acct_name", "收款人")),
        "payee_mask": ("string", ()),
        "summary": ("string", ("abstract", "摘要")),
        "is_void": ("string", ("is_deleted", "是否作废")),
    },
    BUDGETS: {
        "region": ("string", ("mof_div_code", "财政区划代码", "区划")),
        "fiscal_year": ("int32", ("预算年度", "年度")),
        "unit": ("string", ("agency_code", "单位代码", "预算单位编码", "单位")),
        "fund": ("string", ("专项代码", "专项资金")),
        "project": ("string", ("pro_code", "项目代码", "项目编码", "项目")),
        "kind": ("string", ("指标种类", "种类", "预算类型")),
        "amount": ("decimal(18,2)", ("金额（元）", "金额", "指标金额")),
        "fund_type": ("string", ("fund_type_code", "资金性质")),
        "decided_on": ("date", ("doc_date", "日期", "下达日期")),
    },
    PROJECTS: {
        "project": ("string", ("pro_code", "项目代码", "项目编码")),
        "fund": ("string", ("专项代码",)),
    },
    NAMES: {
        "sort": ("string", ("类别",)),
        "code": ("string", ("代码", "编码")),
        "name": ("string", ("名称",)),
    },
}
REQUIRED: Mapping[str, tuple[str, ...]] = {
    PAYMENTS: ("dated", "unit", "amount"),
    BUDGETS: ("unit", "kind", "amount"),
    PROJECTS: ("project", "fund"),
    NAMES: ("sort", "code", "name"),
}
# codes of the standard (reference §8.2) and of our own books, in words
WORDS: Mapping[str, Mapping[str, str]] = {
    "fund_type": {
        "11": "一般公共预算",
        "12": "政府性基金",
        "13": "国有资本经营",
        "2": "财政专户管理资金",
        "3": "单位资金",
    },
    "kind": {
        "payment": "支付",
        "allocation": "实拨",
        "unit_fund": "单位资金支付",
        "refund": "退回",
        "correction": "更正冲回",
    },
}
CALLED = {PAYMENTS: "支付", BUDGETS: "预算指标", PROJECTS: "项目", NAMES: "名称"}


@dataclass(frozen=True, slots=True)
class Source:
    """The files of each table; `names` gives names of codes that no file holds."""

    files: Mapping[str, tuple[Path, ...]]
    names: Names | None = None

    def has(self, table: str) -> bool:
        return bool(self.files.get(table))


def source_at(path: Path) -> Source:
    """A file of payments, or a folder: there files (or folders) whose name begins with `budgets`, `projects`
    or `names` hold these, all others payments. Raises AskError where nothing can be read."""
    if not path.exists():
        raise AskError(f"找不到“{path}”：请核对 --source 的路径")
    if path.is_file():
        return Source({PAYMENTS: (_readable(path),)})
    files: dict[str, list[Path]] = {}
    for found in sorted(one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES and one.is_file()):
        if not any(part.startswith(".") for part in found.relative_to(path).parts):
            files.setdefault(_table_of(found.relative_to(path)), []).append(found)
    if PAYMENTS not in files:
        raise AskError(f"文件夹“{path}”里没有支付文件（.parquet 或 .csv）")
    for table, paths in files.items():
        if len({one.suffix.lower() for one in paths}) > 1:
            raise AskError(f"“{path}”里的{CALLED[table]}文件有 Parquet 也有 CSV，请统一成一种再问")
    return Source({table: tuple(paths) for table, paths in files.items()})


def _table_of(relative: Path) -> str:
    for part in relative.parts:
        for table in (BUDGETS, PROJECTS, NAMES):
            if part.lower().startswith(table):
                return table
    return PAYMENTS


def _readable(path: Path) -> Path:
    if path.suffix.lower() not in SUFFIXES:
        raise AskError(
            f"“{path.name}”不是 Parquet 或 CSV 文件；Excel 请先另存为 CSV（UTF-8），"
            "或用 jiheng pull 导入后在网页上问"
        )
    return path


def match(table: str, there: Mapping[str, str]) -> dict[str, str]:
    """Standard column → the column of the files that is it. Raises AskError naming what lacks."""
    lower = {name.strip().lstrip("\ufeff").lower(): name for name in there}
    found: dict[str, str] = {}
    for column, (_, aliases) in COLUMNS[table].items():
        for alias in (column, *aliases):
            name = lower.get(alias.lower())
            if name is not None and name not in found.values():
                found[column] = name
                break
    lost = [column for column in REQUIRED[table] if column not in found]
    if lost:
        titles = "、".join(f"{column}（{' / '.join(COLUMNS[table][column][1][:3])}）" for column in lost)
        raise AskError(f"{CALLED[table]}文件缺少栏目：{titles}；文件里的栏目有：{'、'.join(there)[:300]}")
    return found
