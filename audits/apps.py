"""The judgements: what rests on the facts, who decided what, and the proof."""

from django.apps import AppConfig


class AuditsConfig(AppConfig):
    """The app that holds judgements."""

    name = "audits"
    verbose_name = "Judgements"
