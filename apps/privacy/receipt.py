"""The receipt: everything that left about one person, from the frozen bytes of what left (GDPR, article 15).

Each field of each conversion with what it is, the form in which it left and where it came from, and the consent that it
rested on. Call inside the workspace's scope.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from apps.ads.models import AdAccount
from apps.ads.registry import NETWORKS
from apps.conversions.models import Conversion, Event, EventVersion
from apps.conversions.origins import origin_of
from apps.deliveries.selectors import departures_of
from apps.records.models import ConsentFact, Contact
from apps.records.selectors import consent_history
from apps.signals.belonging import signals_of

_HASH = re.compile(r"[0-9a-f]{64}")
_ID_TYPE, _ID_VALUE = "idType", "idValue"


@dataclass(frozen=True, slots=True)
class Field:
    """One value that left. `path` is where it stood, `field` what it is to us ("": nothing of the person).

    `wire` is the text that left, `hashed` whether it is a SHA-256; `origin` is a key of steps.ORIGINS, with the
    contact's property where it came from one.
    """

    path: str
    field: str
    wire: str
    hashed: bool
    origin: str
    property: str


@dataclass(frozen=True, slots=True)
class Consent:
    """What the person had said when it was decided, since when, and who told."""

    property: str
    value: str
    since: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Departure:
    """A conversion that left. `consent_property` is what the event asks; `consent` is None where no fact is kept of it.

    `left_at` is when its latest request left.
    """

    signal_id: UUID
    event_id: UUID
    network: str
    account: str
    event_name: str
    network_event_id: str
    state: str
    left_at: datetime
    consent_property: str
    consent: Consent | None
    fields: Sequence[Field]


def receipt(*, contact: Contact) -> list[Departure]:
    """What left about the contact, first to last; what was never in a request is not in it."""
    signals = [signal.id for signal in signals_of(contact_id=contact.pk)]
    rows = list(Conversion.objects.filter(signal_id__in=signals, request_id__isnull=False).exclude(payload=""))
    moments = departures_of({row.request_id for row in rows if row.request_id})
    accounts = dict(AdAccount.objects.filter(id__in={row.account_id for row in rows}).values_list("id", "name"))
    events = dict(Event.objects.filter(id__in={row.event_id for row in rows}).values_list("id", "name"))
    settings = dict(EventVersion.objects.filter(id__in={row.version_id for row in rows}).values_list("id", "settings"))
    facts = consent_history(contact.pk)
    found = [
        Departure(
            signal_id=row.signal_id,
            event_id=row.event_id,
            network=row.network,
            account=accounts.get(row.account_id, ""),
            event_name=events.get(row.event_id, ""),
            network_event_id=row.network_event_id,
            state=row.state,
            left_at=moments[row.request_id],
            consent_property=settings[row.version_id].get("consent_property") or "",
            consent=_consent(settings[row.version_id], facts, row.judged_at),
            fields=fields_of(row.network, row.payload, own_id=row.network_event_id),
        )
        for row in rows
        if row.request_id in moments
    ]
    return sorted(found, key=lambda each: (each.left_at, each.signal_id))


def fields_of(network: str, payload: str, *, own_id: str = "") -> list[Field]:
    """Every value in a network's element, in the order in which it stands there; `own_id` is the id that we gave it."""
    carried: Mapping[str, str] = NETWORKS[network].carried
    fields = []
    for path, wire in flattened(orjson.loads(payload)):
        field = "" if wire == own_id else carried.get(path, "")
        origin, name = origin_of(field)
        fields.append(Field(path, field, wire, bool(_HASH.fullmatch(wire)), origin, name))
    return fields


def flattened(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every value with the keys that lead to it, joined by dots; places in lists do not count.

    A value beside its own type (LinkedIn's ids) has the type as its last key.
    """
    if isinstance(value, dict):
        if value.keys() == {_ID_TYPE, _ID_VALUE}:
            yield f"{path}.{value[_ID_TYPE]}", str(value[_ID_VALUE])
            return
        for name, inner in value.items():
            yield from flattened(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from flattened(inner, path)
    else:
        yield path, value if isinstance(value, str) else orjson.dumps(value).decode()


def _consent(settings: Mapping[str, Any], facts: Sequence[ConsentFact], judged_at: datetime) -> Consent | None:
    name = settings.get("consent_property")
    known = (fact for fact in facts if fact.recorded_at <= judged_at)
    held = (fact for fact in known if fact.property == name and fact.held_from <= judged_at)
    fact = next(held, None)  # the latest comes first
    return Consent(fact.property, fact.value, fact.held_from, fact.source) if fact else None
