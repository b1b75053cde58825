"""The pixel in the browser, and which of it and the server's event counts.

The second of two with one name and id within 48 hours is discarded; within five minutes the browser's stays. By fbp or
external_id only a server's event after a browser's is recognised, and only where it carries no id.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import F

from apps.sandbox.exchange import Entry, fingerprint
from apps.sandbox.models import Received, Seen, State, Tally

MEMORY = timedelta(hours=48)
BROWSER_WINS = timedelta(minutes=5)
SENT_BY_BROWSER = "the pixel in the browser reported the same {key} within 48 hours"
GAVE_WAY = "the pixel in the browser reported the same event_id within 5 minutes: its event counts"


@dataclass(frozen=True)
class Fired:
    """An event that the pixel fired in a browser."""

    pixel: str
    event_name: str
    event_id: str = ""
    fbp: str = ""
    external_id: str = ""


def server_mark(pixel: str, name: str, event_id: str) -> str:
    """Return what a server's event is recognised by."""
    return fingerprint("facebook", pixel, name, event_id)


def recognise(entries: Sequence[Entry], pixel: str, now: datetime) -> None:
    """Mark as duplicates the entries whose event a browser reported before."""
    marks = [(entry, key, mark) for entry in entries for key, mark in _marks(pixel, entry)]
    wanted = {mark for _, _, mark in marks}
    found = set(_seen(wanted, now)) if wanted else set()
    for entry, key, mark in marks:
        if mark in found and entry.state is State.ACCEPTED:
            entry.state, entry.reason = State.DUPLICATE, SENT_BY_BROWSER.format(key=key)


def fire(fired: Fired, now: datetime) -> str:
    """Take an event from a browser; return whether it was kept or discarded."""
    mark = server_mark(fired.pixel, fired.event_name, fired.event_id)
    first = Seen.objects.filter(fingerprint=mark, first_at__gt=now - MEMORY).first() if fired.event_id else None
    if first is not None and now - first.first_at > BROWSER_WINS:
        return "discarded"
    if first is not None:
        _give_way(fired)
    for key in ("event_id", "fbp", "external_id"):
        if value := getattr(fired, key):
            mine = _mark(fired.pixel, fired.event_name, key, value)
            Seen.objects.update_or_create(fingerprint=mine, defaults={"first_at": now})
    return "kept"


def _give_way(fired: Fired) -> None:
    wanted = {"network": "facebook", "account": fired.pixel, "name": fired.event_name, "key": fired.event_id}
    changed = Received.objects.filter(**wanted, state=State.ACCEPTED).update(state=State.DUPLICATE, reason=GAVE_WAY)
    Tally.objects.filter(network="facebook", account=fired.pixel).update(
        accepted=F("accepted") - changed, duplicates=F("duplicates") + changed
    )


def _marks(pixel: str, entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.key:
        yield "event_id", _mark(pixel, entry.name, "event_id", entry.key)
        return
    person: Mapping[str, Any] = cast("Mapping[str, Any]", entry.body)["user_data"]
    for key in ("fbp", "external_id"):
        value = person.get(key)
        for item in value if isinstance(value, list) else (value,):
            if item:
                yield key, _mark(pixel, entry.name, key, str(item))


def _mark(pixel: str, name: str, key: str, value: str) -> str:
    return fingerprint("facebook browser", pixel, name, key, value)


def _seen(marks: set[str], now: datetime) -> list[str]:
    rows = Seen.objects.filter(fingerprint__in=marks, first_at__gt=now - MEMORY)
    return list(rows.values_list("fingerprint", flat=True))
