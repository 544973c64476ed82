from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "jiheng.projects"
    verbose_name = "项目与预算"
    default_auto_field = "django.db.models.BigAutoField"
