from django.apps import AppConfig


class UnitsConfig(AppConfig):
    name = "jiheng.units"
    verbose_name = "单位与人员"
    default_auto_field = "django.db.models.BigAutoField"
