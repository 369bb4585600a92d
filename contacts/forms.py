"""What people type in: a source, and what to import."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from contacts import accounts, addresses, offers, roots, seen, sources
from contacts.models import MailAccount, Source

_SECRETS = ("client_secret", "v2_key")


class SourceForm(forms.Form):
    """What may be changed of a source. The token goes in and never comes out."""

    name = forms.CharField(max_length=200)
    api_url = forms.CharField(
        label="Provider’s address",
        max_length=300,
        required=False,
        help_text="Leave this empty for the provider’s own: https://api.clever.com or"
        " https://api.cc.email. Another is given as its root, without a version.",
    )
    token = forms.CharField(
        max_length=4000,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Kept encrypted and never shown again. A Constant Contact account is"
        " better connected once it is added; a token of its own is for a trial.",
    )
    people = forms.ModelMultipleChoiceField(
        queryset=User.objects.filter(is_active=True).order_by("username"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Who may see this source",
    )

    def clean_api_url(self) -> str:
        """Refuse an address that a token must not be sent to."""
        return _accepted(sources.checked_api_url, self.cleaned_data["api_url"])


class SourceAddForm(SourceForm):
    """A new source: with what stays for good."""

    slug = forms.SlugField(
        label="Short name",
        max_length=60,
        help_text="In addresses and on the command line. It cannot be changed later.",
    )
    provider = forms.ChoiceField(choices=Source.Provider.choices)
    external_id = forms.CharField(
        label="Id at the provider",
        max_length=100,
        help_text="The district’s or account’s id. It cannot be changed later.",
    )

    field_order = ["name", "slug", "provider", "external_id", "api_url", "token"]


class SourceEditForm(SourceForm):
    """A source that is there; an empty token leaves the stored one."""

    forget_token = forms.BooleanField(required=False, label="Forget the stored token")

    field_order = ["name", "api_url", "token", "forget_token", "people"]

    def __init__(self, *args: Any, source: Source, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {
            "name": source.name,
            "api_url": source.api_url,
            "people": source.people.all(),
        }
        self.fields["token"].help_text = (
            "A token is set. Leave this empty to keep it; it is never shown."
            if source.token
            else "No token is set. It is kept encrypted and never shown."
        )
        if source.token:
            self.fields["api_url"].help_text += (
                " Another address forgets the stored token, unless a new one is entered"
                " here, and ends a connection. One on this machine forgets the secrets of"
                " the account’s application too."
            )
        else:
            del self.fields["forget_token"]

    def new_token(self) -> str | None:
        """Give the token to store, or None to leave what is stored."""
        if self.cleaned_data.get("forget_token"):
            return ""
        return self.cleaned_data["token"].strip() or None


class AccountForm(forms.Form):
    """What may be set for a mailing account. Secrets go in and never come out."""

    all_needed = True  # nothing is: the labels would all say "optional"
    client_id = forms.CharField(label="Client id", max_length=200, required=False)
    client_secret = forms.CharField(
        label="Client secret",
        max_length=1000,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    forget_client_secret = forms.BooleanField(
        required=False, label="Forget the stored secret"
    )
    v2_key = forms.CharField(
        label="V2 API key",
        max_length=1000,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    forget_v2_key = forms.BooleanField(required=False, label="Forget the stored key")
    limits = forms.ChoiceField(
        label="How much a V3 contact takes",
        choices=MailAccount.Limits.choices,
        widget=forms.RadioSelect,
    )
    visitor_is_explicit = forms.BooleanField(
        required=False,
        label="A sign-up by the visitor counts as explicit permission",
        help_text="Of V2 contacts that signed up themselves and were never asked to"
        " confirm. Otherwise theirs counts as implicit.",
    )
    xref_path = forms.CharField(
        label="Path of the cross-reference",
        max_length=100,
        required=False,
        help_text="Below /v3/. Empty: contacts/contact_id_xrefs, and where that is"
        " unknown contacts/contacts_id_xrefs, as the migration guide spells it.",
    )
    auth_url = forms.CharField(
        label="Log-in host",
        max_length=300,
        required=False,
        help_text="Empty: https://authz.constantcontact.com. Another host ends the"
        " connection, and the client secret is entered again with it.",
    )
    v2_url = forms.CharField(
        label="V2 host",
        max_length=300,
        required=False,
        help_text="Empty: https://api.constantcontact.com. Another host ends the"
        " connection, and the V2 API key is entered again with it.",
    )
    may_write = forms.BooleanField(
        required=False,
        label="Changes may be written to Constant Contact",
        help_text="Each write still needs a preview and a second look. While this"
        " is off, nothing is ever sent.",
    )

    def __init__(self, *args: Any, account: MailAccount, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {name: getattr(account, name) for name in self._plain()}
        self.stood = self._posted() if self.is_bound else self._shown()
        self.is_stale = False
        for name in _SECRETS:
            is_set = bool(getattr(account, name))
            self.fields[name].help_text = (
                "Set. Leave this empty to keep it; it is never shown."
                if is_set
                else "Not set. It is kept encrypted and never shown."
            )
            if not is_set:
                del self.fields[f"forget_{name}"]

    def _plain(self) -> list[str]:
        return [
            name
            for name in accounts.Asked.__annotations__
            if name in self.fields and name not in _SECRETS
        ]

    def _shown(self) -> dict[str, str]:
        return {name: seen.text(value) for name, value in self.initial.items()}

    def _posted(self) -> dict[str, str]:
        names = {name: f"seen-{name}" for name in self._plain()}
        return {n: self.data[key] for n, key in names.items() if key in self.data}

    def refuse_stale(self, now: Mapping[str, Any]) -> None:
        """Say at each field what somebody made of it meanwhile, which now was seen."""
        self.is_stale = True
        for name, value in now.items():
            self.add_error(name, _became(self.fields[name], value))
            self.stood[name] = seen.text(value)

    def clean_auth_url(self) -> str:
        """Refuse an address that a secret must not be sent to."""
        return _accepted(roots.checked, self.cleaned_data["auth_url"])

    def clean_v2_url(self) -> str:
        """Refuse an address that a key must not be sent to."""
        return _accepted(roots.checked, self.cleaned_data["v2_url"])

    def clean_xref_path(self) -> str:
        """Refuse what is no path."""
        return _accepted(roots.checked_xref_path, self.cleaned_data["xref_path"])

    def asked(self) -> accounts.Asked:
        """Give what is to change: a secret only where one was entered or is forgotten."""
        told: dict[str, Any] = {name: self.cleaned_data[name] for name in self._plain()}
        for name in _SECRETS:
            if self.cleaned_data.get(f"forget_{name}"):
                told[name] = ""
            elif self.cleaned_data[name].strip():
                told[name] = self.cleaned_data[name]
        return cast("accounts.Asked", told)


def _became(field: forms.Field, value: Any) -> str:
    """Say what somebody else made of a setting."""
    if isinstance(value, bool):
        done = f"switched this {'on' if value else 'off'}"
    else:
        label = dict(getattr(field, "choices", ())).get(value, value)
        done = f"changed this to “{label}”" if value else "emptied this"
    return f"Somebody {done} in the meantime. Save again if yours is right."


def _accepted(check: Callable[[str], str], text: str) -> str:
    """Give a text as it is kept, or say in the form why it is not."""
    try:
        return check(text)
    except addresses.BadAddress as error:
        raise ValidationError(str(error)) from None


class ManyFiles(forms.FileInput):
    """A file field that takes several."""

    allow_multiple_selected = True


class UploadsField(forms.FileField):
    """Any number of files; each is checked as one."""

    widget = ManyFiles(attrs={"multiple": True})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Give a list of files, empty where none was chosen."""
        files = data if isinstance(data, list | tuple) else [data]
        return [
            super(UploadsField, self).clean(file, initial) for file in files if file
        ]


