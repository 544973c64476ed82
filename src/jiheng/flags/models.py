"""疑点: one row a hit, the same row however often it is hit again, with what was asked and decided of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from jiheng.findings.models import Clue
from jiheng.projects.models import Fund
from jiheng.units.models import Person, Region, Unit
from jiheng.units.money import MoneyField


class FlagRun(models.Model):
    """疑点核查: one run of all flags over a year, and what came of it. Never changed."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    person = models.ForeignKey(Person, models.PROTECT, null=True, verbose_name="发起人")
    at = models.DateTimeField("核查时间")
    as_of = models.DateField("数据截至")
    policy_version = models.CharField("政策版本", max_length=64)
    counts = models.JSONField("各疑点条数", default=dict)  # {"F01": 2}
    fresh = models.PositiveIntegerField("新增", default=0)
    changed = models.PositiveIntegerField("有变化", default=0)
    same = models.PositiveIntegerField("没有变化", default=0)
    gone = models.PositiveIntegerField("消失", default=0)
    faults = models.JSONField("出错的规则", default=list)  # [{code, message}]
    left_out = models.JSONField("没有核查的规则", default=dict)  # {"F02": ["listed"]}: what was not there

    class Meta:
        verbose_name = verbose_name_plural = "疑点核查"
        indexes = [models.Index(fields=["region", "fiscal_year", "at"], name="flag_run_of_year")]

    def __str__(self) -> str:
        return f"{self.fiscal_year}年疑点核查 {self.at:%Y-%m-%d}"


class HitState(models.TextChoices):
    OPEN = "open", "待核"
    ASKED = "asked", "已询问"
    ANSWERED = "answered", "已答复"
    DISMISSED = "dismissed", "已排除"
    CLUE = "clue", "已转线索"


# nobody has decided yet; decided one way or the other
UNDECIDED = (HitState.OPEN, HitState.ASKED, HitState.ANSWERED)
DECIDED = (HitState.DISMISSED, HitState.CLUE)


class Hit(models.Model):
    """疑点: rows that cannot well stand side by side. No finding before somebody says so."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    flag = models.CharField("疑点类型", max_length=4)  # F01 to F16
    key = models.CharField("疑点标识", max_length=300)
    key_hash = models.CharField("标识指纹", max_length=64)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="hits", verbose_name="单位")
    fund = models.ForeignKey(
        Fund, models.PROTECT, null=True, blank=True, related_name="hits", verbose_name="专项资金"
    )
    level = models.CharField("疑点等级", max_length=2)
    subject = models.CharField("涉及对象", max_length=160)
    message = models.TextField("疑点内容")
    amount = MoneyField("涉及金额（元）", null=True, blank=True)
    evidence = models.JSONField("证据", default=list)  # [{source, key, field, value}]
    evidence_hash = models.CharField("证据指纹", max_length=64)
    policy_version = models.CharField("政策版本", max_length=64)
    rule_version = models.PositiveSmallIntegerField("规则版本", default=1)
    state = models.CharField("状态", max_length=12, choices=HitState, default=HitState.OPEN)
    is_present = models.BooleanField("仍在", default=True)
    first_run = models.ForeignKey(FlagRun, models.PROTECT, related_name="+", verbose_name="首次发现")
    last_run = models.ForeignKey(FlagRun, models.PROTECT, related_name="+", verbose_name="最近发现")
    gone_run = models.ForeignKey(
        FlagRun, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="消失于"
    )
    # the evidence as it stood when somebody decided: another since then is worth a second look
    decided_hash = models.CharField("办理时的证据指纹", max_length=64, blank=True)
    asked_at = models.DateTimeField("询问时间", null=True, blank=True)
    due_on = models.DateField("答复期限", null=True, blank=True)
    clue = models.ForeignKey(
        Clue, models.PROTECT, null=True, blank=True, related_name="hits", verbose_name="问题线索"
    )
    revision = models.PositiveIntegerField("修订号", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "疑点"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "fiscal_year", "flag", "key_hash"], name="hit_once_a_year"
            ),
            models.CheckConstraint(
                name="hit_with_a_clue_says_so", condition=~Q(state="clue") | Q(clue__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["region", "fiscal_year", "state"], name="hit_state"),
            models.Index(fields=["unit", "fiscal_year"], name="hit_of_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.flag} {self.subject}"

    @property
    def has_changed(self) -> bool:
        """Its evidence is another than what somebody decided on."""
        return self.state in DECIDED and self.decided_hash != self.evidence_hash


class StepKind(models.TextChoices):
    ASK = "ask", "询问单位"
    ANSWER = "answer", "单位答复"
    DISMISS = "dismiss", "排除"
    REOPEN = "reopen", "重新核查"
    CLUE = "clue", "转问题线索"


class HitStep(models.Model):
    """疑点办理: what somebody asked, answered or decided. Never changed."""

    hit = models.ForeignKey(Hit, models.CASCADE, related_name="steps", verbose_name="疑点")
    kind = models.CharField("办理", max_length=12, choices=StepKind)
    text = models.TextField("内容")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="人员")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "疑点办理"

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.person.name}"
