"""What a person sends when deciding a finding or a loss, or taking it back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User

from audits.models import Decision, LossDecision
from audits.reasons import Code, code_of
from audits.terms import Terms

REASON_LIMIT = 2_000


class LookForm(forms.Form):
    """What the person saw; ``queue`` and ``then`` lead back to the place."""

    version = forms.IntegerField(min_value=1)
    queue = forms.CharField(required=False, max_length=500)
    then = forms.CharField(required=False, max_length=40)
    place = forms.ChoiceField(
        required=False,
        choices=[("", ""), ("person", ""), ("detail", ""), ("second", "")],
    )

    def first_error(self) -> str:
        """Give one sentence of what is wrong, the reason's first."""
        for name in ("reason", "until"):
            if name in self.errors:
                return str(self.errors[name][0])
        return "The page is out of date; load it again."


class WithdrawForm(LookForm):
    """Why, besides."""

    reason = forms.CharField(
        max_length=REASON_LIMIT,
        error_messages={"required": "Say why: a reason is needed."},
    )


class SendBackForm(LookForm):
    """What who decided should look at again."""

    reason = forms.CharField(
        max_length=REASON_LIMIT,
        error_messages={
            "required": "Say why: who decided must know what to look at again."
        },
    )


class BatchLookForm(forms.Form):
    """How much of a batch waits, as the person saw it, and its number typed anew."""

    count = forms.IntegerField(min_value=1)
    typed = forms.CharField(required=False, max_length=20)

    def clean(self) -> dict[str, Any]:
        """Ask for the number: what is confirmed in one act is not confirmed by a slip."""
        told = self.cleaned_data
        typed = "".join(filter(str.isdigit, told.get("typed", "")))
        count = told.get("count") or 0
        if typed != str(count):
            self.add_error("typed", f"Type {count:,} to say that you mean all of them.")
        return told


class BatchReturnForm(forms.Form):
    """How much of a batch waits, and what to look at again."""

    count = forms.IntegerField(min_value=1)
    note = forms.CharField(required=False, max_length=REASON_LIMIT)


class DecideForm(WithdrawForm):
    """What is decided besides.

    ``until`` is the last day of a keep against the recommendation, and the day on which
    a hold is due.
    """

    kind = forms.ChoiceField(choices=Decision.Kind.choices)
    evidence = forms.CharField(max_length=64)
    reason_code = forms.ChoiceField(required=False, choices=Code.choices)
    until = forms.DateField(
        required=False,
        error_messages={"invalid": "Write the day as year-month-day, like 2026-09-30."},
    )
    owner = forms.IntegerField(required=False, min_value=1)

    def terms(self) -> Terms:
        """Give what the decision carries; a hold's day is another than a keep's."""
        told = self.cleaned_data
        is_hold = told["kind"] == Decision.Kind.HOLD
        owner = User.objects.filter(pk=told["owner"]).first() if told["owner"] else None
        return Terms(
            reason_code=told["reason_code"] or code_of(told["reason"]),
            exception_until=None if is_hold else told["until"],
            due_on=told["until"] if is_hold else None,
            owner=owner,
        )


class AssignForm(LookForm):
    """Who gets a finding, and who had it as the person saw it; empty for nobody."""

    to = forms.IntegerField(required=False, min_value=1)
    was = forms.IntegerField(required=False, min_value=1)


QUICK_PLACE_REASONS = (
    "Nobody uses this value any more",
    "It is kept in another system",
    "Agreed with whoever owns the data",
    "V3 already holds the newer value",
)
TYPED_ABOVE = 200
"""More losses than this are decided only by whoever types their number."""


class PlaceForm(forms.Form):
    """Where a kind's losses go, and the set of them that the person saw."""

    kind = forms.ChoiceField(
        choices=LossDecision.Kind.choices,
        error_messages={"required": "Choose where the values go."},
    )
    field_ref = forms.CharField(required=False, max_length=100)
    reason = forms.CharField(
        max_length=REASON_LIMIT,
        error_messages={"required": "Say why: a decision needs a reason."},
    )
    count = forms.IntegerField(min_value=0)
    sha256 = forms.CharField(max_length=64)
    typed = forms.CharField(required=False, max_length=20)

    def clean(self) -> dict[str, Any]:
        """Ask for the number where many are decided in one act."""
        told = self.cleaned_data
        count = told.get("count") or 0
        typed = "".join(filter(str.isdigit, told.get("typed", "")))
        if count > TYPED_ABOVE and typed != str(count):
            self.add_error("typed", f"Type {count:,} to say that you mean all of them.")
        if told.get("kind") != LossDecision.Kind.CUSTOM_FIELD:
            told["field_ref"] = ""
        return told

    def first_error(self) -> str:
        """Give one sentence of what is wrong, in the order of the form."""
        for name in ("kind", "reason", "typed"):
            if name in self.errors:
                return str(self.errors[name][0])
        return "The page is out of date; load it again."


class PlaceOneForm(PlaceForm):
    """Where one loss goes; ``sha256`` is the hash of the value that the person saw."""

    count = forms.IntegerField(required=False)


class WithdrawPlaceForm(forms.Form):
    """Why a decision is taken back."""

    reason = forms.CharField(max_length=REASON_LIMIT, required=False)


class PrepareForm(forms.Form):
    """The V2 ids of contacts to add to V3, apart by blanks, commas or lines."""

    ids = forms.CharField(required=False, max_length=60_000)

    def told_ids(self) -> list[str]:
        """Give the ids as they were entered, each as text."""
        return str(self.cleaned_data["ids"]).replace(",", " ").split()


class StepForm(forms.Form):
    """Why a step of a write run is taken, and which preview the person saw."""

    reason = forms.CharField(required=False, max_length=REASON_LIMIT)
    sha256 = forms.CharField(required=False, max_length=64)
