"""What a goal has beyond its filing: adjustments made after approval, and the 批复 that goes to the unit."""

from __future__ import annotations

from django.db import models

from jiheng.filings.models import Filing, Version
from jiheng.units.models import Person, Region, Unit


class Adjustment(models.Model):
    """目标调整: who asked for it and why, which approved version it starts from, which one replaced it."""

    filing = models.ForeignKey(Filing, models.CASCADE, related_name="adjustments", verbose_name="绩效目标")
    before = models.ForeignKey(Version, models.PROTECT, related_name="+", verbose_name="调整前版本")
    after = models.ForeignKey(
        Version, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="调整后版本"
    )
    reason = models.TextField("调整原因")
    document = models.CharField("依据文号", max_length=100, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, verbose_name="申请人")
    at = models.DateTimeField("申请时间")
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)
    changed_fields = models.PositiveSmallIntegerField("变动字段数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "目标调整"
        ordering = ("at",)

    def __str__(self) -> str:
        return self.reason


class GoalReply(models.Model):
    """批复: the bureau's answer to one unit on its approved goals, later made public with the budget."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="goal_replies", verbose_name="单位")
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    year = models.PositiveSmallIntegerField("发文年度")
    serial = models.PositiveIntegerField("序号")
    number = models.CharField("批复文号", max_length=60)
    issued_on = models.DateField("批复日期")
    issued_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="办理人")
    issued_at = models.DateTimeField("办理时间")
    published_on = models.DateField("公开日期", null=True, blank=True)
    published_where = models.CharField("公开地址", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "目标批复"
        ordering = ("-issued_on", "-serial")
        constraints = [
            models.UniqueConstraint(fields=["region", "year", "serial"], name="goal_reply_number"),
        ]
        indexes = [models.Index(fields=["region", "fiscal_year", "unit"], name="goal_reply_of_unit")]

    def __str__(self) -> str:
        return f"{self.number} {self.unit.name}"


class RepliedGoal(models.Model):
    """One goal in a reply, in the version that was approved when it was issued."""

    reply = models.ForeignKey(GoalReply, models.CASCADE, related_name="goals", verbose_name="批复")
    filing = models.ForeignKey(Filing, models.PROTECT, related_name="replies", verbose_name="绩效目标")
    version = models.ForeignKey(Version, models.PROTECT, related_name="+", verbose_name="批复版本")

    class Meta:
        verbose_name = verbose_name_plural = "批复的目标"
        constraints = [models.UniqueConstraint(fields=["reply", "filing"], name="goal_once_a_reply")]

    def __str__(self) -> str:
        return str(self.filing)
