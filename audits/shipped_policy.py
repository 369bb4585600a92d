"""The policy this product ships, as the data a policy file holds.

A proposal, not law: a person signs it before the first plan is made. Either parent has full
rights unless an order says otherwise, so where kinship and type disagree it holds instead of
revoking. Data only; `audits.policy.DEFAULT` is what it reads as.
"""

SHIPPED_PRIVILEGES = {
    "view_grades": "records",
    "view_attendance": "records",
    "view_health": "records",
    "pick_up": "release",
    "sign_forms": "act",
    "pay_fees": "act",
    "edit_profile": "act",
    "message_teacher": "record_messages",
    "progress_reports": "record_messages",
    "newsletter": "general_messages",
    "announcements": "general_messages",
    "emergency_call": "emergency",
    "send_email": "mailing",
}

_COLUMNS = (
    "records",
    "release",
    "act",
    "record_messages",
    "general_messages",
    "emergency",
)
_KIN = ["Grandparent", "Aunt/Uncle", "Sibling", "Other"]

# The first row that matches wins. "*" is any value, "" is empty, "?" is outside the
# vocabulary. Verdicts stand in the order of the columns.
_TABLE = (
    (
        ["Parent"],
        ["Parent/Guardian", "Primary", "Secondary"],
        ("keep", "keep", "keep", "keep", "keep", "keep"),
    ),
    (
        ["Parent"],
        ["Family", "Emergency", "Other", ""],
        ("hold", "hold", "hold", "hold", "keep", "keep"),
    ),
    (
        _KIN,
        ["Parent/Guardian", "Primary"],
        ("hold", "hold", "hold", "hold", "keep", "keep"),
    ),
    (
        _KIN,
        ["Secondary", "Family", "Other", ""],
        ("revoke", "hold", "revoke", "revoke", "hold", "keep"),
    ),
    # Parents matched above, so this is everybody else: Self, empty and unknown values too.
    (
        ["*"],
        ["Emergency"],
        ("revoke", "hold", "revoke", "revoke", "hold", "keep"),
    ),
    (
        ["Self"],
        ["*"],
        ("keep", "hold", "hold", "keep", "keep", "keep"),
    ),
    (
        ["", "?"],
        ["*"],
        ("hold", "hold", "hold", "hold", "hold", "keep"),
    ),
)


def _lines() -> list[dict[str, object]]:
    """One line of the policy file for each row and verdict of the table."""
    return [
        {
            "relationship": relationships,
            "type": types,
            "class": [
                name
                for name, told in zip(_COLUMNS, verdicts, strict=True)
                if told == verdict
            ],
            "verdict": verdict,
        }
        for relationships, types, verdicts in _TABLE
        for verdict in sorted(set(verdicts))
    ]


SHIPPED = {
    "name": "Shipped default",
    "privileges": SHIPPED_PRIVILEGES,
    "rules": _lines(),
}
