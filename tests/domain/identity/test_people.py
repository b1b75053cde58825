"""Dates of birth and gender."""

from datetime import date

import pytest

from apps.domain.identity import normalise
from tests.domain.identity.door import facebook, google, linkedin


@pytest.mark.parametrize("date_order", ["dmy", "mdy", "ymd"])
@pytest.mark.parametrize(
    "value",
    [
        "1997-02-16",
        "1997-2-16",
        "1997/02/16",
        "1997.02.16",
        "1997 02 16",
        "19970216",
        "1997-02-16T00:00:00Z",
        "1997-02-16T23:59:59.123+02:00",
        "1997-02-16 00:00:00",
        "2/16/1997",
        "16-02-1997",
        "16. 02. 1997",
        "16021997",
        "02161997",
        "16 februari 1997",
        "16 Feb. 1997",
        "February 16th, 1997",
        "1997 février 16",
        "16 de febrero de 1997",
    ],
)
def test_it_reads_a_date_that_has_one_meaning_in_any_order(value: str, date_order: str) -> None:
    assert facebook(field="date_of_birth", value=value, date_order=date_order).values == ("19970216",)


@pytest.mark.parametrize(
    ("value", "language_form"),
    [
        ("1 mars 1990", "19900301"),
        ("1er mars 1990", "19900301"),
        ("1. März 1990", "19900301"),
        ("1 maart 1990", "19900301"),
        ("1 mrt 1990", "19900301"),
        ("1 de marzo de 1990", "19900301"),
        ("March 1st 1990", "19900301"),
    ],
)
def test_it_reads_months_in_five_languages(value: str, language_form: str) -> None:
    assert facebook(field="date_of_birth", value=value).values == (language_form,)


def test_it_lets_the_workspace_settle_a_date_with_two_meanings() -> None:
    read = {
        order: facebook(field="date_of_birth", value="05-03-1995", date_order=order) for order in ("dmy", "mdy", "ymd")
    }
    assert read["dmy"].values == ("19950305",)
    assert read["mdy"].values == ("19950503",)
    assert read["ymd"].dropped == "ambiguous_date"
    assert facebook(field="date_of_birth", value="05-05-1995", date_order="ymd").values == ("19950505",)


@pytest.mark.parametrize("value", ["16/02/97", "1-2-03", "97-02-16"])
def test_it_drops_a_year_of_two_digits(value: str) -> None:
    assert facebook(field="date_of_birth", value=value).dropped == "ambiguous_date"


NO_BIRTHDAYS = """1997-02-30|1997-13-01|31-04-1997|0000-00-00|1899-12-31|2026-11-23|1997|Feb 1997|soon|16 Foo 1997
|856051200000|1997-16-02|16 februari maart 1997|16 17 februari"""


@pytest.mark.parametrize("value", NO_BIRTHDAYS.split("|"))
def test_it_drops_what_is_no_date_of_birth(value: str) -> None:
    assert facebook(field="date_of_birth", value=value).dropped == "invalid_date"


def test_it_takes_birthdays_from_1900_to_today() -> None:
    assert facebook(field="date_of_birth", value="1900-01-01").values == ("19000101",)
    assert facebook(field="date_of_birth", value="2026-11-22").values == ("20261122",)
    tomorrow = "2026-11-23"
    assert facebook(field="date_of_birth", value=tomorrow, today=date(2026, 11, 23)).values == ("20261123",)
    assert normalise(network="facebook", field="date_of_birth", value=tomorrow).values == ("20261123",)


FEMALE = ["f", "F", "female", "Woman", "vrouw", "Vrouwelijk", "V", "weiblich", "Frau", "w", "femme", "Féminin", "mujer"]
MALE = ["m", "M", "Male", "man", "mannelijk", "männlich", "Mann", "homme", "masculin", "hombre", "masculino", "varón"]


@pytest.mark.parametrize(("value", "letter"), [(word, "f") for word in FEMALE] + [(word, "m") for word in MALE])
def test_it_knows_gender_in_five_languages(value: str, letter: str) -> None:
    assert facebook(field="gender", value=value).values == (letter,)


@pytest.mark.parametrize("value", ["x", "h", "divers", "non-binary", "unknown", "1", "-"])
def test_it_drops_a_gender_that_meta_does_not_know(value: str) -> None:
    assert facebook(field="gender", value=value).dropped == "unknown_gender"


def test_it_shares_birth_and_gender_with_meta_only() -> None:
    for network in (google, linkedin):
        assert network(field="date_of_birth", value="1997-02-16").dropped == "not_used_by_network"
        assert network(field="gender", value="f").dropped == "not_used_by_network"
