import pytest
from cryptography.fernet import Fernet
from django.db import connection

from contacts.encryption import UnreadableSecret
from contacts.models import Source
from tests.factories import SourceFactory

pytestmark = pytest.mark.django_db


def stored_token(source: Source) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT token FROM contacts_source WHERE id = %s", [source.pk])
        (token,) = cursor.fetchone()
        return str(token)


def test_a_token_is_encrypted_in_the_database_and_plain_in_python():
    source = SourceFactory(token="canary-token")

    assert "canary" not in stored_token(source)
    assert Source.objects.get().token == "canary-token"


def test_an_empty_token_stays_empty():
    assert stored_token(SourceFactory(token="")) == ""


def test_an_old_key_still_opens_and_a_new_one_encrypts(settings):
    SourceFactory(token="canary-token")
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]

    source = Source.objects.get()
    source.save()
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]

    assert Source.objects.get().token == "canary-token"


def test_a_secret_that_no_key_opens_says_so_without_its_value(settings):
    SourceFactory(token="canary-token")
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(UnreadableSecret, match="none of FIELD_KEYS") as error:
        Source.objects.get()

    assert "canary" not in str(error.value)
