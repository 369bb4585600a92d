"""Whether the process lives, and whether it can do its work."""

import os
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def live(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """Answer: that is all there is to it. Nothing outside is asked."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """Say whether requests can be served, with a word for each part and no detail."""
    parts = {name: check() for name, check in CHECKS.items()}
    is_ready = set(parts.values()) == {"ok"}
    return JsonResponse(
        {"status": "ok" if is_ready else "unready", "parts": parts},
        status=200 if is_ready else 503,
    )


def database() -> str:
    """Ask the database a question and whether its tables are this code's."""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "no answer"
    return "migrations are missing" if plan else "ok"


def files() -> str:
    """Say whether uploads and the embedded queue can be kept."""
    return "ok" if os.access(settings.VAR_DIR, os.W_OK) else "not writable"


CHECKS: dict[str, Callable[[], str]] = {"database": database, "files": files}
