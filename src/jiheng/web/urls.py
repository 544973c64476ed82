"""Every address of Jiheng, by room: each view module ends in its own `urlpatterns`."""

from django.urls import URLPattern

from jiheng.web import account, calendar, home

urlpatterns: list[URLPattern] = [
    *home.urlpatterns,
    *account.urlpatterns,
    *calendar.urlpatterns,
]
