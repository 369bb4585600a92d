from itertools import pairwise

import pytest
from hypothesis import given

from audits.policy import DEFAULT, SEVERITIES, fold
from audits.rules import constant_contact
from audits.rules.catalogue import BY_PROVIDER
from audits.situations import ConsentEntry, why
from contacts.constant_contact import consent
from tests.audits.rules import mail_samples, samples
from tests.audits.rules.mail_samples import (
    DELETED,
    EXPLICIT,
    IMPLICIT,
    PENDING,
    UNSUBSCRIBED,
    situation,
    v2,
)
from tests.audits.rules.samples import forbids

PRECEDENCE = (
    "restricted",
    "other-basis",
    "privilege-unmapped",
    "unknown-contact",
    "opt-out-lost",
    "opted-out",
    "removed",
    "unchecked",
    "no-crosswalk",
    "crosswalk-conflict",
    "list-unmapped",
    "not-on-list",
    "permission-unrecognised",
    "not-sendable",
    "permission-raised",
    "confirmed",
)
BLOCKED = {"restricted", "opt-out-lost", "opted-out", "removed"}


def judged(told):
    return constant_contact.judge(told, DEFAULT)


def told(verdict, mailing_list="Newsletter"):
    return why(verdict.sentence, privilege="send_email", mailing_list=mailing_list)


def entry(permission):
    return (ConsentEntry(permission),)


def test_rules_stand_in_order_of_precedence():
    codes = tuple(rule.__name__.replace("_", "-") for rule in constant_contact.RULES)

    assert codes == PRECEDENCE
    assert tuple(BY_PROVIDER["constant_contact"]) == PRECEDENCE


@pytest.mark.parametrize(
    ("told_of", "rule", "severity", "recommendation"),
    [
        ({"restrictions": forbids()}, "restricted", "critical", "revoke"),
        (
            {"restrictions": forbids("mailing"), "basis_kind": "manual"},
            "restricted",
            "critical",
            "revoke",
        ),
        ({"basis_kind": "court_order"}, "other-basis", "info", ""),
        ({"basis_kind": "v2_relationship"}, "other-basis", "info", ""),
        ({"privilege_class": "unmapped"}, "privilege-unmapped", "medium", "hold"),
        (
            {"match": "unknown-contact", "entries": ()},
            "unknown-contact",
            "high",
            "hold",
        ),
        ({"status": "OPTOUT"}, "opt-out-lost", "critical", "revoke"),
        ({"email_status": "OPTOUT"}, "opt-out-lost", "critical", "revoke"),
        (
            {"status": "OPTOUT", "entries": (UNSUBSCRIBED,)},
            "opted-out",
            "critical",
            "revoke",
        ),
        ({"entries": (UNSUBSCRIBED,)}, "opted-out", "critical", "revoke"),
        (
            {"status": "OPTOUT", "match": "unchecked", "entries": ()},
            "opted-out",
            "critical",
            "revoke",
        ),
        ({"status": "REMOVED"}, "removed", "high", "revoke"),
        ({"email_status": "REMOVED"}, "removed", "high", "revoke"),
        ({"match": "deleted", "entries": (DELETED,)}, "removed", "high", "revoke"),
        (
            {"status": "REMOVED", "match": "missing", "entries": (), "checked": False},
            "removed",
            "high",
            "revoke",
        ),
        ({"match": "unchecked", "entries": ()}, "unchecked", "info", "hold"),
        ({"match": "gone", "entries": ()}, "unchecked", "info", "hold"),
        (
            {"match": "missing", "entries": (), "checked": False},
            "unchecked",
            "info",
            "hold",
        ),
        ({"subject": "unmapped", "checked": False}, "unchecked", "info", "hold"),
        ({"on_list": False, "checked": False}, "unchecked", "info", "hold"),
        ({"match": "missing", "entries": ()}, "no-crosswalk", "high", "hold"),
        ({"match": "conflict"}, "crosswalk-conflict", "high", "hold"),
        (
            {"match": "conflict", "checked": False},
            "crosswalk-conflict",
            "high",
            "hold",
        ),
        ({"subject": "unmapped"}, "list-unmapped", "high", "hold"),
        ({"on_list": False}, "not-on-list", "medium", "hold"),
        ({"entries": entry("mailable")}, "permission-unrecognised", "medium", "hold"),
        ({"entries": entry("")}, "permission-unrecognised", "medium", "hold"),
        ({"entries": ()}, "permission-unrecognised", "medium", "hold"),
        ({"entries": (PENDING,)}, "not-sendable", "high", "revoke"),
        ({"entries": (EXPLICIT,)}, "permission-raised", "high", "hold"),
        ({"confirm_status": "UNCONFIRMED"}, "permission-raised", "high", "hold"),
        ({"confirm_status": ""}, "permission-raised", "high", "hold"),
        ({"email_status": "UNCONFIRMED"}, "permission-raised", "high", "hold"),
        ({}, "confirmed", "info", ""),
        ({"subject": "none", "on_list": False}, "confirmed", "info", ""),
        ({"confirm_status": "CONFIRMED"}, "confirmed", "info", ""),
        (
            {"confirm_status": "CONFIRMED", "entries": (EXPLICIT,)},
            "confirmed",
            "info",
            "",
        ),
        ({"basis_kind": ""}, "confirmed", "info", ""),
        ({"restrictions": forbids(kind="custody_document")}, "confirmed", "info", ""),
        ({"restrictions": forbids("records", "emergency")}, "confirmed", "info", ""),
    ],
)
def test_judge_names_the_rule(told_of, rule, severity, recommendation):
    verdict = judged(situation(**told_of))

    assert (verdict.rule, verdict.severity) == (rule, severity)
    assert verdict.recommendation == recommendation
    assert verdict.blocked is (rule in BLOCKED)


