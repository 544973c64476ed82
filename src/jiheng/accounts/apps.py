from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "jiheng.accounts"
    verbose_name = "决算账表"
    default_auto_field = "django.db.models.BigAutoField"
