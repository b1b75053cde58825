"""Reading a network's JSON without trusting it. Pure."""

import re
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

LONGEST_WAIT = timedelta(days=1)


def header(headers: Mapping[str, str], name: str) -> str:
    """A header's value, whatever the case of its name; "" when it is not there. `name` in lower case."""
    return next((value for key, value in headers.items() if key.lower() == name), "")


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """How long a server asks to wait, at most LONGEST_WAIT; None where it does not say, or nothing that can be read.

    Retry-After is seconds, or a date, which counts from the answer's own Date (RFC 9110, 10.2.3 and 6.6.1).
    """
    asked = header(headers, "retry-after").strip()
    if re.fullmatch(r"[0-9]{1,9}", asked):
        wait = timedelta(seconds=int(asked))
    else:
        try:
            wait = parsedate_to_datetime(asked) - parsedate_to_datetime(header(headers, "date"))
        except (ValueError, TypeError):  # no date, or one of the two without a zone
            return None
    return min(wait, LONGEST_WAIT) if wait > timedelta(0) else None


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; empty for anything else."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def part(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object inside an object; empty when there is none of that name."""
    found = item.get(name)
    return found if isinstance(found, dict) else {}


def parts(item: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects in a list inside an object; what is no object is left out."""
    found = item.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def text(value: object) -> str:
    """A text, or a whole number as text, so that no digit of an id is lost; "" for anything else."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def whole(value: object) -> int:
    """A whole number that is not negative, or its digits as text; 0 for anything else."""
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else 0
