"""Structured logs: one line an event on standard error, redacted before it leaves.

No line holds a person's data or a token. Keys that name such data are blanked, and so
are values that look like a token or an e-mail address, wherever they stand: in a text, in
the query of an address, in a list within a list.
"""

import logging
import logging.config
import re
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

SECRET_KEYS = frozenset(
    [
        "authorization",
        "token",
        "access_token",
        "refresh_token",
        "client_secret",
        "code_verifier",
        "api_key",
        "v2_key",
        "secret",
        "password",
        "cookie",
        "email",
        "phone",
        "name",
        "sis_id",
        "first_name",
        "last_name",
        "user_agent",
        "ip",
    ]
)
SECRET_TEXTS = frozenset(["code"])
"""Keys that name a secret where they hold a text; as a number it is a status."""
SECRET_VALUES = re.compile(
    r"(?i)bearer\s+\S+|\bbasic\s+[a-z0-9+/]{8,}=*|\b[0-9a-f]{40}\b"
    r"|\beyJ[\w-]{4,}\.[\w-]+\.[\w-]*"  # a JSON Web Token
    r"|[^\s@\"'<>]+@[^\s@\"'<>]+\.[a-z]{2,}"
)
SECRET_ARGUMENTS = re.compile(
    r"(?i)\b(code|state(?==[\w-]{20})|code_verifier|client_secret|api_key|(?:\w+_)?token)"
    r"=[^&\s\"'#]{6,}"
)
REDACTED = "[redacted]"


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Blank what may not leave: by key, and by the look of a value.

    What is neither a text nor a number is told as it would be printed: a request of
    Django's prints its whole address. The library's own keys begin with ``_``.
    """
    return {
        key: value if key.startswith("_") else _redacted(key, value)
        for key, value in event.items()
    }


def _redacted(key: object, value: Any) -> Any:
    name = str(key).lower()
    if name in SECRET_KEYS or (name in SECRET_TEXTS and isinstance(value, str)):
        return REDACTED
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, dict):
        return {inner: _redacted(inner, each) for inner, each in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted("", each) for each in value]
    text = SECRET_ARGUMENTS.sub(rf"\1={REDACTED}", _printed(value))
    return SECRET_VALUES.sub(REDACTED, text)


def _printed(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def name_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Tell an exception by its class and where it passed, never by its message.

    A message may quote the row that broke: PostgreSQL prints the key of a duplicate.
    """
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["exception"] = type(error).__name__
        event["frames"] = [f"{f.filename}:{f.lineno} {f.name}" for f in frames[-12:]]
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    name_exception,
    redact,
]
RENDERERS: dict[str, Any] = {
    "json": structlog.processors.JSONRenderer(),
    "console": structlog.dev.ConsoleRenderer(colors=False),
}


def configure(*, level: str, fmt: str) -> None:
    """Send structlog's and the standard library's records one way.

    Takes a level name and ``json`` or ``console``.
    """
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "one": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        RENDERERS[fmt],
                    ],
                    "foreign_pre_chain": SHARED,
                }
            },
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "formatter": "one"}
            },
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {
                "django.server": {"level": "WARNING"},
                "django_structlog": {"level": "WARNING"},
                "kombu": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
