"""Writing records, in bulk: a faulty row is refused by itself and its neighbours are written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from apps.core.errors import Conflict, Fault, InvalidInput, NotFound
from apps.records import standard
from apps.records.columns import OBJECTS, Held, Known, Write
from apps.records.consents import ConsentLog
from apps.records.models import (
    Association,
    EmailChange,
    LifecycleStage,
    Pipeline,
    PipelineStage,
    PropertyDefinition,
    Record,
)
from apps.records.selectors import contact_ids_now
from apps.records.values import check

LARGEST_BATCH = 100


@dataclass(frozen=True, slots=True)
class Written:
    """A record that was written. `before` holds the former values of what changed, `after` all values after this row.

    Several rows of one call can write the same record: each has its own `before` and `after`. `consent_changed`: a
    consent property that said something says something else now, so that what rested on it has to be asked again.
    """

    record: Record
    created: bool
    before: Mapping[str, str]
    after: Mapping[str, str]
    consent_changed: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not written: what is wrong, and the record in the way, if any."""

    faults: tuple[Fault, ...]
    conflict_id: str = ""
    missing: bool = False


def records_write(
    *, workspace_id: UUID, object_type: str, writes: Sequence[Write], at: datetime
) -> list[Written | Refused]:
    """Create and update up to 100 records of a type; the results stand in the order of `writes`.

    Call inside the workspace's scope. Rows of one call that name the same record are applied in order. Raises
    InvalidInput when there are more than 100, NotFound for an unknown type.
    """
    if object_type not in OBJECTS:
        raise NotFound(f"There is no object type {object_type!r}.")
    if len(writes) > LARGEST_BATCH:
        raise InvalidInput(Fault("inputs", "BATCH_SIZE", f"Send at most {LARGEST_BATCH} at a time."))
    shape = OBJECTS[object_type]
    known = Known.load(object_type)
    with transaction.atomic():
        held = shape.find(writes)
        log = ConsentLog(known.consents, writes, held, at)
        results: dict[int, Written | Refused] = {}
        creates: list[Record] = []
        touched: dict[int, Record] = {}
        for index, write in enumerate(writes):
            values, faults = check(write.properties, known.types)
            faults += known.choices(values)
            record = held.get(write)
            refusal = _refusal(write, record, values, faults, held)
            if refusal:
                results[index] = refusal
                continue
            created = record is None
            if record is None:
                record = shape.model(workspace_id=workspace_id, created_at=at, updated_at=at)
                creates.append(record)
            elif record.pk is not None:
                touched[record.pk] = record
            values = log.without_late(record, write, values)
            before = _apply(record, values, at)
            changed = log.note(record, write, values, before)
            shape.fill(record, known)
            held.remember(record)
            results[index] = Written(record, created, before, dict(record.properties), changed)
        shape.save(creates=creates, updates=list(touched.values()))
        log.save(workspace_id)
        _note_emails(results.values(), at)
    return [results[index] for index in range(len(writes))]


def _refusal(
    write: Write, record: Record | None, values: Mapping[str, str], faults: list[Fault], held: Held
) -> Refused | None:
    if faults:
        return Refused(tuple(faults))
    if record is None and (write.id or not write.create):
        return Refused((Fault("id", "OBJECT_NOT_FOUND", "There is no such record in this workspace."),), missing=True)
    if record is not None and not write.update:
        known = f"Contact already exists. Existing ID: {record.pk}"
        message = known if record.pk else "An earlier row of this call makes a contact with this e-mail address."
        return Refused((Fault("email", "CONFLICT", message),), conflict_id=str(record.pk or ""))
    other = held.other_with(values, record)
    if other is not None:
        which = other.pk or "made by an earlier row"
        fault = Fault("email", "CONFLICT", f"Another contact, {which}, has this e-mail address.")
        return Refused((fault,), conflict_id=str(other.pk or ""))
    return None


def _apply(record: Record, values: Mapping[str, str], at: datetime) -> dict[str, str]:
    before = {}
    for name, value in values.items():
        former = record.properties.get(name, "")
        if former != value:
            before[name] = former
            record.properties[name] = value
            if not value:
                del record.properties[name]
    if before:
        record.updated_at = at
    return before


def _note_emails(results: Iterable[Written | Refused], at: datetime) -> None:
    """What was judged keeps the address of then (invariant 3), so the moment of a change is kept for its story."""
    changed = {
        result.record.pk: result.record
        for result in results
        if isinstance(result, Written) and not result.created and result.before.get("email")
    }
    if changed:
        EmailChange.objects.bulk_create(
            EmailChange(workspace_id=record.workspace_id, contact_id=record.pk, changed_at=at)
            for record in changed.values()
        )


