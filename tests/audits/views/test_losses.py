"""Losses on the page: kinds, one kind to decide, a contact's own."""

import pytest
from django.urls import reverse

from audits.models import Loss, LossDecision
from tests import reviewing
from tests.audits import accounts
from tests.factories import (
    AT,
    CustomFieldFactory,
    LegacyMailFactory,
    LossDecisionFactory,
    LossFactory,
    MailFactory,
    MailMatchFactory,
    MailSourceFactory,
    WriteRunFactory,
)

pytestmark = pytest.mark.django_db

KEY = ("addresses-over-limit", "addresses")


@pytest.fixture
def source():
    return MailSourceFactory(slug="acme")


@pytest.fixture
def match(source):
    legacy = LegacyMailFactory(source=source, name="Ana Diaz")
    contact = MailFactory(source=source, name="Ana Diaz")
    return MailMatchFactory(source=source, legacy_contact=legacy, contact=contact)


@pytest.fixture
def losses(source, match):
    return [
        LossFactory(source=source, match=match, v2_value=f"{n} Elm St") for n in (1, 2)
    ]


@pytest.fixture
def reader(source):
    return reviewing.logged_in(reviewing.person("reviewer", source))


def address(name, *args):
    return reverse(f"audits:{name}", args=["acme", *args])


def told(answer):
    """Give a page in one line: how a template breaks its lines says nothing."""
    return " ".join(answer.content.decode().split())


def kind_page(reader, *, key=KEY, **query):
    return reader.get(address("loss-kind", *key), query)


def sent(page, **changes):
    frozen = page.context["frozen"]
    return {
        "kind": "leave",
        "reason": "Nobody writes letters",
        "count": frozen.count,
        "sha256": frozen.sha256,
        **changes,
    }


def decide(reader, page, *, key=KEY, follow=False, **changes):
    return reader.post(
        address("loss-decide", *key), sent(page, **changes), follow=follow
    )


class TestList:
    def test_shows_each_kind_with_counts_and_examples(self, reader, source, losses):
        LossFactory(source=source, rule="phones-over-limit", field_kind="fax")

        page = told(reader.get(address("loss-list")))

        assert "One address too many" in page
        assert "One telephone too many" in page
        assert "Postal address" in page
        assert "1 Elm St" in page
        assert "2 Elm St" in page

    def test_counts_contacts_and_not_only_losses(self, reader, source, losses):
        LossFactory(
            source=source,
            contact_v2_id=losses[0].contact_v2_id,
            field="addresses.2",
        )

        (kind,) = reader.get(address("loss-list")).context["kinds"]

        assert (kind.losses, kind.contacts) == (3, 2)

    def test_shows_three_examples_at_most(self, reader, source):
        for number in range(9):
            LossFactory(source=source, v2_value=f"{number} Elm St")

        (kind,) = reader.get(address("loss-list")).context["kinds"]

        assert [one.v2_value for one in kind.examples] == [
            "0 Elm St",
            "1 Elm St",
            "2 Elm St",
        ]

    def test_puts_the_costliest_first(self, reader, source, losses):
        LossFactory(source=source, rule="id-malformed", severity=4)
        LossFactory(source=source, rule="email-duplicate", severity=2)

        page = reader.get(address("loss-list"))

        rules = [kind.rule for kind in page.context["kinds"]]
        assert rules == ["email-duplicate", "addresses-over-limit", "id-malformed"]

    def test_tells_a_rule_s_sentence_once(self, reader, source):
        for number in (1, 2, 14):
            kind = f"custom_fields.{number}"
            LossFactory(
                source=source,
                rule="custom-field-unmapped",
                field=kind,
                field_kind=kind,
            )

        page = reader.get(address("loss-list"))

        told_kinds = [kind.field_kind for kind in page.context["kinds"]]
        assert told_kinds == ["custom_fields.1", "custom_fields.2", "custom_fields.14"]
        assert told(page).count("V2 knows its fifteen custom fields") == 1

    def test_narrows_by_severity(self, reader, source, losses):
        LossFactory(source=source, rule="email-duplicate", severity=2)

        page = reader.get(address("loss-list"), {"severity": "high"})

        assert [kind.rule for kind in page.context["kinds"]] == ["email-duplicate"]
        assert page.context["total"] == 3

    def test_shows_who_decided_what_is_decided(self, reader, source, losses):
        decision = LossDecisionFactory(source=source, decided_by__username="rita")
        Loss.objects.update(state="decided", decision=decision)

        page = told(reader.get(address("loss-list"), {"state": "decided"}))

        assert "<strong>Leave behind</strong>" in page
        assert "by rita" in page

    def test_nonsense_in_the_address_is_no_error(self, reader, losses):
        page = reader.get(address("loss-list"), {"state": "%00", "severity": "dire"})

        assert page.status_code == 200
        assert len(page.context["kinds"]) == 1

    def test_says_what_to_do_where_there_is_none(self, reader):
        assert "Nothing is open" in told(reader.get(address("loss-list")))

    def test_leaves_out_other_sources(self, reader, source):
        LossFactory()

        assert reader.get(address("loss-list")).context["kinds"] == []

    @pytest.mark.parametrize("state", ["open", "decided"])
    def test_takes_no_more_statements_for_more_kinds(
        self, reader, source, state, django_assert_max_num_queries
    ):
        for rule in ("phones-over-limit", "phone-too-long", "address-shortened"):
            decision = LossDecisionFactory(source=source, rule=rule)
            LossFactory(
                source=source,
                rule=rule,
                state=state,
                decision=decision if state == "decided" else None,
            )

        with django_assert_max_num_queries(14):
            reader.get(address("loss-list"), {"state": state})


