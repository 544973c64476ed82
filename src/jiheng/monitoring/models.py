"""What monitoring keeps beyond its filing: the lights as they stood when it was submitted."""

from __future__ import annotations

from django.db import models

from jiheng.filings.models import Filing
from jiheng.sheets import Light
from jiheng.units.money import HundredthsField, MoneyField

LIGHTS = [(light.value, light.value) for light in Light]


class Reading(models.Model):
    """The lights of one monitoring form, the steps that explain them, the policy they were read by."""

    filing = models.OneToOneField(Filing, models.CASCADE, related_name="reading", verbose_name="监控表")
    budget = MoneyField("年初预算数（元）", null=True)
    executed = MoneyField("执行数（元）", null=True)
    # mean completion of the rising indicators; null where none can be counted
    goal_progress = HundredthsField("目标实现程度（%）", null=True)
    money_light = models.CharField("资金灯", max_length=2, choices=LIGHTS, blank=True)
    goal_light = models.CharField("目标灯", max_length=2, choices=LIGHTS, blank=True)
    overall = models.CharField("综合灯", max_length=2, choices=LIGHTS, blank=True)
    lines = models.JSONField("各指标灯", default=list)  # [{key, light, step}], the money line first
    # policy asks for an order of correction (纠偏) on this form
    must_correct = models.BooleanField("须纠偏", default=False)
    policy_date = models.DateField("政策日期")
    policy_version = models.CharField("政策版本", max_length=64)
    read_at = models.DateTimeField("测算时间")

    class Meta:
        verbose_name = verbose_name_plural = "监控灯"

    def __str__(self) -> str:
        return self.overall or "未测算"
