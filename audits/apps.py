"""The judgements: what rests on the facts, who decided what, and the proof."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class AuditsConfig(AppConfig):
    """The app that holds judgements."""

    name = "audits"
    verbose_name = "Judgements"

    def ready(self) -> None:
        """Make known, in every process, the kinds of job and who listens to them.

        A page and a command change jobs too, and their events must not be missing.
        """
        autodiscover_modules("tasks", "offers")
