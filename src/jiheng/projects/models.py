"""What money is for: special funds, projects, budget lines; and when what is due: the calendar."""

from __future__ import annotations

from django.db import models

from jiheng.units.models import Batch, Region, Unit
from jiheng.units.money import MoneyField


class Fund(models.Model):
    """专项资金: has one or more projects; the 项目支出 forms of a fiscal year are filed by fund."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="funds", verbose_name="实施单位")
    code = models.CharField("专项代码", max_length=21)
    name = models.CharField("专项名称", max_length=160)
    attribute = models.CharField("项目属性", max_length=10, default="延续")
    period = models.CharField("项目期", max_length=40, blank=True)
    description = models.TextField("内容", blank=True)
    function_code = models.CharField("支出功能分类", max_length=7, blank=True)
    is_livelihood = models.BooleanField("民生项目", default=False)
    since_year = models.PositiveSmallIntegerField("起始年度", default=2000)
    until_year = models.PositiveSmallIntegerField("截止年度", default=9999)

    class Meta:
        verbose_name = verbose_name_plural = "专项资金"
        ordering = ("code",)
        constraints = [models.UniqueConstraint(fields=["region", "code"], name="fund_code")]

    def __str__(self) -> str:
        return self.name


class Project(models.Model):
    """项目: one piece of work under a fund; payments name it by its code."""

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="projects", verbose_name="专项资金")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="projects", verbose_name="实施单位")
    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    code = models.CharField("项目代码", max_length=21)
    name = models.CharField("项目名称", max_length=160)
    since_year = models.PositiveSmallIntegerField("起始年度", default=2000)
    until_year = models.PositiveSmallIntegerField("截止年度", default=9999)

    class Meta:
        verbose_name = verbose_name_plural = "项目"
        ordering = ("code",)
        constraints = [models.UniqueConstraint(fields=["region", "code"], name="project_code")]

    def __str__(self) -> str:
        return self.name


class BudgetKind(models.TextChoices):
    INITIAL = "initial", "年初预算"
    ADJUSTMENT = "adjustment", "年中调整"
    CARRYOVER = "carryover", "上年结转"


class FundType(models.TextChoices):
    """资金性质."""

    GENERAL = "11", "一般公共预算"
    GOVERNMENT_FUND = "12", "政府性基金"
    STATE_CAPITAL = "13", "国有资本经营"
    SPECIAL_ACCOUNT = "2", "财政专户管理资金"
    UNIT_FUND = "3", "单位资金"


class BudgetLine(models.Model):
    """One budget decision, append-only: 全年预算 = Σ 年初 + Σ 调整 (+ Σ 结转). No fund means 基本支出."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name="单位")
    fund = models.ForeignKey(Fund, models.PROTECT, null=True, blank=True, verbose_name="专项资金")
    project = models.ForeignKey(Project, models.PROTECT, null=True, blank=True, verbose_name="项目")
    kind = models.CharField("种类", max_length=12, choices=BudgetKind)
    fund_type = models.CharField("资金性质", max_length=4, choices=FundType, default=FundType.GENERAL)
    amount = MoneyField("金额（元）")
    typed = models.CharField("原文", max_length=40, blank=True)
    document = models.CharField("指标文号", max_length=100, blank=True)
    decided_on = models.DateField("日期")
    batch = models.ForeignKey(Batch, models.PROTECT, verbose_name="批次")
    row = models.PositiveIntegerField("行号", default=0)
    row_hash = models.CharField("行指纹", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "预算指标"
        indexes = [models.Index(fields=["region", "fiscal_year", "fund"], name="budget_of_fund")]
        constraints = [models.UniqueConstraint(fields=["region", "row_hash"], name="budget_row_once")]

    def __str__(self) -> str:
        return f"{self.fiscal_year} {self.get_kind_display()} {self.amount}"


class BudgetDates(models.Model):
    """部门预算的申报、批复、公开日期: what the goals' own dates are held against (三同步).

    Without a fund they are those of the unit's whole budget; a date that is not there yet is None."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name="单位")
    fund = models.ForeignKey(Fund, models.PROTECT, null=True, blank=True, verbose_name="专项资金")
    submitted_on = models.DateField("预算申报日期", null=True, blank=True)
    approved_on = models.DateField("预算批复日期", null=True, blank=True)
    published_on = models.DateField("预算公开日期", null=True, blank=True)
    document = models.CharField("批复文号", max_length=100, blank=True)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, verbose_name="批次")

    class Meta:
        verbose_name = verbose_name_plural = "预算日期"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "fiscal_year"], condition=models.Q(fund=None), name="dates_of_a_unit_once"
            ),
            models.UniqueConstraint(
                fields=["fund", "fiscal_year"], condition=~models.Q(fund=None), name="dates_of_a_fund_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fiscal_year} {self.fund.name if self.fund else self.unit.name}"


class ClearanceState(models.TextChoices):
    REQUIRED = "required", "尚未通过"
    REFUSED = "refused", "不予支持"
    CLEARED = "cleared", "已通过"
    EXEMPT = "exempt", "免评"


class Clearance(models.Model):
    """安排条件: whether a fund may be approved and budgeted in a year, as the ex-ante assessment told."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="clearances", verbose_name="专项资金")
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    state = models.CharField("状态", max_length=12, choices=ClearanceState)
    reason = models.TextField("说明", blank=True)
    origin = models.CharField("出处", max_length=60)
    told_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "安排条件"
        constraints = [models.UniqueConstraint(fields=["fund", "fiscal_year"], name="one_clearance_a_year")]
        indexes = [models.Index(fields=["region", "fiscal_year", "state"], name="clearance_state")]

    def __str__(self) -> str:
        return f"{self.fund.name} {self.fiscal_year} {self.get_state_display()}"


class Stage(models.TextChoices):
    GOAL = "goal", "绩效目标"
    MONITORING = "monitoring", "运行监控"
    EVALUATION = "evaluation", "绩效自评"


class Window(models.Model):
    """When a stage is open in a work year, and which fiscal year it works on."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    work_year = models.PositiveSmallIntegerField("工作年度")
    stage = models.CharField("阶段", max_length=12, choices=Stage)
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    month = models.PositiveSmallIntegerField("监控截止月", default=0)
    opens_on = models.DateField("开放日期")
    due_on = models.DateField("截止日期")
    closes_on = models.DateField("关闭日期")
    note = models.CharField("布置要求", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "工作日历"
        ordering = ("opens_on",)
        constraints = [
            models.UniqueConstraint(
                fields=["region", "work_year", "stage", "fiscal_year", "month"], name="one_window_a_stage"
            ),
            models.CheckConstraint(
                condition=models.Q(opens_on__lte=models.F("due_on"), due_on__lte=models.F("closes_on")),
                name="window_in_order",
            ),
        ]

    def __str__(self) -> str:
        month = f"（截至{self.month}月）" if self.month else ""
        return f"{self.fiscal_year}年{self.get_stage_display()}{month}"


class ClosedYear(models.Model):
    """年度关闭: a fiscal year (stage empty), or one stage of it, in which nothing changes any more."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    stage = models.CharField("阶段", max_length=12, choices=Stage, blank=True)
    work_year = models.PositiveSmallIntegerField("结转的工作年度")
    closed_by = models.ForeignKey("units.Person", models.PROTECT, related_name="+", verbose_name="关闭人")
    closed_at = models.DateTimeField("关闭时间")

    class Meta:
        verbose_name = verbose_name_plural = "年度关闭"
        constraints = [models.UniqueConstraint(fields=["region", "fiscal_year", "stage"], name="closed_once")]

    def __str__(self) -> str:
        return f"{self.fiscal_year}年{self.get_stage_display() if self.stage else '预算年度'}关闭"
