"""A contact's timeline: what happened to the person, each with what became of it, and how they became who they are.

The same answer feeds the page and the API. Call inside the workspace's scope.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import QuerySet

from apps.conversions.models import Conversion, Event
from apps.core.errors import Fault, InvalidInput
from apps.core.paging import cursor_of, cursor_read
from apps.deliveries.selectors import requests_named
from apps.pipeline.explain import LARGEST_PAGE, Say, summary_told
from apps.records.models import Contact
from apps.records.selectors import consent_history, identity_changes, merges_of
from apps.signals.models import Signal
from apps.tracking.models import AdClick

MOST_CLICKS = 200
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a signal for one event, in a sentence. `before` names what changed in the person since."""

    conversion: Conversion
    event_name: str
    sentence: str
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `kind` is a signal's, or: created, click, merged, email, consent, erased.

    `details` are facts by name; of a click only its kind, because its value names the person.
    """

    at: datetime
    kind: str
    mark: str
    name: str = ""
    signal_id: UUID | None = None
    told: tuple[Told, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Part of a timeline, the latest first; `after` is the cursor of the next part, empty at the end."""

    entries: tuple[Entry, ...]
    after: str


def timeline(*, contact: Contact, after: str = "", limit: int = 30, say: Say = str) -> Timeline:
    """What happened to the contact, the latest first. Raises InvalidInput for a cursor or a limit of no use."""
    if not 1 <= limit <= LARGEST_PAGE:
        raise InvalidInput(Fault("limit", "range", f"Ask for 1 to {LARGEST_PAGE} at a time."))
    bound = cursor_read(after, _mark) if after else (_LATEST, "~")
    signals = _signals(contact, bound)[: limit + 1]
    rows: list[tuple[datetime, str, Signal | Entry]] = [
        (signal.occurred_at, f"signal:{signal.id}", signal) for signal in signals
    ]
    rows += [(entry.at, entry.mark, entry) for entry in _others(contact) if (entry.at, entry.mark) < bound]
    ordered = sorted(rows, key=lambda each: each[:2], reverse=True)
    shown = ordered[:limit]
    told = _told(
        [each for _, _, each in shown if isinstance(each, Signal)], identity_changes(contact_id=contact.pk), say
    )
    entries = tuple(_entry(each, told) if isinstance(each, Signal) else each for _, _, each in shown)
    return Timeline(entries, cursor_of(*shown[-1][:2]) if len(ordered) > limit else "")


def _mark(text: str) -> str:
    """A row's mark in a cursor. Raises ValueError for what cannot be one."""
    kind, _, number = text.partition(":")
    if kind == "signal":
        UUID(number)
    if not text or not text.isprintable():
        raise ValueError(text)
    return text


def _signals(contact: Contact, bound: tuple[datetime, str]) -> QuerySet[Signal]:
    """The contact's signals before the bound, the latest first: read by the index on contact and moment."""
    moment, mark = bound
    rows = Signal.objects.filter(contact_id=contact.pk, occurred_at__lte=moment).order_by("-occurred_at", "-id")
    kind, _, number = mark.partition(":")
    if kind == "signal":
        return rows.exclude(occurred_at=moment, id__gte=number)
    return rows if mark > "signal" else rows.exclude(occurred_at=moment)


def _entry(signal: Signal, told: Mapping[UUID, tuple[Told, ...]]) -> Entry:
    details = {name: signal.facts[name] for name in ("from", "value", "currency") if signal.facts.get(name)}
    return Entry(
        signal.occurred_at, signal.kind, f"signal:{signal.id}", signal.name, signal.id, told.get(signal.id, ()), details
    )


def _told(signals: Sequence[Signal], changes: Sequence[tuple[str, datetime]], say: Say) -> dict[UUID, tuple[Told, ...]]:
    rows = list(Conversion.objects.filter(signal_id__in=[signal.id for signal in signals]).defer("payload", "trace"))
    names = dict(Event.objects.filter(id__in={row.event_id for row in rows}).values_list("id", "name"))
    requests = requests_named({row.request_id for row in rows if row.request_id})
    found: dict[UUID, tuple[Told, ...]] = {}
    for row in sorted(rows, key=lambda each: names.get(each.event_id, "")):
        request = requests.get(row.request_id) if row.request_id else None
        before = tuple(dict.fromkeys(code for code, moment in changes if moment > row.judged_at))
        told = Told(row, names.get(row.event_id, ""), summary_told(row, request, say), before)
        found[row.signal_id] = (*found.get(row.signal_id, ()), told)
    return found


def _others(contact: Contact) -> Iterator[Entry]:
    if contact.erased_at:
        yield Entry(contact.erased_at, "erased", "erased")
        return
    yield Entry(contact.created_at, "created", "created")
    for merge in merges_of(contact_id=contact.pk):
        details = {"merged": str(merge.secondary_id), "fields": ", ".join(merge.filled)}
        yield Entry(merge.merged_at, "merged", f"merged:{merge.id}", details=details)
    for number, (code, moment) in enumerate(identity_changes(contact_id=contact.pk)):
        if code == "email":
            yield Entry(moment, "email", f"email:{number}")
    for fact in consent_history(contact.pk):
        details = {"value": fact.value, "source": fact.source}
        yield Entry(fact.held_from, "consent", f"consent:{fact.pk}", fact.property, details=details)
    clicks = AdClick.objects.filter(contact_id=contact.pk).order_by("-first_seen_at", "-id")[:MOST_CLICKS]
    for click in clicks:
        yield Entry(click.first_seen_at, "click", f"click:{click.pk}", click.kind)
