"""Reading a JSON body without trusting it.

Python's own parser takes NaN, 1e400, a key told twice and lone surrogates, and rounds numbers to floats. None of that
may reach a record: money and lead ids stay the text they were sent as.
"""

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser

from apps.api.errors import TooLarge
from apps.core.errors import Fault, InvalidInput

DEEPEST = 32
LONGEST_NUMBER = 40
LARGEST_EXPONENT = 300
NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


class NumberText(str):
    """A number with a point or an exponent, as the text that was sent."""

    __slots__ = ()


class StrictJSONParser(BaseParser):
    """JSON in UTF-8, no larger than the view's `body_limit` and no deeper than 32."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The body's value; see strict_json. Raises TooLarge, InvalidInput, or UnsupportedMediaType."""
        context = parser_context or {}
        if _charset(media_type or "") not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type or "", detail="Send JSON as UTF-8.")
        if context["request"].META.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
            raise UnsupportedMediaType(media_type or "", detail="Send the body uncompressed, without Content-Encoding.")
        limit: int = context["view"].body_limit
        raw: bytes = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge(limit)
        return strict_json(raw)


def strict_json(raw: bytes) -> Any:
    """The value of a JSON text: dict, list, str, int, bool, None, and NumberText for numbers that are not whole.

    Raises InvalidInput for anything JSON (RFC 8259) or PostgreSQL cannot hold: NaN, infinities, numbers beyond reason,
    keys told twice, invalid UTF-8, a byte order mark, NUL, lone surrogates, and nesting deeper than 32.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"),
            parse_float=_number,
            parse_int=_whole,
            parse_constant=_constant,
            object_pairs_hook=_single_keys,
        )
    except UnicodeDecodeError as error:
        raise _refused("encoding", f"The body is not UTF-8: byte {error.start} cannot be read.") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _refused("json", f"The body is not JSON: {error.msg} at {where}.") from error
    except RecursionError as error:
        raise _too_deep() from error
    _inspect(value)
    return value


def _charset(media_type: str) -> str:
    found = re.search(r'charset="?([\w-]+)', media_type, re.IGNORECASE)
    return found.group(1).lower() if found else "utf-8"


def _number(text: str) -> NumberText:
    try:
        fits = len(text) <= LONGEST_NUMBER and abs(Decimal(text).adjusted()) <= LARGEST_EXPONENT
    except InvalidOperation:
        fits = False
    if not fits:
        raise _refused("number", f"The number {text[:20]} is out of range. Send it as text if it is an identifier.")
    return NumberText(text)


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise _refused("number", f"A number has {len(text)} digits. Send it as text if it is an identifier.")
    return int(text)


def _constant(name: str) -> None:
    raise _refused("number", f"{name} is not a number in JSON. Send null or leave the field out.")


def _single_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    raise InvalidInput(Fault(_shown(twice), "duplicate_key", "It is sent twice in one object. Send it once."))


def _inspect(value: Any) -> None:
    """Raise InvalidInput for text that PostgreSQL cannot hold, and for nesting that is too deep."""
    level: list[Any] = [value]
    depth = 0
    while level:
        depth += any(isinstance(each, dict | list) for each in level)
        if depth > DEEPEST:
            raise _too_deep()
        level = [inner for each in level for inner in _within(each)]


def _within(value: Any) -> Iterable[Any]:
    if isinstance(value, str):
        if NOT_TEXT.search(value):
            raise _refused("text", "Remove the NUL and unpaired surrogate characters from the text.")
        return ()
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else ()


def _too_deep() -> InvalidInput:
    return _refused("depth", f"The JSON is nested deeper than {DEEPEST}.")


def _refused(code: str, message: str) -> InvalidInput:
    return InvalidInput(Fault("body", code, message))


def _shown(key: str) -> str:
    return NOT_TEXT.sub("\N{REPLACEMENT CHARACTER}", key)[:100]
