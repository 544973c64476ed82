"""What was said of a finding stays said: the database refuses an UPDATE."""

from django.db import migrations

from jiheng.units.append_only import refuse_updates


class Migration(migrations.Migration):
    dependencies = [("audits", "0001_first")]
    operations = [refuse_updates("audits_disposition")]
