"""评审组 with its lines, seats and marks; 委托 of people from outside; 回避.

What a panel judges belongs to a higher room: `subject` is that room's own name for it ("assessment:12")."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from jiheng.projects.models import Fund, Project
from jiheng.units.models import Person, Region, Unit
from jiheng.units.money import HundredthsField


class PanelKind(models.TextChoices):
    ASSESSMENT = "assessment", "事前绩效评估"
    FISCAL = "fiscal", "财政评价"
    DEPARTMENT = "department", "部门评价"
    AUDIT = "audit", "审计核查"
    CONGRESS = "congress", "人大评议"


class PanelState(models.TextChoices):
    SCORING = "scoring", "评分中"
    OPENED = "opened", "已启封"
    DISSOLVED = "dissolved", "已撤销"


class Panel(models.Model):
    """评审组: one subject, a scheme of lines, and the people who each score it on a sheet of their own."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    kind = models.CharField("种类", max_length=12, choices=PanelKind)
    subject = models.CharField("评审对象", max_length=60)
    title = models.CharField("名称", max_length=200)
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="panels", verbose_name="被评单位")
    fund = models.ForeignKey(
        Fund, models.PROTECT, null=True, blank=True, related_name="panels", verbose_name="专项资金"
    )
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="panels", verbose_name="项目"
    )
    instructions = models.TextField("评分说明", blank=True)
    due_on = models.DateField("评分截止日期")  # the whole day still counts
    least_sheets = models.PositiveSmallIntegerField("逾期启封至少份数")
    state = models.CharField("状态", max_length=12, choices=PanelState, default=PanelState.SCORING)
    convened_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="组织人")
    convened_role = models.CharField("组织人角色", max_length=20)  # colleagues of that role organise it too
    convened_at = models.DateTimeField("组织时间")
    opened_at = models.DateTimeField("启封时间", null=True, blank=True)
    revision = models.PositiveIntegerField("修订号", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "评审组"
        indexes = [models.Index(fields=["region", "kind", "fiscal_year"], name="panel_of_year")]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "subject"], condition=~Q(state="dissolved"), name="one_panel_a_subject"
            ),
            models.CheckConstraint(
                name="opened_panel_says_when",
                condition=Q(state="opened", opened_at__isnull=False)
                | (~Q(state="opened") & Q(opened_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PanelLine(models.Model):
    """评分项: what is scored, out of how many points."""

    panel = models.ForeignKey(Panel, models.CASCADE, related_name="lines", verbose_name="评审组")
    code = models.CharField("编号", max_length=20)
    group = models.CharField("归类", max_length=80, blank=True)  # 维度, or 一级/二级指标
    name = models.CharField("名称", max_length=120)
    full = HundredthsField("满分")
    standard = models.TextField("评分标准", blank=True)
    place = models.PositiveSmallIntegerField("顺序")

    class Meta:
        verbose_name = verbose_name_plural = "评分项"
        ordering = ("place",)
        constraints = [models.UniqueConstraint(fields=["panel", "code"], name="panel_line_code")]

    def __str__(self) -> str:
        return self.name


class SeatState(models.TextChoices):
    SCORING = "scoring", "评分中"
    SEALED = "sealed", "已封存"
    RECUSED = "recused", "已回避"
    ABSENT = "absent", "未评"
    REMOVED = "removed", "已撤换"


class Seat(models.Model):
    """评审席位: one person's sheet. Sealed it never changes; its digest is published at once, the salt and
    the scores only when the panel is opened."""

    panel = models.ForeignKey(Panel, models.CASCADE, related_name="seats", verbose_name="评审组")
    person = models.ForeignKey(Person, models.PROTECT, related_name="seats", verbose_name="评分人")
    label = models.CharField("称呼", max_length=40)
    organisation = models.CharField("所在机构", max_length=120, blank=True)
    state = models.CharField("状态", max_length=12, choices=SeatState, default=SeatState.SCORING)
    opinion = models.TextField("总体意见", blank=True)
    reason = models.TextField("回避或撤换理由", blank=True)
    total = HundredthsField("合计得分", null=True, blank=True)
    salt = models.CharField("封存随机码", max_length=64, blank=True)
    digest = models.CharField("封存码", max_length=64, blank=True)
    sealed_at = models.DateTimeField("封存时间", null=True, blank=True)
    revision = models.PositiveIntegerField("修订号", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "评审席位"
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["panel", "person"], name="one_sheet_a_person"),
            models.CheckConstraint(
                name="sealed_sheet_has_its_digest",
                condition=~Q(state="sealed") | (~Q(digest="") & Q(total__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.panel} {self.label}"


class Mark(models.Model):
    """评分: one line of one sheet."""

    seat = models.ForeignKey(Seat, models.CASCADE, related_name="marks", verbose_name="评审席位")
    line = models.ForeignKey(PanelLine, models.CASCADE, related_name="marks", verbose_name="评分项")
    score = HundredthsField("得分", null=True, blank=True)
    reason = models.TextField("评分理由", blank=True)
    evidence = models.TextField("依据材料", blank=True)  # file and page

    class Meta:
        verbose_name = verbose_name_plural = "评分"
        constraints = [models.UniqueConstraint(fields=["seat", "line"], name="one_mark_a_line")]

    def __str__(self) -> str:
        return f"{self.line} {self.score}"


class Engagement(models.Model):
    """委托: a person from outside may see one subject until a date, and log in no longer than that."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    person = models.ForeignKey(Person, models.PROTECT, related_name="engagements", verbose_name="受托人")
    organisation = models.CharField("受托机构", max_length=120, blank=True)
    subject = models.CharField("受托对象", max_length=60)
    title = models.CharField("名称", max_length=200)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="被评单位")
    fund = models.ForeignKey(
        Fund, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="专项资金"
    )
    since = models.DateField("起始日期")
    until = models.DateField("截止日期")  # the whole day still counts
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="委托人")
    ended_at = models.DateTimeField("终止时间", null=True, blank=True)
    end_reason = models.TextField("终止理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "委托"
        constraints = [
            models.UniqueConstraint(fields=["person", "subject"], name="one_engagement_a_subject"),
            models.CheckConstraint(name="engagement_in_order", condition=Q(since__lte=models.F("until"))),
        ]

    def __str__(self) -> str:
        return f"{self.person.name}：{self.title}"


class Recusal(models.Model):
    """回避: a person does not judge this unit, as they declared or the bureau knows."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="recusals", verbose_name="回避人")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="回避单位")
    reason = models.TextField("回避理由")
    declared_at = models.DateTimeField("申明时间")

    class Meta:
        verbose_name = verbose_name_plural = "回避"
        constraints = [models.UniqueConstraint(fields=["person", "unit"], name="one_recusal_a_unit")]

    def __str__(self) -> str:
        return f"{self.person.name}回避{self.unit.name}"
