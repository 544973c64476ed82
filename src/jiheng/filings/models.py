"""One official form of one subject, from draft to approval, with everything said and done about it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from jiheng.projects.models import Fund
from jiheng.sheets import Form, Sheet, from_json
from jiheng.units.models import Person, Region, Unit
from jiheng.units.money import MoneyField


class State(models.TextChoices):
    DRAFT = "draft", "草稿"
    IN_REVIEW = "in_review", "审核中"
    RETURNED = "returned", "已退回"
    APPROVED = "approved", "已批复"


# a goal is 批复 by its last desk, the other forms are not
APPROVED_IN_WORDS = {
    Form.MONITORING: "已审核",
    Form.PROJECT_EVALUATION: "已确认",
    Form.UNIT_EVALUATION: "已确认",
}


# the last desk's decision, as the people of the form call it: in the history, where a goal's is 批复
DECISION_IN_WORDS = {
    Form.MONITORING: "审核通过",
    Form.PROJECT_EVALUATION: "确认",
    Form.UNIT_EVALUATION: "确认",
}
# the same form opened again and handed in anew
AGAIN_IN_WORDS = {Form.MONITORING: "重新审核通过"}


def move_in_words(move: str, form: str) -> str:
    """A version's cause or a step's action (批复, 调整, …) as told for this form."""
    if move == "批复":
        return DECISION_IN_WORDS.get(Form(form), move)
    return AGAIN_IN_WORDS.get(Form(form), move) if move == "调整" else move


def state_in_words(state: str, form: str) -> str:
    """A state as the people of that form call it: an approved goal is 已批复, a month's monitoring 已审核, a
    self-evaluation 已确认."""
    if state == State.APPROVED:
        return APPROVED_IN_WORDS.get(Form(form), str(State.APPROVED.label))
    return str(State(state).label)


class Desk(models.TextChoices):
    """Who holds the form now; which desks a form passes is policy."""

    REPORTER = "reporter", "填报人"
    UNIT = "unit", "单位审核"
    DEPARTMENT = "department", "主管部门"
    DIVISION = "division", "业务股室"
    PERFORMANCE = "performance", "绩效股"


class Filing(models.Model):
    """报送: one form of one subject, fiscal year and month; the sheet is the form as it stands now."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    form = models.CharField("表种", max_length=24, choices=[(form.value, form.heading) for form in Form])
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    month = models.PositiveSmallIntegerField("监控截止月", default=0)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="filings", verbose_name="单位")
    fund = models.ForeignKey(
        Fund, models.PROTECT, null=True, blank=True, related_name="filings", verbose_name="专项资金"
    )
    state = models.CharField("状态", max_length=12, choices=State, default=State.DRAFT)
    desk = models.CharField("所在环节", max_length=12, choices=Desk, default=Desk.REPORTER, blank=True)
    # desks that returned it, innermost last: the mended form goes straight back to the last one
    returned_by = models.JSONField("退回环节", default=list, blank=True)
    sheet = models.JSONField("表内容")
    revision = models.PositiveIntegerField("修订号", default=1)
    amount = MoneyField("涉及金额（元）", null=True, blank=True)
    errors = models.PositiveSmallIntegerField("错误数", default=0)
    warnings = models.PositiveSmallIntegerField("警告数", default=0)
    is_adjusting = models.BooleanField("调整中", default=False)
    changes_since_approval = models.PositiveSmallIntegerField("批复后变动数", default=0)
    submitted_at = models.DateTimeField("首次报送时间", null=True, blank=True)
    arrived_at = models.DateTimeField("到达当前环节时间", null=True, blank=True)
    approved_at = models.DateTimeField("批复时间", null=True, blank=True)
    approved = models.ForeignKey(
        "Version", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="批复版本"
    )
    updated_at = models.DateTimeField("最近修改", auto_now=True)
    updated_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, verbose_name="修改人")

    class Meta:
        verbose_name = verbose_name_plural = "报送"
        constraints = [
            models.UniqueConstraint(
                fields=["form", "fiscal_year", "month", "fund"],
                condition=Q(fund__isnull=False),
                name="one_filing_a_fund",
            ),
            models.UniqueConstraint(
                fields=["form", "fiscal_year", "month", "unit"],
                condition=Q(fund__isnull=True),
                name="one_filing_a_unit",
            ),
            models.CheckConstraint(
                name="approved_filing_has_its_version",
                condition=~Q(state="approved") | Q(approved__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["region", "fiscal_year", "form", "state", "desk"], name="filing_queue"),
            models.Index(fields=["unit", "fiscal_year", "form"], name="filing_of_unit"),
        ]

    def __str__(self) -> str:
        subject = self.fund.name if self.fund else self.unit.name
        month = f"（截至{self.month}月）" if self.month else ""
        return f"{subject} {self.fiscal_year}年{Form(self.form).heading}{month}"

    def get_state_display(self) -> str:  # type: ignore[no-redef]  # Django keeps a model's own
        """The state in words, wherever a filing's state is told."""
        return state_in_words(self.state, self.form)

    def as_sheet(self) -> Sheet:
        return from_json(self.form, self.sheet)


class Version(models.Model):
    """The form as it stood at a submission, approval or adjustment; never changed."""

    filing = models.ForeignKey(Filing, models.CASCADE, related_name="versions", verbose_name="报送")
    number = models.PositiveIntegerField("版本号")
    cause = models.CharField("产生原因", max_length=20)  # 报送, 批复, 调整, 导入
    sheet = models.JSONField("表内容")
    sha256 = models.CharField("sha256", max_length=64)
    person = models.ForeignKey(Person, models.PROTECT, null=True, verbose_name="人员")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "版本"
        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=["filing", "number"], name="version_number")]

    def __str__(self) -> str:
        return f"第{self.number}版（{move_in_words(self.cause, self.filing.form)}）"

    def as_sheet(self) -> Sheet:
        return from_json(self.filing.form, self.sheet)


