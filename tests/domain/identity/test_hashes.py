"""Values that arrive hashed, and the hash itself."""

from hashlib import sha256

import pytest

from apps.domain.identity import FIELDS, normalise, sha256_hex
from apps.domain.identity.tables import Wire
from tests.domain.identity.door import facebook, google, linkedin

HEX = "A665A45920422F9D417E4867EFDC4FB8A04A1F3FFF1FA07E998E86F7F7A27AE3"
EMPTY = sha256(b"").hexdigest()
HASHED = [
    (network, field) for network, rules in FIELDS.items() for field, rule in rules.items() if rule.wire is Wire.HASHED
]
PLAIN_WORDS = [
    ("google", "city"),
    ("google", "state"),
    ("google", "zip"),
    ("google", "country"),
    ("linkedin", "firstname"),
    ("linkedin", "lastname"),
    ("linkedin", "jobtitle"),
    ("linkedin", "company"),
    ("linkedin", "country"),
]


@pytest.mark.parametrize(("network", "field"), HASHED)
def test_meta_17_it_passes_a_sha256_once_and_in_lower_case(network: str, field: str) -> None:
    result = normalise(network=network, field=field, value=HEX)
    assert (result.values, result.hashed, result.dropped) == ((), (HEX.lower(),), None)
    assert result.wire == (HEX.lower(),)


@pytest.mark.parametrize(("network", "field"), HASHED)
def test_meta_17_it_never_lets_the_hash_of_nothing_through(network: str, field: str) -> None:
    for value in (EMPTY, EMPTY.upper(), f" {EMPTY} "):
        assert normalise(network=network, field=field, value=value).dropped == "empty_hash"


@pytest.mark.parametrize(("network", "field"), [*HASHED, *PLAIN_WORDS])
def test_meta_17_it_drops_every_other_hash(network: str, field: str) -> None:
    assert normalise(network=network, field=field, value=HEX[:32]).dropped == "md5_hash"
    for length in (40, 56, 96, 128):
        assert normalise(network=network, field=field, value=(HEX * 2)[:length]).dropped == "unsupported_hash"
    in_base64 = "UJ6TMBm7KFoTSpM0uLtnnf950M4CPVKa9L10TUe0/Yo="
    assert normalise(network=network, field=field, value=in_base64).dropped == "unsupported_hash"


@pytest.mark.parametrize(("network", "field"), PLAIN_WORDS)
def test_it_drops_a_hash_where_the_network_wants_the_plain_value(network: str, field: str) -> None:
    assert normalise(network=network, field=field, value=HEX).dropped == "hash_not_accepted"
    assert normalise(network=network, field=field, value=f"{HEX}.AQ").dropped == "hash_not_accepted"


@pytest.mark.parametrize("appendix", ["AQ", "Bg", "AQYAAgEA"])
def test_meta_17_it_passes_metas_builder_form_as_it_is_at_meta_only(appendix: str) -> None:
    value = f"{HEX.lower()}.{appendix}"
    for field in ("email", "phone", "firstname", "city", "zip", "external_id"):
        result = facebook(field=field, value=f" {value} ")
        assert (result.values, result.wire) == ((), (value,))
    assert google(field="email", value=value).dropped == "unsupported_hash"
    assert linkedin(field="email", value=value).dropped == "unsupported_hash"
    assert facebook(field="email", value=f"{EMPTY}.{appendix}").dropped == "empty_hash"


@pytest.mark.parametrize("value", [f"{HEX}.AQY", f"{HEX}.", HEX[:63], f"{HEX}0", f"{HEX[:63]}g", f"{HEX[:63]}g.AQ"])
def test_meta_17_it_takes_nothing_else_for_a_hash(value: str) -> None:
    assert facebook(field="email", value=value).dropped == "invalid_email"


def test_it_drops_a_hash_or_uuid_that_only_punctuation_hides() -> None:
    for value in (
        "0188a5eb-4dd9-7d2a-9c0f-6c2b1f3e4a5b",
        "d4:1d:8c:d9:8f:00:b2:04:e9:80:09:98:ec:f8:42:7e",
        f"{HEX[:32]} {HEX[32:]}",
    ):
        for field in ("firstname", "city"):
            assert facebook(field=field, value=value).dropped == "unsupported_hash"


def test_it_drops_the_hash_of_nothing_among_plain_ids_too() -> None:
    assert linkedin(field="external_id", value=EMPTY).dropped == "empty_hash"
    assert facebook(field="external_id", value=EMPTY, external_id_mode="raw").dropped == "empty_hash"


def test_it_hashes_utf_8_and_refuses_to_hash_nothing() -> None:
    assert sha256_hex("정") == "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14"
    with pytest.raises(ValueError, match="nothing to hash"):
        sha256_hex("")
