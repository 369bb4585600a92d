"""Who is who in a Constant Contact account: three sources tell the V3 id of a V2 id.

They are the provider's cross-reference, a crosswalk a person uploaded, and the
``contact_id`` that V2 itself told. One V3 id that all of them agree on, and no other V2
id has, makes a *matched* contact, or a *deleted* one where V3 only remembers it. Sources
that disagree, and V2 ids that share a V3 id, are a *conflict*: consent may be the
wrong person's. An id that was asked and not answered, or whose V3 contact a whole list
lacked, is *missing*; one that nobody asked for yet is *unchecked*.

Ids are compared as text first, and where that finds nobody without leading zeros: the
provider prints ``0016633325`` here and ``16633325`` there, and spreadsheets drop zeros.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.utils import CursorWrapper

from contacts import scratch

# SQLite joins as written where a CROSS JOIN tells it to, and only then finds each other
# spelling by an index that it makes; left to itself it compares all with all.
CLAIMS = """
    WITH told AS MATERIALIZED (
      SELECT 'xref' AS method, external_id, ref, ltrim(external_id, '0') AS bare
      FROM contacts_contactxref WHERE source_id = %(source)s AND ref <> ''
      UNION ALL
      SELECT 'upload', external_id, ref, ltrim(external_id, '0')
      FROM contacts_uploadedxref WHERE source_id = %(source)s AND ref <> ''
    ), known AS MATERIALIZED (
      SELECT l.id, t.method, t.external_id, t.ref
      FROM told AS t
      JOIN contacts_legacycontact AS l
        ON l.source_id = %(source)s AND l.external_id = t.external_id
    ), other AS MATERIALIZED (
      SELECT t.method, t.bare, t.ref FROM told AS t
      WHERE NOT EXISTS (
        SELECT 1 FROM contacts_legacycontact AS l
        WHERE l.source_id = %(source)s AND l.external_id = t.external_id)
    ), spelt AS MATERIALIZED (
      SELECT id, ltrim(external_id, '0') AS bare FROM contacts_legacycontact
      WHERE source_id = %(source)s AND EXISTS (SELECT 1 FROM other)
    )
    SELECT id AS legacy_contact_id, ref AS contact_ref, method FROM known
    UNION ALL
    SELECT s.id, o.ref, o.method FROM other AS o
    CROSS JOIN spelt AS s LEFT JOIN known AS k ON k.id = s.id AND k.method = o.method
    WHERE s.bare = o.bare AND k.id IS NULL
    UNION ALL
    SELECT l.id, c.told_ref, 'include_contact_id'
    FROM contacts_legacyconsent AS c
    JOIN contacts_legacycontact AS l ON l.id = c.legacy_contact_id
    WHERE l.source_id = %(source)s AND c.told_ref <> ''
"""
"""Which V3 id each source tells for a stored V2 contact: ``legacy_contact_id``,
``contact_ref``, ``method``. Takes ``source``; stands in brackets after ``FROM``."""

_CLAIM, _TOLD, _WANTED = "crosswalk_claim", "crosswalk_told", "crosswalk_wanted"
TABLES = (_WANTED, _TOLD, _CLAIM)

# What the sources tell of a legacy contact together, and how many different V3 ids.
_ALL_TOLD = """
    SELECT legacy_id, min(ref) AS ref, count(DISTINCT ref) AS refs,
           max(CASE WHEN method = 'xref' THEN 1 ELSE 0 END) AS by_xref,
           max(CASE WHEN method = 'upload' THEN 1 ELSE 0 END) AS by_upload,
           max(CASE WHEN method = 'include_contact_id' THEN 1 ELSE 0 END) AS by_v2
    FROM crosswalk_claim GROUP BY legacy_id
"""

_ALL_WANTED = """
    SELECT ref, count(DISTINCT legacy_id) AS legacies
    FROM crosswalk_claim GROUP BY ref
