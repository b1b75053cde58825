"""A country from whatever people write in the field: ISO code, alpha-3, or its name in one of five languages.

Sources: Meta's customer information parameters (country), Google's AddressInfo (region code), LinkedIn's userInfo
(countryCode): all ISO 3166-1 alpha-2. Names come from CLDR in English, Dutch, German, French and Spanish, and from
`country_names`. Choices: a name that means two countries is not resolved; UK and EL, which are not ISO, are GB and GR;
parts of the United Kingdom are GB; islands with a code that ISO only reserves count as their state.
"""

import re
from functools import cache, lru_cache

from apps.domain.identity.context import Context, Forms
from apps.domain.identity.country_names import ALIASES, ISO_ALPHA_2
from apps.domain.identity.reasons import DropReason
from apps.domain.identity.text import fold, trim

LANGUAGES = ("en", "nl", "de", "fr", "es")

_ARTICLE = re.compile(r"(?:the|de|het|die|der|la|le|les|los|las|el)\s+|l['’]", re.IGNORECASE)
_THE = re.compile(r"\s*\((?:the|kingdom of the)\)\Z", re.IGNORECASE)
_LONGEST_NAME = 100


def meta_country(text: str, context: Context) -> Forms:
    """ISO alpha-2 in lower case."""
    code = country_code(text)
    return (code.lower(),) if code else DropReason.UNKNOWN_COUNTRY


def plain_country(text: str, context: Context) -> Forms:
    """ISO alpha-2 in upper case, as Google and LinkedIn take it."""
    code = country_code(text)
    return (code,) if code else DropReason.UNKNOWN_COUNTRY


def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 of a code or a name, None when it names no country or more than one."""
    if text in ISO_ALPHA_2:
        return text
    return _read(text) if len(text) <= _LONGEST_NAME else None


@lru_cache(maxsize=2_048)
def _read(text: str) -> str | None:
    named = trim(text)
    if len(named) == 2 and named.upper() in ISO_ALPHA_2:
        return named.upper()
    for spelling in (named, _ARTICLE.sub("", named, count=1), _THE.sub("", named)):
        if code := _by_key().get(fold(spelling)):
            return code
    return None


@cache
def _by_key() -> dict[str, str]:
    known: dict[str, str] = {}
    ambiguous: set[str] = set()
    for key, code in _cldr():
        if known.setdefault(key, code) != code:
            ambiguous.add(key)
    for key in ambiguous:
        del known[key]
    known |= {fold(name): code for code, names in ALIASES.items() for name in names.split("|")}
    return known


def _cldr() -> list[tuple[str, str]]:
    """Every key that CLDR gives a country: its alpha-3 codes and its names."""
    from babel import Locale  # 80 ms and five tables, for the first country that is not a plain code
    from babel.core import get_global

    keys = [
        (fold(alias), codes[0])
        for alias, codes in get_global("territory_aliases").items()
        if len(alias) == 3 and alias.isalpha() and len(codes) == 1
    ]
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            spellings = {name, name.replace("&", "and"), name.replace("St.", "Saint").replace("&", "and")}
            keys += [(fold(spelling), code) for spelling in spellings]
    return [(key, code) for key, code in keys if code in ISO_ALPHA_2]
