from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    name = "jiheng.disclosure"
    verbose_name = "决算公开"
    default_auto_field = "django.db.models.BigAutoField"
