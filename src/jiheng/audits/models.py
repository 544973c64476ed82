"""Documents that are to be made public, what the check found in them, and what people made of it.

A document's file never changes: a mended one is a new row, whose `version_of` is the earlier. Findings are
rows, so that each has its own state, its own person and its own history; the arithmetic behind them stands
in the report.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from jiheng.units.models import Job, Person, Region, Unit, Upload


class Purpose(models.TextChoices):
    """What a document is published for."""

    FINAL_ACCOUNTS = "final_accounts", "决算公开"
    BUDGET = "budget", "预算公开"
    GOALS = "goals", "绩效目标公开"
    EVALUATION = "evaluation", "绩效评价公开"
    OTHER = "other", "其他公开文件"


class AuditState(models.TextChoices):
    WAITING = "waiting", "待检查"
    RUNNING = "running", "检查中"
    CHECKED = "checked", "已检查"
    UNREADABLE = "unreadable", "无法读取"


class FindingState(models.TextChoices):
    OPEN = "open", "待处理"
    ACCEPTED = "accepted", "已采纳"
    ASSIGNED = "assigned", "已交办"
    ANSWERED = "answered", "已答复"
    DISMISSED = "dismissed", "不予采纳"


SETTLED = (FindingState.ANSWERED, FindingState.DISMISSED)


class AuditedDocument(models.Model):
    """One version of a document, as it was uploaded."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="audited", verbose_name="单位"
    )
    title = models.CharField("标题", max_length=240)
    purpose = models.CharField("公开种类", max_length=20, choices=Purpose)
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    upload = models.ForeignKey(Upload, models.PROTECT, verbose_name="文件")
    version_of = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="next_version", verbose_name="上一版"
    )
    version = models.PositiveSmallIntegerField("版次", default=1)
    uploaded_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间")
    state = models.CharField("状态", max_length=12, choices=AuditState, default=AuditState.WAITING)
    job = models.ForeignKey(
        Job, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="检查任务"
    )
    problem = models.TextField("无法读取的原因", blank=True)
    relations = models.PositiveIntegerField("核对关系数", default=0)
    holding = models.PositiveIntegerField("成立关系数", default=0)
    errors = models.PositiveIntegerField("错误数", default=0)
    warnings = models.PositiveIntegerField("警告数", default=0)
    hints = models.PositiveIntegerField("提示数", default=0)
    open_errors = models.PositiveIntegerField("未处理错误数", default=0)
    checked_at = models.DateTimeField("检查时间", null=True, blank=True)
    revision = models.PositiveIntegerField("修订号", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "审核文件"
        indexes = [
            models.Index(fields=["region", "fiscal_year", "state"], name="audited_state"),
            models.Index(fields=["unit", "open_errors"], name="audited_open"),
        ]

    def __str__(self) -> str:
        return f"{self.title}（第{self.version}版）" if self.version > 1 else self.title


class AuditReport(models.Model):
    """What the last check of a document said: `claims.Report` and the document's blocks, whole, as JSON.

    As text, as nobody asks the database about its inside: pydantic reads it several times faster."""

    document = models.OneToOneField(
        AuditedDocument, models.CASCADE, primary_key=True, related_name="report", verbose_name="审核文件"
    )
    report = models.TextField("报告内容")
    blocks = models.TextField("文件结构")
    policy_version = models.CharField("政策版本", max_length=64)
    made_at = models.DateTimeField("检查时间")

    class Meta:
        verbose_name = verbose_name_plural = "审核报告"

    def __str__(self) -> str:
        return f"{self.document} 审核报告"


class AuditFinding(models.Model):
    """One finding of a document, the same row over every check of the same text.

    `identity` is code and span; `likeness` is code, quote and figures, by which a finding is known again in
    a later version of the document.
    """

    SEVERITIES: ClassVar[dict[str, str]] = {"error": "错误", "warning": "警告", "hint": "提示"}

    document = models.ForeignKey(
        AuditedDocument, models.CASCADE, related_name="findings", verbose_name="审核文件"
    )
    identity = models.CharField("标识", max_length=80)
    likeness = models.CharField("相同内容标识", max_length=64)
    number = models.CharField("报告中的编号", max_length=12)
    code = models.CharField("规则编号", max_length=12)
    kind = models.CharField("种类", max_length=20)
    severity = models.CharField("程度", max_length=8)
    rank = models.PositiveSmallIntegerField("程度次序")
    start = models.PositiveIntegerField("起点")
    end = models.PositiveIntegerField("终点")
    quote = models.TextField("原文")
    place = models.CharField("位置", max_length=120, blank=True)
    message = models.TextField("说明")
    is_gone = models.BooleanField("重新检查后不再出现", default=False)
    state = models.CharField("状态", max_length=12, choices=FindingState, default=FindingState.OPEN)
    assignee = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="交办给"
    )
    due_on = models.DateField("答复期限", null=True, blank=True)
    revision = models.PositiveIntegerField("修订号", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "审核问题"
        constraints = [
            models.UniqueConstraint(fields=["document", "identity"], name="audit_finding_once"),
            models.CheckConstraint(
                name="assigned_findings_have_an_assignee",
                condition=~Q(state="assigned") | Q(assignee__isnull=False, due_on__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["document", "is_gone", "rank", "start"], name="audit_finding_order"),
            models.Index(fields=["assignee", "state"], name="audit_finding_assignee"),
        ]

    def __str__(self) -> str:
        return f"{self.SEVERITIES.get(self.severity, self.severity)}“{self.quote[:60]}”"


class Act(models.TextChoices):
    """What somebody does with a finding."""

    ACCEPT = "accept", "采纳"
    DISMISS = "dismiss", "不予采纳"
    ASSIGN = "assign", "交办"
    ANSWER = "answer", "答复"


class Disposition(models.Model):
    """处理意见: who made what of a finding, when and why. Never changed; the last one is in force.

    `carried_from` is the one of an earlier version that holds on, as the same words with the same figures
    stand in this one."""

    finding = models.ForeignKey(
        AuditFinding, models.CASCADE, related_name="dispositions", verbose_name="审核问题"
    )
    act = models.CharField("处理", max_length=12, choices=Act)
    reason = models.TextField("理由或说明", blank=True)
    assignee = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="交办给"
    )
    due_on = models.DateField("答复期限", null=True, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="处理人")
    at = models.DateTimeField("时间")
    carried_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="沿用自"
    )

    class Meta:
        verbose_name = verbose_name_plural = "处理意见"

    def __str__(self) -> str:
        return f"{self.person.name} {self.get_act_display()}"


class Submission(models.Model):
    """送公开: a document goes out of the house, with what was said of each of its errors, frozen."""

    document = models.ForeignKey(
        AuditedDocument, models.PROTECT, related_name="submissions", verbose_name="审核文件"
    )
    sha256 = models.CharField("sha256", max_length=64)
    answers: models.JSONField[Any, Any] = models.JSONField("错误处理情况", default=list)
    note = models.TextField("说明", blank=True)
    sent_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="送出人")
    sent_at = models.DateTimeField("送出时间")
    withdrawn_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤回人"
    )
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdraw_reason = models.TextField("撤回理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "送公开记录"
        constraints = [
            models.UniqueConstraint(
                fields=["document"], condition=Q(withdrawn_at__isnull=True), name="one_live_submission"
            )
        ]

    def __str__(self) -> str:
        return f"{self.document} 送公开"
