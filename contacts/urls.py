"""The addresses of facts: sources, imports, jobs, snapshots, people."""

from django.urls import path

from contacts.views import sources

app_name = "contacts"
urlpatterns = [
    path("sources/", sources.source_list, name="source-list"),
    path("sources/add/", sources.source_add, name="source-add"),
    path("sources/<slug:slug>/", sources.source_detail, name="source-detail"),
    path("sources/<slug:slug>/edit/", sources.source_edit, name="source-edit"),
]
