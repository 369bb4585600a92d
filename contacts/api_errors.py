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


class GrantExpired(Unauthorized):
    """The consent behind the token has ended: a person must connect again."""


class Forbidden(Unauthorized):
    """403: the scope, the user's privilege or the app is missing; nobody says which."""


class Throttled(ApiError):
    """No request may be sent ``until`` then."""

    def __init__(self, message: str, until: datetime, *, curable: bool = False) -> None:
        super().__init__(message, curable=curable)
        self.until = until


class QuotaExceeded(Throttled):
    """The day's requests are used up; the count starts anew ``until`` then."""


class Unavailable(ApiError):
    """The provider failed, for now; ``until`` if it said for how long."""

    def __init__(
        self, message: str, until: datetime | None = None, *, curable: bool = False
    ) -> None:
        super().__init__(message, curable=curable)
        self.until = until


class BadPayload(ApiError):
    """The answer is not what its provider documents."""


class Invalid(ApiError):
    """400: what was sent is not what its provider documents."""


class Conflict(ApiError):
    """409: what was to be made is there already, as ``contact_id`` where that is told."""

    def __init__(self, message: str, contact_id: str = "") -> None:
        super().__init__(message)
        self.contact_id = contact_id


class PagingLoop(ApiError):
    """The pages lead back to where we were: the run cannot become complete."""


class Gone(ApiError):
    """Nothing is there (any more): 404, 410 or 501."""


class Refused(ApiError):
    """We did not go where we were sent."""


class Untrusted(ApiError):
    """The host could not prove who it is; never worth a try without the proof."""
