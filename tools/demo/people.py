"""Invented people, the same for the same seed: names of many scripts, phones of many spellings, holes and mistakes."""

import random
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tools.demo.names import COUNTRIES

COMPANIES = (
    "Höfner & Zonen BV",
    "Acme GmbH",
    "Żabka Sp. z o.o.",
    "株式会社サンプル",
    "L'Atelier SARL",
    "Nordic Ösk AB",
    "",
)
JOBS = ("Head of Growth", "Geschäftsführerin", "Inkoper", "CEO", "購買部長", "Responsable marketing", "")
# Names that no resolver will ever answer for (RFC 2606, RFC 6761).
DOMAINS = ("mail.example", "company.example", "example.com", "bücher.example", "shop.test", "example.org")
GENDERS = {"women": ("female", "F", "vrouw", "weiblich"), "men": ("male", "m", "man", "männlich")}
BIRTHDAYS = ("%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%Y%m%d")


@dataclass(frozen=True, slots=True)
class Person:
    """A contact's properties by HubSpot's names, and what the country's people write for yes and no."""

    properties: Mapping[str, str]
    yes: str
    no: str

    @property
    def email(self) -> str:
        """The address."""
        return self.properties["email"]


def person(rng: random.Random, number: int) -> Person:
    """Person `number`, whose address nobody else has."""
    country = rng.choice(COUNTRIES)
    sex = rng.choice(("women", "men"))
    first, first_latin = _spelled(rng.choice(country.women if sex == "women" else country.men))
    last, last_latin = _spelled(rng.choice(country.families))
    city, postal_code, state = rng.choice(country.places)
    held = {
        "email": f"{_plain(first_latin)}.{_plain(last_latin)}{number}@{rng.choice(DOMAINS)}",
        "firstname": first,
        "lastname": last,
        rng.choice(("phone", "phone", "mobilephone")): _digits(rng, rng.choice(country.phones)),
        "address": rng.choice(country.streets).format(n=rng.randint(1, 240)),
        "city": city,
        "zip": postal_code,
        "state": state,
        "country": rng.choice(country.spellings),
        "company": rng.choice(COMPANIES),
        "jobtitle": rng.choice(JOBS),
        "gender": rng.choice((*GENDERS[sex], "", "x")),
        "date_of_birth": _birthday(rng),
        "external_id": f"C-{number:06}" if rng.random() < 0.5 else "",
        "hs_predictivecontactscore_v2": f"{rng.uniform(0, 100):.2f}" if rng.random() < 0.4 else "",
    }
    spoil = rng.choice(MISTAKES) if rng.random() < 0.08 else _nothing
    return Person(_with_holes(rng, spoil(held)), country.yes, country.no)


def _nothing(held: dict[str, str]) -> dict[str, str]:
    return held


def _mistake(**wrong: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda held: held | wrong


# What people and imports really leave in CRMs; the record is taken and only the identifier is dropped.
MISTAKES: tuple[Callable[[dict[str, str]], dict[str, str]], ...] = (
    _mistake(phone="n/a", mobilephone=""),
    _mistake(phone="123"),
    _mistake(phone="1-800-FLOWERS"),
    _mistake(phone="2026-01-02"),
    _mistake(zip="0", country="Nowhereland"),
    _mistake(country="??"),
    _mistake(firstname="Mrs.", lastname="-"),
    _mistake(firstname="Ã©lodie", lastname="M\N{REPLACEMENT CHARACTER}ller"),
    _mistake(date_of_birth="31-02-1980", gender="n.v.t."),
    _mistake(lastname="  van   der  Meer\t"),
    _mistake(city="\N{RIGHT-TO-LEFT MARK}حيفا\N{RIGHT-TO-LEFT MARK}"),
    _mistake(company='=HYPERLINK("http://x.test")', jobtitle="<b>CEO</b>"),
)


def _with_holes(rng: random.Random, held: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in held.items() if value and (name == "email" or rng.random() > 0.08)}


def _spelled(name: str) -> tuple[str, str]:
    native, _, latin = name.partition("|")
    return native, latin or native


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold().replace("ł", "l").replace("ß", "ss"))
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalnum()) or "info"


def _digits(rng: random.Random, pattern: str) -> str:
    return "".join(str(rng.randint(0, 9)) if sign == "#" else sign for sign in pattern)


def _birthday(rng: random.Random) -> str:
    if rng.random() < 0.6:
        return ""
    day = date(1950, 1, 1) + timedelta(days=rng.randint(0, 20_000))
    return day.strftime(rng.choice(BIRTHDAYS))