class Step(models.Model):
    """One move between states and desks; coverage as of any past day is read from these."""

    filing = models.ForeignKey(Filing, models.CASCADE, related_name="steps", verbose_name="报送")
    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    at = models.DateTimeField("时间", db_index=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, verbose_name="人员")
    action = models.CharField("操作", max_length=12)  # 报送 通过 退回 批复 申请调整 重新打开 撤回 …
    from_desk = models.CharField("从", max_length=12, blank=True)
    to_desk = models.CharField("到", max_length=12, blank=True)
    state = models.CharField("之后状态", max_length=12, choices=State)
    reason = models.TextField("意见", blank=True)
    version = models.ForeignKey(Version, models.PROTECT, null=True, verbose_name="版本")

    class Meta:
        verbose_name = verbose_name_plural = "办理过程"
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.action} {self.from_desk}→{self.to_desk}"

    @property
    def action_in_words(self) -> str:
        return move_in_words(self.action, self.filing.form)


class Remark(models.Model):
    """退回意见: an opinion beside the field it speaks of; settled when the form is accepted."""

    filing = models.ForeignKey(Filing, models.CASCADE, related_name="remarks", verbose_name="报送")
    field = models.CharField("字段", max_length=120, blank=True)  # sheet path; empty: the whole form
    label = models.CharField("字段名称", max_length=160, blank=True)
    text = models.TextField("意见")
    desk = models.CharField("环节", max_length=12, choices=Desk)
    person = models.ForeignKey(Person, models.PROTECT, verbose_name="人员")
    at = models.DateTimeField("时间")
    settled_at = models.DateTimeField("解决时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "审核意见"
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return self.text


class OpinionDraft(models.Model):
    """What a reviewer has typed at a desk and not sent yet; it goes when that desk decides."""

    filing = models.ForeignKey(Filing, models.CASCADE, related_name="opinion_drafts", verbose_name="报送")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name="人员")
    desk = models.CharField("环节", max_length=12, choices=Desk)
    opinion = models.TextField("通过的意见", blank=True)
    reason = models.TextField("退回意见", blank=True)
    to_desk = models.CharField("退回到", max_length=12, choices=Desk, blank=True)
    remarks = models.JSONField("各栏目意见", default=dict, blank=True)  # field → text
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "意见草稿"
        constraints = [models.UniqueConstraint(fields=["filing", "person"], name="one_opinion_draft")]

    def __str__(self) -> str:
        return self.reason or self.opinion


class Question(models.Model):
    """一对一辅导: a unit's question beside a field, answered by its contact, searchable by all."""

    filing = models.ForeignKey(
        Filing, models.CASCADE, null=True, blank=True, related_name="questions", verbose_name="报送"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name="单位")
    field = models.CharField("字段", max_length=120, blank=True)
    label = models.CharField("字段名称", max_length=160, blank=True)
    text = models.TextField("问题")
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="提问人")
    asked_at = models.DateTimeField("提问时间")
    answer = models.TextField("答复", blank=True)
    answered_by = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", verbose_name="答复人"
    )
    answered_at = models.DateTimeField("答复时间", null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "辅导问答"
        ordering = ("-asked_at",)

    def __str__(self) -> str:
        return self.text


class Template(models.Model):
    """A form's blank and cell map for a region and year, uploaded by a bureau."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    form = models.CharField("表种", max_length=24, choices=[(form.value, form.heading) for form in Form])
    fiscal_year = models.PositiveSmallIntegerField("起用年度")
    name = models.CharField("文件名", max_length=240)
    blank = models.BinaryField("空白表")
    cell_map = models.TextField("单元格对照")
    person = models.ForeignKey(Person, models.PROTECT, null=True, verbose_name="上传人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "表样"
        constraints = [
            models.UniqueConstraint(fields=["region", "form", "fiscal_year"], name="one_template_a_year")
        ]

    def __str__(self) -> str:
        return f"{self.fiscal_year} {self.get_form_display()}"
