from datetime import date

import pytest

from audits import granting
from audits.models import Grant, Restriction, StagedGrant
from contacts import slicing, working
from contacts.models import Job, QuarantinedRow, Snapshot
from contacts.records import BadRecord
from tests.contacts import facts
from tests.factories import SourceFactory

HEADER = (
    "grant_id,contact_id,student_id,list_id,privilege,granted_at,granted_by,"
    "basis,basis_relationship,basis_type,expires_at"
)
ORDER_HEADER = (
    "restriction_id,contact_id,student_id,kind,privilege_classes,"
    "starts_on,ends_on,reference,note"
)


def grant(**cells):
    told = {"grant_id": "g1", "contact_id": "c1", "privilege": "view_grades", **cells}
    return granting.parse_grant(told, own_basis="v2_relationship")


def value(record, column, kind=granting.GRANTS):
    return record.values[kind.columns.index(column)]


def order(**cells):
    told = {"restriction_id": "r1", "contact_id": "c1", "kind": "court_order", **cells}
    return granting.parse_restriction(told)


def stored(path, *rows, header=HEADER):
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def imported(source, path, *, complete=False):
    job = granting.start_grants(source=source, path=path, complete=complete, by=None)
    return working.run_here(job)


# --- Rows --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("", ""),
        ("2024-09-01", "2024-09-01"),
        ("2024-09-01T10:00:00+02:00", "2024-09-01T08:00:00Z"),
        ("2024-09-01 10:00", "2024-09-01T10:00:00Z"),
        ("2024-09-01T10:00:00Z", "2024-09-01T10:00:00Z"),
    ],
)
def test_granted_at_is_kept_as_a_date_or_a_time_in_utc(told, kept):
    assert value(grant(granted_at=told), "granted_at") == kept


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("", None),
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T23:30:00-05:00", "2026-02-01"),
    ],
)
def test_expires_at_is_a_day_in_utc(told, kept):
    assert value(grant(expires_at=told), "expires_at") == kept


@pytest.mark.parametrize(
    "told", ["31/01/2026", "2026-02-30", "soon", "0001-01-01T00:00+14:00"]
)
@pytest.mark.parametrize("column", ["granted_at", "expires_at"])
def test_an_unreadable_date_is_a_bad_record(column, told):
    with pytest.raises(BadRecord) as error:
        grant(**{column: told})

    assert error.value.field == column
    assert told not in error.value.reason


@pytest.mark.parametrize("basis", [*Grant.Basis.values, "Court_Order"])
def test_a_known_basis_is_kept(basis):
    assert value(grant(basis=basis), "basis") == basis.lower()


def test_an_empty_basis_is_the_one_the_providers_data_judges():
    assert value(grant(basis=""), "basis") == "v2_relationship"
    told = {"grant_id": "g", "contact_id": "c", "privilege": "p"}
    mailing = granting.parse_grant(told, own_basis="consent")
    assert value(mailing, "basis") == "consent"


def test_an_unknown_basis_is_a_bad_record():
    with pytest.raises(BadRecord, match="basis is none of v2_relationship"):
        grant(basis="hearsay")


def test_any_privilege_is_taken():
    assert value(grant(privilege="fly_kites"), "privilege") == "fly_kites"


def test_an_id_keeps_its_zeros_and_has_a_limit():
    assert grant(grant_id="0016633325").external_id == "0016633325"
    with pytest.raises(BadRecord, match="student_id is longer than 100 characters"):
        grant(student_id="x" * 101)


def test_classes_are_kept_in_one_order():
    told = order(privilege_classes=" Release;records; ;release")

    kept = value(told, "privilege_classes", granting.RESTRICTIONS)
    assert kept == "records;release"


def test_an_unknown_class_is_a_bad_record():
    with pytest.raises(BadRecord, match="privilege_classes names a class"):
        order(privilege_classes="records;everything")


def test_an_unknown_kind_is_a_bad_record():
    with pytest.raises(BadRecord, match="kind is none of court_order"):
        order(kind="rumour")


def test_a_rows_repr_tells_its_id_alone():
    assert repr(order(note="Ana Diaz")) == "TableRecord('r1')"


# --- Files -------------------------------------------------------------------


@pytest.mark.django_db
def test_grants_go_in_as_they_stand(tmp_path):
    row = "0042,c1,s1,l1,view_grades,2024-09-01,office,,Parent,Family,2027-06-30"
    path = stored(tmp_path / "grants.csv", row)

    job = imported(SourceFactory(), path)

    assert job.state == Job.State.DONE
    kept = Grant.objects.get()
    assert (kept.external_id, kept.contact_ref, kept.student_ref) == (
        "0042",
        "c1",
        "s1",
    )
    assert (kept.list_ref, kept.privilege, kept.granted_by) == (
        "l1",
        "view_grades",
        "office",
    )
    assert (kept.basis, kept.basis_relationship, kept.basis_type) == (
        "v2_relationship",
        "Parent",
        "Family",
    )
    assert (kept.expires_at, kept.closed_at) == (date(2027, 6, 30), None)
    assert (kept.student_key, kept.match) == ("", None)


@pytest.mark.django_db
def test_constant_contact_grants_rest_on_consent(tmp_path):
    path = stored(tmp_path / "grants.csv", "g1,c1,,l1,send_email,,,,,,")

    imported(SourceFactory(provider="constant_contact"), path)

    assert Grant.objects.get().basis == Grant.Basis.CONSENT


