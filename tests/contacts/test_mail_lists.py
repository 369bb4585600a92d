"""Which V2 list is which V3 list."""

import pytest

from contacts import mail_lists
from contacts.mail_lists import LegacyTold, Told
from contacts.models import Snapshot
from tests.factories import (
    LegacyListFactory,
    LegacyMembershipFactory,
    ListXrefFactory,
    MailingListFactory,
    MailSourceFactory,
    MembershipFactory,
    SnapshotFactory,
)

ONE, TWO = "11111111-aaaa-4000-8000-000000000001", "11111111-aaaa-4000-8000-00000000002"


def only(*, legacy=None, answers=None, current=None, is_whole=True):
    told = Told(
        legacy={"0016": legacy or LegacyTold("News")},
        answers=answers or {},
        current={ONE: "News"} if current is None else current,
        is_whole=is_whole,
    )
    return next(one for one in mail_lists.crossings(told) if one.legacy_id == "0016")


class TestState:
    def test_one_answer_is_a_match(self):
        found = only(answers={"0016": ONE})

        assert (found.state, found.methods) == ("matched", ("xref",))
        assert (found.current_id, found.current_name) == (ONE, "News")

    def test_both_sources_that_agree_are_both_told(self):
        found = only(answers={"0016": ONE}, legacy=LegacyTold(ref=ONE.upper()))

        assert (found.state, found.methods) == ("matched", ("xref", "told"))

    def test_sources_that_disagree_are_a_conflict(self):
        found = only(answers={"0016": ONE}, legacy=LegacyTold(ref=TWO))

        assert found.state == "conflict"

    def test_several_v2_lists_may_have_become_one(self):
        told = Told(
            legacy={}, answers={"1": ONE, "2": ONE}, current={ONE: "a"}, is_whole=True
        )

        assert [one.state for one in mail_lists.crossings(told)] == [
            "matched",
            "matched",
        ]

    def test_an_answer_without_an_id_is_missing(self):
        assert only(answers={"0016": ""}).state == "missing"

    def test_a_v3_list_that_v3_does_not_have_is_missing(self):
        assert only(answers={"0016": TWO}).state == "missing"

    def test_what_v3_did_not_tell_to_its_end_is_not_missing(self):
        found = only(answers={"0016": TWO}, is_whole=False)

        assert found.state == "matched"

    def test_a_list_nobody_asked_about_is_unchecked(self):
        assert only().state == "unchecked"

    def test_a_v3_list_that_no_v2_list_became_stands_alone(self):
        told = Told(legacy={}, answers={}, current={ONE: "New"}, is_whole=True)

        (found,) = mail_lists.crossings(told)

        assert (found.state, found.legacy_id, found.name) == ("unmatched", "", "New")

    def test_an_answer_without_the_zeros_is_the_same_lists(self):
        found = only(answers={"16": ONE})

        assert (found.legacy_id, found.state) == ("0016", "matched")

    def test_an_answer_to_the_letter_goes_before_one_without_zeros(self):
        assert only(answers={"16": TWO, "0016": ONE}).current_id == ONE

    def test_only_matches_are_mapped(self):
        told = Told(
            legacy={"3": LegacyTold()},
            answers={"1": ONE, "2": ""},
            current={ONE: "a"},
            is_whole=True,
        )

        assert mail_lists.ids(mail_lists.crossings(told)) == {"1": ONE}


def test_lists_stand_by_name_and_those_without_one_last():
    told = Told(
        legacy={"1": LegacyTold(), "2": LegacyTold("zebra"), "3": LegacyTold("Ärger")},
        answers={},
        current={ONE: "Apple"},
        is_whole=True,
    )

    names = [one.name for one in mail_lists.crossings(told)]

    assert names[0] == "Apple"
    assert names[-1] == ""
    assert set(names[1:3]) == {"zebra", "Ärger"}


@pytest.mark.django_db
class TestReading:
    def test_takes_in_what_only_a_contact_names(self):
        account = MailSourceFactory()
        member = LegacyMembershipFactory(
            legacy_contact__source=account, list_ref="0016633325"
        )
        LegacyListFactory(source=account, external_id="2", name="News")
        current = MailingListFactory(source=account)
        ListXrefFactory(source=account, external_id="2", ref=current.external_id)
        LegacyListFactory()

        told = mail_lists.read_with_named(account)

        assert set(told.legacy) == {member.list_ref, "2"}
        assert told.legacy["0016633325"].name == ""
        assert told.current == {current.external_id: current.name}

    def test_knows_when_v3_told_all_its_lists(self):
        account = MailSourceFactory()
        assert not mail_lists.read(account).is_whole

        SnapshotFactory(source=account, kind=Snapshot.Kind.LISTS)
        assert mail_lists.read(account).is_whole

        stopped = Snapshot.State.INCOMPLETE
        SnapshotFactory(source=account, kind=Snapshot.Kind.LISTS, state=stopped)
        assert not mail_lists.read(account).is_whole

    def test_counts_members_of_one_account_alone(self):
        account = MailSourceFactory()
        LegacyMembershipFactory(legacy_contact__source=account, list_ref="2")
        LegacyMembershipFactory(list_ref="2")
        MembershipFactory(contact__source=account, list_ref=ONE)
        MembershipFactory(list_ref=ONE)

        found = [
            mail_lists.Crossing(mail_lists.State.MATCHED, legacy_id="2", current_id=ONE)
        ]

        assert mail_lists.members(account, found) == ({"2": 1}, {ONE: 1})
