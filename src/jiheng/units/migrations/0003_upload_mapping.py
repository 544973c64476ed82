from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("units", "0002_log_append_only")]

    operations = [
        migrations.AddField(
            "upload", "mapping", models.TextField("取数映射", blank=True, default=""), preserve_default=False
        ),
    ]
