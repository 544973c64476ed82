from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "jiheng.monitoring"
    verbose_name = "运行监控"
    default_auto_field = "django.db.models.BigAutoField"
