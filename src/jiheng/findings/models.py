"""Corrections 纠偏 that monitoring orders (财预〔2019〕136号), and their life until closed or waived."""

from __future__ import annotations

from django.db import models

from jiheng.filings.models import Filing
from jiheng.projects.models import Fund
from jiheng.units.models import Person, Region, Unit


class CorrectionState(models.TextChoices):
    ORDERED = "ordered", "已下达"
    ANSWERED = "answered", "已回复"
    CLOSED = "closed", "已销号"
    WAIVED = "waived", "已豁免"


class Correction(models.Model):
    """纠偏单: what went off course, what must be done by whom until when, and what was done."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="corrections", verbose_name="责任单位")
    fund = models.ForeignKey(
        Fund, models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name="专项资金"
    )
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    filing = models.ForeignKey(Filing, models.PROTECT, related_name="corrections", verbose_name="监控表")
    state = models.CharField("状态", max_length=12, choices=CorrectionState, default=CorrectionState.ORDERED)
    cause = models.TextField("偏差情况")
    measure = models.CharField("措施类型", max_length=40)
    requirement = models.TextField("纠偏要求")
    ordered_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="下达人")
    ordered_at = models.DateTimeField("下达时间")
    due_on = models.DateField("整改期限")
    reply = models.TextField("整改情况", blank=True)
    replied_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="回复人")
    replied_at = models.DateTimeField("回复时间", null=True, blank=True)
    opinion = models.TextField("复核意见", blank=True)
    settled_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="复核人")
    settled_at = models.DateTimeField("复核时间", null=True, blank=True)
    revision = models.PositiveIntegerField("修订号", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "纠偏单"
        indexes = [models.Index(fields=["region", "fiscal_year", "state"], name="correction_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["filing"],
                condition=models.Q(state__in=["ordered", "answered"]),
                name="one_open_correction",
            )
        ]

    def __str__(self) -> str:
        return f"{self.fund.name if self.fund else self.unit.name} {self.get_state_display()}"
