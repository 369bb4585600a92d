"""What may go wrong with a provider, in errors whose text is safe to show and to log."""

from __future__ import annotations

from datetime import datetime


class ApiError(Exception):
    """The provider did not give what was asked; the text is safe to show and to log.

    ``curable`` says that asking again at once may help.
    """

    def __init__(self, message: str, *, curable: bool = False) -> None:
        super().__init__(message)
        self.curable = curable


class Unauthorized(ApiError):
    """The token was refused: asking again changes nothing."""


class Throttled(ApiError):
    """The budget is spent ``until`` then."""

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class Unavailable(ApiError):
    """The provider failed, for now; ``until`` if it said for how long."""

    def __init__(
        self, message: str, until: datetime | None = None, *, curable: bool = False
    ) -> None:
        super().__init__(message, curable=curable)
        self.until = until


class BadPayload(ApiError):
    """The answer is not what its provider documents."""


class Gone(ApiError):
    """Nothing is there (any more): 404, 410 or 501."""


class Refused(ApiError):
    """We did not go where we were sent."""


class Untrusted(ApiError):
    """The host could not prove who it is; never worth a try without the proof."""
