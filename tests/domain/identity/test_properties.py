"""What holds for any input: stable, idempotent, never the hash of nothing, nothing unexpected on the wire."""

import random
import re
from functools import partial
from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.domain.identity import FIELDS, DropReason, Normalised, normalise
from apps.domain.identity.tables import Wire
from tests.domain.identity.door import TODAY

PAIRS = [(network, field) for network, rules in FIELDS.items() for field in rules]
EMPTY = sha256(b"").hexdigest()
HASH = re.compile(
    r"[0-9a-f]{64}|[0-9a-fA-F]{64}\.([A-Za-z0-9_-]{2}|[A-Za-z0-9_-]{8})"
)  # Meta's own form stays as it is

_countries = st.sampled_from([None, "", "NL", "US", "CA", "AU", "GB", "DE", "Italia", "Atlantis"])
_words = st.text("abcJS .,'-–éİßΣ\u0301\u200b\u212a\ufe0f", max_size=20)
_digits = st.text("0123456789+-/. ()", max_size=18)
_telling = st.one_of(
    _words,
    _digits,
    st.builds("{}@{}".format, _words, st.sampled_from(["gmail.com", "GoogleMail.com", "Müller.de", "eg.co.uk", "eg"])),
    st.builds("{}{}".format, st.sampled_from(["+31", "0031", "06", "+1", "(650)", "1997-", "fb.1.15"]), _digits),
    st.dates().map(str),
    st.ip_addresses().map(str),
    st.sampled_from(["Mr. Alex", "Quinn, Jr.", "São Paulo", "California", "1012 AB", "94105-1234", "Nederland"]),
    st.sampled_from(["fb.1.1554763741205.Ab-1", "1234567890123456", "A" * 32, "B" * 64, f"{'c' * 64}.AQ", EMPTY]),
    st.sampled_from(["male", "Vrouw", "16 februari 1997", "38400000-8CF0-11bd-b23e-10b96e40000d", "US-CA"]),
)
_values = st.one_of(st.text(max_size=60), _telling, st.builds("{}{}".format, _telling, st.text(max_size=3)))
_pairs = st.sampled_from(PAIRS)


def _normalise(pair: tuple[str, str], value: str, country: str | None, order: str = "dmy") -> Normalised:
    network, field = pair
    place = partial(normalise, country=country, default_country="NL")
    return place(network=network, field=field, value=value, date_order=order, today=TODAY)


@given(pair=_pairs, value=_values, country=_countries)
@settings(max_examples=1_000, deadline=None)
def test_meta_34_it_gives_a_normal_form_back_unchanged(pair: tuple[str, str], value: str, country: str | None) -> None:
    result = _normalise(pair, value, country)
    if result.values:
        again = f"+{result.values[0]}" if pair == ("facebook", "phone") else result.values[0]
        assert _normalise(pair, again, country) == result


@given(pair=_pairs, value=_values, country=_countries, order=st.sampled_from(["dmy", "mdy", "ymd"]))
@settings(max_examples=1_000, deadline=None)
def test_it_keeps_its_promise_for_any_text(pair: tuple[str, str], value: str, country: str | None, order: str) -> None:
    result = _normalise(pair, value, country, order)
    assert EMPTY not in result.wire
    assert "" not in result.wire
    assert len(set(result.wire)) == len(result.wire) <= 2
    assert (result.dropped is None) == bool(result.wire)
    assert result.dropped is None or result.dropped in set(DropReason)
    if result.values and result.hashed:
        assert result.hashed == tuple(sha256(form.encode()).hexdigest() for form in result.values)
    if FIELDS[pair[0]][pair[1]].wire is Wire.HASHED:
        assert all(HASH.fullmatch(sent) for sent in result.wire)
    for form in result.values:
        assert form == form.strip()
        assert form.encode().decode() == form


FORMS = {
    ("facebook", "email"): r"[!-~ ]+@[a-z0-9.-]+",
    ("google", "email"): r"[!-~]+@[a-z0-9.-]+",
    ("linkedin", "email"): r"[!-~]+@[a-z0-9.-]+",
    ("facebook", "phone"): r"[1-9][0-9]{6,16}",
    ("google", "phone"): r"\+[1-9][0-9]{6,16}",
    ("facebook", "country"): r"[a-z]{2}",
    ("google", "country"): r"[A-Z]{2}",
    ("facebook", "date_of_birth"): r"(19|20)[0-9]{6}",
    ("facebook", "gender"): r"[fm]",
    ("facebook", "lead_id"): r"[0-9]{15,17}",
    ("linkedin", "client_ip_address"): r"[0-9.]{7,15}",
    ("facebook", "firstname"): r"[^\s!-/:-@\[-`{-~A-Z]+",
    ("facebook", "zip"): r"[^\s-]{2,20}",
}


@given(pair=st.sampled_from(sorted(FORMS)), value=_values, country=_countries)
@settings(max_examples=1_000, deadline=None)
def test_it_sends_only_the_networks_own_characters(pair: tuple[str, str], value: str, country: str | None) -> None:
    assert all(re.fullmatch(FORMS[pair], sent) for sent in _normalise(pair, value, country).values)


@given(st.lists(st.tuples(_pairs, _values, _countries), max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_meta_34_it_does_not_care_in_which_order_it_is_asked(
    asked: list[tuple[tuple[str, str], str, str | None]], chance: random.Random
) -> None:
    first = {index: _normalise(*question) for index, question in enumerate(asked)}
    order = list(first)
    chance.shuffle(order)
    assert {index: _normalise(*asked[index]) for index in order} == first


@given(_pairs, _values)
@settings(max_examples=300, deadline=None)
def test_it_does_not_see_blanks_around_a_value(pair: tuple[str, str], value: str) -> None:
    assert _normalise(pair, f" \u00a0{value}\n", "NL") == _normalise(pair, value, "NL")
