"""The table of networks and fields, the closed set of reasons, and what a caller may get wrong."""

import subprocess
import sys
import time

import pytest

from apps.domain.identity import FIELDS, DropReason, normalise

# network, field, value, country: one example for every reason there is.
EXAMPLES = {
    "empty": ("facebook", "email", "  ", None),
    "not_used_by_network": ("linkedin", "phone", "+31612345678", None),
    "invalid_text": ("facebook", "firstname", "Mary\ud800", None),
    "too_long": ("facebook", "firstname", "a" * 513, None),
    "no_letters": ("facebook", "firstname", "--", None),
    "only_a_title": ("google", "firstname", "Mrs.", None),
    "invalid_email": ("google", "email", "quinn", None),
    "invalid_phone": ("google", "phone", "12", "NL"),
    "phone_without_country": ("google", "phone", "0612345678", None),
    "unknown_country": ("linkedin", "country", "Atlantis", None),
    "invalid_state": ("facebook", "state", "Utrecht", "US"),
    "invalid_zip": ("facebook", "zip", "2139", "US"),
    "invalid_date": ("facebook", "date_of_birth", "1997-02-30", None),
    "ambiguous_date": ("facebook", "date_of_birth", "16/02/97", None),
    "unknown_gender": ("facebook", "gender", "?", None),
    "md5_hash": ("facebook", "email", "d41d8cd98f00b204e9800998ecf8427e", None),
    "unsupported_hash": ("facebook", "email", "da39a3ee5e6b4b0d3255bfef95601890afd80709", None),
    "empty_hash": ("facebook", "email", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", None),
    "hash_not_accepted": ("google", "city", "a" * 64, None),
    "invalid_ip": ("facebook", "client_ip_address", "8.8.8", None),
    "private_ip": ("facebook", "client_ip_address", "10.0.0.1", None),
    "ipv6_not_accepted": ("linkedin", "client_ip_address", "2a00:1450::1", None),
    "invalid_user_agent": ("google", "client_user_agent", "a\nb", None),
    "invalid_click_id": ("google", "gclid", "a b", None),
    "invalid_lead_id": ("facebook", "lead_id", "12", None),
    "invalid_device_id": ("linkedin", "google_aid", "12", None),
    "placeholder": ("linkedin", "google_aid", "00000000-0000-0000-0000-000000000000", None),
}


@pytest.mark.parametrize("reason", DropReason)
def test_meta_19_it_drops_one_identifier_alone_and_says_why(reason: DropReason) -> None:
    network, field, value, country = EXAMPLES[reason]
    result = normalise(network=network, field=field, value=value, country=country)
    assert (result.values, result.hashed, result.wire, result.dropped) == ((), (), (), reason)


@pytest.mark.parametrize("reason", DropReason)
def test_it_explains_every_reason_in_two_sentences_without_personal_data(reason: DropReason) -> None:
    assert reason == reason.value == reason.name.lower()
    assert reason.explanation.endswith(".")
    assert 40 < len(reason.explanation) < 160


TAKEN = {
    "facebook": "email phone firstname lastname city state zip country date_of_birth gender external_id"
    " client_ip_address client_user_agent fbc fbp lead_id",
    "google": "email phone firstname lastname street city state zip country"
    " client_ip_address client_user_agent gclid gbraid wbraid",
    "linkedin": "email firstname lastname hashed_firstname hashed_lastname jobtitle company country external_id"
    " client_ip_address li_fat_id lead_id acxiom_id google_aid",
}


def test_it_takes_exactly_these_fields_for_each_network() -> None:
    taken = {network: set(fields.split()) for network, fields in TAKEN.items()}
    assert {network: set(fields) for network, fields in FIELDS.items()} == taken


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"network": "tiktok"}, "network: 'tiktok'"),
        ({"field": "emial"}, "field: 'emial'"),
        ({"date_order": "ydm"}, "date_order: 'ydm'"),
        ({"external_id_mode": "md5"}, "external_id_mode: 'md5'"),
    ],
)
def test_it_names_the_setting_that_a_caller_got_wrong(wrong: dict[str, str], named: str) -> None:
    arguments = {"network": "facebook", "field": "email", "value": "joe@eg.com"} | wrong
    with pytest.raises(ValueError, match=f"{named} is not known; use one of"):
        normalise(**arguments)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "a" * 250 + "@" + "." * 250),
        ("email", "a." * 200 + "@eg.com!"),
        ("email", '"' + "\\" * 400),
        ("phone", "(" * 500),
        ("phone", ". - / " * 10),
        ("date_of_birth", "1 " * 250),
        ("firstname", "-" * 512),
        ("country", "the " * 25),
        ("zip", "1" * 512),
        ("fbc", "fb.1.1554763741205." + "a.AQ" * 120),
    ],
)
def test_it_answers_hostile_input_in_no_time(field: str, value: str) -> None:
    normalise(network="facebook", field=field, value="warm", country="NL")
    began = time.perf_counter()
    normalise(network="facebook", field=field, value=value, country="NL")
    assert time.perf_counter() - began < 0.05


def test_it_loads_the_big_libraries_only_when_a_value_needs_them() -> None:
    program = (
        "import sys; from apps.domain.identity import normalise\n"
        "normalise(network='facebook', field='email', value='joe@eg.com')\n"
        "normalise(network='facebook', field='country', value='NL')\n"
        "assert not {'babel', 'phonenumbers', 'django'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