# One situation for each rule that more than the rules after it could claim.
_FALLING = {
    "restrictions": forbids(),
    "basis_kind": "manual",
    "privilege_class": "unmapped",
    "match": "unknown-contact",
}


@pytest.mark.parametrize(
    ("told_of", "rule", "others"),
    [
        (_FALLING, "restricted", ("other-basis",)),
        ({**_FALLING, "restrictions": ()}, "other-basis", ()),
        (
            {"privilege_class": "unmapped", "match": "unknown-contact", "entries": ()},
            "privilege-unmapped",
            ("unknown-contact",),
        ),
        (
            {"match": "unknown-contact", "status": "OPTOUT", "entries": (IMPLICIT,)},
            "unknown-contact",
            ("opt-out-lost", "opted-out", "permission-raised"),
        ),
        (
            {"status": "OPTOUT", "entries": (IMPLICIT, UNSUBSCRIBED)},
            "opt-out-lost",
            ("opted-out", "permission-raised"),
        ),
        (
            {"status": "OPTOUT", "email_status": "REMOVED", "entries": ()},
            "opted-out",
            ("removed", "permission-unrecognised"),
        ),
        (
            {"status": "REMOVED", "match": "unchecked", "entries": ()},
            "removed",
            ("unchecked",),
        ),
        (
            {"on_list": False, "checked": False, "entries": (PENDING,)},
            "unchecked",
            ("not-sendable",),
        ),
        (
            {"match": "missing", "subject": "unmapped", "entries": ()},
            "no-crosswalk",
            (),
        ),
        (
            {"match": "conflict", "subject": "unmapped", "entries": (PENDING,)},
            "crosswalk-conflict",
            ("not-sendable",),
        ),
        (
            {"subject": "unmapped", "on_list": False, "entries": entry("x")},
            "list-unmapped",
            ("permission-unrecognised",),
        ),
        (
            {"on_list": False, "entries": entry("x")},
            "not-on-list",
            ("permission-unrecognised",),
        ),
        (
            {"entries": (*entry("x"), PENDING)},
            "permission-unrecognised",
            ("not-sendable",),
        ),
        (
            {"entries": (PENDING, EXPLICIT)},
            "not-sendable",
            ("permission-raised",),
        ),
        ({"entries": (EXPLICIT,)}, "permission-raised", ()),
    ],
)
def test_judge_takes_the_first_rule_and_shows_the_others(told_of, rule, others):
    verdict = judged(situation(**told_of))

    assert (verdict.rule, verdict.others) == (rule, others)


