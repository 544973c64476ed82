"""The hall table: the frozen records that everybody passes.

A *sheet* is one official form as filled for one subject (a unit 单位, or a special fund 专项资金) and one
fiscal year. Rooms store sheets, rules check them, scoring scores them, documents print and read them; nobody
keeps a second model of the same form.

Three conventions hold everywhere:

* A figure is a value or `Missing`; missing is never zero and never false.
* An `Amount` holds exact yuan, and beside it the text as typed in 万元, so that 13.40 stays 13.40.
* A field's Chinese label stands in its metadata and nowhere else. Lines carry a `key` that survives
  reordering, so that a remark, a difference or an upload can say which line it means.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, ClassVar, NoReturn, cast

from pydantic import TypeAdapter

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


def named(label: str, **options: Any) -> Any:
    """A dataclass field with its official Chinese label."""
    return field(metadata={"label": label}, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Whose form, of which year, and which stored revision it was taken from."""

    region: str = named("财政区划代码", default="")
    fiscal_year: int = named("预算年度")
    month: int = named("监控截止月", default=0)  # 1–12 on monitoring forms, else 0
    department_code: str = named("主管部门代码", default="")
    department_name: str = named("主管部门", default="")
    unit_code: str = named("单位代码", default="")
    unit_name: str = named("实施单位", default="")
    subject_code: str = named("项目代码", default="")  # fund code on project forms, "" on unit forms
    subject_name: str = named("项目名称", default="")
    revision: int = named("取表时版本", default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerTarget:
    """A target that an approved adjustment replaced: kept with date and reason."""

    operator: Operator = named("原计算符号")
    target: Quantity | Missing = named("原指标值")
    target_text: str = named("原指标值（文字）", default="")
    replaced_on: str = named("调整日期", default="")  # ISO date
    reason: str = named("调整原因", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """三级指标: one line of the indicator tree."""

    key: str
    level1: str = named("一级指标", default="")
    level2: str = named("二级指标", default="")
    name: str = named("三级指标", default="")
    operator: Operator = named("计算符号", default=Operator.AT_LEAST)
    target: Quantity | Missing = named("指标值", default=NOT_REPORTED)
    target_text: str = named(
        "指标值（文字）", default=""
    )  # the words of a qualitative target, or what could not be read
    unit: str = named("计量单位", default="")
    weight: Quantity | Missing = named("分值", default=NOT_REPORTED)
    accumulates: bool = named("累计型", default=False)  # month-share lights only for these
    standard: str = named("评（扣）分标准", default="")
    basis: str = named("指标值设定依据", default="")
    source: str = named("数据来源", default="")
    note: str = named("备注", default="")
    former: tuple[FormerTarget, ...] = named("调整前指标值", default=())

    @property
    def target_in_words(self) -> str:
        """As the official form prints it: ≥4754人, or the words of a qualitative target."""
        if self.operator is Operator.QUALITATIVE:
            return self.target_text
        target = self.target_text if isinstance(self.target, Missing) else str(self.target)
        return f"{self.operator.value}{target}{self.unit}"


# ── 绩效目标 ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding:
    """资金（万元）of a project goal form; the 中期 column only for projects over several years."""

    midterm_total: Amount | Missing = named("中期资金总额", default=NOT_APPLICABLE)
    midterm_fiscal: Amount | Missing = named("中期资金其中：财政拨款", default=NOT_APPLICABLE)
    midterm_other: Amount | Missing = named("中期资金其中：其他资金", default=NOT_APPLICABLE)
    annual_total: Amount | Missing = named("年度资金总额", default=NOT_REPORTED)
    annual_fiscal: Amount | Missing = named("年度资金其中：财政拨款", default=NOT_REPORTED)
    annual_other: Amount | Missing = named("年度资金其中：其他资金", default=NOT_REPORTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectGoalSheet:
    """项目支出绩效目标申报表 (财预〔2015〕88号; one a special fund and fiscal year)."""

    form: ClassVar[Form] = Form.PROJECT_GOAL
    header: Header = named("表头")
    attribute: str = named("项目属性", default="")  # 新增 / 延续
    period: str = named("项目期", default="")
    leader: str = named("项目负责人", default="")
    phone: str = named("联系电话", default="")
    funding: Funding = named("资金", default_factory=Funding)
    midterm_goal: str = named("中期目标", default="")
    annual_goal: str = named("年度目标", default="")
    taxonomy: Taxonomy = named("指标分类版本", default=Taxonomy.Y2021)
    indicators: tuple[Indicator, ...] = named("绩效指标", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """年度主要任务: one line of a unit goal form."""

    key: str
    name: str = named("任务名称", default="")
    content: str = named("主要内容", default="")
    total: Amount | Missing = named("预算金额总额", default=NOT_REPORTED)
    fiscal: Amount | Missing = named("其中：财政拨款", default=NOT_REPORTED)
    other: Amount | Missing = named("其中：其他资金", default=NOT_REPORTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitGoalSheet:
    """部门（单位）整体支出绩效目标申报表."""

    form: ClassVar[Form] = Form.UNIT_GOAL
    header: Header = named("表头")
    tasks: tuple[Task, ...] = named("年度主要任务", default=())
    tasks_total: Amount | Missing = named("金额合计", default=NOT_REPORTED)
    tasks_fiscal: Amount | Missing = named("金额合计其中：财政拨款", default=NOT_REPORTED)
    tasks_other: Amount | Missing = named("金额合计其中：其他资金", default=NOT_REPORTED)
    annual_goal: str = named("年度总体目标", default="")
    leader: str = named("填报负责人", default="")
    phone: str = named("联系电话", default="")
    taxonomy: Taxonomy = named("指标分类版本", default=Taxonomy.Y2021)
    indicators: tuple[Indicator, ...] = named("绩效指标", default=())


# ── 绩效运行监控 ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyProgress:
    """One row of money on a monitoring form: 年度资金总额, or one of its 其中."""

    key: str  # "total", "fiscal", "other"
    label: str = named("资金", default="")
    budget: Amount | Missing = named("年初预算数", default=NOT_REPORTED)
    executed: Amount | Missing = named("执行数", default=NOT_REPORTED)
    forecast: Amount | Missing = named("全年预计执行数", default=NOT_REPORTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One indicator as monitored: the approved line, and what the unit reports of it."""

    key: str
    indicator: Indicator = named("绩效指标")
    actual: Quantity | Missing = named("执行情况", default=NOT_REPORTED)
    actual_text: str = named("执行情况（文字）", default="")
    band: Band | None = named("定性完成档次", default=None)
    forecast: Quantity | Missing = named("全年预计完成情况", default=NOT_REPORTED)
    forecast_text: str = named("全年预计完成情况（文字）", default="")
    causes: tuple[Cause, ...] = named("偏差原因", default=())
    explanation: str = named("原因说明", default="")
    likelihood: Likelihood | None = named("完成目标可能性", default=None)
    note: str = named("备注", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringSheet:
    """项目支出绩效目标执行监控表 (财预〔2019〕136号); a unit's whole goal has no subject_code."""

    form: ClassVar[Form] = Form.MONITORING
    header: Header = named("表头")
    money: tuple[MoneyProgress, ...] = named("项目资金", default=())
    annual_goal: str = named("年度总体目标", default="")
    taxonomy: Taxonomy = named("指标分类版本", default=Taxonomy.Y2021)
    lines: tuple[Progress, ...] = named("绩效指标", default=())


# ── 绩效自评 ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyResult:
    """One row of money on a self-evaluation form; only the row keyed "total" is scored."""

    key: str  # project: total fiscal carryover other · unit: total general fund special other | basic project
    label: str = named("资金", default="")
    initial: Amount | Missing = named("年初预算数", default=NOT_REPORTED)
    revised: Amount | Missing = named("全年预算数", default=NOT_REPORTED)
    executed: Amount | Missing = named("全年执行数", default=NOT_REPORTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One indicator as evaluated: the goal's line, the year's result, and the score the unit claims."""

    key: str
    indicator: Indicator = named("绩效指标")
    actual: Quantity | Missing = named("实际完成值", default=NOT_REPORTED)
    actual_text: str = named("实际完成值（文字）", default="")
    band: Band | None = named("定性完成档次", default=None)
    claimed: Quantity | Missing = named(
        "得分", default=NOT_REPORTED
    )  # 自评得分; for a qualitative line the unit's own score
    reason: str = named("偏差原因分析及改进措施", default="")
    evidence: str = named("佐证材料", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectEvaluationSheet:
    """项目支出绩效自评表 (财预〔2020〕10号)."""

    form: ClassVar[Form] = Form.PROJECT_EVALUATION
    header: Header = named("表头")
    money: tuple[MoneyResult, ...] = named("项目资金", default=())
    execution_weight: Quantity | Missing = named("预算执行率分值", default=NOT_REPORTED)
    execution_claimed: Quantity | Missing = named("预算执行率得分", default=NOT_REPORTED)
    execution_reason: str = named("预算执行偏差原因", default="")
    expected_goal: str = named("预期目标", default="")
    actual_goal: str = named("实际完成情况", default="")
    taxonomy: Taxonomy = named("指标分类版本", default=Taxonomy.Y2021)
    lines: tuple[Result, ...] = named("绩效指标", default=())
    total_claimed: Quantity | Missing = named("总分", default=NOT_REPORTED)
    leader: str = named("填报负责人", default="")
    phone: str = named("联系电话", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingControl:
    """One row of 经费控制情况 in the 基础数据表; 上年预算 and 上年决算 are two columns and stay two."""

    key: str
    label: str = named("项目", default="")
    last_budget: Amount | Missing = named("上年预算数", default=NOT_REPORTED)
    last_final: Amount | Missing = named("上年决算数", default=NOT_REPORTED)
    budget: Amount | Missing = named("本年预算数", default=NOT_REPORTED)
    final: Amount | Missing = named("本年决算数", default=NOT_REPORTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicData:
    """部门整体支出绩效评价基础数据表 (Hunan)."""

    posts: Quantity | Missing = named("编制数", default=NOT_REPORTED)
    staff: Quantity | Missing = named("实际在职人数", default=NOT_REPORTED)
    spending: tuple[SpendingControl, ...] = named("经费控制情况", default=())
    procurement: Amount | Missing = named("政府采购金额", default=NOT_REPORTED)
    adjustment: Amount | Missing = named("部门基本支出预算调整", default=NOT_REPORTED)
    building_approved: Quantity | Missing = named("批复规模（平方米）", default=NOT_APPLICABLE)
    building_actual: Quantity | Missing = named("实际规模（平方米）", default=NOT_APPLICABLE)
    building_budget: Amount | Missing = named("预算投资", default=NOT_APPLICABLE)
    building_spent: Amount | Missing = named("实际投资", default=NOT_APPLICABLE)
    economy_measures: str = named("厉行节约保障措施", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitEvaluationSheet:
    """部门整体支出绩效自评表 with its 基础数据表."""

    form: ClassVar[Form] = Form.UNIT_EVALUATION
    header: Header = named("表头")
    money: tuple[MoneyResult, ...] = named("年度预算申请", default=())
    execution_weight: Quantity | Missing = named("预算执行率分值", default=NOT_REPORTED)
    execution_claimed: Quantity | Missing = named("预算执行率得分", default=NOT_REPORTED)
    execution_reason: str = named("预算执行偏差原因", default="")
    expected_goal: str = named("预期目标", default="")
    actual_goal: str = named("实际完成情况", default="")
    taxonomy: Taxonomy = named("指标分类版本", default=Taxonomy.Y2021)
    lines: tuple[Result, ...] = named("绩效指标", default=())
    total_claimed: Quantity | Missing = named("总分", default=NOT_REPORTED)
    leader: str = named("填报负责人", default="")
    phone: str = named("联系电话", default="")
    basic: BasicData = named("基础数据表", default_factory=BasicData)


GoalSheet = ProjectGoalSheet | UnitGoalSheet
EvaluationSheet = ProjectEvaluationSheet | UnitEvaluationSheet
Sheet = ProjectGoalSheet | UnitGoalSheet | MonitoringSheet | ProjectEvaluationSheet | UnitEvaluationSheet

SHEET_TYPES: dict[Form, type[Sheet]] = {
    Form.PROJECT_GOAL: ProjectGoalSheet,
    Form.UNIT_GOAL: UnitGoalSheet,
    Form.MONITORING: MonitoringSheet,
    Form.PROJECT_EVALUATION: ProjectEvaluationSheet,
    Form.UNIT_EVALUATION: UnitEvaluationSheet,
}


# ── sheets as JSON: one way each ──────────────────────────────────────────────────────────────────────


@functools.cache
def _adapter(form: Form) -> TypeAdapter[Sheet]:
    return TypeAdapter(SHEET_TYPES[form])


def to_json(sheet: Sheet) -> dict[str, Any]:
    """The sheet as plain JSON data: decimals are strings, so nothing is lost."""
    return cast("dict[str, Any]", _adapter(sheet.form).dump_python(sheet, mode="json"))


def from_json(form: Form | str, data: dict[str, Any]) -> Sheet:
    """The sheet back from `to_json`'s data. Raises pydantic.ValidationError when the data is no such form."""
    return _adapter(Form(form)).validate_python(data)


# ── labels and differences ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs between two versions of a form; None where the line is not in that version."""

    field: str
    label: str
    before: str | None
    after: str | None


def label_of(record: type[Any] | Any, name: str) -> str:
    """The official Chinese label of a record's field."""
    for item in dataclasses.fields(record):
        if item.name == name:
            return cast("str", item.metadata.get("label", name))
    raise KeyError(name)


def differences(before: Sheet, after: Sheet) -> list[Change]:
    """Every field that differs, in form order; lines are paired by key; header.revision is left out."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    changes = []
    for path, (label, _) in (old | new).items():
        if path == "header.revision":
            continue
        was = old[path][1] if path in old else None
        now = new[path][1] if path in new else None
        if was != now:
            changes.append(Change(path, label, was, now))
    return changes


def _leaves(record: Any, path: str = "", label: str = "") -> Iterator[tuple[str, tuple[str, str]]]:
    for item in dataclasses.fields(record):
        if item.name == "key" or "label" not in item.metadata:
            continue
        value = getattr(record, item.name)
        here = f"{path}.{item.name}" if path else item.name
        words = f"{label} {item.metadata['label']}".strip()
        if isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
            for place, line in enumerate(value):
                key = getattr(line, "key", str(place))
                yield from _leaves(line, f"{here}[{key}]", f"{words}·{_line_name(line, place)}")
        elif dataclasses.is_dataclass(value) and not isinstance(value, Amount | Quantity | Missing):
            yield from _leaves(value, here, "" if item.name in ("header", "basic", "indicator") else words)
        else:
            yield here, (words, in_words(value))


def _line_name(line: Any, place: int) -> str:
    inner = getattr(line, "indicator", line)
    return getattr(inner, "name", "") or getattr(inner, "label", "") or f"第{place + 1}行"


def in_words(value: Any) -> str:
    """A field's value as a person reads it in a table of differences."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Missing):
        return f"（{value}）"
    if isinstance(value, tuple):
        return "、".join(in_words(item) for item in value)
    return str(value)
