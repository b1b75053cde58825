"""Reading what networks answer: JSON of which nothing is taken for granted."""

from collections.abc import Mapping
from typing import Any

import orjson

Json = Mapping[str, Any]


def document(body: bytes) -> Json | None:
    """The JSON object in a body; None when it holds none."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def mapping(value: object) -> Json:
    """The value where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Json]:
    """The JSON objects in the value where it is a list, else none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """The value where it is text, else an empty one."""
    return value if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """The value as a whole number, which JSON made from protobuf writes as text; None where it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if type(value) is int else None
