"""Cities, postal codes, states and countries."""

import pytest
from babel import Locale

from apps.domain.identity import normalise
from apps.domain.identity.country_names import ISO_ALPHA_2
from tests.domain.identity.door import facebook, google, linkedin


@pytest.mark.parametrize(
    ("value", "forms"),
    [
        ("New York", ("newyork",)),
        ("'s-Hertogenbosch", ("shertogenbosch",)),
        ("St. Louis (MO)", ("stlouismo",)),
        ("São Paulo", ("sãopaulo", "sopaulo")),
        ("København", ("københavn", "kbenhavn")),
        ("Østerbro", ("østerbro", "sterbro")),
        ("東京", ("東京",)),
        ("Москва", ("москва",)),
        ("Paris 15", ("paris15",)),
    ],
)
def test_meta_18_it_gives_a_city_at_meta_and_the_builders_form_second(value: str, forms: tuple[str, ...]) -> None:
    result = facebook(field="city", value=value)
    assert result.values == forms
    assert len(set(result.hashed)) == len(forms)


def test_it_keeps_a_city_plain_for_google() -> None:
    result = google(field="city", value="  São   Paulo ")
    assert (result.values, result.hashed, result.wire) == (("São Paulo",), (), ("São Paulo",))
    assert google(field="city", value="12345").dropped == "no_letters"


ZIPS = [
    ("94105-1234", None, "94105", "94105-1234"),
    ("94105–1234", None, "94105", "94105-1234"),
    ("94105-1234", "US", "94105", "94105-1234"),
    ("94105 1234", "USA", "94105", "94105-1234"),
    ("941051234", "United States", "94105", "94105-1234"),
    ("941051234", None, "941051234", "941051234"),
    ("02139", "US", "02139", "02139"),
    ("1012 AB", "NL", "1012ab", "1012 AB"),
    ("1012 AB", None, "1012ab", "1012 AB"),
    ("00-950", "PL", "00950", "00-950"),
    ("K1A-0A6", "CA", "k1a0a6", "K1A-0A6"),
    ("K1A 0A6", None, "k1a0a6", "K1A 0A6"),
    ("01310-100", "BR", "01310100", "01310-100"),
    ("1229-076", "PT", "1229076", "1229-076"),
    ("150-0001", "JP", "1500001", "150-0001"),
    ("１５０-０００１", "JP", "1500001", "150-0001"),
    ("١٢٣٤٥", "EG", "12345", "12345"),
    ("M1  1AE", "GB", "m11ae", "M1 1AE"),
]


@pytest.mark.parametrize(("value", "country", "meta", "plain"), ZIPS)
def test_meta_16_it_cuts_only_american_postal_codes(value: str, country: str | None, meta: str, plain: str) -> None:
    assert facebook(field="zip", value=value, country=country).values == (meta,)
    result = google(field="zip", value=value, country=country)
    assert (result.values, result.hashed) == ((plain,), ())


@pytest.mark.parametrize(
    ("value", "country"),
    [
        ("2139", "US"),
        ("ABC", "US"),
        ("94105-12", "US"),
        ("none", None),
        ("7", "IS"),
        ("1" * 21, None),
        ("--", "NL"),
        ("1ж0", None),
    ],
)
def test_it_drops_what_is_no_postal_code(value: str, country: str | None) -> None:
    assert facebook(field="zip", value=value, country=country).dropped == "invalid_zip"
    assert google(field="zip", value=value, country=country).dropped == "invalid_zip"


STATES = [
    ("California", "US", "ca", "CA"),
    ("CA", "US", "ca", "CA"),
    ("us-ca", "US", "ca", "CA"),
    ("California", None, "ca", "CA"),
    ("US-CA", None, "ca", "CA"),
    ("new york", "United States", "ny", "NY"),
    ("Washington DC", "US", "dc", "DC"),
    ("Washington, D.C.", "US", "dc", "DC"),
    ("Washington", "US", "wa", "WA"),
    ("Puerto Rico", "US", "pr", "PR"),
    ("Québec", "CA", "qc", "QC"),
    ("Quebec", "Kanada", "qc", "QC"),
    ("Colombie-Britannique", "CA", "bc", "BC"),
    ("Ontario", "CA", "on", "ON"),
    ("NT", "CA", "nt", "NT"),
    ("Victoria", "AU", "vic", "VIC"),
    ("nsw", "Australia", "nsw", "NSW"),
    ("Noord-Holland", "NL", "noordholland", "Noord-Holland"),
    ("Noord-Holland", None, "noordholland", "Noord-Holland"),
    ("Île-de-France", "FR", "îledefrance", "Île-de-France"),
    ("California", "MX", "california", "California"),
    ("東京都", "JP", "東京都", "東京都"),
]


