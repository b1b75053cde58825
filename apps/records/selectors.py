"""Reading records, in bulk. Call inside the workspace's scope."""

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

import orjson
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from apps.core.bulk import Among, array_of, rows_read
from apps.core.tenancy import current_workspace_id
from apps.domain import facts
from apps.records.columns import OBJECTS
from apps.records.models import Association, ConsentFact, Contact, Deal, EmailChange, Merge, Record

_CONTACTS, _DEALS = "contacts", "deals"
LARGEST_ID = 2**63 - 1


def records_page(*, object_type: str, after: int = 0, limit: int, archived: bool = False) -> list[Record]:
    """Up to `limit` records of a type with an id beyond `after`, by id; either the archived ones or the others."""
    rows = _records(object_type).filter(id__gt=after, archived_at__isnull=not archived)
    return list(rows.order_by("id")[:limit])


def records_named(
    *, object_type: str, ids: Iterable[int] = (), emails: Iterable[str] = (), archived: bool = False
) -> list[Record]:
    """The records with these ids or, for contacts, these e-mail addresses (in small letters).

    An id of a contact that was merged into another gives the other: `contact_ids_now` says which.
    """
    numbers = {number for number in ids if 0 < number <= LARGEST_ID}
    wanted = Q(id__in=numbers)
    if object_type == _CONTACTS:
        wanted |= Q(email__in=list(emails))
    rows = _records(object_type).filter(archived_at__isnull=not archived).order_by("id")
    found = list(rows.filter(wanted))
    missing = numbers - {record.pk for record in found}
    if missing and object_type == _CONTACTS and (now := contact_ids_now(missing)):
        found = list(rows.filter(wanted | Q(id__in=now.values())))
    return found


def contacts_named(*, ids: Iterable[int], emails: Iterable[str]) -> dict[int, str]:
    """The contacts with these ids or e-mail addresses (in small letters): each one's id, and its address or ""."""
    numbers = [number for number in ids if 0 < number <= LARGEST_ID]
    rows = Contact.objects.filter(Q(id__in=numbers) | Q(email__in=list(emails)), archived_at=None).order_by("id")
    return {number: email or "" for number, email in rows.values_list("id", "email")}


def records_there(*, object_type: str, ids: Collection[int]) -> set[int]:
    """Those of the ids that are records of this workspace and not archived; a merged contact's old id is one."""
    within = {number for number in ids if 0 < number <= LARGEST_ID}
    rows = _records(object_type).filter(id__in=within, archived_at=None) if within else _records(object_type).none()
    there = set(rows.values_list("id", flat=True))
    if object_type == _CONTACTS and (missing := within - there):
        there |= contact_ids_now(missing).keys()
    return there


def contact_ids_now(ids: Collection[int]) -> dict[int, int]:
    """For each id of a contact that was merged into another: the id under which it lives on."""
    within = [number for number in ids if 0 < number <= LARGEST_ID]
    return dict(Merge.objects.filter(secondary_id__in=within).values_list("secondary_id", "now_id"))


def merges_of(*, contact_id: int) -> list[Merge]:
    """What was merged into the contact, first to last."""
    return list(Merge.objects.filter(now_id=contact_id).order_by("merged_at", "id"))


def email_changes_of(*, contact_id: int) -> list[datetime]:
    """When the contact got another e-mail address, first to last."""
    rows = EmailChange.objects.filter(contact_id=contact_id).order_by("changed_at", "id")
    return list(rows.values_list("changed_at", flat=True))


def associations_of(
    *, object_type: str, ids: Collection[int], to_types: Collection[str], each: int
) -> dict[int, dict[str, list[Association]]]:
    """Each record's associations by the type they lead to, up to `each` of a type, by the id they lead to."""
    rows = Association.objects.filter(from_type=object_type, from_id__in=ids, to_type__in=to_types)
    place = Window(RowNumber(), partition_by=[F("from_id"), F("to_type")], order_by=[F("to_id"), F("type_id")])
    found: dict[int, dict[str, list[Association]]] = {}
    for row in rows.annotate(place=place).filter(place__lte=each).order_by("from_id", "to_type", "to_id", "type_id"):
        found.setdefault(row.from_id, {}).setdefault(row.to_type, []).append(row)
    return found


