"""The SQL that lays what was found beside what stood before, and says what changed."""

from __future__ import annotations

from audits.surveying import tables
from audits.surveying.survey import ACTIVE, Survey
from contacts import dialect

# Columns that a finding takes over as they are, in the order of the statements below.
COPIED = (
    "grant_id",
    "match_id",
    "fingerprint",
    "evidence",
    "situation_id",
    "rule",
    "severity",
    "recommendation",
    "grant_ref",
    "privilege",
    "privilege_class",
    "contact_v2_id",
    "contact_v3_id",
    "contact_name",
    "student_ref",
    "student_name",
    "list_ref",
    "list_name",
    "basis",
    "basis_relationship",
    "basis_type",
    "v3_entries",
    "match_state",
    "search_text",
    "evidence_v2_sha256",
    "evidence_v3_sha256",
)


def _grants_found() -> str:
    """Columns as in ``COPIED``, of grants."""
    return f"""
        SELECT g.id AS grant_id, g.match_id, 'grant:' || g.external_id AS fingerprint,
            {_evidence()} AS evidence, j.situation_id, j.rule, j.severity,
            j.recommendation, g.external_id AS grant_ref, g.privilege,
            j.privilege_class,
            COALESCE(l.external_id, CASE WHEN m.id IS NULL THEN g.contact_ref
                                         ELSE c.legacy_id END, '') AS contact_v2_id,
            COALESCE(c.external_id, '') AS contact_v3_id,
            COALESCE(NULLIF(c.name, ''), l.name, '') AS contact_name,
            g.student_ref, COALESCE(s.name, '') AS student_name, g.list_ref,
            COALESCE(i.name, '') AS list_name, g.basis,
            j.basis_relationship, j.basis_type, j.v3_entries, j.match_state,
            {_search_text("COALESCE(s.folded_name, i.folded_name, '')")} AS search_text,
            COALESCE(l.sha256, '') AS evidence_v2_sha256,
            COALESCE(c.sha256, '') AS evidence_v3_sha256
        FROM {tables.GRANTS} v
        JOIN {tables.JUDGED} j ON j.raw = v.raw
        JOIN audits_grant g ON g.id = v.grant_id
        LEFT JOIN contacts_match m ON m.id = g.match_id
        LEFT JOIN contacts_contact c ON c.id = m.contact_id
        LEFT JOIN contacts_legacycontact l ON l.id = m.legacy_contact_id
          AND NOT (m.state = 'recreated' AND g.contact_ref IN (c.external_id, c.legacy_id))
        LEFT JOIN contacts_student s
          ON s.source_id = %(source)s AND s.external_id = g.student_key
        LEFT JOIN {tables.LISTS} i ON i.list_ref = g.list_ref
    """  # noqa: S608  # constants; every value is a parameter


def _pairs_found() -> str:
    """Columns as in ``COPIED``, of what is proposed for a contact and a student."""
    return f"""
        SELECT NULL AS grant_id, v.match_id,
            'missing:' || c.external_id || ':' || v.student_ref || ':'
                || j.privilege_class AS fingerprint,
            {_evidence()} AS evidence, j.situation_id, j.rule, j.severity,
            j.recommendation, '' AS grant_ref, '' AS privilege, j.privilege_class,
            l.external_id AS contact_v2_id, c.external_id AS contact_v3_id,
            c.name AS contact_name, v.student_ref,
            COALESCE(s.name, '') AS student_name, '' AS list_ref,
            '' AS list_name, '' AS basis,
            j.basis_relationship, j.basis_type, j.v3_entries, j.match_state,
            {_search_text("COALESCE(s.folded_name, '')")} AS search_text,
            l.sha256 AS evidence_v2_sha256, c.sha256 AS evidence_v3_sha256
        FROM {tables.PAIRS} v
        JOIN {tables.JUDGED} j ON j.raw = v.raw
        JOIN contacts_match m ON m.id = v.match_id
        JOIN contacts_legacycontact l ON l.id = m.legacy_contact_id
        JOIN contacts_contact c ON c.id = m.contact_id
        LEFT JOIN contacts_student s
          ON s.source_id = %(source)s AND s.external_id = v.student_ref
    """  # noqa: S608  # constants; every value is a parameter


def _evidence() -> str:
    """The situation and both records behind it, as one hash."""
    return dialect.sha256_sql(
        "j.situation_key || COALESCE(l.digest, '') || COALESCE(c.digest, '')"
    )


def _search_text(subject: str) -> str:
    """The person's name and that of the student or the list."""
    return f"COALESCE(NULLIF(c.folded_name, ''), l.folded_name, '') || ' ' || {subject}"


# What a scan may not say of a decided finding: that it could not look.
_UNDECIDED = "('open', 'closed')"

_CHANGE = f"""
    CASE WHEN f.id IS NULL THEN 'opened'
         WHEN n.rule = 'unchecked' AND f.state NOT IN {_UNDECIDED} THEN 'same'
         WHEN f.state = 'closed' THEN 'reopened'
         WHEN f.evidence <> n.evidence AND f.state = 'open' THEN 'rewritten'
         WHEN f.evidence <> n.evidence THEN 'reopened'
         WHEN f.state = 'open' AND (f.rule <> n.rule OR f.severity <> n.severity
              OR f.recommendation <> n.recommendation) THEN 'rewritten'
         ELSE 'same' END"""


def gather(survey: Survey) -> None:
    """Keep, for this transaction, the slice's findings beside what stood before."""
    statement = f"""
        SELECT n.*, f.id AS finding_id, f.version AS was_version,
               f.state AS was_state, f.decision_id AS was_decision_id, {_CHANGE} AS change
        FROM ({_grants_found()} UNION ALL {_pairs_found()}) n
        LEFT JOIN audits_finding f
          ON f.source_id = %(source)s AND f.fingerprint = n.fingerprint
    """  # noqa: S608  # constants; every value is a parameter
    tables.keep(tables.FOUND, statement, survey.params, index="fingerprint")


# A finding in a plan is the plan's; the others can be lost.
_LOSABLE = "('open', 'decided', 'awaiting_second', 'approved')"


def gather_lost(survey: Survey, *, complete: bool) -> None:
    """Keep, for this transaction, the slice's findings that were not found again.

    Without a complete snapshot only what no longer asks v3 anything is lost: a grant that
    is closed, expired, or given on another basis now.
    """
    gone = f"""
        f.grant_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM audits_grant g
            WHERE g.id = f.grant_id AND {ACTIVE} AND g.basis = %(own_basis)s)
    """  # noqa: S608  # constants; every value is a parameter
    statement = f"""
        SELECT f.id, f.version, f.state, f.decision_id
        FROM audits_finding f
        LEFT JOIN {tables.FOUND} n ON n.fingerprint = f.fingerprint
        WHERE f.source_id = %(source)s AND n.fingerprint IS NULL
          AND f.state IN {_LOSABLE}
          AND {survey.holds("f.match_id", "f.grant_id")}
          AND {"1 = 1" if complete else gone}
    """  # noqa: S608  # constants and column names; every value is a parameter
    tables.keep(tables.LOST, statement, survey.params)
