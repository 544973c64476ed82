from __future__ import annotations

from django.db import migrations

from jiheng.units.append_only import refuse_updates


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_registry_rows")]

    operations = [refuse_updates("ledger_registryrow")]
