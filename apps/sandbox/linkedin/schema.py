"""The structure of a conversion event as tables, and the validator that collects every fault.

Strict on structure and lax on meaning, as the live API was seen to be: an invented currency or a junk IP passes.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import orjson

from apps.sandbox.linkedin import versions

MISSING = "field is required but not found and has no default value"
UNKNOWN = "unrecognized field found but not allowed"
RULE_URN = "urn:lla:llaPartnerConversion:"
LEAD_URN = "urn:li:leadGenFormResponse:"
LONGEST_EVENT_ID = 64

# A check returns what is wrong with a value, or None.
Check = Callable[[object], str | None]


@dataclass(frozen=True)
class Record:
    """An object: its fields and which of them must be there."""

    fields: Mapping[str, "Kind"]
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class Array:
    """A list of something."""

    of: "Kind"


Kind = Check | Record | Array


def shown(value: object) -> str:
    """Return a value as LinkedIn echoes it: as JSON."""
    return orjson.dumps(value).decode()


def text(value: object) -> str | None:
    """Check a string."""
    return None if isinstance(value, str) else f"{shown(value)} cannot be coerced to String"


def event_id(value: object) -> str | None:
    """Check an event id: a string of at most 64 characters."""
    too_long = isinstance(value, str) and len(value) > LONGEST_EVENT_ID
    return f'length of "{value}" is out of range 0...{LONGEST_EVENT_ID}' if too_long else text(value)


def long(value: object) -> str | None:
    """Check a 64-bit integer."""
    whole = type(value) is int and -(2**63) <= value < 2**63
    return None if whole else f"{shown(value)} cannot be coerced to Long"


def urn(prefix: str) -> Check:
    """Return the check of a URN with a prefix and a numeric (or, for a lead, any non-empty) id."""

    def check(value: object) -> str | None:
        if not isinstance(value, str):
            return text(value)
        number = value.removeprefix(prefix)
        if number == value:
            return f'Invalid prefix. "{value}" does not start with "{prefix}"'
        return None if number and not set(number) & set(": ()") else f'"{value}" is not a valid URN'

    return check


def one_of(symbols: frozenset[str]) -> Check:
    """Return the check of an enum."""

    def check(value: object) -> str | None:
        return None if isinstance(value, str) and value in symbols else f"{shown(value)} is not an enum symbol"

    return check


def element(version: str) -> Record:
    """Return the schema of one conversion event in a version."""
    names = {"firstName": text, "lastName": text}
    if version >= versions.HASHED_NAMES_SINCE:
        names |= {"hashedFirstName": text, "hashedLastName": text}
    user = Record(
        {
            "userIds": Array(
                Record({"idType": one_of(versions.id_types(version)), "idValue": text}, ("idType", "idValue"))
            ),
            "userInfo": Record({**names, "title": text, "companyName": text, "countryCode": text}),
            "externalIds": Array(text),
            "lead": urn(LEAD_URN),
        },
        ("userIds",),
    )
    return Record(
        {
            "conversion": urn(RULE_URN),
            "conversionHappenedAt": long,
            "conversionValue": Record({"currencyCode": text, "amount": text}, ("currencyCode", "amount")),
            "eventId": event_id,
            "user": user,
        },
        ("conversion", "conversionHappenedAt", "user"),
    )


def faults(kind: Kind, value: object, path: str = "") -> Iterator[str]:
    """Yield every fault as `/path :: reason`."""
    if isinstance(kind, Record):
        yield from _record_faults(kind, value, path)
    elif isinstance(kind, Array):
        if not isinstance(value, list):
            yield f"{path} :: {shown(value)} cannot be coerced to Array"
            return
        for index, item in enumerate(value):
            yield from faults(kind.of, item, f"{path}/{index}")
    else:
        reason = kind(value)
        if reason is not None:
            yield f"{path} :: {reason}"


def _record_faults(kind: Record, value: object, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path or '/'} :: {shown(value)} cannot be coerced to Record"
        return
    for name in kind.required:
        if value.get(name) is None:
            yield f"{path}/{name} :: {MISSING}"
    for name, item in value.items():
        if name not in kind.fields:
            yield f"{path}/{name} :: {UNKNOWN}"
        elif item is not None:
            yield from faults(kind.fields[name], item, f"{path}/{name}")
        elif name not in kind.required:
            yield f"{path}/{name} :: null is not allowed"
