from django.apps import AppConfig


class PanelsConfig(AppConfig):
    name = "jiheng.panels"
    verbose_name = "评审"
    default_auto_field = "django.db.models.BigAutoField"
