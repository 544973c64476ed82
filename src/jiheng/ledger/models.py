"""The payment ledger: entries are appended, never changed; a correction is a new entry."""

from __future__ import annotations

from django.db import models

from jiheng.projects.models import Fund, FundType, Project
from jiheng.units.models import Batch, Person, Region, Unit
from jiheng.units.money import MoneyField


class EntryKind(models.TextChoices):
    PAYMENT = "payment", "支付"
    ALLOCATION = "allocation", "实拨"
    UNIT_FUND = "unit_fund", "单位资金支付"
    REFUND = "refund", "退回"  # amount is negative
    CORRECTION = "correction", "更正冲回"  # takes back the entry it corrects


class DifferenceKind(models.TextChoices):
    UNIT = "unit", "对不上单位"
    PROJECT = "project", "对不上项目"
    VOUCHER = "voucher", "凭证重复"
    YEAR = "year", "不在年度内"
    CELL = "cell", "内容有误"
    REFUND = "refund", "退回大于支付"
    OVER = "over", "超预算"
    NEGATIVE = "negative", "余额为负"
    UNPLANNED = "unplanned", "无预算"


class Entry(models.Model):
    """One movement of money as the payment system told it; or, where a pull's rows live as Parquet
    (`stacks`), what those of one day, project and kind add up to (`rows` of them)."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    fiscal_year = models.PositiveSmallIntegerField("预算年度")
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name="单位")
    fund = models.ForeignKey(Fund, models.PROTECT, null=True, verbose_name="专项资金")
    project = models.ForeignKey(Project, models.PROTECT, null=True, verbose_name="项目")
    kind = models.CharField("种类", max_length=12, choices=EntryKind)
    dated = models.DateField("支付日期")
    amount = MoneyField("金额（元）")
    fund_type = models.CharField("资金性质", max_length=4, choices=FundType, default=FundType.GENERAL)
    function_code = models.CharField("支出功能分类", max_length=7, blank=True)
    economic_code = models.CharField("部门经济分类", max_length=5, blank=True)
    voucher = models.CharField("支付凭证号", max_length=60)
    payee = models.CharField("收款人", max_length=120, blank=True)
    # a keyed hash, so that the same account or person is known again, and what may be shown of it
    payee_key = models.CharField("收款人密文", max_length=32, blank=True)
    payee_mask = models.CharField("收款账号（掩码）", max_length=12, blank=True)
    summary = models.CharField("摘要", max_length=240, blank=True)
    rows = models.PositiveIntegerField("笔数", default=1)
    batch = models.ForeignKey(Batch, models.PROTECT, verbose_name="批次")
    row = models.PositiveIntegerField("行号")
    row_hash = models.CharField("行指纹", max_length=64)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, verbose_name="更正的分录")

    class Meta:
        verbose_name = verbose_name_plural = "支付分录"
        indexes = [
            models.Index(fields=["region", "fiscal_year", "fund", "dated"], name="entry_of_fund"),
            models.Index(fields=["region", "fiscal_year", "unit", "dated"], name="entry_of_unit"),
            models.Index(fields=["region", "fiscal_year", "voucher"], name="entry_voucher"),
            # the year's newest, and its count and sum without touching the rows
            models.Index(fields=["region", "fiscal_year", "dated", "batch", "amount"], name="entry_of_day"),
        ]

    def __str__(self) -> str:
        return f"{self.dated} {self.voucher} {self.amount}"


class MappingVersion(models.Model):
    """取数映射 of a region: how one upstream table reads. A change is a new version; none is ever altered."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    title = models.CharField("名称", max_length=80)
    version = models.PositiveIntegerField("版本")
    kind = models.CharField("种类", max_length=40)
    text = models.TextField("映射内容")
    is_retired = models.BooleanField("已停用", default=False)  # a version that says: no longer offered
    person = models.ForeignKey(Person, models.PROTECT, verbose_name="制定人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "取数映射"
        ordering = ("title", "-version")
        constraints = [
            models.UniqueConstraint(fields=["region", "title", "version"], name="one_mapping_version")
        ]

    def __str__(self) -> str:
        return f"{self.title}（第 {self.version} 版）"


class Difference(models.Model):
    """What a pull could not settle by itself, one line each: found after staging, and after publishing."""

    batch = models.ForeignKey(Batch, models.CASCADE, verbose_name="批次")
    kind = models.CharField("类别", max_length=20, choices=DifferenceKind)
    row = models.PositiveIntegerField("行号", default=0)  # 0: of no single row
    code = models.CharField("代码", max_length=60, blank=True)
    name = models.CharField("名称", max_length=160, blank=True)
    amount = MoneyField("金额（元）", null=True)
    words = models.CharField("说明", max_length=400)

    class Meta:
        verbose_name = verbose_name_plural = "对账差异"
        ordering = ("kind", "row", "pk")
        indexes = [models.Index(fields=["batch", "kind"], name="difference_of_batch")]

    def __str__(self) -> str:
        return self.words


class RegistryRow(models.Model):
    """One version of a row of a registry 登记簿 (`rules.redflags.REGISTRIES`): of each key the latest counts.
    What changes comes as a new version; none is ever altered."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    registry = models.CharField("登记簿", max_length=24)
    key = models.CharField("登记编号", max_length=200)
    version = models.PositiveIntegerField("版本")
    values = models.JSONField("登记内容")
    is_void = models.BooleanField("已作废", default=False)
    row_hash = models.CharField("行指纹", max_length=64)
    batch = models.ForeignKey(Batch, models.PROTECT, verbose_name="批次")
    row = models.PositiveIntegerField("行号")

    class Meta:
        verbose_name = verbose_name_plural = "登记簿条目"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "registry", "key", "version"], name="one_registry_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.registry} {self.key}"
