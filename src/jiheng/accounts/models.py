"""The tables of the accounts as stored: the table as JSON, its state, and the versions that were kept."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from jiheng.sheets import AccountTable, account_from_json
from jiheng.units.models import Person, Region, Unit


class StatementState(models.TextChoices):
    DRAFT = "draft", "编制中"
    CHECKED = "checked", "已核对"
    CLOSED = "closed", "已定稿"


class Statement(models.Model):
    """One table of the region (without unit) or of a unit, for one fiscal year."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, verbose_name="单位")
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    kind = models.CharField("表种", max_length=40)  # a key of `kinds.kinds()`
    table = models.JSONField("表内容")
    state = models.CharField("状态", max_length=10, choices=StatementState, default=StatementState.DRAFT)
    revision = models.PositiveIntegerField("修订次数", default=1)
    errors = models.PositiveIntegerField("错误数", default=0)
    warnings = models.PositiveIntegerField("警告数", default=0)
    updated_by = models.ForeignKey(Person, models.PROTECT, null=True, verbose_name="修改人")
    updated_at = models.DateTimeField("修改时间")

    class Meta:
        verbose_name = verbose_name_plural = "决算账表"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "fiscal_year", "kind"],
                condition=Q(unit__isnull=True),
                name="one_statement_of_a_region",
            ),
            models.UniqueConstraint(
                fields=["unit", "fiscal_year", "kind"],
                condition=Q(unit__isnull=False),
                name="one_statement_of_a_unit",
            ),
        ]
        indexes = [models.Index(fields=["region", "fiscal_year", "kind"], name="statement_of_year")]

    def __str__(self) -> str:
        whose = self.unit.name if self.unit is not None else self.region.name
        return f"{whose}{self.fiscal_year}年度{self.table.get('title', self.kind)}"

    def as_table(self) -> AccountTable:
        """The record of the table."""
        return account_from_json(self.table)


class StatementVersion(models.Model):
    """A table as it stood when somebody kept it. Never changed."""

    statement = models.ForeignKey(Statement, models.CASCADE, related_name="versions", verbose_name="决算账表")
    number = models.PositiveIntegerField("版本号")
    cause = models.CharField("缘由", max_length=20)  # 导入前, 台账汇总前, 核对, 定稿, 重新编制
    table = models.JSONField("表内容")
    state = models.CharField("状态", max_length=10, choices=StatementState)
    note = models.TextField("说明", blank=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, verbose_name="保存人")
    at = models.DateTimeField("保存时间")

    class Meta:
        verbose_name = verbose_name_plural = "账表版本"
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["statement", "number"], name="statement_version_number")
        ]

    def __str__(self) -> str:
        return f"{self.statement}第{self.number}版"

    def as_table(self) -> AccountTable:
        """The record of the table."""
        return account_from_json(self.table)
