"""The payment ledger: entries are appended, never changed; a correction is a new entry."""

from __future__ import annotations

from django.db import models

from jiheng.projects.models import Fund, FundType, Project
from jiheng.units.models import Batch, Region, Unit
from jiheng.units.money import MoneyField


class EntryKind(models.TextChoices):
    PAYMENT = "payment", "支付"
    ALLOCATION = "allocation", "实拨"
    UNIT_FUND = "unit_fund", "单位资金支付"
    REFUND = "refund", "退回"  # amount is negative
    CORRECTION = "correction", "更正冲回"  # takes back the entry it corrects


class Entry(models.Model):
    """One movement of money as the payment system told it."""

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
    summary = models.CharField("摘要", max_length=240, blank=True)
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
