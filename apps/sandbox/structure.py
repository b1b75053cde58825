"""JSON into frozen dataclasses: strict about names and types, and every complaint names the field."""

import dataclasses
import types
import typing
from datetime import datetime

from django.utils.dateparse import parse_datetime

T = typing.TypeVar("T")


class BadStructure(ValueError):
    """A field of the given JSON is wrong; `field` is its path and the text says what belongs there."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: {expected}")
        self.field = field
        self.expected = expected


def build(kind: type[T], value: object, field: str = "") -> T:
    """Return the dataclass `kind` made from a JSON object. Raises `BadStructure` naming a wrong or missing field."""
    if not isinstance(value, dict):
        raise BadStructure(field or "body", "must be an object")
    known = {item.name: item for item in dataclasses.fields(kind)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(kind)
    for name in value:
        if name not in known:
            raise BadStructure(_path(field, name), f"is not known here; known are {', '.join(sorted(known))}")
    given = {}
    for name, item in known.items():
        if name in value:
            given[name] = _convert(hints[name], value[name], _path(field, name))
        elif item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
            raise BadStructure(_path(field, name), "is required")
    return kind(**given)


def plain(value: object) -> object:
    """Return a dataclass, and all it holds, as JSON; `build` makes the same dataclass from it again."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _path(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


def _convert(hint: object, value: object, field: str) -> object:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return None if value is None else _convert(arguments[0], value, field)
    if origin is typing.Literal:
        if value not in arguments:
            raise BadStructure(field, f"must be one of {', '.join(map(str, arguments))}")
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise BadStructure(field, "must be a list")
        return tuple(_convert(arguments[0], item, f"{field}[{index}]") for index, item in enumerate(value))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return build(hint, value, field)
    return _scalar(hint, value, field)


def _scalar(hint: object, value: object, field: str) -> object:
    if hint is object:
        return value
    if hint is datetime:
        moment = parse_datetime(value) if isinstance(value, str) else None
        if moment is None or moment.tzinfo is None:
            raise BadStructure(field, "must be an ISO 8601 time with an offset")
        return moment
    # bool is an int to Python, but never to JSON.
    if not isinstance(hint, type) or type(value) is not hint:
        raise BadStructure(field, f"must be a {getattr(hint, '__name__', hint)}")
    # PostgreSQL's jsonb cannot hold it.
    if isinstance(value, str) and "\x00" in value:
        raise BadStructure(field, "must not hold NUL")
    return value
