"""How Graph lists things: only the fields that were asked for, a page at a time, with cursors."""

import base64
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from apps.sandbox.facebook import errors

Node = Mapping[str, object]
DEFAULT_LIMIT, LARGEST_LIMIT = 25, 5000
_NAME = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*")
_END = re.compile(r"\s*(,|$)")


class Wrong(Exception):
    """What was asked for cannot be listed."""

    def __init__(self, error: errors.GraphError, **details: object) -> None:
        super().__init__(error.message)
        self.error = error
        self.details = details


def wanted(text: str) -> dict[str, str]:
    """Return the names in `id,business{id,name}`, each with what stands between its braces. Raises `Wrong`."""
    fields, at = {}, 0
    while at < len(text):
        name = _NAME.match(text, at)
        if name is None:
            raise _unreadable(at)
        at = name.end()
        opened = at
        if text[at : at + 1] == "{":
            at = _closing(text, at)
        fields[name[1]] = text[opened + 1 : at - 1]
        end = _END.match(text, at)
        if end is None:
            raise _unreadable(at)
        at = end.end()
    return fields


def _closing(text: str, at: int) -> int:
    """Return the place after the brace that closes the one at `at`."""
    depth = 0
    for place in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    raise _unreadable(at)


def _unreadable(at: int) -> Wrong:
    return Wrong(errors.BAD_PARAMETER, problem=f"Syntax error in the field expansion at character {at}")


def shown(node: Node, fields: Mapping[str, str], kind: str, known: Sequence[str]) -> dict[str, object]:
    """Return the fields of a node that were asked for and that it has, the id always. Raises `Wrong` for others."""
    for field in fields:
        if field not in known:
            raise Wrong(errors.UNKNOWN_FIELD, field=field, kind=kind)
    picked = {field: _inside(node[field], inner) for field, inner in fields.items() if node.get(field) is not None}
    return picked if "id" not in node else picked | {"id": node["id"]}


def _inside(value: object, inner: str) -> object:
    if isinstance(value, list):
        return [_inside(each, inner) for each in value]
    if not isinstance(value, dict) or not (inner or "id" in value):
        return value
    names = wanted(inner) or {"id": ""}
    return {name: _inside(value[name], names.get(name, "")) for name in value if name in names or name == "id"}


def page(rows: Sequence[object], params: Mapping[str, object], url: str) -> dict[str, object]:
    """Return one page of rows as Graph does; `next` is there only while more follow. Raises `Wrong`."""
    limit, start = _limit(params.get("limit")), _start(params.get("after"))
    body: dict[str, object] = {"data": list(rows[start : start + limit])}
    if params.get("summary"):
        body["summary"] = {"total_count": len(rows)}
    if body["data"]:
        end = min(start + limit, len(rows))
        paging: dict[str, object] = {"cursors": {"before": _cursor(start), "after": _cursor(end)}}
        if end < len(rows):
            given = {name: value for name, value in params.items() if name not in ("after", "before")}
            paging["next"] = f"{url}?{urlencode(given | {'after': _cursor(end)})}"
        body["paging"] = paging
    return body


def _limit(given: object) -> int:
    text = str(given or DEFAULT_LIMIT)
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:9]) <= LARGEST_LIMIT:
        raise Wrong(errors.BAD_PARAMETER, problem=f"Param limit must be a number from 1 to {LARGEST_LIMIT}")
    return int(text)


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"at:{position}".encode()).decode()


def _start(given: object) -> int:
    if not given:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(str(given)).decode().partition(":")
    except ValueError:
        word, number = "", ""
    if word != "at" or not number.isdecimal() or len(number) > 9:
        raise Wrong(errors.BAD_PARAMETER, problem="Invalid cursors values")
    return int(number)
