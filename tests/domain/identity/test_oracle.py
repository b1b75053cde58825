"""Meta's own Python SDK as an oracle: where it is known to be right, our hash is its hash."""

import pytest
from facebook_business.adobjects.serverside.normalize import Normalize

from tests.domain.identity.door import facebook

AGREED = [
    ("em", "email", "John_Smith@gmail.com"),
    ("em", "email", " FOO+tag@Bar.co.uk "),
    ("ph", "phone", "+1 (616) 954-78 88"),
    ("ph", "phone", "0031612345678"),
    ("fn", "firstname", "Valéry"),
    ("fn", "firstname", "정"),
    ("ln", "lastname", "Smith"),
    ("ct", "city", "San Francisco"),
    ("ct", "city", "Neuilly-sur-Seine"),
    ("st", "state", "ca"),
    ("zp", "zip", "94105-1234"),
    ("zp", "zip", "M1 1AE"),
    ("country", "country", "NL"),
    ("db", "date_of_birth", "19900101"),
    ("ge", "gender", "f"),
    ("em", "email", "A" * 64),
]

# What the SDK does, why we do not, and what we do instead: the reviewed list.
DEVIATIONS = [
    ("fn", "firstname", "Mary-Jane", "maryjane"),  # it keeps punctuation, which Meta's own page forbids
    ("ln", "lastname", "D'Artagnan", "dartagnan"),
    ("zp", "zip", "00-950", "00950"),  # it cuts every country's code at the dash
    ("zp", "zip", "K1A-0A6", "k1a0a6"),
    ("ph", "phone", "+31 (0)6 12345678", "31612345678"),  # it keeps the zero
    ("st", "state", "California", "ca"),  # it keeps the long name
    ("ge", "gender", "male", "m"),  # it hashes the word
    ("db", "date_of_birth", "2/16/1997", "19970216"),  # it hashes what it gets
]


@pytest.mark.parametrize(("key", "field", "value"), AGREED)
def test_meta_13_it_hashes_as_metas_sdk_does_where_that_is_right(key: str, field: str, value: str) -> None:
    assert facebook(field=field, value=value).wire == (Normalize.normalize_field(key, value),)


@pytest.mark.parametrize(("key", "field", "value", "form"), DEVIATIONS)
def test_meta_13_it_deviates_from_metas_sdk_only_as_reviewed(key: str, field: str, value: str, form: str) -> None:
    assert facebook(field=field, value=value).values == (form,)
    assert Normalize.normalize_field_skip_hashing(key, value) != form
