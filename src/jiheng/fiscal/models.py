"""重点评价 (财预〔2020〕10号: 财政评价、部门评价): what was picked and why, its scheme, working papers,
reviews, the unit's comments, and the frozen result."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from jiheng.projects.models import Fund
from jiheng.sheets import Grade
from jiheng.units.models import Person, Region, Unit, Upload
from jiheng.units.money import HundredthsField, MoneyField

GRADES = [(grade.value, grade.value) for grade in Grade]


class EvaluationKind(models.TextChoices):
    """Who evaluates."""

    FISCAL = "fiscal", "财政评价"
    DEPARTMENT = "department", "部门评价"


class EvaluationState(models.TextChoices):
    PLANNED = "planned", "待布置"
    WORKING = "working", "评价中"
    RETURNED = "returned", "退回修改"
    FIRST = "first", "初审中"
    SECOND = "second", "复核中"
    CONFIRMED = "confirmed", "已确认"
    DROPPED = "dropped", "已撤销"


AT_WORK = (EvaluationState.WORKING, EvaluationState.RETURNED)
OVER = (EvaluationState.CONFIRMED, EvaluationState.DROPPED)


class Span(models.TextChoices):
    """Where the project stands: decides the weights of the framework."""

    ONGOING = "ongoing", "实施期内"
    COMPLETED = "completed", "已完工"


class KeyEvaluation(models.Model):
    """重点评价 of one project (专项资金), or of a unit as a whole (no fund)."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    kind = models.CharField("评价方式", max_length=12, choices=EvaluationKind)
    year = models.PositiveSmallIntegerField("评价年度")  # the work year in which it is done
    serial = models.PositiveIntegerField("序号")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="key_evaluations", verbose_name="被评价单位")
    fund = models.ForeignKey(
        Fund, models.PROTECT, null=True, blank=True, related_name="key_evaluations", verbose_name="专项资金"
    )
    from_year = models.PositiveSmallIntegerField("评价起始预算年度")
    to_year = models.PositiveSmallIntegerField("评价截止预算年度")
    amount = MoneyField("评价资金（元）", null=True, blank=True)  # null: no budget is known
    span = models.CharField("项目阶段", max_length=12, choices=Span, default=Span.ONGOING)
    reason = models.TextField("遴选理由")
    ranking = models.JSONField("遴选打分", default=dict)  # {place, of, points, must, factors: [[name, step]]}
    state = models.CharField("状态", max_length=12, choices=EvaluationState, default=EvaluationState.PLANNED)
    picked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="选定人")
    picked_at = models.DateTimeField("选定时间")
    scorer = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="评分人"
    )
    organisation = models.CharField("承担机构", max_length=120, blank=True)
    due_on = models.DateField("评价期限", null=True, blank=True)
    narrative = models.JSONField("报告文字", default=dict)  # {key of report.PARTS: text}
    total = HundredthsField("评价得分", null=True, blank=True)
    grade = models.CharField("评价等级", max_length=2, choices=GRADES, blank=True)
    self_score = HundredthsField("单位自评得分", null=True, blank=True)
    frozen = models.JSONField("冻结结果", default=dict)  # {sheet, policy: {date, version}}
    policy_date = models.DateField("政策日期", null=True, blank=True)
    policy_version = models.CharField("政策版本", max_length=64, blank=True)
    confirmed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确认人"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    report = models.ForeignKey(
        Upload, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="评价报告"
    )
    revision = models.PositiveIntegerField("修订号", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "重点评价"
        indexes = [models.Index(fields=["region", "year", "state"], name="key_evaluation_state")]
        constraints = [
            models.UniqueConstraint(fields=["region", "year", "serial"], name="key_evaluation_serial"),
            models.UniqueConstraint(
                fields=["fund", "year"],
                condition=Q(fund__isnull=False) & ~Q(state="dropped"),
                name="one_key_evaluation_a_fund",
            ),
            models.UniqueConstraint(
                fields=["unit", "year"],
                condition=Q(fund__isnull=True) & ~Q(state="dropped"),
                name="one_key_evaluation_a_unit",
            ),
            models.CheckConstraint(
                name="confirmed_key_evaluation_is_frozen",
                condition=~Q(state="confirmed")
                | (Q(total__isnull=False, policy_date__isnull=False) & ~Q(grade="")),
            ),
            models.CheckConstraint(
                name="key_evaluation_years_in_order", condition=Q(from_year__lte=models.F("to_year"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        """编号, as it is written: 2024-03."""
        return f"{self.year}-{self.serial:02}"

    @property
    def title(self) -> str:
        """What is evaluated."""
        return self.fund.name if self.fund else f"{self.unit.name}部门整体支出"

    @property
    def years(self) -> str:
        """The fiscal years evaluated: 2023年, 2021—2023年."""
        return f"{self.to_year}年" if self.from_year == self.to_year else f"{self.from_year}—{self.to_year}年"


class SchemeRow(models.Model):
    """评价指标: one line of the scheme, its figures, score, and why."""

    evaluation = models.ForeignKey(
        KeyEvaluation, models.CASCADE, related_name="rows", verbose_name="重点评价"
    )
    key = models.CharField("行号", max_length=20)
    place = models.PositiveSmallIntegerField("次序")
    level1 = models.CharField("一级指标", max_length=20)
    level2 = models.CharField("二级指标", max_length=40)
    level3 = models.CharField("三级指标", max_length=80)
    weight = HundredthsField("分值")
    standard = models.TextField("评分标准", blank=True)
    formula = models.CharField("算法", max_length=20, blank=True)
    wanted = models.CharField("应有佐证", max_length=160, blank=True)
    first = models.CharField("数据一", max_length=30, blank=True)  # as typed
    second = models.CharField("数据二", max_length=30, blank=True)
    score = HundredthsField("得分", null=True, blank=True)
    step = models.TextField("计分过程", blank=True)
    basis = models.TextField("评分依据", blank=True)
    scored_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="评分人"
    )
    scored_at = models.DateTimeField("评分时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "评价指标"
        ordering = ("place",)
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "key"], name="scheme_row_key"),
            models.CheckConstraint(
                name="score_within_its_weight",
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=models.F("weight")),
            ),
        ]

    def __str__(self) -> str:
        return self.level3


class Proof(models.Model):
    """评价底稿材料: an evidence file as it was taken, with its hash."""

    evaluation = models.ForeignKey(
        KeyEvaluation, models.CASCADE, related_name="proofs", verbose_name="重点评价"
    )
    upload = models.ForeignKey(Upload, models.PROTECT, related_name="+", verbose_name="文件")
    sha256 = models.CharField("sha256", max_length=64)
    name = models.CharField("材料名称", max_length=160)
    kind = models.CharField("材料种类", max_length=20)  # of policy: problems.evidence_kinds
    made_on = models.DateField("文件生成日期", null=True, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="上传人")
    at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "评价底稿材料"
        constraints = [models.UniqueConstraint(fields=["evaluation", "sha256"], name="proof_once")]

    def __str__(self) -> str:
        return self.name


class Citation(models.Model):
    """佐证引用: which pages of a file prove a line."""

    row = models.ForeignKey(SchemeRow, models.CASCADE, related_name="citations", verbose_name="评价指标")
    proof = models.ForeignKey(Proof, models.CASCADE, related_name="citations", verbose_name="材料")
    page = models.CharField("页码", max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = "佐证引用"
        constraints = [models.UniqueConstraint(fields=["row", "proof", "page"], name="citation_once")]

    def __str__(self) -> str:
        return f"{self.proof.name} {self.page}"


class Interview(models.Model):
    """访谈记录."""

    evaluation = models.ForeignKey(
        KeyEvaluation, models.CASCADE, related_name="interviews", verbose_name="重点评价"
    )
    held_on = models.DateField("访谈日期")
    whom = models.CharField("访谈对象", max_length=120)
    where = models.CharField("地点", max_length=120, blank=True)
    summary = models.TextField("访谈内容")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="记录人")
    at = models.DateTimeField("记录时间")

    class Meta:
        verbose_name = verbose_name_plural = "访谈记录"

    def __str__(self) -> str:
        return f"{self.held_on} {self.whom}"


class Questionnaire(models.Model):
    """满意度问卷: counts only, nobody's answer by name."""

    evaluation = models.ForeignKey(
        KeyEvaluation, models.CASCADE, related_name="questionnaires", verbose_name="重点评价"
    )
    audience = models.CharField("调查对象", max_length=80)
    row = models.ForeignKey(
        SchemeRow, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="用于指标"
    )
    issued = models.PositiveIntegerField("发放份数")
    returned = models.PositiveIntegerField("收回份数")
    valid = models.PositiveIntegerField("有效份数")
    questions = models.JSONField("问题和人数", default=list)  # [[text, [count of each option]]]
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="统计人")
    at = models.DateTimeField("统计时间")

    class Meta:
        verbose_name = verbose_name_plural = "满意度问卷"

    def __str__(self) -> str:
        return f"{self.audience}满意度问卷"


