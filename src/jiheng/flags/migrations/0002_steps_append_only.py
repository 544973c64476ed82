from __future__ import annotations

from django.db import migrations

from jiheng.units.append_only import refuse_updates


class Migration(migrations.Migration):
    dependencies = [("flags", "0001_runs_and_hits")]

    operations = [refuse_updates("flags_hitstep")]
