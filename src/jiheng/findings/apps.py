from django.apps import AppConfig


class FindingsConfig(AppConfig):
    name = "jiheng.findings"
    verbose_name = "问题与纠偏"
    default_auto_field = "django.db.models.BigAutoField"
