from django.apps import AppConfig


class AuditsConfig(AppConfig):
    name = "jiheng.audits"
    verbose_name = "文件审核"
    default_auto_field = "django.db.models.BigAutoField"
