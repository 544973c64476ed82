"""结果应用: one plan a year, a proposal for each fund with its facts and steps, and what was decided."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from jiheng.evaluation.models import GRADES
from jiheng.projects.models import Fund
from jiheng.scoring.results import Action
from jiheng.sheets import NOT_REPORTED, Missing
from jiheng.units.models import Division, Person, Region, Unit
from jiheng.units.money import HundredthsField, MoneyField

ACTIONS = [(action.value, action.value) for action in Action]


class PlanState(models.TextChoices):
    OPEN = "open", "测算决定中"
    APPLIED = "applied", "已应用"


class Plan(models.Model):
    """结果应用方案: the results of one year, proposed for a later budget, decided, applied once."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    score_year = models.PositiveSmallIntegerField("评价年度")
    budget_year = models.PositiveSmallIntegerField("应用年度")
    state = models.CharField("状态", max_length=8, choices=PlanState, default=PlanState.OPEN)
    # 参考调整额 that the marked funds must come to; the whole of next year's budget. In yuan.
    target = MoneyField("参考调整额目标（元）", null=True, blank=True)
    total = MoneyField("下年预算总额（元）", null=True, blank=True)
    policy_date = models.DateField("政策日期")
    policy_version = models.CharField("政策版本", max_length=64)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="测算人")
    proposed_at = models.DateTimeField("测算时间")
    document = models.CharField("应用文号", max_length=100, blank=True)
    applied_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="应用人"
    )
    applied_at = models.DateTimeField("应用时间", null=True, blank=True)
    revision = models.PositiveIntegerField("修订号", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "结果应用方案"
        constraints = [
            models.UniqueConstraint(fields=["region", "score_year"], name="one_plan_a_score_year"),
            models.UniqueConstraint(fields=["region", "budget_year"], name="one_plan_a_budget_year"),
            models.CheckConstraint(
                name="applied_plan_says_when",
                condition=~Q(state="applied") | Q(applied_at__isnull=False, applied_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.score_year}年评价结果应用于{self.budget_year}年预算"

    @property
    def base_year(self) -> int:
        """本年: the budget that is changed, the one before the year it is applied to."""
        return self.budget_year - 1


class Ceiling(models.Model):
    """股室控制数: what next year's budgets of one division's funds may come to at most."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="ceilings", verbose_name="方案")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name="业务股室")
    amount = MoneyField("控制数（元）")

    class Meta:
        verbose_name = verbose_name_plural = "股室控制数"
        constraints = [models.UniqueConstraint(fields=["plan", "division"], name="one_ceiling_a_division")]

    def __str__(self) -> str:
        return f"{self.division} {self.amount}"


class Proposal(models.Model):
    """结果应用建议: one fund's facts as they were, what was proposed with its steps, and the decision."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="proposals", verbose_name="方案")
    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="proposals", verbose_name="专项资金")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="proposals", verbose_name="实施单位")
    grade = models.CharField("评价等级", max_length=2, choices=GRADES, blank=True)
    source = models.CharField("等级来源", max_length=20, blank=True)
    score = HundredthsField("评价得分", null=True, blank=True)
    rate = HundredthsField("预算执行率（%）", null=True, blank=True)
    idle = MoneyField("结余（元）", null=True, blank=True)
    open_problems = models.PositiveSmallIntegerField("未销号问题", default=0)
    overdue_problems = models.PositiveSmallIntegerField("逾期问题", default=0)
    is_livelihood = models.BooleanField("民生项目", default=False)
    # 列入参考调整额: those with a fiscal evaluation at first, then as the bureau marks them
    is_marked = models.BooleanField("列入参考调整额", default=False)
    base = MoneyField("本年预算（元）", null=True, blank=True)
    amount = MoneyField("建议下年预算（元）", null=True, blank=True)
    low = MoneyField("下限（元）", default=Decimal(0))
    high = MoneyField("上限（元）", default=Decimal(0))
    action = models.CharField("建议", max_length=4, choices=ACTIONS)
    steps = models.JSONField("测算过程", default=list)  # [{label, text, amount}]
    decided = MoneyField("决定下年预算（元）", null=True, blank=True)
    decision = models.CharField("决定", max_length=4, choices=ACTIONS, blank=True)
    reason = models.TextField("决定理由", blank=True)
    decided_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="决定人"
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    revision = models.PositiveIntegerField("修订号", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "结果应用建议"
        constraints = [
            models.UniqueConstraint(fields=["plan", "fund"], name="one_proposal_a_fund"),
            models.CheckConstraint(
                name="a_decision_has_its_reason",
                condition=Q(decided__isnull=True, reason="") | (Q(decided__isnull=False) & ~Q(reason="")),
            ),
        ]
        indexes = [models.Index(fields=["plan", "action"], name="proposal_action")]

    def __str__(self) -> str:
        return f"{self.fund.name} {self.plan.budget_year}年预算建议"

    @property
    def change(self) -> Decimal | Missing:
        """What is proposed less the base."""
        return _less(self.amount, self.base)

    @property
    def decided_change(self) -> Decimal | Missing:
        """What was decided less the base."""
        return _less(self.decided, self.base)


class Rollover(models.Model):
    """年度结转: a work year brought to its end and the next one opened; what was done, by number."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    work_year = models.PositiveSmallIntegerField("结转的工作年度")
    counts = models.JSONField("办理结果", default=dict)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="结转人")
    at = models.DateTimeField("结转时间")

    class Meta:
        verbose_name = verbose_name_plural = "年度结转"
        constraints = [models.UniqueConstraint(fields=["region", "work_year"], name="rolled_over_once")]

    def __str__(self) -> str:
        return f"{self.work_year}工作年度结转"


def _less(amount: Decimal | None, base: Decimal | None) -> Decimal | Missing:
    return NOT_REPORTED if amount is None or base is None else amount - base