class ImportForm(forms.Form):
    """What to import, and from which files."""

    all_needed = True  # the labels do not say "optional": the choice decides
    what = forms.ChoiceField(widget=forms.RadioSelect, label="What to import")
    uploads = UploadsField(required=False, label="Files")
    complete = forms.BooleanField(
        required=False,
        label="This file holds every grant the product has now",
        help_text="Then a grant that is not in it is closed, unless a row could not be"
        " read.",
    )

    def __init__(self, *args: Any, offers: list[offers.Offer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = {offer.code: offer for offer in offers}
        what = self.fields["what"]
        what.choices = [(o.code, o.label) for o in offers]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for as many files as the chosen import takes."""
        data = super().clean() or {}
        offer = self.offers.get(data.get("what", ""))
        files = data.get("uploads") or []
        if offer is None:
            return data
        if offer.takes_files and not files:
            self.add_error("uploads", "Choose a file.")
        elif len(files) > offer.files and offer.takes_files:
            self.add_error("uploads", f"Choose {offer.files} file, not {len(files)}.")
        return data

    @property
    def offer(self) -> offers.Offer:
        """Give the chosen import, once the form is valid."""
        return self.offers[self.cleaned_data["what"]]

    def wanted_uploads(self) -> list[Any]:
        """Give the files the chosen import takes; others are left where they are."""
        return self.cleaned_data["uploads"] if self.offer.takes_files else []
