"""Reading one line of JSON strictly: what is unknown, doubled or of another type is named, and nothing is rounded."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NoReturn

from apps.domain.identity.text import is_sound
from apps.domain.money import parse_amount

LONGEST_LINE = 1024 * 1024  # bytes


class Unreadable(Exception):
    """The line cannot be read; the message names the key and the fix."""


class Wrong(Exception):
    """What a value should have been; `section` adds the key."""


class Number(str):
    """A JSON number by its own digits: a lead id of 17 digits or an amount of 19.99 is never a float."""

    __slots__ = ()


Reader = Callable[[Any], Any]
Table = Mapping[str, Reader]


def json_object(line: bytes) -> dict[str, Any]:
    """The object on a line, numbers as `Number`. Raises Unreadable."""
    if len(line) > LONGEST_LINE:
        raise Unreadable(f"the line is longer than {LONGEST_LINE} bytes")
    try:
        value = _DECODER.decode(line.decode())
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8: byte {error.start} of the line") from error
    except json.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise Unreadable("not JSON that can be read: it is nested too deeply") from error
    if not isinstance(value, dict):
        raise Unreadable("a line holds one JSON object")
    return value


def section(value: Any, table: Table, path: str = "") -> dict[str, Any]:
    """An object's values as its table reads them; null and "" count as absent. Raises Unreadable naming the key."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"{path}: write an object or null")
    found = {}
    for name, held in value.items():
        reader = table.get(name)
        if reader is None:
            raise Unreadable(f"{joined(path, name)}: unknown key; known are {', '.join(table)}")
        if held is None or held == "":
            continue
        try:
            found[name] = reader(held)
        except Wrong as wrong:
            raise Unreadable(f"{joined(path, name)}: {wrong}") from None
    return found


def needed(found: Mapping[str, Any], path: str, *names: str) -> None:
    """Raises Unreadable naming the first of the keys that is not there."""
    for name in names:
        if name not in found:
            raise Unreadable(f"{joined(path, name)}: required")


def text(value: Any) -> str:
    """A text, or a number or boolean as its text."""
    if isinstance(value, str):
        if not is_sound(value):
            raise Wrong("half a surrogate pair cannot be written as UTF-8")
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    raise Wrong("write a text, a number, a boolean or null")


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts; one stands for a list of one. Null and "" in it are left out."""
    if isinstance(value, list):
        return tuple(text(each) for each in value if each is not None and each != "")
    return (text(value),)


def amount(value: Any) -> Decimal:
    """A finite number, from a JSON number or a text."""
    number = parse_amount(value) if isinstance(value, str) else None
    if number is None:
        raise Wrong("write a number with a point, such as 25.00")
    return number


def flag(value: Any) -> bool:
    """True or false, also as a text."""
    if isinstance(value, bool):
        return value
    known = {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None
    if known is None:
        raise Wrong("write true or false")
    return known


def one_of(*choices: str) -> Reader:
    """A reader of one of these texts."""
    known = {choice: choice for choice in choices}

    def read(value: Any) -> str:
        found = known.get(value) if isinstance(value, str) else None
        if found is None:
            raise Wrong(f"write one of {', '.join(choices)}")
        return found

    return read


def moment(value: Any) -> datetime:
    """An RFC 3339 time with its offset."""
    found = _moment(value) if isinstance(value, str) else None
    if found is None:
        raise Wrong("write a time with its offset as in RFC 3339, such as 2026-11-22T12:00:00Z")
    return found


_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9:]{5})"
)


@lru_cache(maxsize=4_096)
def _moment(written: str) -> datetime | None:
    if not _RFC_3339.fullmatch(written):
        return None
    try:
        return datetime.fromisoformat(written.upper())
    except ValueError:
        return None


def joined(path: str, name: str) -> str:
    """The key's full name, for a message."""
    # A key is the sender's own text: whole, but not without end, and writable.
    shown = name[:100].encode("utf-8", "replace").decode()
    return f"{path}.{shown}" if path else shown


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise Unreadable(f"{joined('', doubled)}: given twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise Unreadable(f"not JSON: {name} is no number there")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_int=Number, parse_float=Number, parse_constant=_no_constant)
