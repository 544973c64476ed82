"""Every page belongs to web; nothing else is served."""

from django.urls import include, path

urlpatterns = [path("", include("jiheng.web.urls"))]