class TestKind:
    def test_shows_the_exact_value_and_what_v3_gets(self, reader, source, match):
        LossFactory(
            source=source, match=match, v2_value="  7 Oak\nAve ", v3_value="7 Oak"
        )

        page = kind_page(reader).content.decode()

        assert '<bdi class="lost-value">  7 Oak\nAve </bdi>' in page
        assert '<bdi class="lost-value">7 Oak</bdi>' in page
        assert "Ana Diaz" in page

    def test_offers_what_makes_sense(self, reader, losses):
        page = kind_page(reader)

        offered = [kind.value for kind in page.context["choices"]]
        assert offered == ["custom_field", "by_hand", "leave"]
        assert "All 2 go" not in told(page)
        assert "Where all 2 go" in told(page)

    def test_a_viewer_sees_and_cannot_decide(self, source, losses):
        viewer = reviewing.logged_in(reviewing.person("viewer", source))

        page = kind_page(viewer)
        answer = viewer.post(address("loss-decide", *KEY), {"kind": "leave"})

        assert "1 Elm St" in told(page)
        assert 'name="kind"' not in told(page)
        assert answer.status_code == 403

    def test_an_unknown_rule_is_not_here(self, reader):
        assert kind_page(reader, key=("no-rule", "fax")).status_code == 404

    @pytest.mark.parametrize(
        "field", ["addresses%00", "addresses%20", "Addresses", ","]
    )
    def test_what_can_be_no_field_is_not_here(self, reader, field):
        answer = reader.get(f"/sources/acme/losses/{KEY[0]}/{field}/")

        assert answer.status_code == 404

    def test_pages_through_many(self, reader, source, losses):
        for _ in range(30):
            LossFactory(source=source)

        first = kind_page(reader)
        second = kind_page(reader, cursor=first.context["page"].after)

        shown = [
            row.loss.pk for page in (first, second) for row in page.context["rows"]
        ]
        assert shown == list(Loss.objects.order_by("pk").values_list("pk", flat=True))

    def test_htmx_gets_the_table_alone(self, reader, losses):
        page = reader.get(
            address("loss-kind", *KEY), headers={"HX-Request": "true"}
        ).content.decode()

        assert page.lstrip().startswith("<section")
        assert 'id="loss-table"' in page

    def test_takes_the_same_statements_however_many_losses(
        self, reader, source, match, django_assert_max_num_queries
    ):
        for _ in range(20):
            LossFactory(source=source, match=match)

        with django_assert_max_num_queries(16):
            kind_page(reader)

    def test_slots_are_named_elsewhere(self, reader, source):
        key = ("custom-field-unmapped", "custom_fields.3")
        LossFactory(source=source, rule=key[0], field=key[1], field_kind=key[1])

        page = told(kind_page(reader, key=key))

        assert reverse("contacts:slot-list", args=["acme"]) in page
        assert 'name="kind"' not in page

    def test_hostile_values_are_text(self, reader, source):
        LossFactory(source=source, v2_value="<script>alert(1)</script>")

        assert "<script>alert" not in kind_page(reader).content.decode()


