"""The make-believe sources that the demo shows, and how each is brought in."""

from __future__ import annotations

from typing import NamedTuple

from contacts.models import Snapshot, Source
from contacts.sandbox import account, district

KIND = Snapshot.Kind


class Import(NamedTuple):
    """One import of a show: what it brings, and the snapshot that tells it is done."""

    told: str
    kind: str
    command: str
    files: tuple[str, ...] = ()


class Show(NamedTuple):
    """One make-believe source; `folder` is where its files lie in the demo's folder."""

    slug: str
    provider: str
    name: str
    external_id: str
    folder: str
    token_variable: str
    imports: tuple[Import, ...]


_GRANTS = Import("grants", KIND.GRANTS, "import_grants", ("grants.csv",))
_RESTRICTIONS = Import(
    "restrictions", KIND.RESTRICTIONS, "import_restrictions", ("restrictions.csv",)
)
DISTRICT = Show(
    slug="demo",
    provider=Source.Provider.CLEVER,
    name=district.DISTRICT_NAME,
    external_id=district.DISTRICT_ID,
    folder="",
    token_variable="DEMO_CLEVER_TOKEN",  # noqa: S106  # the name of one
    imports=(
        Import(
            "stored v2 contacts",
            KIND.LEGACY_CONTACTS,
            "import_legacy",
            ("legacy_contacts.ndjson",),
        ),
        Import("v3 over HTTP", KIND.CONTACTS, "import_current"),
        _GRANTS,
        _RESTRICTIONS,
    ),
)
# The crosswalk is the last thing that `import_current` asks an account for.
ACCOUNT = Show(
    slug="demo-mail",
    provider=Source.Provider.CONSTANT_CONTACT,
    name=account.ACCOUNT_NAME,
    external_id=account.ACCOUNT_ID,
    folder="mail",
    token_variable="DEMO_MAIL_TOKEN",  # noqa: S106  # the name of one
    imports=(
        Import(
            "stored V2 contacts",
            KIND.LEGACY_CONTACTS,
            "import_legacy",
            ("legacy_contacts.json",),
        ),
        Import(
            "stored V2 lists",
            KIND.LEGACY_LISTS,
            "import_lists",
            ("legacy_lists.json",),
        ),
        Import("V3 and the crosswalk over HTTP", KIND.CROSSWALK, "import_current"),
        _GRANTS,
        _RESTRICTIONS,
    ),
)
SHOWS = (DISTRICT, ACCOUNT)
