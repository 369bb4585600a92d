"""Where every address leads."""

from django.urls import include, path

from config import health, theme

urlpatterns = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("theme/", theme.choose, name="theme"),
    path("accounts/", include("allauth.urls")),
    path("", include("contacts.urls")),
    path("", include("audits.urls")),
]
