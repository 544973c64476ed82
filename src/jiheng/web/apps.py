from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "jiheng.web"
    verbose_name = "页面"
