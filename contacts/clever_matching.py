"""Who is who in a Clever district: v3's contacts name their ``legacy_id``.

A legacy contact is *matched* by the one present contact that names it as ``legacy_id``.
Without one it is *gone*, unless exactly one contact that is matched to no legacy contact
bears its name, shares a student and has its e-mail or its phone: then it was *recreated*
(Clever gives a contact without ``sis_id`` a new id at any edit). Two that claim one id,
several candidates, or one candidate that several legacy contacts could be, are
*ambiguous*: a wrong guess here would tie privileges to a stranger.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.utils import CursorWrapper

from contacts import scratch

_CLAIM, _CANDIDATE = "crosswalk_claim", "crosswalk_candidate"
TABLES = (_CANDIDATE, _CLAIM)

# Contacts that name a stored legacy contact, and how many name the same one.
_CLAIMS = """
    SELECT l.id AS legacy_id, c.id AS contact_id,
           count(*) OVER (PARTITION BY l.id) AS claims
    FROM contacts_contact AS c
    JOIN contacts_legacycontact AS l
      ON l.source_id = c.source_id AND l.external_id = c.legacy_id
    WHERE c.source_id = %(source)s AND c.missing_at IS NULL AND c.legacy_id <> ''
"""

# Who a legacy contact without a claim may have become. Names, addresses and numbers are
# compared folded; an empty one is like no other. `NOT … = ''` is the partial index's own
# condition, word for word: SQLite knows it by no other.
_CANDIDATES = """
    SELECT l.id AS legacy_id, c.id AS contact_id
    FROM contacts_legacycontact AS l
    JOIN contacts_contact AS c
      ON c.source_id = l.source_id AND c.folded_name = l.folded_name
    WHERE l.source_id = %(source)s AND l.folded_name <> '' AND c.missing_at IS NULL
      AND (l.folded_email <> '' AND c.folded_email = l.folded_email
           OR l.folded_phone <> '' AND c.folded_phone = l.folded_phone)
      AND NOT EXISTS (SELECT 1 FROM crosswalk_claim AS k WHERE k.legacy_id = l.id)
      AND NOT EXISTS (SELECT 1 FROM crosswalk_claim AS k WHERE k.contact_id = c.id)
      AND EXISTS (
        SELECT 1 FROM contacts_legacystudent AS ls
        JOIN contacts_relationshipentry AS e
          ON e.contact_id = c.id AND e.ended_at IS NULL
        LEFT JOIN contacts_student AS s
          ON s.source_id = %(source)s AND s.legacy_id = ls.student_ref
         AND NOT s.legacy_id = ''
        WHERE ls.legacy_contact_id = l.id
          AND (e.student_ref = ls.student_ref OR e.student_ref = s.external_id))
"""

LEGACY_ROWS = """
    SELECT l.id AS legacy_contact_id,
           CASE WHEN k.claims = 1 THEN k.contact_id
                WHEN k.legacy_id IS NULL AND w.candidates = 1 AND w.wanted = 1
                THEN w.contact_id END AS contact_id,
           CASE WHEN k.claims = 1 THEN 'matched'
                WHEN k.claims > 1 THEN 'ambiguous'
                WHEN w.candidates = 1 AND w.wanted = 1 THEN 'recreated'
                WHEN w.candidates >= 1 THEN 'ambiguous'
                ELSE 'gone' END AS state,
           CASE WHEN k.claims = 1 THEN 'legacy_id' ELSE '' END AS method,
           CASE WHEN k.claims = 1 THEN 'legacy_id' ELSE '' END AS methods
    FROM contacts_legacycontact AS l
    LEFT JOIN (SELECT legacy_id, min(contact_id) AS contact_id, max(claims) AS claims
               FROM crosswalk_claim GROUP BY legacy_id) AS k ON k.legacy_id = l.id
    LEFT JOIN (SELECT legacy_id, min(contact_id) AS contact_id,
                      count(*) AS candidates, max(wanted) AS wanted
               FROM (SELECT legacy_id, contact_id,
                            count(*) OVER (PARTITION BY contact_id) AS wanted
                     FROM crosswalk_candidate) AS counted
               GROUP BY legacy_id) AS w ON w.legacy_id = l.id
    WHERE l.source_id = %(source)s
"""

# The contacts that no legacy row stands for. One that went missing is gone as well; if a
# stored legacy contact has its legacy id, that one's row speaks for both.
CONTACT_ROWS = """
    SELECT CAST(NULL AS bigint) AS legacy_contact_id, c.id AS contact_id,
           CASE WHEN c.missing_at IS NOT NULL THEN 'gone'
                WHEN c.twins > 1
                     OR EXISTS (SELECT 1 FROM crosswalk_claim AS k
                                WHERE k.contact_id = c.id)
                     OR EXISTS (SELECT 1 FROM crosswalk_candidate AS w
                                WHERE w.contact_id = c.id) THEN 'ambiguous'
                ELSE 'unmatched' END AS state,
           '' AS method, '' AS methods
    FROM (SELECT id, source_id, legacy_id, missing_at,
                 CASE WHEN legacy_id = '' OR missing_at IS NOT NULL THEN 0
                      ELSE count(*) OVER (
                        PARTITION BY legacy_id,
                                     CASE WHEN missing_at IS NULL THEN 1 ELSE 0 END)
                      END AS twins
          FROM contacts_contact WHERE source_id = %(source)s) AS c
    WHERE NOT EXISTS (SELECT 1 FROM crosswalk_row AS r WHERE r.contact_id = c.id)
      AND (c.missing_at IS NULL OR NOT EXISTS (
            SELECT 1 FROM contacts_legacycontact AS l
            WHERE l.source_id = c.source_id AND l.external_id = c.legacy_id))
"""


def prepare(cursor: CursorWrapper, params: dict[str, Any]) -> None:
    """Lay out who claims whom, and who may have become whom."""
    scratch.create(cursor, _CLAIM, "legacy_id bigint, contact_id bigint, claims bigint")
    scratch.fill(cursor, _CLAIM, _CLAIMS, params)
    scratch.index(cursor, _CLAIM, "legacy_id")
    scratch.index(cursor, _CLAIM, "contact_id")
    scratch.create(cursor, _CANDIDATE, "legacy_id bigint, contact_id bigint")
    scratch.fill(cursor, _CANDIDATE, _CANDIDATES, params)
    scratch.index(cursor, _CANDIDATE, "contact_id")
