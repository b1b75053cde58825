"""The strict JSON reader (reliability: hostile input 5 to 11)."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.api.parsing import NumberText, strict_json
from apps.core.errors import InvalidInput

HOSTILE = {
    "NaN": b'{"value": NaN}',
    "Infinity": b'{"value": Infinity}',
    "minus Infinity": b'{"value": -Infinity}',
    "an overflowing float": b'{"value": 1e400}',
    "an exponent beyond any decimal": b'{"value": 1e99999999999999999999}',
    "a 5,000-digit integer": b'{"value": ' + b"9" * 5000 + b"}",
    "a key told twice": b'{"email": "a@example.com", "email": "b@example.com"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "invalid UTF-8": b'{"name": "\xff"}',
    "a lone surrogate": rb'{"name": "\ud800"}',
    "a lone surrogate in a key": rb'{"\udfff": 1}',
    "NUL": rb'{"name": "a\u0000b"}',
    "NUL as itself": b'{"name": "a\x00b"}',
    "200,000 arrays deep": b"[" * 200_000,
    "200,000 objects deep": b'{"a":' * 200_000,
    "33 deep": b"[" * 33 + b"]" * 33,
    "nothing": b"",
    "two values": b"{} {}",
    "a trailing comma": b'{"a": 1,}',
    "single quotes": b"{'a': 1}",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_it_refuses(raw: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        strict_json(raw)
    assert refused.value.faults[0].message


@pytest.mark.parametrize("text", ["1250.50", "0.10", "19.995", "1E5", "123456789012345678.25", "-0.0"])
def test_it_keeps_a_number_as_the_text_that_was_sent(text: str) -> None:
    value = strict_json(f'{{"amount": {text}}}'.encode())["amount"]
    assert isinstance(value, NumberText)
    assert value == text


def test_it_keeps_every_digit_of_a_lead_id() -> None:
    assert strict_json(b'{"lead_id": 12345678901234567890}')["lead_id"] == 12345678901234567890


def test_it_takes_what_is_32_deep() -> None:
    assert strict_json(b"[" * 32 + b"]" * 32)


def test_it_names_the_key_told_twice() -> None:
    with pytest.raises(InvalidInput) as refused:
        strict_json(b'{"properties": {"phone": "1", "phone": "2"}}')
    assert refused.value.faults[0].field == "phone"


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(_VALUES)
def test_it_reads_any_sound_value_as_it_was(value: Any) -> None:
    assert strict_json(json.dumps(value).encode()) == value
    assert strict_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
def test_it_answers_any_bytes_with_a_value_or_a_refusal(raw: bytes) -> None:
    with suppress(InvalidInput):
        strict_json(raw)
