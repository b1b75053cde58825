"""Rest.li's reading side: pages by start and count or by a token, and the search expression of the ad accounts."""

import re
from collections.abc import Sequence

from django.http import QueryDict

MOST = 1000
_SEARCH = re.compile(
    r"\((?:status:\(values:List\((?P<status>[A-Z_]+(?:,[A-Z_]+)*)\)\))?,?(?:test:(?P<test>true|false))?\)"
)


class BadQuery(ValueError):
    """A parameter cannot be read; the text names it."""


def page(items: Sequence[object], query: QueryDict) -> dict[str, object]:
    """Return one page of a collection: by token when a page size or token is given, else by start and count."""
    if "pageSize" in query or "pageToken" in query:
        size, start = _number(query, "pageSize", 100), _place(query.get("pageToken", ""))
        more = len(items) > start + size
        metadata = {"nextPageToken": f"DgGerr{start + size:x}"} if more else {}
        return {"elements": list(items[start : start + size]), "metadata": metadata}
    start, count = _number(query, "start", 0), _number(query, "count", 10)
    # The real one does not count either.
    paging = {"start": start, "count": count, "links": [], "total": -1}
    return {"elements": list(items[start : start + count]), "paging": paging}


def search(query: QueryDict) -> tuple[frozenset[str] | None, bool | None]:
    """Return the statuses and the test flag that are searched for; None is any."""
    text = query.get("search")
    if text is None:
        return None, None
    found = _SEARCH.fullmatch(text)
    if found is None:
        raise BadQuery("search cannot be parsed; (status:(values:List(ACTIVE)),test:false) is one that can")
    status, test = found["status"], found["test"]
    return frozenset(status.split(",")) if status else None, None if test is None else test == "true"


def _number(query: QueryDict, name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadQuery(f"{name} must be a whole number")
    return min(int(text), MOST) if name != "start" else int(text)


def _place(token: str) -> int:
    if not token:
        return 0
    found = re.fullmatch(r"DgGerr([0-9a-f]{1,8})", token)
    if found is None:
        raise BadQuery("pageToken is none that was given out")
    return int(found[1], 16)
