import dataclasses

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.situations import (
    ConsentEntry,
    MailSituation,
    PairSituation,
    Proposal,
    Restriction,
    Situation,
    Verdict,
    why,
)
from tests.audits.rules import mail_samples, samples

TEMPLATE = "{privilege} for {student} rests on v2 ‘Parent’."


@given(situation=samples.situations)
def test_situation_goes_round_as_json(situation):
    again = Situation.from_json(situation.to_json())

    assert again == situation
    assert again.key == situation.key


@given(pair=samples.pairs)
def test_pair_goes_round_as_json(pair):
    again = PairSituation.from_json(pair.to_json())

    assert again == pair
    assert again.key == pair.key


@given(situation=mail_samples.situations)
def test_mail_situation_goes_round_as_json(situation):
    again = MailSituation.from_json(situation.to_json())

    assert again == situation
    assert again.key == situation.key


def test_json_of_mail_is_canonical():
    entries = (mail_samples.UNSUBSCRIBED, mail_samples.IMPLICIT)

    assert mail_samples.situation(entries=entries, match="conflict").to_json() == (
        '{"basis_kind":"consent","checked":true,'
        '"confirm_status":"NO_CONFIRMATION_REQUIRED","email_status":"ACTIVE","entries":'
        '[["implicit","off","Account","",false],'
        '["unsubscribed","off","Account","Contact",false]],"match":"conflict",'
        '"on_list":true,"opt_in_source":"ACTION_BY_OWNER","opt_out_source":"",'
        '"privilege_class":"mailing","restrictions":[],"status":"ACTIVE",'
        '"subject":"present","supported":"implicit"}'
    )


@pytest.mark.parametrize("name", [f.name for f in dataclasses.fields(MailSituation)])
def test_key_of_mail_depends_on_every_field(name):
    other = {
        "entries": (ConsentEntry("explicit"),),
        "restrictions": (Restriction("court_order", "this"),),
        "on_list": False,
        "checked": False,
    }
    changed = dataclasses.replace(
        mail_samples.ORDINARY, **{name: other.get(name, "something else")}
    )

    assert changed.key != mail_samples.ORDINARY.key


def test_json_is_canonical():
    restriction = Restriction("court_order", "this", ("release", "act"))
    situation = samples.situation(
        entries=(samples.PARENT,), restrictions=(restriction,)
    )

    assert situation.to_json() == (
        '{"basis":["Parent","Parent/Guardian"],"basis_kind":"v2_relationship",'
        '"checked":true,"entries":[["Parent","Parent/Guardian"]],"match":"matched",'
        '"own_record":false,"privilege_class":"records","restrictions":'
        '[{"classes":["act","release"],"kind":"court_order","scope":"this"}],'
        '"several_students":true,"subject":"present"}'
    )


def test_json_holds_names_as_they_are_written():
    assert "Großmutter" in samples.situation(basis=("Großmutter", "")).to_json()


def test_pairs_json_sorts_what_is_held():
    pair = samples.pair(held=frozenset({"release", "act", "records"}))

    assert '"held":["act","records","release"]' in pair.to_json()


def test_key_does_not_depend_on_the_order_of_entries_or_restrictions():
    here, there = Restriction("a", "this"), Restriction("b", "everywhere")
    situation = samples.situation(
        entries=(samples.PARENT, samples.AUNT), restrictions=(here, there)
    )

    turned = samples.situation(
        entries=(samples.AUNT, samples.PARENT, samples.AUNT),
        restrictions=(there, here, there),
    )

    assert turned.key == situation.key
    assert len(turned.key) == 64


@pytest.mark.parametrize("name", [f.name for f in dataclasses.fields(Situation)])
def test_key_depends_on_every_field(name):
    other = {
        "entries": (samples.AUNT,),
        "basis": samples.AUNT,
        "restrictions": samples.forbids("release"),
        "own_record": True,
        "several_students": False,
        "checked": False,
    }

    changed = samples.situation(**{name: other.get(name, "other")})

    assert changed.key != samples.ORDINARY.key


def test_from_json_refuses_another_shape():
    with pytest.raises(msgspec.ValidationError):
        Situation.from_json('{"privilege_class": "records"}')


def test_restriction_that_names_only_blanks_names_no_class():
    assert Restriction("court_order", "this", ("", " ")).classes == ()


@pytest.mark.parametrize(
    ("rule", "is_finding"),
    [
        ("relationship-weaker", True),
        ("unchecked", True),
        ("confirmed", False),
        ("other-basis", False),
    ],
)
def test_verdict_is_a_finding(rule, is_finding):
    verdict = Verdict(rule, "info", "", "sentence")

    assert verdict.is_finding is is_finding


def test_proposal_only_ever_proposes_to_grant():
    proposal = Proposal("records", "medium", "sentence")

    assert (proposal.rule, proposal.recommendation) == ("grant-missing", "grant")


@pytest.mark.parametrize(
    ("privilege", "student", "told"),
    [
        (
            "view_grades",
            "Ana Diaz",
            "view_grades for Ana Diaz rests on v2 ‘Parent’.",
        ),
        (
            "view_grades",
            "",
            "view_grades for an unnamed student rests on v2 ‘Parent’.",
        ),
        ("", "Ana Diaz", "a privilege for Ana Diaz rests on v2 ‘Parent’."),
        (
            "view_grades",
            " Ana\n\tDiaz\x00\ud800 ",
            "view_grades for Ana Diaz rests on v2 ‘Parent’.",
        ),
        ("{student}", "{0}", "{student} for {0} rests on v2 ‘Parent’."),
    ],
)
def test_why_tells_one_grant(privilege, student, told):
    assert why(TEMPLATE, privilege=privilege, student=student) == told


def test_why_gives_back_literal_braces():
    told = why("{privilege} rests on ‘{{x}}’.", privilege="pick_up", student="Ana")

    assert told == "pick_up rests on ‘{x}’."


def test_why_cuts_only_the_name_that_is_too_long():
    told = why(TEMPLATE, privilege="view_grades", student="Ana " * 100)

    assert len(told) == 200
    assert told.startswith("view_grades for Ana Ana")
    assert told.endswith("… rests on v2 ‘Parent’.")


def test_why_cuts_both_names_where_both_are_too_long():
    told = why(TEMPLATE, privilege="v" * 300, student="s" * 300)

    assert len(told) == 200
    assert "v… for s" in told
    assert told.endswith("s… rests on v2 ‘Parent’.")


def test_why_gives_all_the_room_to_the_only_name():
    told = why("{student} is unknown.", privilege="v" * 300, student="s" * 170)

    assert told == "s" * 170 + " is unknown."


@given(
    sentence=st.text(st.characters(exclude_characters="{}"), max_size=300),
    privilege=st.text(),
    student=st.text(),
)
def test_why_is_never_longer_than_promised(sentence, privilege, student):
    template = sentence + "{privilege} for {student}"

    told = why(template, privilege=privilege, student=student)

    assert len(told) <= 200
    assert told == why(template, privilege=privilege, student=student)


def test_why_is_about_a_list_where_the_sentence_is():
    told = why(
        "{privilege} on ‘{list}’ was not checked.",
        privilege="send_email",
        mailing_list="News {for} all",
    )

    assert told == "send_email on ‘News {for} all’ was not checked."


def test_why_cuts_a_long_list_name():
    told = why(
        "{privilege} on ‘{list}’.", privilege="send_email", mailing_list="x" * 300
    )

    assert len(told) == 200
    assert told.startswith("send_email on ‘xxx")
    assert told.endswith("…’.")
