"""HubSpot's names and numbers for the object types and for the ties between them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from apps.core.errors import Fault, InvalidInput, NotFound


@dataclass(frozen=True, slots=True)
class Kind:
    """An object type: `shown` are the properties that are answered unless others are asked for."""

    name: str
    singular: str
    type_id: str
    shown: tuple[str, ...]
    by_email: bool = False


CONTACTS = Kind(
    "contacts",
    "contact",
    "0-1",
    ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    by_email=True,
)
COMPANIES = Kind("companies", "company", "0-2", ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"))
DEALS = Kind(
    "deals",
    "deal",
    "0-3",
    (
        "amount",
        "closedate",
        "createdate",
        "dealname",
        "dealstage",
        "hs_lastmodifieddate",
        "hs_object_id",
        "pipeline",
    ),
)
_NAMED: Mapping[str, Kind] = {
    name: kind for kind in (CONTACTS, COMPANIES, DEALS) for name in (kind.name, kind.singular, kind.type_id)
}


def kind_named(name: str) -> Kind:
    """The object type of that name, in singular, plural or HubSpot's number. Raises NotFound."""
    if name not in _NAMED:
        raise NotFound(f"There is no object type {name[:40]!r}. Use contacts, companies or deals.")
    return _NAMED[name]


@dataclass(frozen=True, slots=True)
class Tie:
    """A type of association and its reverse. `name` is what the v3 associations API calls it."""

    type_id: int
    reverse_type_id: int
    name: str
    label: str | None = None


# developers.hubspot.com, associations v4, "association type id values". The first of a pair is its default.
_TIES: Mapping[tuple[str, str], tuple[Tie, ...]] = {
    ("contacts", "deals"): (Tie(4, 3, "contact_to_deal"),),
    ("deals", "contacts"): (Tie(3, 4, "deal_to_contact"),),
    ("contacts", "companies"): (
        Tie(279, 280, "contact_to_company_unlabeled"),
        Tie(1, 2, "contact_to_company", "Primary"),
    ),
    ("companies", "contacts"): (
        Tie(280, 279, "company_to_contact_unlabeled"),
        Tie(2, 1, "company_to_contact", "Primary"),
    ),
    ("deals", "companies"): (Tie(341, 342, "deal_to_company_unlabeled"), Tie(5, 6, "deal_to_company", "Primary")),
    ("companies", "deals"): (Tie(342, 341, "company_to_deal_unlabeled"), Tie(6, 5, "company_to_deal", "Primary")),
}


def ties_between(start: Kind, end: Kind) -> tuple[Tie, ...]:
    """The types of association from one object type to another, the default first. Raises InvalidInput for none."""
    ties = _TIES.get((start.name, end.name))
    if ties is None:
        message = f"{start.name} cannot be associated with {end.name}."
        raise InvalidInput(Fault("toObjectType", "INVALID_OBJECT_TYPE", message))
    return ties


def tie_numbered(type_id: int) -> tuple[str, str, Tie] | None:
    """What a type id ties, from and to, or None for one that is unknown."""
    return next(((start, end, tie) for start, end, tie in _every() if tie.type_id == type_id), None)


def _every() -> Iterator[tuple[str, str, Tie]]:
    for (start, end), ties in _TIES.items():
        for tie in ties:
            yield start, end, tie
