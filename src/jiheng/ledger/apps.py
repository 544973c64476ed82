from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "jiheng.ledger"
    verbose_name = "支付台账"
    default_auto_field = "django.db.models.BigAutoField"
