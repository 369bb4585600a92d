"""The CSVs: columns to the letter, text that no spreadsheet runs, streamed."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits import deciding, seconding
from audits.exports import catalogue, writing
from audits.models import Event, Finding
from audits.terms import Terms
from contacts.models import Match
from tests import factories
from tests.audits.mailing import Account
from tests.factories import AT


def read(name, source, **filters):
    """Give the rows of a CSV as dicts."""
    text = b"".join(catalogue.stream(name, source, filters=filters)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


COLUMNS = {
    "findings": "finding_id,rule,severity,state,recommendation,why,grant_id,privilege,"
    "privilege_class,contact_v2_id,contact_v3_id,contact_name,student_id,student_name,"
    "list_id,basis,basis_relationship,basis_type,v3_entries,match,decision,reason,"
    "decided_by,decided_at,second_by,second_at,first_seen_at,last_seen_at,"
    "evidence_v2_sha256,evidence_v3_sha256,policy_version,list_name,neutralised",
    "crosswalk": "contact_v2_id,contact_v3_id,method,state,contact_name,email,"
    "methods,neutralised",
    "relationships": "contact_v3_id,contact_v2_id,contact_name,student_id,student_name,"
    "relationship,type,v2_relationship,v2_type,agrees,neutralised",
    "population": "snapshot,kind,version,state,pages,rows_in,imported,unchanged,"
    "duplicates,quarantined,neutralised",
    "events": "seq,at,actor,actor_kind,via,action,object_type,object_id,before,after,"
    "batch_id,reason,prev_hash,hash,neutralised",
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", COLUMNS)
def test_columns_are_those_promised_in_their_order(name):
    (header,) = catalogue.stream(name, factories.SourceFactory())

    assert header == f"{COLUMNS[name]}\r\n".encode()


@pytest.mark.django_db
def test_decisions_begin_with_the_columns_of_findings():
    (header,) = catalogue.stream("decisions", factories.SourceFactory())

    findings = COLUMNS["findings"].removesuffix(",neutralised")
    rest = (
        "batch_id,batch_size,against_recommendation,exception_until,plan_id,"
        "apply_result,applied_at,verify_result,verified_at"
    )
    assert header.decode().startswith(f"{findings},{rest},")
    assert header.endswith(b",neutralised\r\n")


@pytest.mark.django_db
def test_an_unknown_csv_is_refused():
    with pytest.raises(catalogue.UnknownExport):
        catalogue.stream("secrets", factories.SourceFactory())


@pytest.mark.django_db
def test_an_unknown_filter_is_refused():
    source = factories.SourceFactory()

    with pytest.raises(catalogue.UnknownFilter):
        catalogue.stream("events", source, filters={"state": "open"})


# --- Cells -------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+12",
        "-12",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff201",
        "\ufeff=1",
        "  =1",
        "\n=1",
        "\u200b@x",
        "\u00a0-1",
    ],
)
def test_a_cell_that_a_spreadsheet_runs_gets_an_apostrophe(cell):
    assert writing.line(["name"], [cell]) == [f"'{cell}", "name"]


@pytest.mark.parametrize("cell", ["", "Ana", "a=1", "'=1", "0016633325", "5-3", "é"])
def test_another_cell_stays_as_it_is(cell):
    assert writing.line(["name"], [cell]) == [cell, ""]


def test_all_changed_columns_are_named():
    line = writing.line(["name", "email", "note"], ["=1", "a@b.c", "@x"])

    assert line == ["'=1", "a@b.c", "'@x", "name;note"]


def test_numbers_and_truths_are_not_text():
    line = writing.line(["a", "b", "c", "d"], [-5, True, False, None])

    assert line == ["-5", "true", "false", "", ""]


def test_a_time_is_utc():
    line = writing.line(["at"], [datetime(2026, 3, 2, 9, 30, tzinfo=UTC)])

    assert line == ["2026-03-02T09:30:00Z", ""]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_any_text_can_be_restored(cells):
    columns = [f"c{place}" for place in range(len(cells))]

    written = writing._block([writing.line(columns, cells)]).decode()

    (row,) = csv.reader(io.StringIO(written, newline=""))
    changed = row.pop().split(";")
    restored = [
        cell.removeprefix("'") if column in changed else cell
        for column, cell in zip(columns, row, strict=True)
    ]
    assert restored == cells
    assert not any(writing._RUNS.match(cell) for cell in row)


# --- Findings and decisions --------------------------------------------------


@pytest.mark.django_db
def test_a_finding_is_written_with_its_sentence_and_decision():
    finding = factories.FindingFactory(privilege_class="emergency")
    Finding.objects.filter(pk=finding.pk).update(severity=Finding.Severity.LOW)
    finding.refresh_from_db()
    finding.situation.sentence = "{privilege} for {student} rests on v2."
    finding.situation.save()
    person = factories.UserFactory(username="rita")
    deciding.decide(
        finding,
        kind="revoke",
        reason="v3 says aunt",
        by=person,
        version=1,
        evidence=finding.evidence,
        at=AT,
    )

    (row,) = read("findings", finding.source)

    assert row["finding_id"] == str(finding.pk)
    assert row["why"] == "view_grades for Leo Diaz rests on v2."
    assert (row["severity"], row["state"]) == ("low", "decided")
    assert (row["decision"], row["reason"]) == ("revoke", "v3 says aunt")
    assert (row["decided_by"], row["decided_at"]) == ("rita", "2026-03-02T09:30:00Z")
    assert (row["second_by"], row["second_at"]) == ("", "")
    assert (row["v3_entries"], row["match"]) == ("Aunt/Uncle/Family", "matched")
    assert row["policy_version"] == str(finding.policy.number)


@pytest.mark.django_db
def test_a_finding_about_mail_is_written_in_the_same_columns():
    account = Account()
    account.subscriber(
        v2={
            "status": "ACTIVE",
            "email_status": "OPTOUT",
            "confirm_status": "CONFIRMED",
            "opt_in_source": "ACTION_BY_VISITOR",
        },
        list_ref=account.legacy_news.external_id,
    )
    account.scan()

    (row,) = read("findings", account.source)

    assert row["rule"] == "opt-out-lost"
    assert row["why"].startswith("send_email on ‘Newsletter’ would go out: V2 says")
    assert row["list_id"] == account.legacy_news.external_id
    assert row["list_name"] == "Newsletter"
    assert row["basis_relationship"] == "ACTIVE/OPTOUT"
    assert row["basis_type"] == "CONFIRMED/ACTION_BY_VISITOR"
    assert row["v3_entries"] == "implicit/off"
    assert (row["student_id"], row["student_name"]) == ("", "")


@pytest.mark.django_db
def test_findings_of_every_state_are_written_unless_one_is_asked_for():
    source = factories.SourceFactory()
    factories.FindingFactory(source=source)
    factories.FindingFactory(source=source, state="closed", closed_at=AT)
    factories.FindingFactory()

    assert {row["state"] for row in read("findings", source)} == {"open", "closed"}
    assert [row["state"] for row in read("findings", source, state="closed")] == [
        "closed"
    ]


@pytest.mark.django_db
def test_a_finding_left_alone_was_seen_by_the_last_finished_scan():
    later, latest = AT.replace(month=4), AT.replace(month=5)
    source = factories.SourceFactory()
    factories.FindingFactory(source=source)
    factories.FindingFactory(source=source, state="closed", closed_at=later)
    factories.ScanFactory(source=source, started_at=later)
    factories.ScanFactory(source=source, started_at=latest, finished_at=None)

    rows = read("findings", source)

    seen = {row["state"]: row["last_seen_at"] for row in rows}
    assert seen == {"open": "2026-04-02T09:30:00Z", "closed": "2026-03-02T09:30:00Z"}


@pytest.mark.django_db
def test_decisions_taken_back_are_written_too():
    finding = factories.FindingFactory()
    withdrawn = factories.DecisionFactory(
        finding=finding,
        withdrawn_by=factories.UserFactory(username="rita"),
        withdrawn_at=AT,
    )
    factories.DecisionFactory(finding=finding, kind="keep", against_recommendation=True)

    rows = read("decisions", finding.source)

    assert [row["decision"] for row in rows] == [withdrawn.kind, "keep"]
    assert [row["withdrawn_by"] for row in rows] == ["rita", ""]
    assert [row["against_recommendation"] for row in rows] == ["false", "true"]
    assert {row["batch_size"] for row in rows} == {"1"}


@pytest.mark.django_db
def test_a_second_look_and_an_exception_are_written():
    finding = factories.FindingFactory(severity=3, recommendation="hold")
    until = AT.date() + timedelta(days=40)
    rita = factories.UserFactory(username="rita", roles=["reviewer"])
    anna = factories.UserFactory(username="anna", roles=["approver"])
    kept = deciding.decide(
        finding,
        kind="keep",
        reason="a paper",
        by=rita,
        version=1,
        evidence=finding.evidence,
        terms=Terms(exception_until=until, reason_code="paper"),
        at=AT,
    )
    seconding.confirm(kept, by=anna, version=2, at=AT + timedelta(days=1))

    (found,) = read("findings", finding.source)
    (row,) = read("decisions", finding.source)

    assert found["state"] == row["state"] == "approved"
    assert (found["second_by"], found["second_at"]) == ("anna", "2026-03-03T09:30:00Z")
    assert (row["second_by"], row["second_at"]) == ("anna", "2026-03-03T09:30:00Z")
    assert row["exception_until"] == "2026-04-11"
    assert (row["reason_code"], row["sample"]) == ("paper", "false")


@pytest.mark.django_db
def test_a_decision_sent_back_is_written_with_its_note():
    finding = factories.FindingFactory()
    factories.DecisionFactory(
        finding=finding,
        needs_second_look=True,
        returned_by=factories.UserFactory(username="anna"),
        returned_at=AT,
        return_note="which school?",
        superseded_at=AT,
        owner=factories.UserFactory(username="rita"),
        due_on=AT.date(),
    )

    (row,) = read("decisions", finding.source)

    assert (row["returned_by"], row["return_note"]) == ("anna", "which school?")
    assert row["returned_at"] == row["superseded_at"] == "2026-03-02T09:30:00Z"
    assert (row["hold_owner"], row["hold_due_on"]) == ("rita", "2026-03-02")
    assert row["state"] == "open"


@pytest.mark.django_db
def test_a_decision_of_a_batch_names_it_and_its_size():
    batch = factories.BatchFactory(items=12)
    finding = factories.FindingFactory(source=batch.source)
    factories.DecisionFactory(finding=finding, batch=batch)

    (row,) = read("decisions", batch.source)

    assert (row["batch_id"], row["batch_size"]) == (f"batch-{batch.pk}", "12")


# --- Facts -------------------------------------------------------------------


@pytest.mark.django_db
def test_the_crosswalk_holds_both_sides():
    source = factories.SourceFactory()
    matched = factories.MatchFactory(source=source, methods="xref;upload")
    factories.MatchFactory(
        source=source, contact=None, state=Match.State.GONE, method=""
    )
    factories.MatchFactory(
        source=source, legacy_contact=None, state=Match.State.UNMATCHED, method=""
    )

    rows = read("crosswalk", source)

    assert [row["state"] for row in rows] == ["matched", "gone", "unmatched"]
    assert rows[0]["contact_v2_id"] == matched.legacy_contact.external_id
    assert rows[0]["contact_v3_id"] == matched.contact.external_id
    assert (rows[1]["contact_v3_id"], rows[2]["contact_v2_id"]) == ("", "")
    assert rows[2]["email"]
    assert [row["methods"] for row in rows] == ["xref;upload", "", ""]


@pytest.mark.django_db
def test_relationships_stand_beside_the_single_label():
    source = factories.SourceFactory()
    student = factories.StudentFactory(source=source, name="Leo Diaz")
    match = factories.MatchFactory(source=source)
    for label in (("Aunt/Uncle", "Family"), ("parent ", "Parent/Guardian")):
        factories.RelationshipEntryFactory(
            contact=match.contact,
            student_ref=student.external_id,
            relationship=label[0],
            type=label[1],
        )
    factories.RelationshipEntryFactory(contact=match.contact, ended_at=AT)

    rows = read("relationships", source)

    assert [row["agrees"] for row in rows] == ["false", "true"]
    assert {row["student_name"] for row in rows} == {"Leo Diaz"}
    assert {row["v2_relationship"] for row in rows} == {"Parent"}
    assert {row["contact_v2_id"] for row in rows} == {match.legacy_contact.external_id}


@pytest.mark.django_db
def test_a_relationship_without_a_stored_label_neither_agrees_nor_differs():
    contact = factories.ContactFactory(legacy_id="")
    factories.RelationshipEntryFactory(contact=contact)

    (row,) = read("relationships", contact.source)

    assert (row["v2_relationship"], row["agrees"], row["contact_v2_id"]) == ("", "", "")


@pytest.mark.django_db
def test_contacts_that_v3_no_longer_has_tell_no_relationship():
    contact = factories.ContactFactory(missing_at=AT)
    factories.RelationshipEntryFactory(contact=contact)

    assert read("relationships", contact.source) == []


@pytest.mark.django_db
def test_population_counts_each_snapshot():
    snapshot = factories.SnapshotFactory(rows_in=7, imported=4, unchanged=3)

    (row,) = read("population", snapshot.source)

    assert row["snapshot"] == str(snapshot.pk)
    assert (row["kind"], row["version"], row["state"]) == ("contacts", "v3", "complete")
    assert (row["rows_in"], row["imported"], row["unchanged"]) == ("7", "4", "3")


# --- Events ------------------------------------------------------------------


@pytest.mark.django_db
def test_a_download_is_an_event_and_stands_in_the_events():
    source = factories.SourceFactory(slug="juniper")
    person = factories.UserFactory(username="=rita")

    catalogue.downloaded(
        "findings", source, by=person, via="web", filters={"state": "open"}
    )

    (row,) = read("events", source)
    assert (row["seq"], row["action"]) == ("1", "export.downloaded")
    assert (row["actor"], row["neutralised"]) == ("'=rita", "actor")
    assert '"filters":{"state":"open"}' in row["after"]
    assert row["hash"] == Event.objects.get().hash


@pytest.mark.django_db
def test_rows_are_read_in_slices_whose_number_grows_alone(
    monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(writing, "BATCH", 2)
    monkeypatch.setattr(writing, "BLOCK", 1)
    source = factories.SourceFactory()
    for _ in range(5):
        factories.SnapshotFactory(source=source)
    stream = catalogue.stream("population", source)

    with django_assert_num_queries(0):
        next(stream)
    with django_assert_num_queries(1):
        next(stream)
    with django_assert_num_queries(3):
        rest = list(stream)

    assert len(rest) == 4