class TestDecide:
    def test_decides_all_and_says_so(self, reader, losses):
        answer = decide(reader, kind_page(reader), follow=True)

        assert set(Loss.objects.values_list("state", flat=True)) == {"decided"}
        assert "Decided. Leave behind: 2 losses." in told(answer)
        assert answer.context["state"] == "decided"
        assert "2 of 2 losses still stand by it" in told(answer)

    def test_into_a_custom_field(self, reader, source, losses):
        field = CustomFieldFactory(source=source, label="Other address")
        page = kind_page(reader)
        assert "Other address" in told(page)

        answer = decide(
            reader,
            page,
            kind="custom_field",
            field_ref=field.external_id,
            follow=True,
        )

        assert LossDecision.objects.get().field_ref == field.external_id
        assert "“Other address”" in told(answer)

    def test_a_field_chosen_for_another_place_is_let_go(self, reader, source, losses):
        field = CustomFieldFactory(source=source)

        decide(reader, kind_page(reader), field_ref=field.external_id)

        assert LossDecision.objects.get().field_ref == ""

    def test_a_set_that_changed_is_refused_in_words(self, reader, source, losses):
        page = kind_page(reader)
        LossFactory(source=source)

        answer = decide(reader, page, reason="Nobody writes")

        assert answer.status_code == 409
        assert "These are not the losses that you saw" in told(answer)
        assert 'value="Nobody writes"' in told(answer)
        assert not LossDecision.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"kind": ""}, "Choose where the values go."),
            ({"reason": " "}, "Say why: a decision needs a reason."),
            ({"kind": "custom_field"}, "Choose one of the account"),
            ({"kind": "join_name"}, "cannot be decided"),
            ({"count": "x"}, "The page is out of date"),
        ],
    )
    def test_what_is_wrong_is_said(self, reader, losses, changes, words):
        answer = decide(reader, kind_page(reader), **changes)

        assert answer.status_code == 422
        assert words in told(answer)
        assert not LossDecision.objects.exists()

    def test_more_than_two_hundred_are_decided_by_who_types_their_number(
        self, reader, source
    ):
        Loss.objects.bulk_create(
            LossFactory.build(source=source, fingerprint=str(number))
            for number in range(1201)
        )
        page = kind_page(reader)
        assert "Type 1,201 to confirm" in told(page)

        refused = decide(reader, page, typed="1200")
        decide(reader, page, typed="1,201")

        assert refused.status_code == 422
        assert "Type 1,201" in told(refused)
        assert LossDecision.objects.get().losses == 1201

    def test_a_duplicate_is_decided_beside_its_value(self, reader, source):
        key = ("email-duplicate", "email_addresses.email_address")
        twins = [
            LossFactory(source=source, rule=key[0], field_kind=key[1]) for _ in range(2)
        ]
        page = kind_page(reader, key=key)
        assert "Each by itself" in told(page)

        reader.post(
            address("loss-decide-one", twins[0].pk),
            {"kind": "leave", "reason": "old", "sha256": twins[0].evidence},
        )

        states = Loss.objects.order_by("pk").values_list("state", flat=True)
        assert list(states) == ["decided", "open"]

    def test_a_duplicate_names_who_else_has_the_address(self, reader, source):
        key = ("email-duplicate", "email_addresses.email_address")
        twins = [
            MailMatchFactory(
                source=source,
                legacy_contact=LegacyMailFactory(
                    source=source, name=name, email=address
                ),
            )
            for name, address in (("Ana Diaz", "a@b.org"), ("Bea Lopez", "A@b.org"))
        ]
        for twin in twins:
            LossFactory(
                source=source,
                match=twin,
                rule=key[0],
                field_kind=key[1],
                v2_value=twin.legacy_contact.email,
            )

        first, second = kind_page(reader, key=key).context["rows"]

        assert [other.pk for other in first.sharing.first] == [twins[1].pk]
        assert [other.pk for other in second.sharing.first] == [twins[0].pk]
        assert (first.sharing.more, second.sharing.more) == (0, 0)

    def test_of_many_who_share_an_address_a_first_few_are_named(self, reader, source):
        key = ("email-duplicate", "email_addresses.email_address")
        twins = [
            MailMatchFactory(
                source=source,
                legacy_contact=LegacyMailFactory(source=source, email="office@b.org"),
            )
            for _ in range(25)
        ]
        for twin in (twins[0], twins[-1], None):
            LossFactory(
                source=source,
                match=twin,
                rule=key[0],
                field_kind=key[1],
                v2_value="Office@b.org",
            )

        page = kind_page(reader, key=key)

        shown = [row.sharing for row in page.context["rows"]]
        assert [len(each.first) for each in shown] == [20, 20, 20]
        assert [each.more for each in shown] == [4, 4, 5]
        assert twins[0] not in shown[0].first
        assert told(page).count("and 4 more") == 2

    def test_a_duplicate_that_changed_is_refused(self, reader, source):
        twin = LossFactory(source=source, rule="email-duplicate")

        answer = reader.post(
            address("loss-decide-one", twin.pk),
            {"kind": "leave", "reason": "old", "sha256": "0" * 64},
        )

        assert answer.status_code == 409


