"""How likely a network recognises a person by what it gets: **our own estimate**; no network publishes or promises one.

Every identifier gets a weight, the chance that it alone finds the person, and identifiers are taken to miss
independently of each other: the chance of a match is 1 - (1-w1)(1-w2)..., never more than CEILING. Source of the
weights: our own estimate, from what the networks say is strong and weak (Meta's match keys by priority, Google's user
identifiers, LinkedIn's identifier types). They are for comparing settings with one another, not for promising a rate.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

CEILING = 0.97
SOURCE = "our own estimate"

# A click or lead id was given out by the network itself; an e-mail address is what most people signed up with there.
_COMMON: Mapping[str, float] = {
    "email": 0.60,
    "phone": 0.45,
    "external_id": 0.05,
    "firstname": 0.02,
    "lastname": 0.05,
    "hashed_firstname": 0.02,
    "hashed_lastname": 0.05,
    "street": 0.05,
    "city": 0.01,
    "state": 0.01,
    "zip": 0.03,
    "country": 0.01,
    "date_of_birth": 0.03,
    "gender": 0.01,
    "company": 0.05,
    "jobtitle": 0.03,
    "client_ip_address": 0.10,
    "client_user_agent": 0.02,
    "acxiom_id": 0.30,
    "google_aid": 0.50,
}
WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "facebook": {**_COMMON, "lead_id": 0.95, "fbc": 0.90, "fbp": 0.50},
    "google": {**_COMMON, "gclid": 0.95, "gbraid": 0.80, "wbraid": 0.80},
    "linkedin": {**_COMMON, "email": 0.50, "phone": 0.0, "li_fat_id": 0.85, "lead_id": 0.95},
}


@lru_cache(maxsize=4_096)
def match_chance(network: str, kept: tuple[str, ...]) -> float:
    """The chance, 0 to CEILING, that the network recognises a person by these identifiers and kind of click."""
    weights, missed = WEIGHTS.get(network, _COMMON), 1.0
    for name in kept:
        missed *= 1 - weights.get(name, 0.0)
    return min(1 - missed, CEILING)


def match_forecast(network: str, combinations: Iterable[tuple[tuple[str, ...], int]]) -> float:
    """How many conversions are expected to be recognised, given how many go with each combination of identifiers."""
    return sum(match_chance(network, kept) * count for kept, count in combinations)