# --- Every value of every enumeration -------------------------------------------


@pytest.mark.parametrize(
    ("status", "rule"),
    [
        ("ACTIVE", "confirmed"),
        ("UNCONFIRMED", "permission-raised"),
        ("OPTOUT", "opt-out-lost"),
        ("REMOVED", "removed"),
        ("NON_SUBSCRIBER", "permission-raised"),
        ("VISITOR", "permission-raised"),
        ("TEMP_HOLD", "permission-raised"),
        ("", "permission-raised"),
        ("DORMANT", "permission-raised"),
        (" optout ", "opt-out-lost"),
        ("active", "confirmed"),
    ],
)
def test_every_status_of_v2_against_an_implicit_permission(status, rule):
    assert judged(v2(status)).rule == rule


@pytest.mark.parametrize(
    ("confirm_status", "opt_in_source", "implicit", "explicit"),
    [
        ("CONFIRMED", "ACTION_BY_VISITOR", "confirmed", "confirmed"),
        ("CONFIRMED", "ACTION_BY_OWNER", "confirmed", "confirmed"),
        ("CONFIRMED", "ACTION_BY_SYSTEM", "confirmed", "confirmed"),
        (
            "NO_CONFIRMATION_REQUIRED",
            "ACTION_BY_VISITOR",
            "confirmed",
            "permission-raised",
        ),
        (
            "NO_CONFIRMATION_REQUIRED",
            "ACTION_BY_OWNER",
            "confirmed",
            "permission-raised",
        ),
        (
            "NO_CONFIRMATION_REQUIRED",
            "ACTION_BY_SYSTEM",
            "confirmed",
            "permission-raised",
        ),
        ("UNCONFIRMED", "ACTION_BY_OWNER", "permission-raised", "permission-raised"),
        ("NO_CONFIRMATION_REQUIRED", "", "permission-raised", "permission-raised"),
    ],
)
def test_every_confirm_status_and_opt_in_source(
    confirm_status, opt_in_source, implicit, explicit
):
    consented = {"confirm_status": confirm_status, "opt_in_source": opt_in_source}

    assert judged(situation(**consented, entries=(IMPLICIT,))).rule == implicit
    assert judged(situation(**consented, entries=(EXPLICIT,))).rule == explicit


def test_a_visitor_is_explicit_where_the_account_says_so():
    visitor = {"opt_in_source": "ACTION_BY_VISITOR", "entries": (EXPLICIT,)}

    assert judged(situation(**visitor, supported="explicit")).rule == "confirmed"


@pytest.mark.parametrize(
    ("permission", "rule"),
    [
        ("explicit", "permission-raised"),
        ("implicit", "confirmed"),
        ("not_set", "not-sendable"),
        ("pending_confirmation", "not-sendable"),
        ("pending", "not-sendable"),
        ("temp_hold", "not-sendable"),
        ("deprecate", "not-sendable"),
        ("unsubscribed", "opted-out"),
        ("unsubscribe", "opted-out"),
        (" IMPLICIT ", "confirmed"),
        ("Unsubscribed", "opted-out"),
    ],
)
def test_every_permission_of_v3(permission, rule):
    assert judged(situation(entries=entry(permission))).rule == rule


@pytest.mark.parametrize(
    ("by_v2", "by_v3", "is_told"),
    [
        ("ACTION_BY_VISITOR", "Account", True),
        ("action_by_visitor", "account", True),
        ("ACTION_BY_VISITOR", "Contact", False),
        ("ACTION_BY_OWNER", "Account", False),
        ("ACTION_BY_OWNER", "Contact", False),
        ("", "Account", False),
    ],
)
def test_a_weakened_opt_out_source_is_told(by_v2, by_v3, is_told):
    verdict = judged(
        v2(
            "OPTOUT",
            opt_out_source=by_v2,
            entries=(UNSUBSCRIBED._replace(opt_out_source=by_v3),),
        )
    )

    assert verdict.rule == "opted-out"
    assert ("by the visitor, V3 by the account" in told(verdict)) is is_told