@pytest.mark.parametrize(("value", "country", "meta", "plain"), STATES)
def test_it_gives_states_of_us_ca_and_au_their_codes(value: str, country: str | None, meta: str, plain: str) -> None:
    assert facebook(field="state", value=value, country=country).values == (meta,)
    assert google(field="state", value=value, country=country).wire == (plain,)


@pytest.mark.parametrize(("value", "country"), [("Noord-Holland", "US"), ("XX", "US"), ("Texas", "CA"), ("CA", "AU")])
def test_it_drops_a_state_that_the_country_does_not_have(value: str, country: str) -> None:
    assert facebook(field="state", value=value, country=country).dropped == "invalid_state"
    assert google(field="state", value=value, country=country).dropped == "invalid_state"


@pytest.mark.parametrize(("value", "country"), [("-", "NL"), ("12", None)])
def test_it_drops_a_state_without_letters(value: str, country: str | None) -> None:
    assert facebook(field="state", value=value, country=country).dropped == "no_letters"
    assert google(field="state", value=value, country=country).dropped == "no_letters"


COUNTRIES = {
    "NL": [
        "NL",
        "nl",
        "NLD",
        "Nederland",
        "the Netherlands",
        "Netherlands (the)",
        "Holland",
        "Niederlande",
        "Pays-Bas",
    ],
    "GB": [
        "UK",
        "U.K.",
        "GBR",
        "Great Britain",
        "England",
        "United Kingdom",
        "Verenigd Koninkrijk",
        "VK",
        "Royaume-Uni",
    ],
    "US": [
        "USA",
        "U.S.A.",
        "United States of America",
        "Verenigde Staten",
        "Vereinigte Staaten",
        "États-Unis",
        "EE. UU.",
    ],
    "AT": ["AUT", "Austria", "Oostenrijk", "Österreich", "Osterreich", "Autriche"],
    "CN": ["CHN", "China", "Chine", "中国"],
    "IE": ["IRL", "Ireland", "Ierland", "Irland", "Irlande", "Irlanda"],
    "DE": ["DEU", "Germany", "Duitsland", "Deutschland", "Allemagne", "Alemania", "BRD"],
    "CI": ["Côte d'Ivoire", "Cote d’Ivoire", "Ivory Coast", "Ivoorkust", "Elfenbeinküste"],
    "CD": ["Congo (the Democratic Republic of the)", "Congo - Kinshasa", "DR Congo"],
    "CG": ["Congo (the)", "Congo-Brazzaville", "Republic of the Congo"],
    "KR": ["Korea, Republic of", "Korea (the Republic of)", "South Korea", "Zuid-Korea"],
    "CZ": ["Czech Republic", "Czechia", "Tsjechië", "Česko"],
    "TR": ["Turkey", "Türkiye", "Turkije", "TUR"],
    "GE": ["Georgia", "GEO", "Georgië"],
    "BA": ["Bosnia & Herzegovina", "Bosnia and Herzegovina"],
    "KN": ["Saint Kitts and Nevis", "St. Kitts & Nevis"],
    "GR": ["EL", "Greece", "Ελλάδα"],
    "XK": ["Kosovo", "XK"],
}


@pytest.mark.parametrize(("code", "name"), [(code, name) for code, names in COUNTRIES.items() for name in names])
def test_meta_15_it_knows_a_country_by_code_and_name(code: str, name: str) -> None:
    assert facebook(field="country", value=name).values == (code.lower(),)
    assert len(facebook(field="country", value=name).hashed) == 1
    for plain in (google, linkedin):
        assert (plain(field="country", value=name).wire, plain(field="country", value=name).hashed) == ((code,), ())


@pytest.mark.parametrize("language", ["en", "nl", "de", "fr", "es"])
def test_meta_15_it_knows_every_countrys_name_in_five_languages(language: str) -> None:
    names = {code: name for code, name in Locale.parse(language).territories.items() if code in ISO_ALPHA_2}
    assert len(names) == len(ISO_ALPHA_2) == 250
    wrong = {n: c for c, n in names.items() if normalise(network="google", field="country", value=n).wire != (c,)}
    assert wrong == {}


@pytest.mark.parametrize(
    "value",
    [
        "Atlantis",
        "EU",
        "Europe",
        "ZZ",
        "XX",
        "Korea",
        "Virgin Islands",
        "Ireland (Northern)",
        "31",
        "-",
        "n/a",
        "x" * 200,
    ],
)
def test_it_drops_a_country_that_it_does_not_know_for_sure(value: str) -> None:
    assert facebook(field="country", value=value).dropped == "unknown_country"
