from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "jiheng.demo"
    verbose_name = "演示区"
