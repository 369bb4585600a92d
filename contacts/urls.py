"""The addresses of facts: sources, imports, jobs, snapshots, people."""

from django.urls import path

from contacts.views import (
    accounts,
    contacts,
    imports,
    jobs,
    mail_person,
    mailing_lists,
    slots,
    snapshots,
    sources,
    students,
)

app_name = "contacts"
urlpatterns = [
    path("sources/", sources.source_list, name="source-list"),
    path("sources/add/", sources.source_add, name="source-add"),
    path("sources/<slug:slug>/", sources.source_detail, name="source-detail"),
    path("sources/<slug:slug>/edit/", sources.source_edit, name="source-edit"),
    path("sources/<slug:slug>/account/", accounts.account_edit, name="account-edit"),
    path(
        "sources/<slug:slug>/account/connect/",
        accounts.account_connect,
        name="account-connect",
    ),
    path(
        "sources/<slug:slug>/account/disconnect/",
        accounts.account_disconnect,
        name="account-disconnect",
    ),
    path("connected/", accounts.account_connected, name="account-connected"),
    path("sources/<slug:slug>/contacts/", contacts.contact_list, name="contact-list"),
    path(
        "sources/<slug:slug>/contacts/search/",
        contacts.contact_search,
        name="contact-search",
    ),
    path(
        "sources/<slug:slug>/contacts/<int:pk>/",
        contacts.contact_detail,
        name="contact-detail",
    ),
    path(
        "sources/<slug:slug>/contacts/<int:pk>/check/",
        contacts.contact_check,
        name="contact-check",
    ),
    path(
        "sources/<slug:slug>/contacts/<int:pk>/evidence/",
        mail_person.contact_evidence,
        name="contact-evidence",
    ),
    path("sources/<slug:slug>/students/", students.student_list, name="student-list"),
    path(
        "sources/<slug:slug>/students/search/",
        students.student_search,
        name="student-search",
    ),
    path(
        "sources/<slug:slug>/students/<int:pk>/",
        students.student_detail,
        name="student-detail",
    ),
    path(
        "sources/<slug:slug>/lists/",
        mailing_lists.list_crosswalk,
        name="list-crosswalk",
    ),
    path("sources/<slug:slug>/custom-fields/", slots.slot_list, name="slot-list"),
    path("sources/<slug:slug>/custom-fields/save/", slots.slot_save, name="slot-save"),
    path("sources/<slug:slug>/import/", imports.import_start, name="import-start"),
    path("sources/<slug:slug>/jobs/", jobs.job_list, name="job-list"),
    path("sources/<slug:slug>/jobs/<int:pk>/", jobs.job_detail, name="job-detail"),
    path(
        "sources/<slug:slug>/jobs/<int:pk>/cancel/", jobs.job_cancel, name="job-cancel"
    ),
    path("sources/<slug:slug>/jobs/<int:pk>/retry/", jobs.job_retry, name="job-retry"),
    path(
        "sources/<slug:slug>/snapshots/", snapshots.snapshot_list, name="snapshot-list"
    ),
    path(
        "sources/<slug:slug>/snapshots/<int:pk>/",
        snapshots.snapshot_detail,
        name="snapshot-detail",
    ),
]
