"""What a goal has beyond its filing: the adjustments made after approval."""

from __future__ import annotations

from django.db import models

from jiheng.filings.models import Filing, Version
from jiheng.units.models import Person


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
