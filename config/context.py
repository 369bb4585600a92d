"""What every page's frame shows."""

from typing import Any

from django.http import HttpRequest

from config import theme
from contacts.models import Source

SWITCHER_SIZE = 20


def page(request: HttpRequest) -> dict[str, Any]:
    """Give the frame the theme, and the sources that the switcher offers.

    The sources are a query that runs where a page shows them; fragments never do.
    """
    return {
        "theme": theme.chosen(request),
        "my_sources": Source.objects.visible_to(request.user).order_by("name", "pk")[
            :SWITCHER_SIZE
        ],
    }
