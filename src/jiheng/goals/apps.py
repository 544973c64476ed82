from django.apps import AppConfig


class GoalsConfig(AppConfig):
    name = "jiheng.goals"
    verbose_name = "绩效目标"
    default_auto_field = "django.db.models.BigAutoField"
