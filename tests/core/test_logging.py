"""A line of the log never holds what has the form of personal data or of a secret, whoever wrote it."""

import json

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from apps.core.logging import masked


def line(**words: object) -> str:
    return masked(None, "info", json.dumps(words))


@pytest.mark.parametrize(
    "secret",
    [
        "jo.bos+news@example.co.uk", "JO@EXAMPLE.COM", "+31612345678", "+31 6 1234 5678", "+1 (415) 555-0132",
        "csk_1a2b3c4d_abcdefghijklmnop", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "EAAGm0PX4ZCpsBAKZCZAh",
        "ya29.a0AfH6SMBx", "GOCSPX-abcdefghij",
    ],
)  # fmt: skip
def test_it_masks_what_has_the_form_of_a_person_s_or_of_a_secret(secret):
    assert secret not in line(error=f"Key (email)=({secret}) already exists")


@pytest.mark.parametrize(
    "words", ["Bearer abc.def", "?access_token=abc.def&x=1", "client_secret=abc.def", "?code=abc.def"]
)
def test_it_masks_what_is_named_as_a_secret(words):
    assert "abc.def" not in line(url=words)


@given(st.uuids(), st.datetimes(), st.integers(0, 10**12))
def test_ids_times_and_numbers_stay(number, moment, count):
    told = json.loads(line(request=str(number), at=moment.isoformat() + "Z", milliseconds=count))
    assert told == {"request": str(number), "at": moment.isoformat() + "Z", "milliseconds": count}


def test_the_line_stays_json(capsys):
    told = line(error='said "no" to jo@example.com, token=abc"')
    assert "***" in json.loads(told)["error"]


def test_every_line_is_masked_last():
    processors = structlog.get_config()["processors"]
    assert processors[-1] is masked
