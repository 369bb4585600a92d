"""What a person sends when deciding many findings in one act, or undoing that."""

from __future__ import annotations

from typing import Any

from django import forms

from audits.batches.sets import Frozen
from audits.forms import REASON_LIMIT
from audits.models import Decision


class BatchForm(forms.Form):
    """What is decided, why, and the set that the person saw; its number typed out.

    ``query`` is the address of the set; what was taken out of it comes beside the form.
    """

    query = forms.CharField(required=False, max_length=500)
    kind = forms.ChoiceField(
        choices=Decision.Kind.choices,
        error_messages={"required": "Choose what to decide."},
    )
    count = forms.IntegerField(min_value=0)
    fingerprint = forms.CharField(min_length=64, max_length=64)
    top = forms.IntegerField(min_value=0, max_value=2**62)
    seq = forms.IntegerField(min_value=0, max_value=2**62)
    reason_code = forms.ChoiceField(required=False, choices=Decision.ReasonCode.choices)
    reason = forms.CharField(
        max_length=REASON_LIMIT,
        error_messages={"required": "Say why: a decision needs a reason."},
    )
    until = forms.DateField(
        required=False,
        error_messages={"invalid": "Write the last day as 2027-03-31."},
    )
    typed = forms.CharField(required=False, max_length=20)

    def clean(self) -> dict[str, Any]:
        """Ask for the number: nobody decides more than they say they mean."""
        told = self.cleaned_data
        count = told.get("count")
        typed = "".join(filter(str.isdigit, told.get("typed", "")))
        if count is not None and typed != str(count):
            self.add_error("typed", f"Type {count:,} to say that you mean all of them.")
        if told.get("kind") != Decision.Kind.KEEP:
            told["until"] = None
        return told

    def seen(self) -> Frozen:
        """Give the set as the person saw it."""
        told = self.cleaned_data
        return Frozen(told["count"], told["fingerprint"], told["top"], told["seq"])

    def first_error(self) -> str:
        """Give one sentence of what is wrong, in the order of the form."""
        for name in ("kind", "reason_code", "reason", "until", "typed"):
            if name in self.errors:
                return str(self.errors[name][0])
        return "The page is out of date; load it again."


class UndoForm(forms.Form):
    """Why a batch is undone."""

    reason = forms.CharField(required=False, max_length=REASON_LIMIT)