class Fault(models.Model):
    """评价发现: what the evaluation found wanting; told to the register of problems when it is confirmed."""

    evaluation = models.ForeignKey(
        KeyEvaluation, models.CASCADE, related_name="faults", verbose_name="重点评价"
    )
    kind = models.CharField("问题类别", max_length=20)  # of policy: problems.kinds
    title = models.CharField("问题名称", max_length=160)
    description = models.TextField("问题事实")
    amount = MoneyField("涉及金额（元）", null=True, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="填写人")

    class Meta:
        verbose_name = verbose_name_plural = "评价发现"

    def __str__(self) -> str:
        return self.title


class Ruling(models.Model):
    """评价审核意见: what a level of review decided, and why. Never changed."""

    evaluation = models.ForeignKey(
        KeyEvaluation, models.CASCADE, related_name="rulings", verbose_name="重点评价"
    )
    level = models.CharField("审核级次", max_length=8, choices=[("first", "初审"), ("second", "复核")])
    has_passed = models.BooleanField("是否通过")
    opinion = models.TextField("审核意见", blank=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="审核人")
    at = models.DateTimeField("审核时间")

    class Meta:
        verbose_name = verbose_name_plural = "评价审核意见"

    def __str__(self) -> str:
        return f"{self.get_level_display()}{'通过' if self.has_passed else '退回'}"


class UnitComment(models.Model):
    """单位反馈意见 on the draft result, and what the bureau made of it."""

    evaluation = models.ForeignKey(
        KeyEvaluation, models.CASCADE, related_name="comments", verbose_name="重点评价"
    )
    text = models.TextField("反馈意见")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="反馈人")
    at = models.DateTimeField("反馈时间")
    answer = models.TextField("处理情况", blank=True)
    answered_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="处理人"
    )
    answered_at = models.DateTimeField("处理时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "单位反馈意见"

    def __str__(self) -> str:
        return self.text[:40]


class Concern(models.Model):
    """关注事项: 信访 and the like about a project; counts in ranking the candidates."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="concerns", verbose_name="专项资金")
    kind = models.CharField("事项种类", max_length=20)  # of policy: fiscal.concern_kinds
    text = models.CharField("事项内容", max_length=300)
    received_on = models.DateField("收到日期")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="登记人")
    at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "关注事项"

    def __str__(self) -> str:
        return f"{self.kind}：{self.text[:40]}"