class TestWithoutRoom:
    """Two second addresses that fit a field one by one, and not together."""

    @pytest.fixture
    def unfit(self, source):
        field = CustomFieldFactory(source=source, label="Address 2")
        long = [accounts.street("1 Elm St"), *(accounts.street(x * 204) for x in "ab")]
        record = accounts.legacy_record(addresses=tuple(long))
        match = accounts.pair(source, record, accounts.contact_record())
        accounts.file_losses(source)
        kind = Loss.objects.filter(rule=KEY[0])
        decision = LossDecisionFactory(
            source=source, kind="custom_field", field_ref=field.external_id
        )
        kind.update(state="decided", decision=decision)
        return match

    def test_the_kind_says_which_is_not_placed(self, reader, unfit):
        page = kind_page(reader, state="decided")

        assert [row.has_no_room for row in page.context["rows"]] == [False, True]
        assert told(page).count("no room there: not placed") == 1

    def test_the_contact_s_page_says_so_too(self, reader, unfit):
        page = reader.get(address("contact-losses", unfit.pk))

        assert told(page).count("no room there: not placed") == 1

    def test_while_others_are_open_there_is_no_want_of_room(
        self, reader, source, unfit
    ):
        LossFactory(source=source)

        page = kind_page(reader, state="decided")

        assert not any(row.has_no_room for row in page.context["rows"])


class TestUndo:
    def test_opens_them_again(self, reader, losses):
        decide(reader, kind_page(reader))
        decision = LossDecision.objects.get()

        answer = reader.post(
            address("placing-withdraw", decision.pk), {"reason": "wrong"}, follow=True
        )

        assert set(Loss.objects.values_list("state", flat=True)) == {"open"}
        assert "Open again: 2 losses." in told(answer)

    def test_says_why_it_cannot(self, reader, source, losses):
        decide(reader, kind_page(reader))
        WriteRunFactory(source=source)

        answer = reader.post(
            address("placing-withdraw", LossDecision.objects.get().pk),
            {"reason": "wrong"},
            follow=True,
        )

        assert "withdraw it first" in told(answer)
        assert set(Loss.objects.values_list("state", flat=True)) == {"decided"}


class TestContact:
    def test_shows_what_the_contact_loses(self, reader, source, match, losses):
        LossFactory(source=source, v2_value="somebody else's")

        page = told(reader.get(address("contact-losses", match.pk)))

        assert "2 V2 values without a place in V3, 2 to decide" in page
        assert "1 Elm St" in page
        assert "somebody else" not in page

    def test_takes_the_same_statements_however_many(
        self, reader, source, match, django_assert_max_num_queries
    ):
        for number in range(12):
            LossFactory(source=source, match=match, field=f"addresses.{number}")

        with django_assert_max_num_queries(12):
            reader.get(address("contact-losses", match.pk))

    def test_says_that_nothing_is_lost(self, reader, match):
        page = told(reader.get(address("contact-losses", match.pk)))

        assert "Every V2 value has a place in V3" in page

    def test_leaves_out_what_is_closed(self, reader, source, match, losses):
        Loss.objects.update(state="closed", closed_at=AT)

        page = told(reader.get(address("contact-losses", match.pk)))

        assert "Every V2 value" in page


def test_a_district_has_no_losses(client):
    client = reviewing.logged_in(
        reviewing.person("reviewer", reviewing.family().source)
    )
    slug = client.get("/").context["source"].slug

    assert client.get(reverse("audits:loss-list", args=[slug])).status_code == 404
