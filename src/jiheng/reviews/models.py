"""四评项目 with its reviews, what was found and remarked, and why two reviews differ; frozen once confirmed.

Which reviews there are, their names and weights are policy of the day on which the project was picked."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from jiheng.panels.models import Panel
from jiheng.projects.models import Fund
from jiheng.sheets import Grade
from jiheng.units.models import Person, Region, Unit
from jiheng.units.money import HundredthsField, MoneyField

GRADES = [(grade.value, grade.value) for grade in Grade]


class ReviewState(models.TextChoices):
    OPEN = "open", "评审中"
    CONFIRMED = "confirmed", "已确认"
    DROPPED = "dropped", "已撤销"


class FourReview(models.Model):
    """四评项目: one fund, one fiscal year."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    year = models.PositiveSmallIntegerField("工作年度")
    serial = models.PositiveIntegerField("序号")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="four_reviews", verbose_name="被评单位")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="four_reviews", verbose_name="专项资金")
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    state = models.CharField("状态", max_length=12, choices=ReviewState, default=ReviewState.OPEN)
    reason = models.TextField("选题理由")
    policy_date = models.DateField("政策日期")  # of the day it was picked: kinds, weights, order
    picked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="选题人")
    picked_at = models.DateTimeField("选题时间")
    # the combination, frozen with its reviews, steps and policy version
    total = HundredthsField("综合得分", null=True, blank=True)
    grade = models.CharField("综合等级", max_length=2, choices=GRADES, blank=True)
    frozen = models.JSONField("冻结结果", default=dict)
    policy_version = models.CharField("政策版本", max_length=64, blank=True)
    opinion = models.TextField("评议意见", blank=True)
    confirmed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确认人"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    revision = models.PositiveIntegerField("修订号", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "四评项目"
        indexes = [models.Index(fields=["region", "year", "state"], name="four_review_state")]
        constraints = [
            models.UniqueConstraint(fields=["region", "year", "serial"], name="four_review_serial"),
            models.UniqueConstraint(
                fields=["fund", "fiscal_year"], condition=~Q(state="dropped"), name="one_four_review_a_year"
            ),
            models.CheckConstraint(
                name="confirmed_four_review_is_frozen",
                condition=~Q(state="confirmed")
                | (Q(total__isnull=False, confirmed_at__isnull=False) & ~Q(grade="") & ~Q(opinion="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.fund.name}四评"

    @property
    def number(self) -> str:
        """编号, as it is written: 2024-03."""
        return f"{self.year}-{self.serial:02}"


class ReviewPart(models.Model):
    """One of the reviews: `by` "self" or "fiscal" is taken over from its room, a role scores on a panel."""

    review = models.ForeignKey(FourReview, models.CASCADE, related_name="parts", verbose_name="四评项目")
    kind = models.CharField("评审", max_length=20)
    name = models.CharField("名称", max_length=40)
    by = models.CharField("得分来源", max_length=20)
    place = models.PositiveSmallIntegerField("顺序")
    panel = models.ForeignKey(
        Panel, models.PROTECT, null=True, blank=True, related_name="review_parts", verbose_name="评审组"
    )

    class Meta:
        verbose_name = verbose_name_plural = "评审"
        ordering = ("place",)
        constraints = [models.UniqueConstraint(fields=["review", "kind"], name="one_part_a_kind")]

    def __str__(self) -> str:
        return f"{self.review} {self.name}"

    @property
    def subject(self) -> str:
        """As panels knows it."""
        return f"review:{self.pk}"


class ReviewRemark(models.Model):
    """评议发言: what somebody says who has sealed a sheet of this review."""

    part = models.ForeignKey(ReviewPart, models.CASCADE, related_name="remarks", verbose_name="评审")
    text = models.TextField("发言")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="发言人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "评议发言"
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.person.name}：{self.text[:20]}"


class ReviewFault(models.Model):
    """发现的问题 of one of the reviews; proposed to the register at confirmation."""

    part = models.ForeignKey(ReviewPart, models.CASCADE, related_name="faults", verbose_name="评审")
    kind = models.CharField("类别", max_length=20)
    title = models.CharField("问题", max_length=160)
    description = models.TextField("事实")
    amount = MoneyField("涉及金额（元）", null=True, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="提出人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "四评发现的问题"
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.title


class Difference(models.Model):
    """差异说明: why two reviews lie so far apart; `first` comes before `second` in the order of policy."""

    review = models.ForeignKey(
        FourReview, models.CASCADE, related_name="differences", verbose_name="四评项目"
    )
    first = models.CharField("评审一", max_length=20)
    second = models.CharField("评审二", max_length=20)
    text = models.TextField("说明")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="说明人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "差异说明"
        constraints = [
            models.UniqueConstraint(fields=["review", "first", "second"], name="one_explanation_a_pair")
        ]

    def __str__(self) -> str:
        return self.text[:40]
