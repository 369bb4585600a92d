"""Where a list's next links lead: onwards, and to nowhere else."""

from __future__ import annotations

from contacts import addresses, api_errors


class Walk:
    """Where a list has led so far, to notice when it leads back or away.

    The cursors say nothing to us and no order is promised, so only a link or a whole
    page that comes again is a loop.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._links: set[str] = set()
        self._pages: set[int] = set()

    def follow(self, link: str) -> str:
        """Accept a link to the next page; raises ``Refused`` or ``PagingLoop``."""
        if addresses.bare(link) != self._path:
            raise api_errors.Refused(f"GET {self._path}: the next link leaves the list")
        if link in self._links:
            raise self._loop("the next link leads back")
        self._links.add(link)
        return link

    def check(self, items: list[bytes]) -> None:
        """Raise ``PagingLoop`` if these records were a page before."""
        page = hash(tuple(items))
        if items and page in self._pages:
            raise self._loop("a page came again")
        self._pages.add(page)

    def _loop(self, why: str) -> api_errors.PagingLoop:
        at = len(self._links)
        return api_errors.PagingLoop(
            f"GET {self._path}: paging loop at page {at}: {why}"
        )
