"""What self-evaluation keeps beyond its filing: scores with steps, review scores, the frozen result."""

from __future__ import annotations

from django.db import models

from jiheng.filings.models import Filing
from jiheng.sheets import Grade
from jiheng.units.models import Person
from jiheng.units.money import HundredthsField

GRADES = [(grade.value, grade.value) for grade in Grade]


class Score(models.Model):
    """The score of one evaluation form: computed by policy, claimed by the unit, reviewed by the bureau."""

    filing = models.OneToOneField(Filing, models.CASCADE, related_name="score", verbose_name="自评表")
    computed = HundredthsField("系统得分", null=True, blank=True)  # null where it can't be computed
    claimed = HundredthsField("自评得分", null=True, blank=True)
    reviewed = HundredthsField("复核得分", null=True, blank=True)
    execution_rate = HundredthsField("预算执行率（%）", null=True, blank=True)
    grade = models.CharField("等级", max_length=2, choices=GRADES, blank=True)
    reviewed_grade = models.CharField("复核等级", max_length=2, choices=GRADES, blank=True)
    steps = models.JSONField("计分过程", default=list)  # [{key, label, weight, score, claimed, step}]
    policy_date = models.DateField("政策日期")
    policy_version = models.CharField("政策版本", max_length=64)
    computed_at = models.DateTimeField("计分时间")
    frozen_at = models.DateTimeField("确认时间", null=True, blank=True)
    frozen_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, verbose_name="确认人")

    class Meta:
        verbose_name = verbose_name_plural = "自评得分"

    def __str__(self) -> str:
        return "未计分" if self.computed is None else str(self.computed)


class ReviewLine(models.Model):
    """复核: the bureau's own value and score for one line, beside the unit's."""

    filing = models.ForeignKey(Filing, models.CASCADE, related_name="review_lines", verbose_name="自评表")
    key = models.CharField("指标", max_length=40)  # the sheet line's key, or "execution"
    actual = models.CharField("复核完成值", max_length=120, blank=True)
    score = HundredthsField("复核得分")
    reason = models.TextField("复核说明", blank=True)
    person = models.ForeignKey(Person, models.PROTECT, verbose_name="复核人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "复核得分"
        constraints = [models.UniqueConstraint(fields=["filing", "key"], name="one_review_a_line")]

    def __str__(self) -> str:
        return f"{self.key} {self.score}"
