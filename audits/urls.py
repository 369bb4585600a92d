"""The addresses of judgements: home, findings, downloads, events, rules."""

from django.urls import path, register_converter

from audits import converters
from audits.views import (
    assigning,
    batches,
    downloads,
    events,
    findings,
    holds,
    home,
    losses,
    panels,
    rules,
    seconding,
    situations,
    writes,
)

register_converter(converters.DottedName, "dotted")

app_name = "audits"
urlpatterns = [
    path("", home.home, name="home"),
    path("sources/<slug:slug>/overview/", home.source_overview, name="overview"),
    path("sources/<slug:slug>/findings/", findings.finding_list, name="finding-list"),
    path(
        "sources/<slug:slug>/findings/search/",
        findings.finding_search,
        name="finding-search",
    ),
    path(
        "sources/<slug:slug>/findings/<int:pk>/",
        findings.finding_detail,
        name="finding-detail",
    ),
    path(
        "sources/<slug:slug>/findings/<int:pk>/decide/",
        findings.finding_decide,
        name="finding-decide",
    ),
    path(
        "sources/<slug:slug>/findings/<int:pk>/withdraw/",
        findings.finding_withdraw,
        name="finding-withdraw",
    ),
    path("sources/<slug:slug>/second-look/", seconding.second_look, name="second-look"),
    path(
        "sources/<slug:slug>/findings/<int:pk>/confirm/",
        seconding.finding_confirm,
        name="finding-confirm",
    ),
    path(
        "sources/<slug:slug>/findings/<int:pk>/assign/",
        assigning.finding_assign,
        name="finding-assign",
    ),
    path(
        "sources/<slug:slug>/findings/<int:pk>/return/",
        seconding.finding_return,
        name="finding-return",
    ),
    path(
        "sources/<slug:slug>/contacts/<int:pk>/findings/",
        panels.contact_findings,
        name="contact-findings",
    ),
    path(
        "sources/<slug:slug>/contacts/<int:pk>/matrix/",
        panels.contact_matrix,
        name="contact-matrix",
    ),
    path(
        "sources/<slug:slug>/contacts/<int:pk>/timeline/",
        panels.contact_timeline,
        name="contact-timeline",
    ),
    path(
        "sources/<slug:slug>/students/<int:pk>/matrix/",
        panels.student_matrix,
        name="student-matrix",
    ),
    path(
        "sources/<slug:slug>/situations/",
        situations.situation_list,
        name="situation-list",
    ),
    path("sources/<slug:slug>/batches/", batches.batch_list, name="batch-list"),
    path("sources/<slug:slug>/batches/new/", batches.batch_new, name="batch-new"),
    path("sources/<slug:slug>/batches/start/", batches.batch_start, name="batch-start"),
    path(
        "sources/<slug:slug>/batches/<int:pk>/",
        batches.batch_detail,
        name="batch-detail",
    ),
    path(
        "sources/<slug:slug>/batches/<int:pk>/confirm/",
        seconding.batch_confirm,
        name="batch-confirm",
    ),
    path(
        "sources/<slug:slug>/batches/<int:pk>/return/",
        seconding.batch_return,
        name="batch-return",
    ),
    path(
        "sources/<slug:slug>/batches/<int:pk>/undo/",
        batches.batch_undo,
        name="batch-undo",
    ),
    path("sources/<slug:slug>/holds/", holds.hold_list, name="hold-list"),
    path("sources/<slug:slug>/losses/", losses.loss_list, name="loss-list"),
    path(
        "sources/<slug:slug>/losses/<int:pk>/decide/",
        losses.loss_decide_one,
        name="loss-decide-one",
    ),
    path(
        "sources/<slug:slug>/losses/decisions/<int:pk>/withdraw/",
        losses.placing_withdraw,
        name="placing-withdraw",
    ),
    path(
        "sources/<slug:slug>/losses/<slug:rule>/<dotted:field>/",
        losses.loss_kind,
        name="loss-kind",
    ),
    path(
        "sources/<slug:slug>/losses/<slug:rule>/<dotted:field>/decide/",
        losses.loss_decide,
        name="loss-decide",
    ),
    path(
        "sources/<slug:slug>/contacts/<int:pk>/losses/",
        losses.contact_losses,
        name="contact-losses",
    ),
    path("sources/<slug:slug>/writes/", writes.write_list, name="write-list"),
    path(
        "sources/<slug:slug>/writes/prepare/",
        writes.write_prepare,
        name="write-prepare",
    ),
    path(
        "sources/<slug:slug>/writes/<int:pk>/", writes.write_detail, name="write-detail"
    ),
    path(
        "sources/<slug:slug>/writes/<int:pk>/ask/", writes.write_ask, name="write-ask"
    ),
    path(
        "sources/<slug:slug>/writes/<int:pk>/confirm/",
        writes.write_confirm,
        name="write-confirm",
    ),
    path(
        "sources/<slug:slug>/writes/<int:pk>/send/",
        writes.write_send,
        name="write-send",
    ),
    path(
        "sources/<slug:slug>/writes/<int:pk>/withdraw/",
        writes.write_withdraw,
        name="write-withdraw",
    ),
    path("sources/<slug:slug>/scan/", home.scan_start, name="scan-start"),
    path(
        "sources/<slug:slug>/downloads/", downloads.download_list, name="download-list"
    ),
    path(
        "sources/<slug:slug>/downloads/<str:file>",
        downloads.download,
        name="download",
    ),
    path("sources/<slug:slug>/events/", events.event_list, name="event-list"),
    path("rules/", rules.rule_list, name="rule-list"),
    path("sources/<slug:slug>/rules/", rules.rule_list, name="rule-list"),
]
