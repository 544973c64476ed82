from django.db import migrations, models

import jiheng.units.money


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0001_first"),
    ]

    operations = [
        migrations.AddField(
            model_name="reading",
            name="goal_progress",
            field=jiheng.units.money.HundredthsField(null=True, verbose_name="目标实现程度（%）"),
        ),
        migrations.AddField(
            model_name="reading",
            name="must_correct",
            field=models.BooleanField(default=False, verbose_name="须纠偏"),
        ),
    ]
