"""Two records of one person side by side."""

from contacts import comparing, records
from contacts.comparing import Mark

PHONE = "1-(330) 555-1898"


def legacy(**facts):
    return records.LegacyContact(
        "5f00", relationship="Parent", type="Parent/Guardian", **facts
    )


def current(*entries, **facts):
    return records.Contact(
        "6a00",
        legacy_id="5f00",
        entries=tuple(records.Entry(*entry) for entry in entries),
        **facts,
    )


def marks(fields):
    return {field.name: field.mark for field in fields if not field.student}


def relations(fields):
    return {field.student: field for field in fields if field.student}


def test_a_field_told_alike_on_both_sides_is_the_same():
    fields = comparing.legacy_with_current(
        legacy(name="Ana Diaz"), current(name="Ana Diaz")
    )

    assert marks(fields)["Name"] is Mark.SAME
    assert marks(fields)["v2 id"] is Mark.SAME


def test_case_blanks_and_dress_of_a_number_are_only_written_differently():
    fields = comparing.legacy_with_current(
        legacy(name="Ana  DIAZ", phone=PHONE, email="Ana@Example.org"),
        current(name="Ana Diaz", phone="330.555.1898", email="ana@example.org"),
    )

    told = marks(fields)
    assert {told["Name"], told["Phone"], told["E-mail"]} == {Mark.WRITTEN}
    assert not any(field.is_different for field in fields if field.name == "Phone")


def test_another_value_differs():
    fields = comparing.legacy_with_current(
        legacy(email="ana@example.org"), current(email="bea@example.org")
    )

    assert marks(fields)["E-mail"] is Mark.DIFFERS


def test_numbers_without_digits_are_not_alike():
    fields = comparing.legacy_with_current(
        legacy(phone="unlisted"), current(phone="ask the office")
    )

    assert marks(fields)["Phone"] is Mark.DIFFERS


def test_a_value_on_one_side_says_on_which():
    fields = comparing.legacy_with_current(legacy(sis_id="17"), current(phone=PHONE))

    assert marks(fields)["SIS id"] is Mark.ONLY_OLD
    assert marks(fields)["Phone"] is Mark.ONLY_NEW
    assert marks(fields)["District"] is Mark.EMPTY


def test_the_single_label_of_v2_stands_beside_the_entry_of_each_student():
    fields = relations(
        comparing.legacy_with_current(
            legacy(students=("leo", "mia")),
            current(
                ("leo", "Aunt/Uncle", "Family"), ("mia", "parent ", "Parent/Guardian")
            ),
        )
    )

    assert fields["leo"].old == ("Parent (Parent/Guardian)",)
    assert fields["leo"].new == ("Aunt/Uncle (Family)",)
    assert fields["leo"].mark is Mark.DIFFERS
    assert fields["mia"].mark is Mark.WRITTEN


def test_a_student_of_one_version_alone_is_marked():
    fields = relations(
        comparing.legacy_with_current(
            legacy(students=("leo",)), current(("mia", "Parent", "Primary"))
        )
    )

    assert fields["leo"].mark is Mark.ONLY_OLD
    assert fields["mia"].mark is Mark.ONLY_NEW


def test_several_entries_for_a_student_are_all_shown():
    fields = relations(
        comparing.legacy_with_current(
            legacy(students=("leo",)),
            current(("leo", "Parent", "Primary"), ("leo", "Other", "Emergency")),
        )
    )

    assert fields["leo"].new == ("Other (Emergency)", "Parent (Primary)")
    assert fields["leo"].mark is Mark.DIFFERS


def test_an_empty_label_is_said_in_words():
    assert comparing.label(("", " ")) == "no relationship (no type)"


def test_a_record_without_a_counterpart_stands_alone():
    fields = comparing.legacy_with_current(legacy(name="Ana", students=("leo",)), None)

    assert {field.mark for field in fields} <= {Mark.ONLY_OLD, Mark.EMPTY}
    assert relations(fields)["leo"].mark is Mark.ONLY_OLD


def test_entries_in_another_order_are_the_same_to_the_provider():
    stored = current(("leo", "Parent", "Primary"), ("leo", "Other", "Family"))
    told = current(("leo", "Other", "Family"), ("leo", "Parent", "Primary"))

    fields = comparing.stored_with_told(stored, told)

    assert not any(field.is_different for field in fields)
