"""Identifiers of a person, brought to each ad network's own normal form and hashed. Pure."""

from apps.domain.identity.countries import country_code
from apps.domain.identity.hashing import sha256_hex
from apps.domain.identity.ids import fbc_of
from apps.domain.identity.normalise import Bring, Brought, Normalised, bringing, normalise, surroundings
from apps.domain.identity.phones import country_dialled
from apps.domain.identity.reasons import DropReason
from apps.domain.identity.tables import FIELDS, Rule

__all__ = [
    "FIELDS",
    "Bring",
    "Brought",
    "DropReason",
    "Normalised",
    "Rule",
    "bringing",
    "country_code",
    "country_dialled",
    "fbc_of",
    "normalise",
    "sha256_hex",
    "surroundings",
]
