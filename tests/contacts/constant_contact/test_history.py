"""What happened to a consent, in the order of time."""

import pytest

from contacts.constant_contact import history, wording
from contacts.constant_contact.consent import Permission, Status
from contacts.mail_records import Contact, LegacyContact, LegacyEmail

NEVER = "1969-12-31T19:00:00.000Z"


def legacy(status="ACTIVE", **email):
    return LegacyContact(
        "0016", status=status, emails=(LegacyEmail("a@b.org", status, **email),)
    )


def told(old=None, new=None):
    return [
        (step.kind, step.day, step.by, step.versions)
        for step in history.steps(old, new)
    ]


def test_steps_of_both_versions_stand_by_date_and_undated_ones_last():
    old = legacy(
        confirm_status="CONFIRMED",
        opt_in_source="ACTION_BY_VISITOR",
        opt_in_date="2019-03-02T09:30:00.000Z",
    )
    new = Contact(
        "c",
        permission_to_send="unsubscribed",
        opt_out_date="2021-05-01T00:00:00Z",
        opt_out_source="Contact",
        opt_out_reason="too many",
        deleted_at="2022-01-01",
    )

    assert told(old, new) == [
        ("opted in", "2019-03-02", "ACTION_BY_VISITOR", ("V2",)),
        ("opted out", "2021-05-01", "Contact", ("V3",)),
        ("deleted", "2022-01-01", "", ("V3",)),
        ("confirmed", "", "", ("V2",)),
    ]


def test_what_both_tell_alike_is_one_step():
    old = legacy(
        opt_in_source="ACTION_BY_VISITOR", opt_in_date="2019-03-02T09:30:00.000Z"
    )
    new = Contact("c", opt_in_source="Contact", opt_in_date="2019-03-02T09:30:00Z")

    assert told(old, new) == [
        ("opted in", "2019-03-02", "ACTION_BY_VISITOR", ("V2", "V3"))
    ]


def test_an_opt_out_that_became_the_accounts_is_told_twice():
    old = legacy(
        "OPTOUT", opt_out_source="ACTION_BY_VISITOR", opt_out_date="2020-01-01"
    )
    new = Contact(
        "c",
        permission_to_send="unsubscribed",
        opt_out_source="Account",
        opt_out_date="2020-01-01",
    )

    assert [(by, versions) for _, _, by, versions in told(old, new)] == [
        ("ACTION_BY_VISITOR", ("V2",)),
        ("Account", ("V3",)),
    ]


@pytest.mark.parametrize("never", [NEVER, ""])
def test_v2s_word_for_never_is_no_opt_out(never):
    assert told(legacy(opt_out_date=never)) == []


def test_somebody_who_came_back_opted_out_before():
    old = legacy(
        opt_in_date="2021-01-01T00:00:00.000Z", opt_out_date="2020-01-01T00:00:00.000Z"
    )

    assert [kind for kind, *_ in told(old)] == ["opted out", "opted in"]


def test_an_opt_out_without_a_date_is_told_all_the_same():
    assert told(legacy("OPTOUT"))[0][:2] == ("opted out", "")
    new = Contact("c", permission_to_send="unsubscribe")
    assert told(None, new)[0][:2] == ("opted out", "")


def test_removed_is_no_opt_out():
    old = legacy("REMOVED", opt_out_date="2020-01-01T00:00:00.000Z")

    assert told(old)[0][:2] == ("removed", "2020-01-01")
    assert told(legacy("REMOVED"))[0][:2] == ("removed", "")


def test_nobody_has_no_history():
    assert history.steps(None, None) == ()


class TestWords:
    @pytest.mark.parametrize("status", Status)
    def test_every_status_reads_as_a_word(self, status):
        assert wording.status(status) == wording.status(status.lower())
        assert wording.status(status).islower()
        assert "_" not in wording.status(status)

    @pytest.mark.parametrize("permission", Permission)
    def test_every_permission_reads_as_words(self, permission):
        assert "_" not in wording.permission(permission)
        assert wording.tone(permission) in {"sendable", "stopped"}

    @pytest.mark.parametrize("spelling", ["pending", "unsubscribe"])
    def test_the_guides_spellings_are_understood(self, spelling):
        assert wording.permission(spelling) != spelling

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("CONFIRMED", "confirmed"),
            ("NO_CONFIRMATION_REQUIRED", "off"),
        ],
    )
    def test_both_versions_read_alike(self, old, new):
        assert wording.confirmation(old) == wording.confirmation(new)

    @pytest.mark.parametrize(
        ("old", "new"),
        [("ACTION_BY_VISITOR", "Contact"), ("ACTION_BY_OWNER", "Account")],
    )
    def test_both_name_who_acted_alike(self, old, new):
        assert wording.actor(old) == wording.actor(new)

    def test_a_value_nobody_documents_stays_as_it_is(self):
        for say in (
            wording.status,
            wording.permission,
            wording.confirmation,
            wording.actor,
        ):
            assert say(" Odd_Value ") == "Odd_Value"
        assert wording.tone("odd") == "unknown"

    def test_nothing_supported_asks_for_a_person(self):
        assert "person must decide" in wording.supported(None)
        assert wording.supported(Permission.IMPLICIT) == "implicit"
