from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "jiheng.reviews"
    verbose_name = "四评"
    default_auto_field = "django.db.models.BigAutoField"
