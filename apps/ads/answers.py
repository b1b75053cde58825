"""Reading a network's JSON without trusting it. Pure."""

from collections.abc import Mapping
from typing import Any

import orjson


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
