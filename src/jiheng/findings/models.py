"""Corrections 纠偏 that monitoring orders (财预〔2019〕136号), and 问题: what any stage found wanting,
with the notice, the unit's replies and evidence, and the bureau's checks, until closed."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q

from jiheng.filings.models import Filing
from jiheng.projects.models import Fund, Project
from jiheng.sheets import Missing, MissingReason
from jiheng.units.models import Person, Region, Unit, Upload
from jiheng.units.money import MoneyField


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


# ── 问题与整改 ────────────────────────────────────────────────────────────────────────────────────────


class Source(models.TextChoices):
    """Who found a problem."""

    EVALUATION = "evaluation", "财政评价"
    FOUR_REVIEWS = "four_reviews", "四评"
    SELF = "self", "单位自评"
    MONITORING = "monitoring", "运行监控"
    AUDIT = "audit", "审计"
    RED_FLAG = "red_flag", "疑点核查"
    DOCUMENT = "document", "文件审核"
    CONGRESS = "congress", "人大"


class ProblemState(models.TextChoices):
    REGISTERED = "registered", "待下达"
    ISSUED = "issued", "已下达"
    REPLIED = "replied", "已回复"
    RETURNED = "returned", "退回整改"
    VERIFIED = "verified", "已复核"
    CLOSED = "closed", "已销号"
    REOPENED = "reopened", "重新整改"
    MERGED = "merged", "已并入"


# the unit has to mend and reply; the problem is open; what only the bureau knows of
TO_REPLY = (ProblemState.ISSUED, ProblemState.RETURNED, ProblemState.REOPENED)
OPEN_PROBLEMS = (ProblemState.REGISTERED, *TO_REPLY, ProblemState.REPLIED, ProblemState.VERIFIED)
INTERNAL = (ProblemState.REGISTERED, ProblemState.MERGED)


class Notice(models.Model):
    """整改通知书: one unit's problems, with number and day, and the Word file as it was sent."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="notices", verbose_name="责任单位")
    year = models.PositiveSmallIntegerField("发文年份")
    serial = models.PositiveIntegerField("发文序号")
    number = models.CharField("发文字号", max_length=60)
    issued_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="下达人")
    issued_on = models.DateField("下达日期")
    due_on = models.DateField("整改期限")
    upload = models.ForeignKey(Upload, models.PROTECT, verbose_name="文件")

    class Meta:
        verbose_name = verbose_name_plural = "整改通知书"
        constraints = [models.UniqueConstraint(fields=["region", "year", "serial"], name="notice_serial")]

    def __str__(self) -> str:
        return self.number


