from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "jiheng.evaluation"
    verbose_name = "绩效自评"
    default_auto_field = "django.db.models.BigAutoField"