@pytest.mark.django_db
def test_bad_rows_are_quarantined_with_line_and_reason_and_the_rest_goes_in(tmp_path):
    path = stored(
        tmp_path / "grants.csv",
        "g1,c1,,,view_grades,,,,,,",
        ",c1,,,view_grades,,,,,,",
        "g3,c1,,,view_grades,,,hearsay,,,",
        "g4,c1,,,view_grades,tomorrow,,,,,",
        "g5,c1,short",
        "g1,c1,,,view_grades,,,,,,",
        "g1,c2,,,view_grades,,,,,,",
    )

    job = imported(SourceFactory(), path)

    assert Grant.objects.get().contact_ref == "c1"
    assert {name: job.result[name] for name in facts.COUNTS} == {
        "pages": 1,
        "rows_in": 7,
        "imported": 1,
        "unchanged": 0,
        "duplicates": 1,
        "quarantined": 5,
    }
    told = QuarantinedRow.objects.order_by("line").values_list("line", "field")
    assert list(told) == [
        (3, "grant_id"),
        (4, "basis"),
        (5, "granted_at"),
        (6, ""),
        (8, "grant_id"),
    ]


@pytest.mark.django_db
def test_a_file_without_its_columns_is_one_sentence_and_nothing_goes_in(tmp_path):
    path = stored(tmp_path / "grants.csv", "1,2", header="grant_id,contact_id")

    job = imported(SourceFactory(), path)

    assert job.state == Job.State.FAILED
    assert job.error.startswith(
        "grants.csv: Line 1, column 1: the header lacks privilege"
    )
    assert not Grant.objects.exists()


@pytest.mark.django_db
def test_the_same_grants_again_change_nothing(tmp_path):
    source = SourceFactory()
    path = stored(
        tmp_path / "grants.csv", "g1,c1,,,p,,,,,,", "g2,c1,,,p,,,,,,2027-01-01"
    )
    imported(source, path)
    before = list(Grant.objects.order_by("pk").values())

    job = imported(source, path)

    assert (job.result["imported"], job.result["unchanged"]) == (0, 2)
    assert list(Grant.objects.order_by("pk").values()) == before
    assert not StagedGrant.objects.exists()


@pytest.mark.django_db
def test_a_complete_file_closes_what_it_lacks_and_a_later_one_reopens_it(tmp_path):
    source = SourceFactory()
    both = stored(tmp_path / "both.csv", "g1,c1,,,p,,,,,,", "g2,c1,,,p,,,,,,")
    one = stored(tmp_path / "one.csv", "g1,c1,,,p,,,,,,")
    imported(source, both)

    job = imported(source, one, complete=True)

    closed = Grant.objects.get(external_id="g2")
    assert closed.closed_at is not None
    assert job.result["closed"] == 1
    assert Grant.objects.active().count() == 1

    imported(source, both)

    closed.refresh_from_db()
    assert closed.closed_at is None


@pytest.mark.django_db
def test_a_file_that_does_not_say_it_is_complete_closes_nothing(tmp_path):
    source = SourceFactory()
    imported(source, stored(tmp_path / "two.csv", "g1,c1,,,p,,,,,,", "g2,c1,,,p,,,,,,"))

    imported(source, stored(tmp_path / "one.csv", "g1,c1,,,p,,,,,,"))

    assert Grant.objects.active().count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("doubt", ["g9,,,,p,,,,,,", "g1,other,,,p,,,,,,"])
def test_any_quarantined_row_keeps_a_complete_file_from_closing(tmp_path, doubt):
    source = SourceFactory()
    imported(source, stored(tmp_path / "two.csv", "g1,c1,,,p,,,,,,", "g2,c1,,,p,,,,,,"))

    path = stored(tmp_path / "one.csv", "g1,c1,,,p,,,,,,", doubt)
    job = imported(source, path, complete=True)

    assert Grant.objects.active().count() == 2
    assert job.result["closed"] == 0
    assert Snapshot.objects.latest("pk").state == Snapshot.State.COMPLETE


@pytest.mark.django_db
def test_grants_stopped_half_way_end_as_undisturbed_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(slicing, "PAGE_ROWS", 2)
    source = SourceFactory()
    rows = [f"g{number},c1,,,p,,,,,," for number in range(7)]
    path = stored(tmp_path / "grants.csv", *rows)
    job = granting.start_grants(source=source, path=path, complete=True, by=None)

    slices = 0
    while slices < 20:
        try:
            result = granting.import_grants(facts.lease(job, slice_seconds=0))
            break
        except working.SliceOver:
            slices += 1

    assert slices > 3
    assert (result["pages"], result["rows_in"], result["imported"]) == (4, 7, 7)
    assert Grant.objects.count() == 7


@pytest.mark.django_db
def test_restrictions_go_in(tmp_path):
    path = stored(
        tmp_path / "orders.csv",
        "r1,c1,s1,protection_order,records;release,2026-01-01,2026-12-31,No. 7,by hand",
        "r2,c1,,gossip,,,,,",
        header=ORDER_HEADER,
    )
    source = SourceFactory()

    job = working.run_here(
        granting.start_restrictions(source=source, path=path, by=None)
    )

    assert (job.result["imported"], job.result["quarantined"]) == (1, 1)
    kept = Restriction.objects.get()
    assert (kept.kind, kept.privilege_classes) == (
        Restriction.Kind.PROTECTION_ORDER,
        "records;release",
    )
    assert (kept.starts_on, kept.ends_on) == (date(2026, 1, 1), date(2026, 12, 31))
    assert (kept.student_ref, kept.reference, kept.note) == ("s1", "No. 7", "by hand")
