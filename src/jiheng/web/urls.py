"""Every address of Jiheng, by room: each view module ends in its own `urlpatterns`."""

from django.urls import URLPattern

from jiheng.web import account, calendar, coverage, home, log, people, policy, questions, start

urlpatterns: list[URLPattern] = [
    *home.urlpatterns,
    *account.urlpatterns,
    *start.urlpatterns,
    *coverage.urlpatterns,
    *questions.urlpatterns,
    *calendar.urlpatterns,
    *policy.urlpatterns,
    *log.urlpatterns,
    *people.urlpatterns,
]