def test_a_candidate_who_opted_out_governs_a_conflict():
    verdict = judged(situation(match="conflict", entries=(IMPLICIT, UNSUBSCRIBED)))

    assert (verdict.rule, verdict.others) == ("opted-out", ("crosswalk-conflict",))


def test_a_deleted_contact_that_v3_would_send_to_again_lost_its_opt_out():
    verdict = judged(v2("OPTOUT", match="deleted", entries=(DELETED,)))

    assert (verdict.rule, verdict.others[:2]) == (
        "opt-out-lost",
        ("opted-out", "removed"),
    )


# --- Sentences --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told_of", "sentence"),
    [
        (
            {},
            (
                "send_email on ‘Newsletter’ rests on V2 ‘ACTIVE’; V3 says ‘implicit’, "
                "which V2 supports."
            ),
        ),
        (
            {"subject": "none", "entries": (PENDING,)},
            (
                "send_email for any mail rests on V2 ‘ACTIVE’; V3 says "
                "‘pending_confirmation’, which permits no mail."
            ),
        ),
        (
            {"restrictions": forbids()},
            "send_email on ‘Newsletter’ is forbidden by a court order for one student.",
        ),
        (
            {"restrictions": forbids(scope="everywhere"), "subject": "none"},
            (
                "send_email for any mail is forbidden by a court order that holds "
                "everywhere."
            ),
        ),
        (
            {"match": "unknown-contact", "entries": ()},
            (
                "send_email on ‘Newsletter’ names a contact that no stored V2 or V3 "
                "data holds."
            ),
        ),
        (
            {"basis_kind": "v2_relationship"},
            (
                "send_email on ‘Newsletter’ rests on a v2 relationship, which V3 data "
                "does not judge."
            ),
        ),
        (
            {"status": "OPTOUT"},
            (
                "send_email on ‘Newsletter’ would go out: V2 says OPTOUT, but V3 "
                "‘implicit’; set it to unsubscribed."
            ),
        ),
        (
            {"status": "OPTOUT", "entries": (UNSUBSCRIBED,)},
            (
                "send_email on ‘Newsletter’ is against the contact's will: V2 says "
                "OPTOUT and V3 says unsubscribed."
            ),
        ),
        (
            {"status": "REMOVED", "match": "deleted", "entries": (DELETED,)},
            (
                "send_email on ‘Newsletter’ is for a contact that is gone from the "
                "account: V2 says REMOVED and V3 has deleted it."
            ),
        ),
        (
            {"match": "unchecked", "entries": ()},
            (
                "send_email on ‘Newsletter’ was not checked: this contact was not "
                "looked up in V3; repeat the import of V3 data."
            ),
        ),
        (
            {"match": "missing", "entries": (), "checked": False},
            (
                "send_email on ‘Newsletter’ was not checked: the crosswalk without "
                "this contact is incomplete; import it again."
            ),
        ),
        (
            {"subject": "unmapped", "checked": False},
            (
                "send_email on ‘Newsletter’ was not checked: the lists or their "
                "crosswalk are incomplete; import them again."
            ),
        ),
        (
            {"on_list": False, "checked": False},
            (
                "send_email on ‘Newsletter’ was not checked: the V3 snapshot without "
                "this membership is incomplete; import it again."
            ),
        ),
        (
            {"match": "missing", "entries": ()},
            (
                "send_email on ‘Newsletter’ rests on V2 ‘ACTIVE’; the crosswalk leads "
                "to no V3 contact."
            ),
        ),
        (
            {"match": "conflict", "entries": (IMPLICIT, EXPLICIT)},
            (
                "send_email on ‘Newsletter’ cannot be tied to one contact: the "
                "crosswalk contradicts itself; V3 says ‘explicit’ and ‘implicit’."
            ),
        ),
        (
            {"subject": "unmapped"},
            "send_email on ‘Newsletter’ names a list that has no counterpart in V3.",
        ),
        (
            {"on_list": False, "email_status": "UNCONFIRMED"},
            (
                "send_email on ‘Newsletter’ rests on V2 ‘ACTIVE’ and ‘UNCONFIRMED’ of "
                "the address; V3 does not have this contact on the list."
            ),
        ),
        (
            {"entries": entry(" ")},
            (
                "send_email on ‘Newsletter’ rests on V2 ‘ACTIVE’; V3 tells no "
                "permission."
            ),
        ),
        (
            {"entries": entry("mail me")},
            (
                "send_email on ‘Newsletter’ rests on V2 ‘ACTIVE’; V3 says ‘mail me’, a "
                "value nobody documents."
            ),
        ),
        (
            {"entries": (EXPLICIT,)},
            (
                "send_email on ‘Newsletter’ would rest on more than was given: V3 says "
                "‘explicit’, V2 supports ‘implicit’ only."
            ),
        ),
        (
            {"confirm_status": "UNCONFIRMED"},
            (
                "send_email on ‘Newsletter’ would rest on more than was given: V3 says "
                "‘implicit’, V2 contradicts itself or says what nobody knows."
            ),
        ),
        (
            {
                "status": "",
                "email_status": "",
                "confirm_status": "",
                "opt_in_source": "",
            },
            (
                "send_email on ‘Newsletter’ would rest on more than was given: V3 says "
                "‘implicit’, V2 tells nothing of this contact."
            ),
        ),
    ],
)
def test_sentence_says_why(told_of, sentence):
    assert told(judged(situation(**told_of))) == sentence


