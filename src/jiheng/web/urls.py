"""Every address of Jiheng, by room."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