"""

# A V3 contact that is not in V3's data is absent only if V3 was once listed as a whole.
LEGACY_ROWS = """
    SELECT r.legacy_contact_id,
           CASE WHEN r.state IN ('matched', 'deleted') THEN r.contact_id END
             AS contact_id,
           r.state, r.method, r.methods
    FROM (
      SELECT l.id AS legacy_contact_id, c.id AS contact_id,
             CASE WHEN t.refs > 1 OR w.legacies > 1 THEN 'conflict'
                  WHEN c.id IS NOT NULL AND d.deleted_at <> '' THEN 'deleted'
                  WHEN c.id IS NOT NULL THEN 'matched'
                  WHEN t.refs = 1 AND NOT EXISTS (
                    SELECT 1 FROM contacts_snapshot AS s
                    WHERE s.source_id = %(source)s AND s.kind = 'contacts'
                      AND s.state = 'complete') THEN 'unchecked'
                  WHEN t.refs = 1 OR x.id IS NOT NULL THEN 'missing'
                  ELSE 'unchecked' END AS state,
             CASE WHEN t.by_xref = 1 THEN 'xref'
                  WHEN t.by_upload = 1 THEN 'upload'
                  WHEN t.by_v2 = 1 THEN 'include_contact_id'
                  ELSE '' END AS method,
             rtrim(CASE WHEN t.by_xref = 1 THEN 'xref;' ELSE '' END
                   || CASE WHEN t.by_upload = 1 THEN 'upload;' ELSE '' END
                   || CASE WHEN t.by_v2 = 1 THEN 'include_contact_id' ELSE '' END,
                   ';') AS methods
      FROM contacts_legacycontact AS l
      LEFT JOIN crosswalk_told AS t ON t.legacy_id = l.id
      LEFT JOIN crosswalk_wanted AS w ON w.ref = t.ref
      LEFT JOIN contacts_contact AS c
        ON c.source_id = %(source)s AND c.external_id = t.ref
       AND c.missing_at IS NULL
      LEFT JOIN contacts_consent AS d ON d.contact_id = c.id
      LEFT JOIN contacts_contactxref AS x
        ON x.source_id = %(source)s AND x.external_id = l.external_id AND x.ref = ''
      WHERE l.source_id = %(source)s
    ) AS r
"""

# The contacts that no legacy row stands for: those claimed in a conflict, and those that
# only V3 knows. One that V3 no longer tells is spoken for by the row that claims it.
CONTACT_ROWS = """
    SELECT CAST(NULL AS bigint) AS legacy_contact_id, c.id AS contact_id,
           CASE WHEN c.missing_at IS NOT NULL THEN 'missing'
                WHEN w.ref IS NOT NULL THEN 'conflict'
                WHEN d.deleted_at <> '' THEN 'deleted'
                ELSE 'unmatched' END AS state,
           '' AS method, '' AS methods
    FROM contacts_contact AS c
    LEFT JOIN crosswalk_wanted AS w ON w.ref = c.external_id
    LEFT JOIN contacts_consent AS d ON d.contact_id = c.id
    WHERE c.source_id = %(source)s
      AND NOT EXISTS (SELECT 1 FROM crosswalk_row AS r WHERE r.contact_id = c.id)
      AND (c.missing_at IS NULL OR w.ref IS NULL)
"""


def prepare(cursor: CursorWrapper, params: dict[str, Any]) -> None:
    """Lay out what the sources tell, and which V3 ids more than one V2 id has."""
    scratch.create(cursor, _CLAIM, "legacy_id bigint, ref text, method text")
    scratch.fill(cursor, _CLAIM, f"SELECT * FROM ({CLAIMS}) AS k", params)  # noqa: S608  # constants
    scratch.create(
        cursor,
        _TOLD,
        "legacy_id bigint, ref text, refs bigint,"
        " by_xref integer, by_upload integer, by_v2 integer",
    )
    scratch.fill(cursor, _TOLD, _ALL_TOLD, params)
    scratch.index(cursor, _TOLD, "legacy_id")
    scratch.create(cursor, _WANTED, "ref text, legacies bigint")
    scratch.fill(cursor, _WANTED, _ALL_WANTED, params)
    scratch.index(cursor, _WANTED, "ref")
