"""The peer of serving.py: Django's own cost of one logged-in page, with the same session and person."""

from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from jiheng.config.settings import *  # noqa: F403

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "_minimal"


def page(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    return HttpResponse(f"<!doctype html><title>{request.user}</title>")


urlpatterns = [path("", page)]
application = get_wsgi_application()  # last: this module is the settings as well
