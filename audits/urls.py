"""The addresses of judgements: home, findings, downloads, events, rules."""

from django.urls import path

from audits.views import home

app_name = "audits"
urlpatterns = [
    path("", home.home, name="home"),
    path("sources/<slug:slug>/overview/", home.overview, name="overview"),
]
