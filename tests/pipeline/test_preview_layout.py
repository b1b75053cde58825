"""JSON laid out for reading: the lines are added, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pipeline.preview.layout import laid_out

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_it_says_what_the_json_says(value: object) -> None:
    assert json.loads(laid_out(json.dumps(value))) == value


@given(values.filter(lambda value: not isinstance(value, float)))
def test_it_looks_as_the_standard_library_lays_it_out(value: object) -> None:
    compact = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert laid_out(compact) == json.dumps(value, ensure_ascii=False, indent=2)


@pytest.mark.parametrize("number", ["25.00", "1E3", "0.10", "12345678901234567890", "-0"])
def test_it_leaves_every_digit_as_it_is(number: str) -> None:
    assert laid_out(f'{{"value":{number}}}') == f'{{\n  "value": {number}\n}}'
