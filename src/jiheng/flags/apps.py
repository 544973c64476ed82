from django.apps import AppConfig


class FlagsConfig(AppConfig):
    name = "jiheng.flags"
    verbose_name = "疑点核查"
    default_auto_field = "django.db.models.BigAutoField"
