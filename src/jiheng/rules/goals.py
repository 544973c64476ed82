# ruff: noqa: N802 - a rule's official code stands in its function's name
"""Pack goals, the figures of a goal form: header, required fields, money, weights, the indicator frame."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from jiheng.policy import Policy
from jiheng.rules import customs, wordings  # noqa: F401 - register the other rules of the same pack
from jiheng.rules.engine import Context, Remark, error, hint, rule, warning
from jiheng.rules.ties import frame_remarks, header_remarks, required_remarks, same_money, total_remarks
from jiheng.sheets import (
    Amount,
    Form,
    GoalSheet,
    Indicator,
    Missing,
    ProjectGoalSheet,
    Quantity,
    UnitGoalSheet,
    label_of,
    plain,
)


def annual_total(sheet: GoalSheet) -> tuple[str, Amount | Missing]:
    """The path and amount of a goal form's total for the year."""
    if isinstance(sheet, UnitGoalSheet):
        return "tasks_total", sheet.tasks_total
    return "funding.annual_total", sheet.funding.annual_total


@rule("MB01", pack="goals")
def rule_MB01(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """The form is this year's and this subject's own, 财预〔2015〕88号: 规范完整."""
    yield from header_remarks(sheet.header, context.expected)


@rule("MB02", pack="goals")
def rule_MB02(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """No field that the form requires is empty, 财预〔2015〕88号: 内容完整、无缺项."""
    yield from required_remarks(sheet, policy)


@rule("MB03", pack="goals", only=Form.PROJECT_GOAL)
def rule_MB03(sheet: ProjectGoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """资金总额 = 财政拨款 + 其他资金, in the year's and the medium term's column, 财预〔2015〕88号."""
    money = sheet.funding
    for span, label in (("midterm", "中期资金总额"), ("annual", "年度资金总额")):
        total, fiscal, other = (getattr(money, f"{span}_{part}") for part in ("total", "fiscal", "other"))
        parts = [("财政拨款", fiscal), ("其他资金", other)]
        yield from total_remarks(f"funding.{span}_total", label, total, parts, policy)
    if isinstance(money.annual_total, Missing) and isinstance(money.annual_fiscal, Missing):
        yield error("funding.annual_total", "年度资金总额未填；请以万元为单位填写，没有安排资金的填 0")


@rule("MB04", pack="goals", only=Form.UNIT_GOAL)
def rule_MB04(sheet: UnitGoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """任务总额 = 财政拨款 + 其他资金, and 金额合计 = Σ任务 in each column, 财预〔2015〕88号 form."""
    if not sheet.tasks:
        yield error("tasks", "没有填写年度主要任务；请至少填写一项任务及其预算金额")
    for task in sheet.tasks:
        parts = [("财政拨款", task.fiscal), ("其他资金", task.other)]
        label = f"任务“{task.name}”的预算金额总额"
        yield from total_remarks(f"tasks[{task.key}].total", label, task.total, parts, policy)
    for column, label in (("total", "金额合计"), ("fiscal", "财政拨款合计"), ("other", "其他资金合计")):
        total = getattr(sheet, f"tasks_{column}")
        rows = [(task.name or "（未命名任务）", getattr(task, column)) for task in sheet.tasks]
        yield from total_remarks(f"tasks_{column}", label, total, rows, policy)


@rule("MB05", pack="goals")
def rule_MB05(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """The form's amount is the approved budget: goals and budget are filed and approved together (三同步),
    财预〔2015〕88号."""
    field, total = annual_total(sheet)
    if isinstance(total, Missing) or isinstance(context.budget, Missing):
        return
    if not same_money(total, context.budget, policy):
        gap = total.in_wan - context.budget.in_wan
        yield error(
            field,
            f"表内金额 {total} 万元，预算安排 {context.budget} 万元，相差 {plain(gap)} 万元；"
            "请改为预算数，预算有调整的请先办理调整",
        )


@rule("MB06", pack="goals", only=Form.PROJECT_GOAL)
def rule_MB06(sheet: ProjectGoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """A project over several years has its 中期资金 and 中期目标, 财预〔2015〕88号 form."""
    years = [int(year) for year in re.findall(r"(?<!\d)(20\d\d)(?!\d)", sheet.period)]
    if not years or min(years) == max(years):
        return
    said = f"项目期“{sheet.period}”跨年度"
    if isinstance(sheet.funding.midterm_total, Missing):
        yield error("funding.midterm_total", f"{said}，但中期资金总额未填；请填写各年合计")
    elif isinstance(sheet.funding.annual_total, Amount):
        medium, annual = sheet.funding.midterm_total, sheet.funding.annual_total
        if medium.yuan < annual.yuan:
            yield error(
                "funding.midterm_total",
                f"中期资金总额 {medium} 万元小于年度资金总额 {annual} 万元，"
                f"相差 {plain(annual.in_wan - medium.in_wan)} 万元；请核对，中期应包含本年",
            )
    if not sheet.midterm_goal.strip():
        yield error("midterm_goal", f"{said}，但中期目标未填；请写明项目期内的总体目标")


@rule("MB07", pack="goals")
def rule_MB07(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """Every indicator carries a positive weight, 财预〔2021〕101号: 指标应有分值权重."""
    for line in sheet.indicators:
        if isinstance(line.weight, Missing):
            yield error(f"indicators[{line.key}].weight", f"指标“{line.name}”没有分值；请填写大于 0 的分值")
        elif line.weight.value <= 0:
            yield error(
                f"indicators[{line.key}].weight",
                f"指标“{line.name}”的分值是 {line.weight}；分值应大于 0，不考核的指标请删去",
            )


@rule("MB08", pack="goals")
def rule_MB08(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """Weights sum to 90 (execution's 10 aside) or 100, 财预〔2021〕101号."""
    if not sheet.indicators:
        return
    total = sum((weight_of(line) for line in sheet.indicators), Decimal(0))
    allowed = [Decimal(number) for number in policy.table("weights.goal_totals")]
    if total not in allowed:
        wanted = " 或 ".join(plain(number) for number in allowed)
        gaps = "，".join(f"与 {plain(number)} 相差 {plain(total - number)}" for number in allowed)
        yield error("indicators", f"各指标分值合计 {plain(total)} 分，应为 {wanted} 分（{gaps}）；请调整分值")


@rule("MB09", pack="goals")
def rule_MB09(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """First-level weights follow one of the official sets, 财预〔2020〕10号、财预〔2021〕101号."""
    sums: dict[str, Decimal] = {}
    for line in sheet.indicators:
        sums[line.level1] = sums.get(line.level1, Decimal(0)) + weight_of(line)
    sets = [item for item in policy.table("weights.sets") if item["taxonomy"] == sheet.taxonomy.value]
    if sum(sums.values()) not in {sum(item["level1"].values()) for item in sets}:
        return  # MB08 speaks of a wrong total; a form of 100 has no official set
    wanted = [{name: Decimal(number) for name, number in item["level1"].items()} for item in sets]
    if sums not in wanted:
        near = [item for item in wanted if set(item) == set(sums)]
        listed = " 或 ".join(_listed(item) for item in near or wanted)
        yield hint("indicators", f"一级指标分值是 {_listed(sums)}，常用权重是 {listed}；确有需要可保留")


@rule("MB10", pack="goals")
def rule_MB10(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """产出 and 效益 are always set, 满意度 as needed, 财预〔2021〕101号."""
    present = {line.level1 for line in sheet.indicators}
    for level in policy.table("goals.required_levels"):
        if level not in present:
            yield error("indicators", f"没有设置{level}；每张目标表必须有{level}，请至少补充一条")


@rule("MB11", pack="goals")
def rule_MB11(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """One indicator frame a form, 财预〔2015〕88号 or 财预〔2021〕101号: cost is not in both places; a level
    outside the frame is named with the one it stands for."""
    lines = [(f"indicators[{line.key}]", line) for line in sheet.indicators]
    yield from frame_remarks("indicators", sheet.taxonomy, lines, policy)


@rule("MB12", pack="goals")
def rule_MB12(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """An indicator has name, sign, value and unit, 财预〔2015〕88号: 指标应可衡量."""
    for line in sheet.indicators:
        at, name = f"indicators[{line.key}]", line.name.strip() or "（未命名）"
        if not line.name.strip():
            yield error(f"{at}.name", f"{line.level2 or '有一行'}没有写三级指标名称；请填写，不用的行请删去")
        if line.operator.value == "定性":
            if not line.target_text.strip():
                yield error(f"{at}.target_text", f"定性指标“{name}”没有写指标值；请写明达到什么状态")
            continue
        if isinstance(line.target, Missing):
            found = f"“{line.target_text}”不是数字" if line.target_text else "没有填写"
            yield error(
                f"{at}.target",
                f"指标“{name}”的指标值{found}；请填数字，确实不能量化的把计算符号改为“定性”",
            )
        if not line.unit.strip():
            yield error(f"{at}.unit", f"指标“{name}”没有计量单位；请填写，如 人、公里、%")


@rule("MB13", pack="goals")
def rule_MB13(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """No third-level indicator stands twice, be it under 产出 and 效益, 财预〔2020〕10号 review."""
    first: dict[str, Indicator] = {}
    for line in sheet.indicators:
        name = re.sub(r"[\s（）()“”、，,]", "", line.name)
        earlier = first.setdefault(name, line) if name else line
        if earlier is not line:
            yield error(
                f"indicators[{line.key}].name",
                f"三级指标“{line.name}”（{line.level2}）与前面“{earlier.level2}”下的同名；"
                "重复的只认一个，请删去或改写",
            )


@rule("MB14", pack="goals")
def rule_MB14(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """Amounts are not negative, 财预〔2015〕88号 form."""
    rows: list[tuple[str, str, object]] = []
    if isinstance(sheet, ProjectGoalSheet):
        names = [f"{span}_{part}" for span in ("midterm", "annual") for part in ("total", "fiscal", "other")]
        rows += [
            (f"funding.{name}", label_of(sheet.funding, name), getattr(sheet.funding, name)) for name in names
        ]
    else:
        for task in sheet.tasks:
            for part in ("total", "fiscal", "other"):
                label = f"任务“{task.name}”的{label_of(task, part)}"
                rows.append((f"tasks[{task.key}].{part}", label, getattr(task, part)))
    for field, label, amount in rows:
        if isinstance(amount, Amount) and amount.yuan < 0:
            said = label.replace("其中：", "")
            yield error(field, f"{said}是 {amount} 万元；预算金额不能为负，请核对")


@rule("MB15", pack="goals")
def rule_MB15(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """A cost target in 万元 stays within the budget it is paid from, 财预〔2015〕88号: 与资金相匹配."""
    _, total = annual_total(sheet)
    budget = total if isinstance(context.budget, Missing) else context.budget
    if isinstance(budget, Missing):
        return
    levels = policy.table("goals.cost_levels")
    for line in sheet.indicators:
        is_cost = line.level1 in levels or line.level2 in levels
        if is_cost and line.unit == "万元" and isinstance(line.target, Quantity):
            gap = line.target.value - budget.in_wan
            if gap > 0:
                yield warning(
                    f"indicators[{line.key}].target",
                    f"成本指标“{line.name}”是 {line.target_in_words}，预算是 {budget} 万元，"
                    f"超出 {plain(gap)} 万元；请核对指标值，或说明资金来源",
                )


def weight_of(line: Indicator) -> Decimal:
    """A line's share in a sum of weights; a missing weight adds nothing here and is a finding elsewhere."""
    return line.weight.value if isinstance(line.weight, Quantity) else Decimal(0)


def _listed(sums: dict[str, Decimal]) -> str:
    return "＋".join(f"{name} {plain(number)}" for name, number in sums.items())
