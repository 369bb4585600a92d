"""A V3 contact as imported beside the same as told now."""

import pytest

from contacts.constant_contact import rereading
from contacts.mail_records import Contact, Phone

STORED = Contact(
    "c",
    address="ana@example.org",
    permission_to_send="explicit",
    phones=(Phone("home", "1"),),
    lists=("a", "b"),
)


def marks(**told):
    facts = {name: getattr(STORED, name) for name in STORED.__struct_fields__}
    fields = rereading.stored_with_told(STORED, Contact(**{**facts, **told}))
    return {one.name: one.mark for one in fields}


def test_the_same_contact_differs_in_nothing():
    assert set(marks().values()) == {"same", "empty"}


def test_the_order_of_lists_says_nothing():
    assert marks(lists=("b", "a"))["Lists"] == "same"


@pytest.mark.parametrize(
    ("told", "name", "mark"),
    [
        ({"permission_to_send": "unsubscribed"}, "Permission to send", "differs"),
        ({"address": "ANA@example.org"}, "E-mail", "written"),
        ({"deleted_at": "2024-01-01"}, "Deleted", "only_new"),
        ({"phones": ()}, "Telephones", "only_old"),
        ({"phones": (Phone("work", "1"),)}, "Telephones", "differs"),
        ({"lists": ("a",)}, "Lists", "differs"),
    ],
)
def test_what_changed_is_marked(told, name, mark):
    assert marks(**told)[name] == mark
