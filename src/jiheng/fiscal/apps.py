from django.apps import AppConfig


class FiscalConfig(AppConfig):
    name = "jiheng.fiscal"
    verbose_name = "重点评价"
    default_auto_field = "django.db.models.BigAutoField"
