from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import jiheng.units.money
from jiheng.units.append_only import refuse_updates_again

KINDS = [
    ("unit", "对不上单位"),
    ("project", "对不上项目"),
    ("voucher", "凭证重复"),
    ("year", "不在年度内"),
    ("cell", "内容有误"),
    ("refund", "退回大于支付"),
    ("over", "超预算"),
    ("negative", "余额为负"),
    ("unplanned", "无预算"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0003_entry_of_day"),
        ("units", "0003_upload_mapping"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "entry",
            "payee_key",
            models.CharField("收款人密文", max_length=32, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "entry",
            "payee_mask",
            models.CharField("收款账号（掩码）", max_length=12, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField("entry", "rows", models.PositiveIntegerField("笔数", default=1)),
        refuse_updates_again("ledger_entry"),
        migrations.CreateModel(
            name="MappingVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField("名称", max_length=80)),
                ("version", models.PositiveIntegerField("版本")),
                ("kind", models.CharField("种类", max_length=40)),
                ("text", models.TextField("映射内容")),
                ("is_retired", models.BooleanField("已停用", default=False)),
                ("at", models.DateTimeField("时间")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="制定人",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="units.region", verbose_name="区划"
                    ),
                ),
            ],
            options={
                "verbose_name": "取数映射",
                "verbose_name_plural": "取数映射",
                "ordering": ("title", "-version"),
            },
        ),
        migrations.CreateModel(
            name="Difference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField("类别", max_length=20, choices=KINDS)),
                ("row", models.PositiveIntegerField("行号", default=0)),
                ("code", models.CharField("代码", max_length=60, blank=True)),
                ("name", models.CharField("名称", max_length=160, blank=True)),
                ("amount", jiheng.units.money.MoneyField("金额（元）", null=True)),
                ("words", models.CharField("说明", max_length=400)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="units.batch", verbose_name="批次"
                    ),
                ),
            ],
            options={
                "verbose_name": "对账差异",
                "verbose_name_plural": "对账差异",
                "ordering": ("kind", "row", "pk"),
            },
        ),
        migrations.AddConstraint(
            "mappingversion",
            models.UniqueConstraint(fields=("region", "title", "version"), name="one_mapping_version"),
        ),
        migrations.AddIndex("difference", models.Index(fields=["batch", "kind"], name="difference_of_batch")),
    ]