class Problem(models.Model):
    """问题: what was found with whom, what must be mended until when, and how far that is."""

    MISSING: ClassVar[dict[str, str]] = {
        MissingReason.NOT_APPLICABLE.value: "不涉及金额",
        MissingReason.UNVERIFIABLE.value: "金额尚未核实",
        MissingReason.NOT_REPORTED.value: "没有登记金额",
    }

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    number = models.CharField("问题编号", max_length=20)
    year = models.PositiveSmallIntegerField("登记年份")
    serial = models.PositiveIntegerField("登记序号")
    source = models.CharField("问题来源", max_length=16, choices=Source)
    kind = models.CharField("问题类别", max_length=20)  # of policy: problems.kinds
    title = models.CharField("问题名称", max_length=160)
    description = models.TextField("问题事实")
    requirement = models.TextField("整改要求", blank=True)
    amount = MoneyField("涉及金额（元）", null=True, blank=True)
    amount_missing = models.CharField("没有金额的原因", max_length=12, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="problems", verbose_name="责任单位")
    fund = models.ForeignKey(
        Fund, models.PROTECT, null=True, blank=True, related_name="problems", verbose_name="专项资金"
    )
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="problems", verbose_name="项目"
    )
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    found_on = models.DateField("发现日期")
    due_on = models.DateField("整改期限", null=True, blank=True)
    state = models.CharField("状态", max_length=12, choices=ProblemState, default=ProblemState.REGISTERED)
    notice = models.ForeignKey(
        Notice, models.PROTECT, null=True, blank=True, related_name="problems", verbose_name="整改通知书"
    )
    registered_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="登记人")
    registered_at = models.DateTimeField("登记时间")
    issued_at = models.DateTimeField("下达时间", null=True, blank=True)
    closed_at = models.DateTimeField("销号时间", null=True, blank=True)
    # an earlier problem that this one looks like, as it was noticed on registering
    recurs = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="recurrences", verbose_name="再现自"
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name="并入"
    )
    revision = models.PositiveIntegerField("修订号", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "问题"
        indexes = [
            models.Index(fields=["region", "state", "due_on"], name="problem_state"),
            models.Index(fields=["unit", "fiscal_year"], name="problem_of_unit"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["region", "number"], name="problem_number"),
            models.CheckConstraint(
                name="problem_has_an_amount_or_says_why_not",
                condition=Q(amount__isnull=True) ^ Q(amount_missing=""),
            ),
            models.CheckConstraint(
                name="issued_problem_has_a_deadline",
                condition=Q(state__in=["registered", "merged"])
                | Q(due_on__isnull=False, issued_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def money(self) -> Decimal | Missing:
        """涉及金额 in yuan, or why there is none."""
        amount: Decimal | None = self.amount
        if amount is not None:
            return amount
        reason = MissingReason(self.amount_missing)
        return Missing(reason, self.MISSING.get(self.amount_missing, ""))


class Reply(models.Model):
    """整改回复: what the unit did. Kept as a draft until it is sent; a sent one never changes."""

    problem = models.ForeignKey(Problem, models.CASCADE, related_name="replies", verbose_name="问题")
    measures = models.TextField("整改措施", blank=True)
    result = models.TextField("整改结果", blank=True)
    mended = MoneyField("已整改金额（元）", null=True, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="填写人")
    sent_at = models.DateTimeField("回复时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "整改回复"
        constraints = [
            models.UniqueConstraint(
                fields=["problem"], condition=Q(sent_at__isnull=True), name="one_reply_draft"
            )
        ]

    def __str__(self) -> str:
        return f"{self.problem} 回复"


class Evidence(models.Model):
    """佐证: a file with its page and day. Of a reply; without one, what the problem itself rests on."""

    problem = models.ForeignKey(Problem, models.CASCADE, related_name="evidence", verbose_name="问题")
    reply = models.ForeignKey(
        Reply, models.CASCADE, null=True, blank=True, related_name="evidence", verbose_name="整改回复"
    )
    upload = models.ForeignKey(Upload, models.PROTECT, verbose_name="文件")
    sha256 = models.CharField("sha256", max_length=64, db_index=True)
    name = models.CharField("材料名称", max_length=160)
    kind = models.CharField("材料种类", max_length=20)  # of policy: problems.evidence_kinds
    page = models.CharField("页码", max_length=40, blank=True)
    dated = models.DateField("材料日期", null=True, blank=True)  # as written on it
    made_on = models.DateField("文件生成日期", null=True, blank=True)  # as the file itself says
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="上传人")
    at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "佐证材料"
        constraints = [models.UniqueConstraint(fields=["problem", "sha256"], name="evidence_once_a_problem")]

    def __str__(self) -> str:
        return self.name


class Verdict(models.TextChoices):
    """What the bureau made of a reply, or of the whole."""

    VERIFIED = "verified", "复核通过"
    RETURNED = "returned", "退回整改"
    CLOSED = "closed", "销号"
    REOPENED = "reopened", "重新打开"


class Check(models.Model):
    """整改复核: what somebody at the bureau decided, and why. Never changed."""

    problem = models.ForeignKey(Problem, models.CASCADE, related_name="checks", verbose_name="问题")
    verdict = models.CharField("结论", max_length=12, choices=Verdict)
    opinion = models.TextField("复核意见", blank=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="复核人")
    at = models.DateTimeField("复核时间")

    class Meta:
        verbose_name = verbose_name_plural = "整改复核"

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} {self.person.name}"


class ClueState(models.TextChoices):
    WAITING = "waiting", "待研判"
    ACCEPTED = "accepted", "已立为问题"
    DECLINED = "declined", "不作为问题"


class Clue(models.Model):
    """问题线索: what another room noticed; a problem only when somebody at the bureau says so."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    source = models.CharField("来源", max_length=16, choices=Source)
    # what it was noticed in, e.g. "correction:12": noticed again, it is the same clue
    origin = models.CharField("出处", max_length=80)
    kind = models.CharField("建议类别", max_length=20)
    title = models.CharField("线索名称", max_length=160)
    description = models.TextField("线索内容")
    amount = MoneyField("涉及金额（元）", null=True, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="clues", verbose_name="单位")
    fund = models.ForeignKey(
        Fund, models.PROTECT, null=True, blank=True, related_name="clues", verbose_name="专项资金"
    )
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    noticed_at = models.DateTimeField("发现时间")
    state = models.CharField("状态", max_length=12, choices=ClueState, default=ClueState.WAITING)
    problem = models.OneToOneField(
        Problem, models.PROTECT, null=True, blank=True, related_name="clue", verbose_name="问题"
    )
    decided_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="研判人"
    )
    decided_at = models.DateTimeField("研判时间", null=True, blank=True)
    reason = models.TextField("不作为问题的理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "问题线索"
        constraints = [
            models.UniqueConstraint(fields=["region", "origin"], name="clue_once"),
            models.CheckConstraint(
                name="accepted_clue_has_its_problem",
                condition=~Q(state="accepted") | Q(problem__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["region", "state"], name="clue_state")]

    def __str__(self) -> str:
        return self.title
