"""What the library keeps: indicators, standards, their editions, and the goal lines that use them."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q

from jiheng.projects.models import Fund
from jiheng.sheets import Operator
from jiheng.units.models import Person, Region, Unit, Upload
from jiheng.units.money import HundredthsField, MillionthsField

OPERATORS = [(item.value, item.value) for item in Operator]


class Status(models.TextChoices):
    ACTIVE = "active", "在用"
    RETIRED = "retired", "停用"


class Indicator(models.Model):
    """标准指标: what a unit may take into its goal form. Its second level is the newer framework's
    (财预〔2021〕101号); `placing.place` says where it stands in the older. A typical value is what was seen
    at a place in a year, never a norm."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    code = models.CharField("指标编码", max_length=20)
    name = models.CharField("指标名称", max_length=200)
    folded = models.CharField("名称检索码", max_length=200)
    sector = models.CharField("行业领域", max_length=40)
    function_codes = models.CharField("适用功能分类", max_length=200, blank=True)  # prefixes, by blanks
    keywords = models.CharField("关键词", max_length=200, blank=True)
    level2 = models.CharField("二级指标", max_length=20)
    operator = models.CharField("计算符号", max_length=2, choices=OPERATORS)
    unit = models.CharField("计量单位", max_length=30, blank=True)
    accumulates = models.BooleanField("累计型", default=False)
    meaning = models.TextField("指标解释", blank=True)
    formula = models.TextField("计算公式", blank=True)
    value = MillionthsField("典型值", null=True, blank=True)
    typed = models.CharField("典型值原文", max_length=40, blank=True)
    value_words = models.CharField("典型值说明", max_length=200, blank=True)
    place = models.CharField("典型值地区", max_length=60, blank=True)
    year = models.PositiveSmallIntegerField("典型值年度", null=True, blank=True)
    source = models.CharField("来源", max_length=300, blank=True)
    is_verified = models.BooleanField("来源已核", default=False)
    # 数据质量卡
    card_source = models.TextField("完成值来源", blank=True)
    card_check = models.TextField("核验方法", blank=True)
    card_accuracy = models.TextField("精度要求", blank=True)
    card_limits = models.TextField("局限", blank=True)
    card_remedy = models.TextField("弥补办法", blank=True)
    status = models.CharField("状态", max_length=8, choices=Status, default=Status.ACTIVE)
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", verbose_name="替代指标"
    )
    edition = models.PositiveIntegerField("版本号", default=1)
    updated_at = models.DateTimeField("修改时间")

    class Meta:
        verbose_name = verbose_name_plural = "标准指标"
        ordering = ("code",)
        constraints = [
            models.UniqueConstraint(fields=["region", "code"], name="library_indicator_code"),
            models.CheckConstraint(
                name="only_a_retired_indicator_is_replaced",
                condition=Q(replaced_by=None) | Q(status="retired"),
            ),
        ]
        indexes = [models.Index(fields=["region", "folded"], name="library_indicator_name")]

    def __str__(self) -> str:
        return self.name


