"""What leaves an account: losses as CSV, and what V3 needs as lines of requests."""

import csv
import io
import json
import tracemalloc

import pytest
from django.core.management import call_command
from django.urls import reverse

from audits import placing
from audits.exports import catalogue
from audits.models import Event, Loss
from contacts.models import Contact
from tests import factories
from tests.audits import accounts
from tests.audits.accounts import contact_record, file_losses, legacy_record, street
from tests.factories import AT

pytestmark = pytest.mark.django_db

TWO_STREETS = (street(), street("7 Oak Ave", kind="BUSINESS"))


@pytest.fixture
def source():
    return factories.MailSourceFactory(slug="acme")


def table(source, **filters):
    text = b"".join(catalogue.stream("losses", source, filters=filters)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def requests(source):
    lines = b"".join(catalogue.stream("mapped_contacts", source)).splitlines()
    return [json.loads(line) for line in lines]


class TestLosses:
    def test_the_columns_are_those_promised_and_ours_behind(self, source):
        (header,) = catalogue.stream("losses", source)

        promised = "contact_v2_id,contact_v3_id,field,rule,v2_value,v3_value,decision,"
        assert header.decode().startswith(promised)
        assert header.endswith(b",closed_at,neutralised\r\n")

    def test_a_row_tells_the_exact_value_and_what_was_decided(self, source):
        decision = factories.LossDecisionFactory(source=source, reason="old")
        loss = factories.LossFactory(
            source=source,
            contact_v2_id="0016633325",
            v2_value="=HYPERLINK(1)",
            state="decided",
            decision=decision,
        )

        (row,) = table(source)

        assert row["contact_v2_id"] == "0016633325"
        assert (row["field"], row["rule"]) == ("addresses.1", "addresses-over-limit")
        assert (row["v2_value"], row["neutralised"]) == ("'=HYPERLINK(1)", "v2_value")
        assert (row["decision"], row["reason"]) == ("leave", "old")
        assert row["decided_by"] == decision.decided_by.username
        assert (row["loss_id"], row["severity"]) == (str(loss.pk), "medium")

    def test_all_are_told_whatever_their_state_unless_narrowed(self, source):
        factories.LossFactory(source=source)
        factories.LossFactory(source=source, state="closed", closed_at=AT)
        factories.LossFactory()

        assert [row["state"] for row in table(source)] == ["open", "closed"]
        assert [row["state"] for row in table(source, state="open")] == ["open"]

    def test_statements_do_not_grow_with_rows(
        self, source, django_assert_max_num_queries
    ):
        decision = factories.LossDecisionFactory(source=source)
        for _ in range(20):
            factories.LossFactory(source=source, state="decided", decision=decision)

        with django_assert_max_num_queries(3):
            assert len(table(source)) == 20


class TestRequests:
    def test_one_is_what_the_provider_takes(self, source):
        legacy = legacy_record(job_title="Clerk", company_name="Acme")
        current = contact_record(last_name="Diaz", birthday_month="3", birthday_day="4")
        accounts.pair(source, legacy, current)

        (line,) = requests(source)

        assert (line["method"], line["contact_v2_id"]) == ("PUT", legacy.external_id)
        assert line["path"] == f"/v3/contacts/{current.external_id}"
        assert line["body"] == {
            "update_source": "Account",
            "email_address": {
                "address": "ana1@example.org",
                "permission_to_send": "implicit",
            },
            "first_name": "Ana",
            "last_name": "Diaz",
            "job_title": "Clerk",
            "company_name": "Acme",
            "birthday_month": 3,
            "birthday_day": 4,
        }

    def test_who_is_alike_in_both_versions_needs_none(self, source):
        accounts.pair(source, legacy_record(), contact_record())

        assert requests(source) == []

    def test_a_value_that_v3_has_stays(self, source):
        accounts.pair(
            source, legacy_record(job_title="Clerk"), contact_record(job_title="Boss")
        )

        assert requests(source) == []

    @pytest.mark.parametrize("state", ["missing", "conflict", "unchecked", "deleted"])
    def test_who_is_not_surely_matched_is_left_alone(self, source, state):
        match = accounts.pair(
            source, legacy_record(job_title="Clerk"), contact_record()
        )
        type(match).objects.filter(pk=match.pk).update(state=state)

        assert requests(source) == []

    def test_who_left_v3_is_left_alone(self, source):
        accounts.pair(source, legacy_record(job_title="Clerk"), contact_record())
        Contact.objects.update(missing_at=AT)

        assert requests(source) == []

    def test_an_opt_out_lowers_and_nothing_raises(self, source):
        accounts.pair(source, legacy_record(1, status="OPTOUT"), contact_record(1))
        stronger = contact_record(2, permission_to_send="temp_hold")
        accounts.pair(source, legacy_record(2), stronger)

        (line,) = requests(source)

        told = line["body"]["email_address"]
        assert told["permission_to_send"] == "unsubscribed"
        assert line["path"].endswith(factories.uuid(1))

    @pytest.mark.parametrize(
        ("kind", "state", "lines"),
        [
            ("keep", "decided", 0),
            ("keep", "approved", 0),
            ("keep", "awaiting_second", 1),
            ("hold", "decided", 1),
            ("revoke", "decided", 1),
        ],
    )
    def test_a_permission_that_a_person_keeps_is_not_lowered(
        self, source, kind, state, lines
    ):
        raised = contact_record(permission_to_send="explicit")
        match = accounts.pair(source, legacy_record(), raised)
        accounts.keep(source, match, kind=kind, state=state)

        assert len(requests(source)) == lines

    def test_what_else_differs_is_told_with_the_kept_permission(self, source):
        raised = contact_record(permission_to_send="explicit")
        match = accounts.pair(source, legacy_record(job_title="Clerk"), raised)
        accounts.keep(source, match)

        (line,) = requests(source)

        told = line["body"]
        assert told["job_title"] == "Clerk"
        assert told["email_address"]["permission_to_send"] == "explicit"

    def test_who_is_kept_for_one_list_and_revoked_for_another_is_lowered(self, source):
        raised = contact_record(permission_to_send="explicit")
        match = accounts.pair(source, legacy_record(), raised)
        accounts.keep(source, match)
        accounts.keep(source, match, kind="revoke")

        assert len(requests(source)) == 1

    def test_a_decided_value_goes_where_it_was_decided(self, source):
        current = contact_record(addresses=(accounts.current_street(),))
        accounts.pair(source, legacy_record(addresses=TWO_STREETS), current)
        file_losses(source)
        field = factories.CustomFieldFactory(source=source)
        assert requests(source) == []
        decide_addresses(source, field)

        (line,) = requests(source)

        assert line["body"]["custom_fields"] == [
            {"custom_field_id": field.external_id, "value": "BUSINESS: 7 Oak Ave"}
        ]

    def test_a_loss_that_opened_later_is_not_placed(self, source):
        current = contact_record(1, addresses=(accounts.current_street(),))
        accounts.pair(source, legacy_record(1, addresses=TWO_STREETS), current)
        file_losses(source)
        decide_addresses(source, factories.CustomFieldFactory(source=source))
        late = contact_record(2, addresses=(accounts.current_street(),))
        accounts.pair(source, legacy_record(2, addresses=TWO_STREETS), late)
        file_losses(source)

        assert [line["path"][-1] for line in requests(source)] == ["1"]

    def test_a_value_that_changed_after_its_decision_is_not_placed(self, source):
        current = contact_record(addresses=(accounts.current_street(),))
        match = accounts.pair(source, legacy_record(addresses=TWO_STREETS), current)
        file_losses(source)
        decide_addresses(source, factories.CustomFieldFactory(source=source))
        moved = legacy_record(addresses=(street(), street("9 Ash Rd")))
        accounts.retell(match.legacy_contact, moved)
        file_losses(source)

        assert requests(source) == []

    def test_memory_is_flat(self, source):
        for number in range(1, 201):
            legacy = legacy_record(number, job_title="x" * 40)
            accounts.pair(source, legacy, contact_record(number))
        blocks = catalogue.stream("mapped_contacts", source)
        tracemalloc.start()

        lines = sum(block.count(b"\n") for block in blocks)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert lines == 200
        assert most < 20_000_000


def decide_addresses(source, field):
    rule, kind = "addresses-over-limit", "addresses"
    return placing.decide_kind(
        source=source,
        rule=rule,
        field_kind=kind,
        choice=placing.Choice("custom_field", "Letters go there", field.external_id),
        seen=placing.freeze(placing.open_of_kind(source, rule, kind)),
        by=factories.UserFactory(),
    )


class TestDownloads:
    @pytest.fixture
    def reader(self, client, source):
        client.force_login(factories.UserFactory(roles=["auditor"], sources=[source]))
        return client

    def take(self, reader, file, slug="acme"):
        return reader.get(reverse("audits:download", args=[slug, file]))

    def test_an_account_offers_its_own_files(self, reader):
        page = reader.get(reverse("audits:download-list", args=["acme"]))

        names = [offer.name for offer, _, _ in page.context["offers"]]
        assert "losses" in names
        assert "relationships" not in names
        assert b"mapped_contacts.ndjson" in page.content

    def test_a_district_offers_none_of_them(self, client):
        source = factories.SourceFactory(slug="lakeview")
        client.force_login(factories.UserFactory(roles=["auditor"], sources=[source]))

        page = client.get(reverse("audits:download-list", args=["lakeview"]))

        names = [offer.name for offer, _, _ in page.context["offers"]]
        assert {"losses", "mapped_contacts"}.isdisjoint(names)
        assert self.take(client, "losses.csv", "lakeview").status_code == 404
        assert not Event.objects.exists()

    def test_lines_are_streamed_under_their_own_type_and_told(self, reader, source):
        accounts.pair(source, legacy_record(job_title="Clerk"), contact_record())

        answer = self.take(reader, "mapped_contacts.ndjson")

        assert answer["Content-Type"] == "application/x-ndjson"
        assert "acme-mapped_contacts-" in answer["Content-Disposition"]
        assert answer["Content-Disposition"].endswith('.ndjson"')
        assert json.loads(b"".join(answer.streaming_content))["method"] == "PUT"
        assert Event.objects.get().after["name"] == "mapped_contacts"

    @pytest.mark.parametrize(
        "file", ["mapped_contacts.csv", "losses.ndjson", "losses", "relationships.csv"]
    )
    def test_a_file_of_another_form_is_not_here(self, reader, file):
        assert self.take(reader, file).status_code == 404


def test_a_loss_is_known_by_its_own_source_alone(source):
    factories.LossFactory(source=source)

    with pytest.raises(catalogue.UnknownExport, match="relationships"):
        catalogue.stream("losses", factories.SourceFactory())
    assert Loss.objects.count() == 1


class TestCommands:
    def told(self, capsys):
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    def test_a_scan_tells_what_is_lost(self, source, capsys):
        accounts.pair(source, legacy_record(addresses=TWO_STREETS))

        call_command("scan", source.slug, "--json")

        told = self.told(capsys)
        assert told["losses"] == 1
        assert told["losses_by_rule"] == {"addresses-over-limit": 1}

    def test_a_scan_of_a_district_tells_nothing_of_it(self, capsys):
        call_command("scan", factories.SourceFactory().slug, "--json")

        assert "losses" not in self.told(capsys)

    def test_requests_are_written_to_a_file(self, source, tmp_path, capsys):
        accounts.pair(source, legacy_record(job_title="Clerk"), contact_record())
        path = tmp_path / "out.ndjson"

        call_command("export", "mapped_contacts", "acme", "-o", str(path), "--json")

        (line,) = path.read_text().splitlines()
        assert json.loads(line)["method"] == "PUT"
        assert self.told(capsys)["rows"] == 1

    def test_a_district_has_no_such_file(self, capsys):
        with pytest.raises(SystemExit):
            call_command("export", "losses", factories.SourceFactory().slug)

        assert "has no file “losses”" in capsys.readouterr().err
