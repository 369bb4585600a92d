"""The groups that people are given, made by a migration."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission

from tests import factories

pytestmark = pytest.mark.django_db

roles = import_module("audits.migrations.0002_roles")

MAY = {
    "viewer": set(),
    "reviewer": {"audits.decide", "audits.export"},
    "approver": {"audits.decide", "audits.confirm", "audits.export"},
    "auditor": {"audits.export", "audits.view_event"},
    "operator": {
        "audits.export",
        "contacts.import_data",
        "contacts.scan_source",
        "contacts.add_source",
        "contacts.change_source",
    },
}


@pytest.mark.parametrize("role", MAY)
def test_a_role_may_what_it_is_for_and_no_more(role):
    person = factories.UserFactory(roles=[role])

    given = {
        name
        for name in person.get_all_permissions()
        if not name.split(".")[1].startswith("view_") or name == "audits.view_event"
    }

    assert given == MAY[role]
    assert person.has_perms(["contacts.view_source", "audits.view_finding"])


def test_no_permission_stands_twice_or_under_another_name():
    names = Permission.objects.filter(codename__in=roles.NAMES).values_list(
        "codename", "name"
    )

    assert dict(names) == roles.NAMES
    assert len(names) == len(roles.NAMES)


def test_the_migration_can_be_taken_back_and_run_again():
    roles.remove_roles(apps, None)
    gone = Group.objects.filter(name__in=MAY).count()

    roles.add_roles(apps, None)
    roles.add_roles(apps, None)

    assert gone == 0
    assert Group.objects.filter(name__in=MAY).count() == len(MAY)
