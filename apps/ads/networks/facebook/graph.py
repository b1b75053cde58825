"""The Graph API's answers: an object, a page of a collection, a moment.

Source: developers.facebook.com/docs/graph-api/results (cursors; only an answer without `paging.next` is the last: a
page may be short, or empty, before that).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from apps.ads.answers import parsed, part, text
from apps.ads.networks.facebook import outcome
from apps.ads.networks.facebook.client import get
from apps.ads.paging import Page, everything
from apps.ads.wire import Inquiry, Refused, T, Target, unreadable
from apps.domain.outcome import Reply

PAGE = 100
Row = Mapping[str, Any]


def listed(
    target: Target, path: str, item_of: Callable[[Row], T], asked: Mapping[str, str] | None = None
) -> Inquiry[tuple[T, ...]]:
    """All that hangs on an edge. Raises Refused."""
    wanted = {"limit": str(PAGE), **(asked or {})}
    return (
        yield from everything(
            lambda following: get(target, path, wanted | ({"after": following} if following else {})),
            lambda reply: page(reply, item_of),
        )
    )


def answer(reply: Reply) -> Row:
    """The object that Facebook answered. Raises Refused for an error, and for what is none."""
    found = parsed(reply.body)
    if 200 <= reply.status < 300 and found and "error" not in found:
        return found
    why = outcome.read(reply, 1).outcomes[0]
    raise Refused(why) if why.code else unreadable()


def page(reply: Reply, item_of: Callable[[Row], T]) -> Page[T]:
    """A page of a collection. Raises Refused."""
    found = answer(reply)
    rows = found.get("data")
    if not isinstance(rows, list):
        raise unreadable()
    return Page(tuple(item_of(row) for row in rows if isinstance(row, dict)), _following(found.get("paging")))


def moment(value: object) -> datetime | None:
    """A Unix time in seconds, nought for never, or Graph's own `2026-11-22T12:00:00+0000`."""
    try:
        if isinstance(value, str):
            return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S%z")
        return datetime.fromtimestamp(value, UTC) if isinstance(value, int) and value > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def _following(paging: object) -> str:
    if not isinstance(paging, dict) or not paging.get("next"):
        return ""
    after = text(part(paging, "cursors").get("after"))
    # The next page's URL holds the token and may name any host: only its cursor is taken.
    after = after or parse_qs(urlsplit(text(paging["next"])).query).get("after", [""])[0]
    if not after:
        raise unreadable()
    return after
