"""A simple model of what every signal must come to, and what may leave."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from apps.conversions.models import Conversion
from apps.domain.facts import Trigger
from apps.signals.models import Signal

Key = tuple[UUID, UUID]


@dataclass
class Person:
    """What the model knows of somebody."""

    email: str
    contact_id: int
    consent: str = ""
    stated: int = 0  # when consent was last stated, in steps
    stage: str = "lead"
    answers: str = ""


@dataclass
class Heard:
    """An event, as the model knows it: what it listens for, since when it is on, and its values, each since when."""

    id: UUID
    kind: str
    name: str
    on_since: datetime | None
    values: list[tuple[datetime, str]]


@dataclass
class Model:
    """What must be true."""

    people: dict[int, Person] = field(default_factory=dict)  # by every id that a person has had
    events: dict[UUID, Heard] = field(default_factory=dict)
    signals: int = 0
    rows: dict[UUID, set[UUID]] = field(default_factory=dict)  # by judged signal: the events that decided on it
    erased: set[UUID] = field(default_factory=set)  # signals of erased people
    frozen: dict[Key, tuple[object, ...]] = field(default_factory=dict)  # what each conversion was at first

    def may_leave(self) -> tuple[frozenset[int], frozenset[UUID]]:
        """Who consents now, by every id; and the events that are on."""
        consenting = frozenset(number for number, person in self.people.items() if person.consent == "yes")
        return consenting, frozenset(event.id for event in self.events.values() if event.on_since)

    def listening(self, kind: str, name: str) -> Iterator[Heard]:
        """The events that listen for it."""
        for event in self.events.values():
            if (event.kind, event.name) == (kind, name):
                yield event

    def reason(self, signal: Signal, event: Heard, *, repeated: bool) -> str:
        """Why the event keeps the signal back, or ""."""
        person = self.people.get(signal.contact_id)
        for holds, reason in (
            (event.on_since is None, "event_off"),
            (event.on_since and signal.occurred_at < event.on_since, "before_event"),
            (signal.kind == Trigger.FORM_SUBMISSION and repeated, "duplicate"),
            (person is None or not person.consent, "consent_unknown"),
            (person is not None and person.consent == "no", "consent_denied"),
        ):
            if holds:
                return reason
        return ""

    def sees_frozen(self, key: Key, row: Conversion) -> None:
        """Fails unless the conversion is what it was at first; of an erased person the payload is gone."""
        now = (row.network_event_id, row.value, row.currency, row.occurred_at, row.version_id)
        before = self.frozen.setdefault(key, (row.payload, *now))
        payload = "" if row.signal_id in self.erased else before[0]
        assert (row.payload, *now) == (payload, *before[1:])
