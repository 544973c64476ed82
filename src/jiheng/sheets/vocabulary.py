"""The words of all forms: figures that may be missing, findings and their places, the official choices."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import NoReturn

WAN = Decimal(10_000)
# beyond this, a product with 万 would no longer be exact in the 28 digits of decimal arithmetic
MOST_DIGITS = 22


class MissingReason(StrEnum):
    """Why a figure is not there."""

    NOT_REPORTED = "未报送"
    NOT_APPLICABLE = "不适用"
    UNVERIFIABLE = "无法核实"
    NOT_COMPUTABLE = "无法计算"


@dataclass(frozen=True, slots=True)
class Missing:
    """A figure that is not there, and why. It has no truth value: write `isinstance(x, Missing)`."""

    reason: MissingReason = MissingReason.NOT_REPORTED
    note: str = ""

    def __bool__(self) -> NoReturn:
        raise TypeError("Missing has no truth value: compare with isinstance(x, Missing)")

    def __str__(self) -> str:
        return self.note or self.reason.value


NOT_REPORTED = Missing(MissingReason.NOT_REPORTED)
NOT_APPLICABLE = Missing(MissingReason.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Amount:
    """Money: exact yuan, and the text as typed in 万元 (empty if computed)."""

    yuan: Decimal
    typed: str = ""

    @classmethod
    def wan(cls, text: str) -> Amount:
        """From a plain decimal string in 万元, kept as typed. Raises ValueError for anything else."""
        return cls(_decimal(text) * WAN, text)

    @property
    def in_wan(self) -> Decimal:
        return self.yuan / WAN

    def __str__(self) -> str:
        """In 万元, as typed if it was typed."""
        return self.typed or plain(self.in_wan)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A plain number in the line's own unit of measure, with the text as typed."""

    value: Decimal
    typed: str = ""

    @classmethod
    def of(cls, text: str) -> Quantity:
        """From a plain decimal string, kept as typed. Raises ValueError for anything else."""
        return cls(_decimal(text), text)

    def __str__(self) -> str:
        return self.typed or plain(self.value)


def _decimal(text: str) -> Decimal:
    """What decimal arithmetic keeps exactly: a finite number of at most 22 digits on either side."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"“{text}”不是数字") from None
    if not value.is_finite():
        raise ValueError(f"“{text}”不是数字")
    _, digits, exponent = value.as_tuple()
    if len(digits) > MOST_DIGITS or not isinstance(exponent, int) or abs(exponent) > MOST_DIGITS:
        raise ValueError(f"“{text}”位数太多，最多 {MOST_DIGITS} 位")
    return value


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros: 0E+2 → 0, 3.1400 → 3.14."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


# ── what checking says ────────────────────────────────────────────────────────────────────────────────


class Severity(StrEnum):
    """How much a finding weighs: an error bars submission, a warning must be read, a hint may be ignored."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file: workbook sheet, row from 1, column letter."""

    file: str = ""
    sheet: str = ""
    row: int = 0
    column: str = ""

    def __str__(self) -> str:
        cell = f"{self.column}{self.row}" if self.row else ""
        where = [self.file, f"工作表“{self.sheet}”" if self.sheet else "", f"单元格 {cell}" if cell else ""]
        return " ".join(part for part in where if part)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule or a reader has to say: where, what is wrong, what to do (in Chinese)."""

    code: str
    severity: Severity
    message: str
    field: str = ""  # path in the sheet: "funding.annual_total", "indicators[k3].weight"
    place: Place | None = None


# ── the vocabulary of forms ───────────────────────────────────────────────────────────────────────────


class Form(StrEnum):
    """The official forms, by the code that names their blanks, filings and permissions."""

    PROJECT_GOAL = "project_goal"
    UNIT_GOAL = "unit_goal"
    MONITORING = "monitoring"
    PROJECT_EVALUATION = "project_evaluation"
    UNIT_EVALUATION = "unit_evaluation"

    @property
    def heading(self) -> str:
        return FORM_TITLES[self]

    @property
    def is_goal(self) -> bool:
        return self in (Form.PROJECT_GOAL, Form.UNIT_GOAL)

    @property
    def is_evaluation(self) -> bool:
        return self in (Form.PROJECT_EVALUATION, Form.UNIT_EVALUATION)


FORM_TITLES = {
    Form.PROJECT_GOAL: "项目支出绩效目标申报表",
    Form.UNIT_GOAL: "部门整体支出绩效目标申报表",
    Form.MONITORING: "项目支出绩效目标执行监控表",
    Form.PROJECT_EVALUATION: "项目支出绩效自评表",
    Form.UNIT_EVALUATION: "部门整体支出绩效自评表",
}


class Taxonomy(StrEnum):
    """Which indicator framework a form is written in; the two are never mixed in one form."""

    Y2015 = "2015"  # 财预〔2015〕88号: 产出(数量 质量 时效 成本) 效益 满意度
    Y2021 = "2021"  # 财预〔2021〕101号: 成本 is a first level of its own


class Operator(StrEnum):
    """计算符号: how a target binds."""

    AT_LEAST = "≥"
    MORE_THAN = ">"
    AT_MOST = "≤"
    LESS_THAN = "<"
    EQUAL = "="
    QUALITATIVE = "定性"


class Likelihood(StrEnum):
    """完成目标可能性 (财预〔2019〕136号 form)."""

    CERTAIN = "确定能"
    POSSIBLE = "有可能"
    IMPOSSIBLE = "完全不可能"


class Cause(StrEnum):
    """偏差原因 (财预〔2019〕136号 form)."""

    FUNDING = "经费保障"
    RULES = "制度保障"
    STAFF = "人员保障"
    EQUIPMENT = "硬件条件保障"
    OTHER = "其他"


class Band(StrEnum):
    """定性指标的达成档次 (财预〔2020〕10号)."""

    ACHIEVED = "达成年度指标"
    PARTLY = "部分达成年度指标并具有一定效果"
    NOT_ACHIEVED = "未达成年度指标且效果较差"


class Light(StrEnum):
    """信号灯; it never stands without its word."""

    RED = "红"
    YELLOW = "黄"
    GREEN = "绿"
    BLUE = "蓝"


class Grade(StrEnum):
    """评价等级."""

    EXCELLENT = "优"
    GOOD = "良"
    FAIR = "中"
    POOR = "差"
