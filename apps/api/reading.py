"""Reading what a client sent, field by field. Each raises InvalidInput naming the field and the fix."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.http import QueryDict

from apps.api.parsing import NumberText
from apps.core.errors import Fault, InvalidInput
from apps.records.moments import parse_moment

MOST_PROPERTIES = 1_000


def wrong(field: str, code: str, message: str) -> InvalidInput:
    """One fault, to be raised."""
    return InvalidInput(Fault(field[:200], code, message))


def an_object(value: Any, at: str, known: Collection[str] | None = None) -> dict[str, Any]:
    """A JSON object with no other fields than `known`."""
    if not isinstance(value, dict):
        raise wrong(at, "INVALID_TYPE", "Send a JSON object.")
    unknown = [] if known is None else [name for name in value if name not in known]
    if unknown:
        listed = ", ".join(sorted(known or ()))
        faults = (Fault(_under(at, name), "UNKNOWN_FIELD", f"It is not one of: {listed}.") for name in unknown[:20])
        raise InvalidInput(*faults)
    return value


def a_list(value: Any, at: str, *, most: int, least: int = 0) -> list[Any]:
    """A JSON array of `least` to `most` elements; None is an empty one."""
    if value is None and not least:
        return []
    if not isinstance(value, list):
        raise wrong(at, "INVALID_TYPE", "Send a JSON array.")
    if not least <= len(value) <= most:
        raise wrong(at, "BATCH_SIZE", f"Send {least} to {most} at a time; these are {len(value)}.")
    return value


def a_text(value: Any, at: str, *, longest: int, required: bool = False) -> str:
    """Text; None is empty text."""
    if value is None and not required:
        return ""
    if type(value) is not str or (required and not value.strip()):
        raise wrong(at, "REQUIRED_FIELD" if value in (None, "") else "INVALID_TYPE", "Send text in quotes.")
    if len(value) > longest:
        raise wrong(at, "TOO_LONG", f"It has {len(value)} characters; at most {longest} are taken.")
    return value


def an_id(value: Any, at: str) -> str:
    """An identifier: text, or a whole number as its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return a_text(value, at, longest=254, required=True)


def a_flag(value: Any, at: str) -> bool:
    """True or false; None is false."""
    if value is None:
        return False
    if not isinstance(value, bool):
        raise wrong(at, "INVALID_TYPE", "Send true or false.")
    return value


def a_choice(query: Mapping[str, str], name: str) -> bool:
    """A parameter that is true or false, in any case; left out it is false."""
    text = query.get(name, "false").lower()
    if text not in ("true", "false"):
        raise wrong(name, "INVALID_TYPE", "Send true or false.")
    return text == "true"


def a_whole(value: Any, at: str, *, least: int, most: int, default: int) -> int:
    """A whole number from `least` to `most`, as a number or as its digits."""
    if value is None:
        return default
    number = value if isinstance(value, int) and not isinstance(value, bool) else -1
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        number = int(value)
    if not least <= number <= most:
        raise wrong(at, "OUT_OF_RANGE", f"Send a whole number from {least} to {most}.")
    return number


def a_page(value: Any, at: str) -> str:
    """A page's whole address; None is empty text."""
    text = a_text(value, at, longest=2_048).strip()
    try:
        parts = urlsplit(text)
        usable = not text or (parts.scheme in ("http", "https") and bool(parts.hostname))
    except ValueError:
        usable = False
    if not usable:
        raise wrong(at, "INVALID_PAGE_URI", "Send the page's whole address, beginning with https://.")
    return text


def an_address(value: Any, at: str) -> str:
    """An IP address in its usual writing; None is empty text."""
    text = a_text(value, at, longest=45).strip()
    try:
        return str(ip_address(text)) if text else ""
    except ValueError as error:
        raise wrong(at, "INVALID_IP_ADDRESS", "Send an IPv4 or IPv6 address.") from error


def a_moment(value: Any, at: str) -> datetime:
    """A time as Unix milliseconds or in ISO 8601 with an offset."""
    moment = parse_moment(str(value)) if type(value) in (int, str) else None
    if moment is None:
        message = "Send Unix milliseconds, such as 1767225600000, or ISO 8601 with an offset."
        raise wrong(at, "INVALID_VALUE", message)
    return moment


def some_properties(value: Any, at: str) -> dict[str, object]:
    """Property values by name, numbers as the text that was sent; the values are checked where they are written."""
    given = an_object(value, at)
    if len(given) > MOST_PROPERTIES:
        raise wrong(at, "TOO_MANY", f"Send at most {MOST_PROPERTIES} properties; these are {len(given)}.")
    return {name: str(each) if isinstance(each, NumberText) else each for name, each in given.items()}


def names_listed(values: Iterable[str], at: str) -> list[str]:
    """Names from an address, each given by itself or several with commas."""
    names = [name.strip() for value in values for name in value.split(",") if name.strip()]
    if len(names) > MOST_PROPERTIES:
        raise wrong(at, "TOO_MANY", f"Name at most {MOST_PROPERTIES}.")
    return names


def single(query: QueryDict, known: Collection[str], *, several: Collection[str] = ()) -> Mapping[str, str]:
    """An address's parameters, each at most once. Raises for one that is unknown, or repeated and not in `several`."""
    for name, values in query.lists():
        if name not in known and name not in several:
            listed = ", ".join(sorted({*known, *several})) or "none"
            raise wrong(name, "UNKNOWN_PARAMETER", f"This address takes: {listed}.")
        if len(values) > 1 and name not in several:
            raise wrong(name, "REPEATED_PARAMETER", "Send it once.")
    return {name: query.get(name, "") for name in known if name in query}


def _under(at: str, name: str) -> str:
    return f"{at}.{name}"[:200] if at else name[:200]
