"""Where a token may go: one scheme, host and port, and paths under it.

The operator's setting and the links in a provider's answers are both checked here,
before a byte is sent.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}
_PATH = re.compile(r"/(?!/)[\w.~!$&'()*+,;=:@%/-]*(?:\?[!\"$-\[\]-~]*)?", re.ASCII)
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?=/|$)", re.IGNORECASE)
_NUMERIC = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)\.?", re.IGNORECASE)


class BadAddress(ValueError):
    """An address or a link that is not followed; the text says why."""


def origin(base_url: str, *, allow_loopback: bool = False) -> str:
    """Return scheme, host and port of a provider's root; raises ``BadAddress``.

    The address must be https with a public name, or on loopback where that is allowed.
    Numbers in disguise (``2130706433``, ``0x7f.1``) are no names.
    """
    parts = _split(base_url.strip())
    if parts is None:
        raise BadAddress("The address is no URL; give it like https://api.clever.com.")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise BadAddress("The address must be the root, without a path or a version.")
    if _is_loopback(parts.hostname or ""):
        if not allow_loopback:
            raise BadAddress("The address is on this machine, which is not allowed.")
    elif parts.scheme != "https":
        raise BadAddress("The address must start with https://.")
    elif not _is_public(parts.hostname or ""):
        raise BadAddress("The address is inside a private network.")
    return _origin(parts)


def path_on(home: str, link: str) -> str:
    """Return a link as a path on ``home``; raises ``BadAddress`` if it leads elsewhere.

    A link may be relative to the root or repeat scheme, host and port. All else
    (``//host``, user names, other ports, backslashes, dots) is refused.
    """
    path = link
    if not link.startswith("/"):
        parts = _split(link)
        if parts is None or _origin(parts) != home or parts.fragment:
            raise BadAddress("A link to another host was refused; nothing was sent.")
        path = parts.path + (f"?{parts.query}" if parts.query else "")
    if not _PATH.fullmatch(path) or _DOTS.search(bare(path)):
        raise BadAddress("A malformed link was refused; nothing was sent.")
    return path


def is_local(base_url: str) -> bool:
    """Say whether an address is on this machine, as a sandbox's is."""
    parts = _split(base_url.strip())
    return parts is not None and _is_loopback(parts.hostname or "")


def bare(path: str) -> str:
    """Return a path without its query, which may hold what no log should."""
    return path.partition("?")[0]


def _split(url: str) -> SplitResult | None:
    """Take a URL apart; None unless it is clean http or https without a user name."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PORTS and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if usable and "@" not in parts.netloc else None


def _origin(parts: SplitResult) -> str:
    host = parts.hostname or ""
    port = parts.port or _PORTS[parts.scheme]
    name = f"[{host}]" if ":" in host else host
    suffix = "" if port == _PORTS[parts.scheme] else f":{port}"
    return f"{parts.scheme}://{name}{suffix}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return not _NUMERIC.fullmatch(host)
