"""What a person sends when deciding a finding, or taking the decision back."""

from __future__ import annotations

from django import forms

from audits.models import Decision

REASON_LIMIT = 2_000
QUICK_REASONS = (
    "v3 tells another relationship for this student",
    "Not related to this student any more",
    "The school confirmed it by telephone",
    "A paper on file says so",
    "Asked the district; waiting for the answer",
    "The SIS record is wrong and will be corrected",
)


class WithdrawForm(forms.Form):
    """Why, and what the person saw; ``queue`` and ``then`` lead back to the place."""

    reason = forms.CharField(
        max_length=REASON_LIMIT,
        error_messages={"required": "Say why: a reason is needed."},
    )
    version = forms.IntegerField(min_value=1)
    queue = forms.CharField(required=False, max_length=500)
    then = forms.CharField(required=False, max_length=40)
    place = forms.ChoiceField(
        required=False, choices=[("", ""), ("person", ""), ("detail", "")]
    )

    def first_error(self) -> str:
        """Give one sentence of what is wrong, the reason's first."""
        if "reason" in self.errors:
            return str(self.errors["reason"][0])
        return "The page is out of date; load it again."


class DecideForm(WithdrawForm):
    """What is decided besides."""

    kind = forms.ChoiceField(choices=Decision.Kind.choices)
    evidence = forms.CharField(max_length=64)