class Standard(models.Model):
    """支出标准. `operator` says how it binds: “≥” is a least investment (县道日常养护), which caps no cost;
    “≤” is a ceiling; “=” is paid as it stands."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    code = models.CharField("标准编码", max_length=20)
    name = models.CharField("标准名称", max_length=200)
    folded = models.CharField("名称检索码", max_length=200)
    sector = models.CharField("行业领域", max_length=40)
    function_codes = models.CharField("适用功能分类", max_length=200, blank=True)
    operator = models.CharField("约束方向", max_length=2, choices=OPERATORS)
    value = MillionthsField("标准值")
    typed = models.CharField("标准值原文", max_length=40, blank=True)
    unit = models.CharField("计量单位", max_length=30)
    scope = models.TextField("适用范围", blank=True)
    place = models.CharField("适用地区", max_length=60, blank=True)
    year = models.PositiveSmallIntegerField("标准年度", null=True, blank=True)
    document = models.CharField("依据文号", max_length=100, blank=True)
    source = models.CharField("来源", max_length=300, blank=True)
    is_verified = models.BooleanField("来源已核", default=False)
    status = models.CharField("状态", max_length=8, choices=Status, default=Status.ACTIVE)
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", verbose_name="替代标准"
    )
    edition = models.PositiveIntegerField("版本号", default=1)
    updated_at = models.DateTimeField("修改时间")

    class Meta:
        verbose_name = verbose_name_plural = "支出标准"
        ordering = ("code",)
        constraints = [models.UniqueConstraint(fields=["region", "code"], name="library_standard_code")]

    def __str__(self) -> str:
        return self.name


class Level(models.TextChoices):
    NATIONAL = "national", "中央"
    PROVINCE = "province", "省"
    CITY = "city", "市"
    COUNTY = "county", "县区"


class Regulation(models.Model):
    """制度文件: what the region works by, from when until when; policy values name it by its number."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    number = models.CharField("文号", max_length=100, blank=True)
    title = models.CharField("名称", max_length=200)
    issuer = models.CharField("发文机关", max_length=100)
    level = models.CharField("层级", max_length=8, choices=Level)
    topic = models.CharField("环节", max_length=20)  # of `regulations.TOPICS`
    since = models.DateField("施行日期", null=True, blank=True)
    until = models.DateField("止期", null=True, blank=True)  # its last day
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", verbose_name="替代文件"
    )
    note = models.TextField("说明", blank=True)
    source = models.CharField("来源", max_length=300, blank=True)
    is_verified = models.BooleanField("已对照原文核实", default=False)
    upload = models.ForeignKey(
        Upload, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="文件"
    )
    updated_at = models.DateTimeField("修改时间")
    edition = models.PositiveIntegerField("版本号", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "制度文件"
        ordering = ("level", "-since", "number")
        constraints = [
            models.UniqueConstraint(
                fields=["region", "number"], condition=~Q(number=""), name="regulation_number"
            ),
            models.CheckConstraint(
                name="regulation_in_order",
                condition=Q(since=None) | Q(until=None) | Q(since__lte=models.F("until")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.number}）" if self.number else self.title

    def holds_on(self, day: date) -> bool:
        """Whether it is in force; one whose first day is not known is, until it ends."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Edition(models.Model):
    """库版本: how an indicator or a standard read after each change; append-only. Its number grows with every
    change of the library, by which a search index knows that it is behind."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, null=True, blank=True, related_name="editions", verbose_name="标准指标"
    )
    standard = models.ForeignKey(
        Standard, models.PROTECT, null=True, blank=True, related_name="editions", verbose_name="支出标准"
    )
    number = models.PositiveIntegerField("版本号")
    cause = models.CharField("事由", max_length=10)
    content = models.JSONField("内容", default=dict)  # field → text, in the Chinese names of the fields
    reason = models.TextField("说明", blank=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, verbose_name="人员")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "库版本"
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["indicator", "number"], name="one_edition_of_an_indicator"),
            models.UniqueConstraint(fields=["standard", "number"], name="one_edition_of_a_standard"),
            models.CheckConstraint(
                name="an_edition_is_of_one_thing",
                condition=Q(indicator=None, standard__isnull=False)
                | Q(indicator__isnull=False, standard=None),
            ),
        ]

    def __str__(self) -> str:
        return f"第{self.number}版"


class Use(models.Model):
    """指标使用: one line of one goal form, as the form's own verbs tell it; evaluation adds what came of it.
    `subject` is "f12" for a fund, "u7" for a unit as a whole: with year and key it names the line."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    subject = models.CharField("对象", max_length=24)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name="单位")
    fund = models.ForeignKey(Fund, models.PROTECT, null=True, blank=True, verbose_name="专项资金")
    function_code = models.CharField("支出功能分类", max_length=7, blank=True)
    key = models.CharField("指标行", max_length=40)
    indicator = models.ForeignKey(
        Indicator, models.SET_NULL, null=True, blank=True, related_name="uses", verbose_name="标准指标"
    )
    name = models.CharField("三级指标", max_length=200)
    folded = models.CharField("名称检索码", max_length=200)
    level2 = models.CharField("二级指标", max_length=20, blank=True)
    operator = models.CharField("计算符号", max_length=2, choices=OPERATORS)
    measure = models.CharField("计量单位", max_length=30, blank=True)
    target = MillionthsField("指标值", null=True, blank=True)  # null: qualitative, not given, out of range
    target_words = models.CharField("指标值（文字）", max_length=200, blank=True)
    weight = HundredthsField("分值", null=True, blank=True)
    is_approved = models.BooleanField("已批复", default=False)
    actual = MillionthsField("完成值", null=True, blank=True)
    actual_words = models.CharField("完成值（文字）", max_length=200, blank=True)
    score = HundredthsField("得分", null=True, blank=True)
    is_full = models.BooleanField("是否满分", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "指标使用"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "fiscal_year", "subject", "key"], name="one_use_of_a_line"
            )
        ]
        indexes = [
            models.Index(fields=["indicator", "fiscal_year"], name="library_use_of_indicator"),
            models.Index(fields=["region", "folded", "fiscal_year"], name="library_use_by_name"),
            models.Index(fields=["region", "function_code", "fiscal_year"], name="library_use_by_class"),
        ]

    def __str__(self) -> str:
        return f"{self.fiscal_year} {self.name}"
