from django.apps import AppConfig


class ResultsConfig(AppConfig):
    name = "jiheng.results"
    verbose_name = "结果应用"
    default_auto_field = "django.db.models.BigAutoField"
