"""Each object type's columns: what of its properties is kept apart for finding and reckoning."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.core.errors import Fault
from apps.domain.money import parse_amount
from apps.records.models import Company, Contact, Deal, LifecycleStage, Merge, PipelineStage, PropertyDefinition, Record


@dataclass(frozen=True, slots=True)
class Write:
    """One wanted write, by `id` or by e-mail address. `create` and `update` say which of the two is welcome.

    `source` is who told. `held_from` makes it a statement of the person's own, made at that moment: what it says about
    consent is kept as a fact of then, and does not undo what was stated later.
    """

    properties: Mapping[str, object]
    id: str = ""
    email: str = ""
    create: bool = True
    update: bool = True
    source: str = "api"
    held_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """The workspace's own definitions, read once a call: property types, lifecycle stages, deal stages."""

    object_type: str
    types: Mapping[str, str]
    lifecycle: frozenset[str]
    deal_stages: Mapping[tuple[str, str], PipelineStage]
    consents: frozenset[str]

    @classmethod
    def load(cls, object_type: str) -> "Known":
        """Read them in the current workspace scope."""
        rows = PropertyDefinition.objects.filter(object_type=object_type)
        definitions = list(rows.values_list("name", "type", "is_consent"))
        stages = PipelineStage.objects.select_related("pipeline") if object_type == "deals" else []
        lifecycle = LifecycleStage.objects.values_list("name", flat=True) if object_type == "contacts" else []
        return cls(
            object_type,
            {name: kind for name, kind, _ in definitions},
            frozenset(lifecycle),
            {(stage.pipeline.key, stage.key): stage for stage in stages},
            frozenset(name for name, _, is_consent in definitions if is_consent),
        )

    def choices(self, values: Mapping[str, str]) -> list[Fault]:
        """What is wrong with values that must be one of the workspace's own stages."""
        faults = []
        stage = values.get("lifecyclestage")
        if self.object_type == "contacts" and stage and stage not in self.lifecycle:
            listed = ", ".join(sorted(self.lifecycle))
            faults.append(Fault("lifecyclestage", "INVALID_OPTION", f"{stage[:60]!r} is not one of: {listed}."))
        deal_stage = values.get("dealstage")
        if self.object_type == "deals" and deal_stage:
            pipeline = values.get("pipeline") or ""
            fits = [key for key in self.deal_stages if key[1] == deal_stage and pipeline in ("", key[0])]
            if not fits:
                listed = ", ".join(stage for _, stage in self.deal_stages)
                faults.append(Fault("dealstage", "INVALID_OPTION", f"{deal_stage[:60]!r} is not one of: {listed}."))
        return faults


class Held:
    """The records that a call's writes may mean, by id and by e-mail address."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._by_id = {str(record.pk): record for record in records}
        self._by_email: dict[str, Record] = {}
        for record in records:
            self.remember(record)

    def get(self, write: Write) -> Record | None:
        """The record that this write names, or None."""
        if write.id:
            return self._by_id.get(write.id)
        email = (write.email or str(write.properties.get("email") or "")).strip().lower()
        return self._by_email.get(email) if email else None

    def also(self, number: int, record: Record) -> None:
        """Let a record be found by an id of before a merge."""
        self._by_id[str(number)] = record

    def remember(self, record: Record) -> None:
        """Let later rows of the same call find a record by its address."""
        for former in [email for email, held in self._by_email.items() if held is record]:
            del self._by_email[former]
        email = getattr(record, "email", None)
        if email:
            self._by_email[email] = record

    def other_with(self, values: Mapping[str, str], record: Record | None) -> Record | None:
        """Another record that already has the e-mail address in `values`."""
        other = self._by_email.get(values.get("email", "").lower()) if values.get("email") else None
        return other if record is not None and other is not record else None


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One object type: its model, and how its columns follow from its properties."""

    model: type[Any]
    fill: Callable[[Any, Known], None]
    columns: tuple[str, ...]

    def find(self, writes: Sequence[Write]) -> Held:
        """Lock and return the records that `writes` name."""
        ids = [int(write.id) for write in writes if write.id.isascii() and write.id.isdigit() and len(write.id) < 19]
        rows = self.model.objects.select_for_update().filter(archived_at=None)
        found = list(rows.filter(id__in=ids).order_by("id")) if ids else []
        if self.model is Contact:
            emails = {str(write.properties.get("email") or "").strip().lower() for write in writes}
            emails |= {write.email.strip().lower() for write in writes}
            emails -= {""}
            seen = {record.pk for record in found}
            by_email = rows.filter(email__in=emails).order_by("id") if emails else []
            found += [record for record in by_email if record.pk not in seen]
        held = Held(found)
        if self.model is Contact and (unknown := set(ids) - {record.pk for record in found}):
            _find_merged(held, unknown, found)
        return held

    def save(self, *, creates: Sequence[Record], updates: Sequence[Record]) -> None:
        """Write all rows in two statements."""
        if creates:
            self.model.objects.bulk_create(creates)
        if updates:
            # An upsert by workspace and id: bulk_update writes a CASE for each column and row, three times as slow.
            columns = ["properties", "updated_at", *self.columns]
            self.model.objects.bulk_create(
                updates, update_conflicts=True, unique_fields=["workspace_id", "id"], update_fields=columns
            )


def _find_merged(held: Held, unknown: set[int], found: Sequence[Record]) -> None:
    """Contacts that went into others are known by their old ids for ever."""
    now = dict(Merge.objects.filter(secondary_id__in=unknown).values_list("secondary_id", "now_id"))
    known = {record.pk: record for record in found}
    rows = Contact.objects.select_for_update().filter(id__in=set(now.values()) - known.keys(), archived_at=None)
    for record in rows.order_by("id") if now else ():
        known[record.pk] = record
        held.also(record.pk, record)
        held.remember(record)
    for former, survivor in now.items():
        if survivor in known:
            held.also(former, known[survivor])


def _fill_contact(contact: Contact, known: Known) -> None:
    contact.email = contact.properties.get("email", "").lower() or None
    contact.lifecycle_stage = contact.properties.get("lifecyclestage", "")


def _fill_company(company: Company, known: Known) -> None:
    company.domain = company.properties.get("domain", "").lower()


def _fill_deal(deal: Deal, known: Known) -> None:
    deal.amount = parse_amount(deal.properties.get("amount", ""))
    deal.currency = deal.properties.get("deal_currency_code", "")
    pipeline, stage = deal.properties.get("pipeline", ""), deal.properties.get("dealstage", "")
    fits = [found for (owner, key), found in known.deal_stages.items() if key == stage and pipeline in ("", owner)]
    deal.stage = fits[0] if fits else None


OBJECTS: dict[str, ObjectType] = {
    "contacts": ObjectType(Contact, _fill_contact, ("email", "lifecycle_stage")),
    "companies": ObjectType(Company, _fill_company, ("domain",)),
    "deals": ObjectType(Deal, _fill_deal, ("amount", "currency", "stage")),
}
