"""Telephone numbers: every spelling of one number is one number, and no country is ever guessed."""

import random

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.domain.identity import phone_plans
from apps.domain.identity.country_names import ISO_ALPHA_2
from tests.domain.identity.door import facebook, google, linkedin

DUTCH_MOBILE = [
    "+31612345678",
    "+31 6 1234 5678",
    "+31 (0)6 12345678",
    "+31(0)612345678",
    "(+31) 6 12345678",
    "0031612345678",
    "0031 6-12345678",
    "0612345678",
    "06 12 34 56 78",
    "06-12345678",
    "06.1234.5678",
    "(06) 12345678",
    "06–12345678",
    "31612345678",
    "tel:+31-6-12345678",
    "Tel: 06 12345678",
    "＋31 6 12345678",
    "٠٦١٢٣٤٥٦٧٨",
    "\u202a+31612345678\u202c",
    "06\u00a012345678",
]


@pytest.mark.parametrize("value", DUTCH_MOBILE)
def test_meta_14_it_gives_every_spelling_of_a_number_the_same_digits(value: str) -> None:
    assert facebook(field="phone", value=value, country="NL").values == ("31612345678",)
    assert google(field="phone", value=value, country="NL").values == ("+31612345678",)


@pytest.mark.parametrize("country", ["NL", "nl", "NLD", "Nederland", " Netherlands ", "Pays-Bas"])
def test_it_reads_the_contacts_country_as_code_or_name(country: str) -> None:
    assert facebook(field="phone", value="0612345678", country=country).values == ("31612345678",)


def test_meta_14_it_asks_the_workspace_only_when_the_contact_has_no_country() -> None:
    assert facebook(field="phone", value="0612345678", default_country="NL").values == ("31612345678",)
    assert facebook(field="phone", value="0612345678", country=" ", default_country="NL").values == ("31612345678",)
    german = facebook(field="phone", value="0171 1234567", country="DE", default_country="NL")
    assert german.values == ("491711234567",)


@pytest.mark.parametrize(("contacts", "workspaces"), [(None, None), ("", ""), ("Atlantis", None), ("Atlantis", "NL")])
def test_meta_14_it_never_guesses_a_country(contacts: str | None, workspaces: str | None) -> None:
    for network, value in ((facebook, "0612345678"), (google, "8005550100")):
        result = network(field="phone", value=value, country=contacts, default_country=workspaces)
        assert result.dropped == "phone_without_country"


@pytest.mark.parametrize("country", [None, "Atlantis", "US", "JP", "GB"])
def test_it_needs_no_country_for_an_international_number(country: str | None) -> None:
    for value in ("+31 (0)6 12345678", "0031612345678"):
        assert facebook(field="phone", value=value, country=country).values == ("31612345678",)


@pytest.mark.parametrize(
    ("value", "country", "digits"),
    [
        ("+39 06 1234567", None, "39061234567"),
        ("06 1234567", "IT", "39061234567"),
        ("030/1234567", "DE", "49301234567"),
        ("01 42 68 53 00", "FR", "33142685300"),
        ("911 23 45 67", "ES", "34911234567"),
        ("07911 123456", "UK", "447911123456"),
        ("0470 12 34 56", "BE", "32470123456"),
        ("(11) 96123-4567", "BR", "5511961234567"),
        ("8 (912) 345-67-89", "RU", "79123456789"),
        ("011 15-2345-6789", "AR", "5491123456789"),
        ("090-1234-5678", "JP", "819012345678"),
        ("0412 345 678", "AU", "61412345678"),
    ],
)
def test_it_knows_each_countrys_own_way_to_write(value: str, country: str | None, digits: str) -> None:
    assert facebook(field="phone", value=value, country=country).values == (digits,)


@pytest.mark.parametrize(
    "value", ["020 1234567 ext 12", "020 1234567 x12", "020-1234567, toestel 12", "020 1234567;ext=12"]
)
def test_it_leaves_an_extension_off(value: str) -> None:
    assert facebook(field="phone", value=value, country="NL").values == ("31201234567",)


@pytest.mark.parametrize(
    "value",
    [
        "call me",
        "+",
        "-",
        "1-800-FLOWERS",
        "06ABC45678",
        "0612345678 (mobiel)",
        "0612345678 / 0687654321",
        "0612345678, 0687654321",
        "0612345678; 12",
        "0612345678 +31687654321",
        "123",
        "06123456789012",
        "1" * 30,
        "0" * 12,
        "+31 6 0000",
        "+999 12345678",
        "+0612",
        "6.12345678E+8",
        "0612345678" * 20,
    ],
)
def test_meta_14_it_drops_what_no_telephone_there_has(value: str) -> None:
    assert facebook(field="phone", value=value, country="NL").dropped == "invalid_phone"
    assert google(field="phone", value=value, country="NL").dropped == "invalid_phone"


def test_it_has_no_phone_for_linkedin() -> None:
    assert linkedin(field="phone", value="+31612345678").dropped == "not_used_by_network"


def _library(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)).removeprefix("+")


REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


@given(st.sampled_from(REGIONS), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_it_takes_the_short_way_only_where_the_library_agrees(region: str, chance: random.Random) -> None:
    example = phonenumbers.example_number_for_type(region, chance.randrange(11))
    national = str(example.national_number) if example else ""
    noise = "".join(chance.choice("0123456789") for _ in range(chance.randint(3, 13)))
    code = str(phonenumbers.country_code_for_region(region))
    for number in (national, national[:-2] + noise[:2], noise):
        for written in (number, f"0{number}", f"1{number}", f"8{number}", f"{code}{number}", f"00{code}{number}"):
            if written.startswith(code) and phone_plans.international(written, with_prefix=False):
                continue  # the one choice of our own, tested below
            short = phone_plans.national(written, region)
            assert short is None or short == _library(written, region), (region, written)
        for written in (f"{code}{number}", f"{code}0{number}", noise):
            short = phone_plans.international(written)
            assert short is None or short == _library(f"+{written}", None), (region, written)


def test_it_reads_a_number_that_starts_with_the_country_code_as_international() -> None:
    assert facebook(field="phone", value="49201000", country="DE").values == ("49201000",)  # also a number of 04920
    assert facebook(field="phone", value="04920 1000", country="DE").values == ("4949201000",)
    assert facebook(field="phone", value="491711234567", country="NL").dropped == "invalid_phone"


@pytest.mark.parametrize("code", ["31", "32", "33", "44", "49"])
def test_it_takes_the_short_way_with_the_national_prefix_behind_the_code(code: str) -> None:
    region = phonenumbers.region_code_for_country_code(int(code))
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    own = str(example.national_number)
    assert phone_plans.international(f"{code}0{own}") == f"{code}{own}" == _library(f"+{code} (0){own}", None)
    assert facebook(field="phone", value=f"+{code} (0){own}").values == (f"{code}{own}",)


def test_it_takes_the_short_way_for_nearly_every_mobile_number_on_earth() -> None:
    mobile = phonenumbers.PhoneNumberType.MOBILE
    examples = {region: phonenumbers.example_number_for_type(region, mobile) for region in set(REGIONS) & ISO_ALPHA_2}
    missed = []
    for region, example in examples.items():
        if example is None:
            continue
        written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
        if phone_plans.national("".join(filter(str.isdigit, written)), region) is None:
            missed.append(region)
        assert facebook(field="phone", value=written, country=region).values == (_library(written, region),)
    assert missed == ["AR"]
