from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "jiheng.library"
    verbose_name = "指标库与标准库"
    default_auto_field = "django.db.models.BigAutoField"
