from __future__ import annotations

from django.db import migrations

from jiheng.units.append_only import refuse_updates


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_first")]

    operations = [refuse_updates("ledger_entry")]