def test_a_list_without_a_name_is_still_named():
    assert "‘an unnamed list’" in told(judged(situation()), mailing_list="")


# --- Whatever is sent ---------------------------------------------------------------


@given(told_of=mail_samples.told_situations, policy=samples.policies)
def test_judge_has_one_verdict_for_whatever_is_sent(told_of, policy):
    verdict = constant_contact.judge(told_of, policy)

    assert verdict.severity in SEVERITIES
    assert verdict == constant_contact.judge(told_of, policy)
    assert verdict.recommendation in {"hold", "revoke", ""}
    ranks = [PRECEDENCE.index(rule) for rule in (verdict.rule, *verdict.others)]
    assert all(above < below for above, below in pairwise(ranks))


@given(told_of=mail_samples.told_situations, policy=samples.policies)
def test_nobody_is_more_mailable_than_v2_and_v3_both_allow(told_of, policy):
    verdict = constant_contact.judge(told_of, policy)

    if verdict.rule == "confirmed":
        assert told_of.match == "matched"
        assert told_of.entries
        statuses = {
            told_of.status.strip().upper(),
            told_of.email_status.strip().upper(),
        }
        assert not statuses & {"OPTOUT", "REMOVED"}
        support = consent.permission(told_of.supported)
        assert support in consent.SENDABLE
        for each in told_of.entries:
            given_now = consent.permission(each.permission)
            assert given_now in consent.SENDABLE
            assert not each.deleted
            assert consent.strength(given_now) <= consent.strength(support)
        assert told_of.subject == "none" or (
            told_of.subject == "present" and told_of.on_list
        )
        orders = [r for r in told_of.restrictions if not r.classes]
        assert all(fold(order.kind) == "custody_document" for order in orders)
    elif verdict.rule != "other-basis":
        assert verdict.recommendation in {"hold", "revoke"}


@given(told_of=mail_samples.told_situations)
def test_judge_never_rests_on_absence_in_an_incomplete_snapshot(told_of):
    verdict = judged(told_of)

    absent = {"no-crosswalk", "list-unmapped", "not-on-list"}
    if not told_of.checked:
        assert not absent & {verdict.rule, *verdict.others}


@given(told_of=mail_samples.told_situations)
def test_judge_leaves_names_most_of_the_sentence(told_of):
    sentence = judged(told_of).sentence

    text = why(sentence, privilege="send_email", mailing_list="Newsletter")

    assert len(text) <= 200
    assert "send_email" in text
    assert "Newsletter" in text or "{list}" not in sentence
