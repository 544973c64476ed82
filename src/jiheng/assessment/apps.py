from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    name = "jiheng.assessment"
    verbose_name = "事前绩效评估"
    default_auto_field = "django.db.models.BigAutoField"
