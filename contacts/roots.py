"""The hosts that a source's tokens and secrets go to: how each is checked, and which."""

from __future__ import annotations

import re

from django.conf import settings

from contacts import addresses
from contacts.models import Source

CLEVER_URL = "https://api.clever.com"
API_URL = "https://api.cc.email"
_XREF_PATH = re.compile(r"\w+(?:/\w+)*", re.ASCII)


def of_api(source: Source) -> str:
    """Give the host of V3: the provider's own where no other is set."""
    return source.api_url or (CLEVER_URL if source.is_clever else API_URL)


def of_sandbox(source: Source) -> str:
    """Give the host that stands in for all of the provider's: one on this machine."""
    url = source.api_url
    return url if url and addresses.is_local(url) else ""


def checked(url: str) -> str:
    """Give a host's root as it is kept; raises ``addresses.BadAddress``."""
    if not url.strip():
        return ""
    return addresses.origin(url, allow_loopback=settings.ALLOW_LOOPBACK_PROVIDERS)


def checked_xref_path(path: str) -> str:
    """Give the path below ``/v3/`` as it is kept; raises ``addresses.BadAddress``."""
    bare = path.strip().strip("/").removeprefix("v3/")
    if bare and not _XREF_PATH.fullmatch(bare):
        raise addresses.BadAddress("Give the path like contacts/contact_id_xrefs.")
    return bare
