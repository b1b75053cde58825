"""Consent as dated facts: what contacts' consent properties said since when, and who told.

A property becomes a consent property when an event asks for it. From then on each change is a fact, written with it,
and so is each statement of the person's own (a form, a lead, a fact told by the API), changed or not: of what is told
late, only what was stated last counts now.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max

from apps.records.columns import Held, Write
from apps.records.models import ConsentFact, PropertyDefinition, Record

AS_FOUND = "as_found"

# What contacts hold at the moment in which a property becomes one; since when is not known, so it holds from then.
_FIND = """
    INSERT INTO records_consentfact (workspace_id, contact_id, property, value, held_from, recorded_at, source)
    SELECT contact.workspace_id, contact.id, told.name, contact.properties ->> told.name, %(at)s, %(at)s, %(source)s
      FROM records_contact AS contact, unnest(%(names)s) AS told(name)
     WHERE contact.workspace_id = %(workspace)s AND contact.archived_at IS NULL
       AND contact.properties ->> told.name <> ''
"""


def consents_watch(*, workspace_id: UUID, names: Iterable[str], at: datetime) -> frozenset[str]:
    """Keep every change of these contact properties from now on, beginning with what contacts hold.

    Returns those that were not kept before; a name that is no contact property is passed over.
    """
    rows = PropertyDefinition.objects.filter(object_type="contacts", name__in=set(names), is_consent=False)
    fresh = {row.id: row.name for row in rows.select_for_update()}
    if fresh:
        PropertyDefinition.objects.filter(id__in=list(fresh)).update(is_consent=True)
        told: dict[str, Any] = {"workspace": workspace_id, "names": list(fresh.values()), "at": at, "source": AS_FOUND}
        with connection.cursor() as cursor:
            cursor.execute(_FIND, told)
    return frozenset(fresh.values())


def consents_forget(*, contact_ids: Collection[int]) -> int:
    """Delete all that is known of these contacts' consent; for erasing a person. Returns how many facts went."""
    gone, _ = ConsentFact.objects.filter(contact_id__in=list(contact_ids)).delete()
    return gone


class ConsentLog:
    """What the writes of one call say about consent, gathered while they are applied and written in one statement."""

    def __init__(self, names: frozenset[str], writes: Sequence[Write], held: Held, at: datetime) -> None:
        """`names`: the consent properties. Asks the database only when something is told late."""
        self._names, self._at = names, at
        self._noted: list[tuple[Record, ConsentFact]] = []
        told = [write for write in writes if write.held_from is not None and write.held_from < at] if names else []
        late = [(write, record) for write in told if names & write.properties.keys() and (record := held.get(write))]
        records = [record for _, record in late]
        self._latest = _latest_of(records, names)
        self._told = _told_of(records, names, {self._since(write) for write, _ in late})

    def without_late(self, record: Record, write: Write, values: Mapping[str, str]) -> dict[str, str]:
        """The values that are to be applied: one about which something was stated later becomes a fact and no more."""
        since = self._since(write)
        late = [name for name in self._names & values.keys() if self._stated(record, name, since) > since]
        for name in late:
            self._add(record, name, values[name], write)
        return {name: value for name, value in values.items() if name not in late}

    def note(self, record: Record, write: Write, values: Mapping[str, str], before: Mapping[str, str]) -> bool:
        """Note what was applied; returns whether something that a consent property said is different now."""
        for name in sorted(self._names & values.keys()):
            if name in before or (write.held_from is not None and values[name]):
                self._add(record, name, values[name], write)
        return any(before.get(name) for name in self._names)

    def save(self, workspace_id: UUID) -> None:
        """Write all facts. The contacts are in the database by now."""
        for record, fact in self._noted:
            fact.workspace_id, fact.contact_id = workspace_id, int(record.pk)
        if self._noted:
            ConsentFact.objects.bulk_create(fact for _, fact in self._noted)

    def _since(self, write: Write) -> datetime:
        return self._at if write.held_from is None else min(write.held_from, self._at)

    def _stated(self, record: Record, name: str, otherwise: datetime) -> datetime:
        return self._latest.get((id(record), name), otherwise)

    def _add(self, record: Record, name: str, value: str, write: Write) -> None:
        since = self._since(write)
        if self._told.get((id(record), name, since)) == value:
            return  # told before
        self._told[id(record), name, since] = value
        fact = ConsentFact(property=name, value=value, held_from=since, recorded_at=self._at, source=write.source[:60])
        self._noted.append((record, fact))
        self._latest[id(record), name] = max(since, self._stated(record, name, since))


def _told_of(
    records: Sequence[Record], names: frozenset[str], moments: set[datetime]
) -> dict[tuple[int, str, datetime], str]:
    """What was told to hold from exactly these moments, by record and property."""
    by_id = {int(record.pk): record for record in records}
    if not by_id:
        return {}
    rows = ConsentFact.objects.filter(contact_id__in=by_id, property__in=names, held_from__in=moments).order_by("id")
    found = rows.values_list("contact_id", "property", "held_from", "value")
    return {(id(by_id[number]), name, since): value for number, name, since, value in found}


def _latest_of(records: Sequence[Record], names: frozenset[str]) -> dict[tuple[int, str], datetime]:
    """When something was last stated, by record and property."""
    by_id = {int(record.pk): record for record in records}
    if not by_id:
        return {}
    rows = ConsentFact.objects.filter(contact_id__in=by_id, property__in=names)
    found = rows.order_by().values_list("contact_id", "property").annotate(latest=Max("held_from"))
    return {(id(by_id[number]), name): latest for number, name, latest in found}
