"""What every page's frame shows."""

from typing import Any

from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    """Give the frame the theme that the reader chose, empty for the system's."""
    return {"theme": request.COOKIES.get("theme", "")}
