"""Settings and addresses of the peer: Django's admin over the same findings."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from audits.models import Finding


class FindingAdmin(admin.ModelAdmin):
    """The queue as an admin would have it: columns, filters, search, 50 rows a page."""

    list_display = (
        "severity",
        "contact_name",
        "student_name",
        "privilege",
        "rule",
        "recommendation",
        "state",
    )
    list_filter = ("severity", "rule", "state", "privilege_class")
    search_fields = ("contact_name", "student_name")
    list_per_page = 50
    ordering = ("severity", "pk")


site = admin.AdminSite()
site.register(Finding, FindingAdmin)
urlpatterns = [path("admin/", site.urls)]
