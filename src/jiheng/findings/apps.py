"""Corrections 纠偏 and the register of problems 问题, until they are closed."""

from django.apps import AppConfig


class FindingsConfig(AppConfig):
    name = "jiheng.findings"
    verbose_name = "问题与整改"
    default_auto_field = "django.db.models.BigAutoField"
