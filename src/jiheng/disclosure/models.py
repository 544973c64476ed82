"""决算公开说明 as stored: the words people add, the file that was checked, and every publication, frozen.

Figures are never stored here before publication: they are read from the accounts and the year's results each
time. A `Publication` never changes but for its withdrawal.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from jiheng.audits.models import AuditedDocument, Submission
from jiheng.units.models import Job, Person, Region, Unit, Upload


class DisclosureState(models.TextChoices):
    PREPARED = "prepared", "编制中"
    CHECKED = "checked", "已审核"
    PUBLISHED = "published", "已公开"
    WITHDRAWN = "withdrawn", "已撤回"


class Disclosure(models.Model):
    """The explanations of the region (without unit), or of a unit, for one fiscal year."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, verbose_name="单位")
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    state = models.CharField("状态", max_length=10, choices=DisclosureState, default=DisclosureState.PREPARED)
    # {three_public/reception: words}: reasons written here stand before those of the account's row
    reasons: models.JSONField[Any, Any] = models.JSONField("增减原因", default=dict)
    # `words.Words` as JSON: what people write (制度建设, 问题, 举措), and 附件1 where no room has it
    words: models.JSONField[Any, Any] = models.JSONField("人写的文字", default=dict)
    asked = models.PositiveSmallIntegerField("待写原因数", default=0)
    lacking = models.PositiveSmallIntegerField("缺少内容数", default=0)
    # the checked file, what it was made from (`basis`), and the list of sources that goes beside it
    document = models.ForeignKey(
        AuditedDocument, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核文件"
    )
    pdf = models.ForeignKey(
        Upload, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="PDF文件"
    )
    basis = models.CharField("内容指纹", max_length=64, blank=True)
    sources = models.TextField("数字来源清单", blank=True)
    told = models.TextField("生成说明", blank=True)  # why there is no PDF
    job = models.ForeignKey(
        Job, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="生成任务"
    )
    revision = models.PositiveIntegerField("修订号", default=1)
    updated_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="修改人")
    updated_at = models.DateTimeField("修改时间")

    class Meta:
        verbose_name = verbose_name_plural = "决算公开说明"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "fiscal_year"],
                condition=Q(unit__isnull=True),
                name="one_disclosure_of_a_region",
            ),
            models.UniqueConstraint(
                fields=["unit", "fiscal_year"],
                condition=Q(unit__isnull=False),
                name="one_disclosure_of_a_unit",
            ),
        ]
        indexes = [models.Index(fields=["region", "fiscal_year", "state"], name="disclosure_state")]

    def __str__(self) -> str:
        return f"{self.whose}{self.fiscal_year}年度决算公开说明"

    @property
    def whose(self) -> str:
        """The unit's name, or the region's."""
        return self.unit.name if self.unit is not None else self.region.name


class Publication(models.Model):
    """One publication: the record, the files and the policy of the day, frozen."""

    disclosure = models.ForeignKey(
        Disclosure, models.PROTECT, related_name="publications", verbose_name="决算公开说明"
    )
    number = models.PositiveSmallIntegerField("公开次数")
    title = models.CharField("标题", max_length=200)
    record = models.TextField("公开内容")  # `record.to_json`
    sources = models.TextField("数字来源清单")
    word = models.ForeignKey(Upload, models.PROTECT, related_name="+", verbose_name="Word文件")
    pdf = models.ForeignKey(
        Upload, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="PDF文件"
    )
    sha256 = models.CharField("sha256", max_length=64)
    policy_date = models.DateField("政策日期")
    policy_version = models.CharField("政策版本", max_length=64)
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="+", verbose_name="送公开记录")
    published_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="公开人")
    published_at = models.DateTimeField("公开时间")
    withdrawn_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤回人"
    )
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdraw_reason = models.TextField("撤回理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "公开版本"
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["disclosure", "number"], name="publication_number"),
            models.UniqueConstraint(
                fields=["disclosure"], condition=Q(withdrawn_at__isnull=True), name="one_live_publication"
            ),
            models.CheckConstraint(
                name="withdrawn_with_a_reason",
                condition=Q(withdrawn_at__isnull=True)
                | (Q(withdrawn_by__isnull=False) & ~Q(withdraw_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（第{self.number}次公开）"
