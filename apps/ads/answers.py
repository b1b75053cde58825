"""Looking into an object that a network answered, by name, for networks whose ids may be numbers. Pure."""

from apps.ads.parsing import Json, document, mapping, mappings


def parsed(body: bytes) -> Json:
    """The JSON object in a body; empty for anything else."""
    return document(body) or {}


def part(item: Json, name: str) -> Json:
    """An object inside an object; empty when there is none of that name."""
    return mapping(item.get(name))


def parts(item: Json, name: str) -> list[Json]:
    """The objects in a list inside an object; what is no object is left out."""
    return mappings(item.get(name))


def text(value: object) -> str:
    """A text, or a whole number as text, so that no digit of an id is lost; "" for anything else."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def whole(value: object) -> int:
    """A whole number that is not negative, or its digits as text; 0 for anything else."""
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else 0