def associations_page(
    *, object_type: str, record_id: int, to_type: str, after: int = 0, limit: int
) -> dict[int, list[int]]:
    """The ids that one record is associated with beyond `after`, up to `limit`, each with its type ids."""
    rows = Association.objects.filter(from_type=object_type, from_id=record_id, to_type=to_type, to_id__gt=after)
    ids = list(rows.order_by("to_id").values_list("to_id", flat=True).distinct()[:limit])
    found: dict[int, list[int]] = {}
    for to_id, type_id in rows.filter(to_id__in=ids).order_by("to_id", "type_id").values_list("to_id", "type_id"):
        found.setdefault(to_id, []).append(type_id)
    return found


def _records(object_type: str) -> QuerySet[Record]:
    rows: QuerySet[Record] = OBJECTS[object_type].model.objects.all()
    return rows


_PROPERTIES = """
    SELECT id, properties::text FROM records_contact
     WHERE workspace_id = %(workspace)s AND id = ANY(%(ids)s::bigint[]) AND archived_at IS NULL
"""


def properties_of(contact_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """Each contact's properties; archived and unknown contacts are left out."""
    rows = rows_read(_PROPERTIES, {"workspace": current_workspace_id(), "ids": array_of(contact_ids)})
    return {number: orjson.loads(told) for number, told in rows}


def identity_changes(*, contact_id: int) -> list[tuple[str, datetime]]:
    """When the contact was merged with another, or got another e-mail address, first to last: `merged` or `email`."""
    merged = [("merged", merge.merged_at) for merge in merges_of(contact_id=contact_id)]
    emails = [("email", moment) for moment in email_changes_of(contact_id=contact_id)]
    return sorted(merged + emails, key=lambda change: change[1])


def consent_held(
    *,
    contact_ids: Iterable[int],
    properties: Iterable[str] | None = None,
    as_of: datetime,
    known_at: datetime | None = None,
) -> dict[int, dict[str, ConsentFact]]:
    """By contact and property, the fact that held at `as_of`, of all consent properties or of these.

    `known_at` leaves out what was recorded after it: with both the same, what was believed at that moment. Where no
    fact had been told yet, nothing was known.
    """
    rows = ConsentFact.objects.filter(contact_id__in=list(contact_ids), held_from__lte=as_of)
    if properties is not None:
        rows = rows.filter(property__in=list(properties))
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    held: dict[int, dict[str, ConsentFact]] = {}
    for fact in rows.order_by("contact_id", "property", "-held_from", "-id").distinct("contact_id", "property"):
        held.setdefault(fact.contact_id, {})[fact.property] = fact
    return held


def consent_history(contact_id: int, *, limit: int = 200) -> list[ConsentFact]:
    """What a contact's consent properties said since when, and who told: the latest fact first, at most `limit`."""
    return list(ConsentFact.objects.filter(contact_id=contact_id).order_by("-held_from", "-id")[:limit])


def latest_deals(contact_ids: Iterable[int]) -> dict[int, facts.Deal]:
    """Each contact's most recently associated deal that still exists (A07)."""
    links = (
        Association.objects.filter(Among("from_id", contact_ids), from_type=_CONTACTS, to_type=_DEALS)
        .order_by("from_id", "-associated_at", "-id")
        .values_list("from_id", "to_id")
    )
    by_contact: dict[int, list[int]] = {}
    for contact_id, deal_id in links:
        by_contact.setdefault(contact_id, []).append(deal_id)
    ids = {deal_id for deal_ids in by_contact.values() for deal_id in deal_ids}
    rows = Deal.objects.filter(Among("id", ids), archived_at=None)
    columns = ("id", "amount", "currency", "stage__probability", "stage__is_closed")
    deals = {number: _deal(*told) for number, *told in rows.values_list(*columns)}
    latest = {}
    for contact_id, deal_ids in by_contact.items():
        deal = next((deals[deal_id] for deal_id in deal_ids if deal_id in deals), None)
        if deal is not None:
            latest[contact_id] = deal
    return latest


def _deal(
    amount: Decimal | None, currency: str, probability: Decimal | None, is_closed: bool | None = None
) -> facts.Deal:
    return facts.Deal(
        amount=amount,
        currency=currency,
        probability=probability,
        is_closed_lost=bool(is_closed and probability == 0),
        is_closed_won=bool(is_closed and probability == 1),
    )
