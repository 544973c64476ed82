"""The official forms as frozen records, and their one way to JSON and back."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, cast

from jiheng.sheets.vocabulary import (
    NOT_APPLICABLE,
    NOT_REPORTED,
    Amount,
    Band,
    Cause,
    Form,
    Likelihood,
    Missing,
    Operator,
    Quantity,
    Taxonomy,
)

if TYPE_CHECKING:
    from pydantic import TypeAdapter


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
    from pydantic import TypeAdapter  # a quarter of the start of a command that needs no sheet

    return TypeAdapter(SHEET_TYPES[form])


def to_json(sheet: Sheet) -> dict[str, Any]:
    """The sheet as plain JSON data: decimals are strings, so nothing is lost."""
    return cast("dict[str, Any]", _adapter(sheet.form).dump_python(sheet, mode="json"))


def from_json(form: Form | str, data: dict[str, Any]) -> Sheet:
    """The sheet back from `to_json`'s data. Raises pydantic.ValidationError when the data is no such form."""
    return _adapter(Form(form)).validate_python(data)
