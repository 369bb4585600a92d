import pytest

from contacts.clever import endpoints

PUBLISHED = [
    ("/contacts", "/users?role=contact"),
    ("/contacts/{id}", "/users/{id}"),
    ("/contacts/{id}/students", "/users/{id}/mystudents"),
    ("/contacts/{id}/district", "/users/{id}/district"),
    ("/students/{id}/contacts", "/users/{id}/mycontacts"),
]


def test_replacements_are_those_that_clever_published():
    told = [
        (row.legacy, row.current + (f"?role={row.role}" if row.role else ""))
        for row in endpoints.REPLACEMENTS
    ]

    assert told == PUBLISHED
    assert all(row.purpose for row in endpoints.REPLACEMENTS)


def test_paths_carry_the_version_and_the_id():
    assert endpoints.CONTACT.path("5f1") == "/v3.0/users/5f1"
    assert endpoints.CONTACT.legacy_path("4e1") == "/v2.1/contacts/4e1"
    assert endpoints.STUDENT_CONTACTS.legacy_path("s") == "/v2.1/students/s/contacts"


@pytest.mark.parametrize("external_id", ["a/b", "a?b", "a#b", "a b", "é"])
def test_paths_quote_an_id(external_id):
    path = endpoints.CONTACT_STUDENTS.path(external_id)

    assert path.count("/") == 4
    assert not set(path) & set("?# é")


@pytest.mark.parametrize(
    ("kind", "first_page"),
    [
        ("contacts", "/v3.0/users?role=contact&limit=1000"),
        ("students", "/v3.0/users?role=student&limit=1000"),
        ("legacy_contacts", "/v2.1/contacts?limit=1000"),
    ],
)
def test_first_page_asks_for_a_list(kind, first_page):
    assert endpoints.COLLECTIONS[kind].first_page(limit=1000) == first_page


def test_first_page_goes_on_after_an_id():
    link = endpoints.COLLECTIONS["contacts"].first_page(limit=5, after="5f1")

    assert link == "/v3.0/users?role=contact&limit=5&starting_after=5f1"