def records_archive(*, object_type: str, ids: Sequence[str], at: datetime) -> int:
    """Archive records by id; unknown ids count for nothing. Returns how many were archived."""
    numbers = [int(each) for each in ids if each.isascii() and each.isdigit() and len(each) < 19]
    rows = OBJECTS[object_type].model.objects.filter(id__in=numbers, archived_at=None)
    archived: int = rows.update(archived_at=at, updated_at=at)
    return archived


@dataclass(frozen=True, slots=True)
class Link:
    """A wanted association between two records."""

    from_type: str
    from_id: int
    to_type: str
    to_id: int
    type_id: int
    reverse_type_id: int


def associations_write(*, workspace_id: UUID, links: Sequence[Link], at: datetime) -> None:
    """Tie records together, both ways; a tie that is there already stays as old as it is.

    Raises NotFound when one of the records is not in this workspace.
    """
    links = _living_ends(links)
    for object_type in {link.from_type for link in links} | {link.to_type for link in links}:
        wanted = {link.from_id for link in links if link.from_type == object_type}
        wanted |= {link.to_id for link in links if link.to_type == object_type}
        there = set(OBJECTS[object_type].model.objects.filter(id__in=wanted).values_list("id", flat=True))
        if wanted - there:
            raise NotFound(f"There is no {object_type} record {min(wanted - there)} in this workspace.")
    rows = []
    for link in links:
        for ends in (
            (link.from_type, link.from_id, link.to_type, link.to_id, link.type_id),
            (link.to_type, link.to_id, link.from_type, link.from_id, link.reverse_type_id),
        ):
            names = ("from_type", "from_id", "to_type", "to_id", "type_id")
            rows.append(Association(workspace_id=workspace_id, associated_at=at, **dict(zip(names, ends, strict=True))))
    Association.objects.bulk_create(rows, ignore_conflicts=True)


def _living_ends(links: Sequence[Link]) -> list[Link]:
    """The links with the contacts that were merged into others named as those."""
    ends = {link.from_id for link in links if link.from_type == "contacts"}
    ends |= {link.to_id for link in links if link.to_type == "contacts"}
    now = contact_ids_now(ends)
    return [
        replace(
            link,
            from_id=now.get(link.from_id, link.from_id) if link.from_type == "contacts" else link.from_id,
            to_id=now.get(link.to_id, link.to_id) if link.to_type == "contacts" else link.to_id,
        )
        for link in links
    ]


def associations_remove(*, from_type: str, from_id: int, to_type: str, to_id: int) -> None:
    """Untie two records, both ways and of every type; what is not tied stays so."""
    there = Q(from_type=from_type, from_id=from_id, to_type=to_type, to_id=to_id)
    back = Q(from_type=to_type, from_id=to_id, to_type=from_type, to_id=from_id)
    Association.objects.filter(there | back).delete()


def standards_install(*, workspace_id: UUID) -> None:
    """Give a new workspace its lifecycle stages, its sales pipeline and the standard properties."""
    LifecycleStage.objects.bulk_create(
        LifecycleStage(workspace_id=workspace_id, name=name, label=label, position=position)
        for position, (name, label) in enumerate(standard.LIFECYCLE_STAGES)
    )
    pipeline = Pipeline.objects.create(workspace_id=workspace_id, key="default", label="Sales pipeline")
    PipelineStage.objects.bulk_create(
        PipelineStage(
            workspace_id=workspace_id,
            pipeline=pipeline,
            key=key,
            label=label,
            position=position,
            probability=probability,
            is_closed=closed,
        )
        for position, (key, label, probability, closed) in enumerate(standard.PIPELINE_STAGES)
    )
    PropertyDefinition.objects.bulk_create(
        PropertyDefinition(
            workspace_id=workspace_id,
            object_type=object_type,
            name=each.name,
            label=each.label,
            type=each.type,
            field_type=each.field_type,
        )
        for object_type, properties in standard.PROPERTIES.items()
        for each in properties
    )


def property_create(
    *,
    workspace_id: UUID,
    object_type: str,
    name: str,
    label: str,
    value_type: str = "string",
    field_type: str = "text",
    group_name: str = "",
    options: Sequence[Mapping[str, object]] = (),
) -> PropertyDefinition:
    """Add a property of the workspace's own. Raises InvalidInput for a bad name, Conflict for a taken one."""
    if object_type not in OBJECTS:
        raise NotFound(f"There is no object type {object_type!r}.")
    if not (name.isascii() and name.replace("_", "a").isalnum() and name == name.lower() and len(name) <= 100):
        raise InvalidInput(Fault("name", "INVALID_NAME", "Use lower-case letters, digits and _, at most 100."))
    row, created = PropertyDefinition.objects.get_or_create(
        workspace_id=workspace_id,
        object_type=object_type,
        name=name,
        defaults={
            "label": label[:200] or name,
            "type": value_type,
            "field_type": field_type,
            "group_name": group_name,
            "options": list(options),
        },
    )
    if not created:
        raise Conflict(f"There is already a property named {name}.")
    return row
