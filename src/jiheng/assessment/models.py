"""事前评估 with its options and materials: what a project asks for, and what came of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from jiheng.panels.models import Panel, PanelState
from jiheng.projects.models import Fund
from jiheng.units.models import Person, Region, Unit, Upload
from jiheng.units.money import HundredthsField, MillionthsField, MoneyField


class AskKind(models.TextChoices):
    NEW = "new", "新增项目"
    RAISED = "raised", "增加预算"
    EXPIRING = "expiring", "到期拟继续"


class AssessmentState(models.TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待受理"
    RETURNED = "returned", "已退回"
    SCORING = "scoring", "评审中"
    IMPROVING = "improving", "待调整完善"
    CONCLUDED = "concluded", "已结论"
    EXEMPT = "exempt", "免评"


EDITABLE = (AssessmentState.DRAFT, AssessmentState.RETURNED)


class Assessment(models.Model):
    """事前评估: one fund's request for one fiscal year."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="assessments", verbose_name="申请单位")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="assessments", verbose_name="专项资金")
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    kind = models.CharField("申请类别", max_length=12, choices=AskKind)
    state = models.CharField("状态", max_length=12, choices=AssessmentState, default=AssessmentState.DRAFT)
    # the file, as the unit wrote it
    amount = MoneyField("申请年度资金（元）", null=True, blank=True)
    whole_amount = MoneyField("项目总投资（元）", null=True, blank=True)
    until_year = models.PositiveSmallIntegerField("拟执行至年度", null=True, blank=True)
    basis = models.TextField("立项依据", blank=True)
    need = models.TextField("现实需求", blank=True)
    content = models.TextField("实施内容", blank=True)
    plan = models.TextField("实施方案和进度", blank=True)
    costing = models.TextField("资金测算", blank=True)
    sources = models.TextField("资金来源和承受能力", blank=True)
    submitted_by = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", verbose_name="申请人"
    )
    submitted_at = models.DateTimeField("申请时间", null=True, blank=True)
    return_reason = models.TextField("退回理由", blank=True)
    # the review and what came of it, frozen with its steps and the policy it was computed by
    panel = models.ForeignKey(
        Panel, models.PROTECT, null=True, blank=True, related_name="assessments", verbose_name="评审组"
    )
    vetoes = models.JSONField("一票否决", default=list, blank=True)
    score = HundredthsField("得分", null=True, blank=True)
    full = HundredthsField("满分", null=True, blank=True)
    computed = models.CharField("按规则的结论", max_length=20, blank=True)
    verdict = models.CharField("结论", max_length=20, blank=True)
    steps = models.JSONField("结论算式", default=list, blank=True)
    policy_date = models.DateField("政策日期", null=True, blank=True)
    policy_version = models.CharField("政策版本", max_length=64, blank=True)
    reason = models.TextField("结论理由", blank=True)
    advice = models.TextField("建议", blank=True)
    concluded_by = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", verbose_name="结论人"
    )
    concluded_at = models.DateTimeField("结论时间", null=True, blank=True)
    improved = models.TextField("调整完善确认意见", blank=True)
    improved_at = models.DateTimeField("调整完善确认时间", null=True, blank=True)
    serial = models.PositiveIntegerField("报告序号", null=True, blank=True)
    report = models.ForeignKey(
        Upload, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="评估报告"
    )
    revision = models.PositiveIntegerField("修订号", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "事前评估"
        indexes = [models.Index(fields=["region", "fiscal_year", "state"], name="assessment_state")]
        constraints = [
            models.UniqueConstraint(fields=["fund", "fiscal_year"], name="one_assessment_a_year"),
            models.CheckConstraint(
                name="concluded_assessment_has_a_verdict_and_a_reason",
                condition=~Q(state__in=["concluded", "improving"]) | (~Q(verdict="") & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund.name}（{self.fiscal_year}年）事前绩效评估"

    @property
    def subject(self) -> str:
        """As panels knows it."""
        return f"assessment:{self.pk}"

    @property
    def is_scored(self) -> bool:
        """The experts are done and the panel is opened: the bureau may conclude."""
        opened = self.panel is not None and self.panel.state == PanelState.OPENED
        return self.state == AssessmentState.SCORING and opened

    @property
    def stage(self) -> str:
        """The state in words, 待结论 once the scores are open."""
        return "待结论" if self.is_scored else str(AssessmentState(self.state).label)


class Option(models.Model):
    """比选方案: how it could be done, for how much, and how many of what."""

    assessment = models.ForeignKey(
        Assessment, models.CASCADE, related_name="options", verbose_name="事前评估"
    )
    name = models.CharField("方案", max_length=120)
    amount = MoneyField("投入（元）", null=True, blank=True)
    quantity = MillionthsField("数量", null=True, blank=True)
    measure = models.CharField("计量单位", max_length=20, blank=True)
    note = models.TextField("优缺点", blank=True)
    is_chosen = models.BooleanField("推荐", default=False)
    place = models.PositiveSmallIntegerField("顺序")

    class Meta:
        verbose_name = verbose_name_plural = "比选方案"
        ordering = ("place",)

    def __str__(self) -> str:
        return self.name

    @property
    def money(self) -> Decimal | None:
        """投入 in yuan."""
        amount: Any = self.amount
        return None if amount is None else Decimal(amount)


class Material(models.Model):
    """评估材料: a file that the request rests on."""

    assessment = models.ForeignKey(
        Assessment, models.CASCADE, related_name="materials", verbose_name="事前评估"
    )
    name = models.CharField("材料名称", max_length=160)
    sha256 = models.CharField("sha256", max_length=64)
    upload = models.ForeignKey(Upload, models.PROTECT, verbose_name="文件")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="上传人")
    at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "评估材料"
        constraints = [models.UniqueConstraint(fields=["assessment", "sha256"], name="one_material_a_file")]

    def __str__(self) -> str:
        return self.name
