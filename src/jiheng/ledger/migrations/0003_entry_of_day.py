from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_entry_append_only")]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                fields=["region", "fiscal_year", "dated", "batch", "amount"], name="entry_of_day"
            ),
        ),
    ]
