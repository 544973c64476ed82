"""What an indicator or a standard once said stays said: the database refuses an UPDATE."""

from django.db import migrations

from jiheng.units.append_only import refuse_updates


class Migration(migrations.Migration):
    dependencies = [("library", "0001_first")]
    operations = [refuse_updates("library_edition")]
