"""Two contacts become one. The rules are HubSpot's (knowledge.hubspot.com, "Merge records"), as far as records go."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from apps.core.errors import Fault, InvalidInput, NotFound
from apps.records.columns import OBJECTS, Known
from apps.records.models import Association, ConsentFact, Contact, EmailChange, Merge, PropertyDefinition
from apps.records.selectors import contact_ids_now

MERGED_IDS, OTHER_EMAILS = "hs_merged_object_ids", "hs_additional_emails"
_NEVER = datetime.min.replace(tzinfo=UTC)
_LABELS = {MERGED_IDS: "Ids of contacts merged into this one", OTHER_EMAILS: "Other e-mail addresses"}


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did: `before` and `after` are the primary's values as `Written` has them."""

    contact: Contact
    secondary_id: int
    before: dict[str, str]
    after: dict[str, str]


def contacts_merge(*, workspace_id: UUID, primary_id: int, secondary_id: int, at: datetime) -> Merged:
    """Put the secondary contact into the primary: its values win, its empty ones are filled, the older birth counts.

    Of consent, what was stated last wins. Associations and consent facts follow, and the secondary's id leads to the
    primary from then on. Raises NotFound when one of the two is not here, InvalidInput when they are the same contact.
    """
    now = contact_ids_now({primary_id, secondary_id})
    primary_id, secondary_id = now.get(primary_id, primary_id), now.get(secondary_id, secondary_id)
    if primary_id == secondary_id:
        raise InvalidInput(Fault("objectIdToMerge", "SAME_OBJECT", "Name two contacts that are not one already."))
    with transaction.atomic():
        found = Contact.objects.select_for_update().filter(archived_at=None, id__in=[primary_id, secondary_id])
        held = {contact.pk: contact for contact in found.order_by("id")}
        if len(held) < 2:
            lost = primary_id if primary_id not in held else secondary_id
            raise NotFound(f"There is no contact {lost} in this workspace.")
        primary, secondary = held[primary_id], held[secondary_id]
        before = _fill(primary, secondary, at)
        _settle_consent(primary, secondary_id, at)
        _move_ties(workspace_id, primary_id, secondary_id)
        secondary.delete()
        primary.save()
        Merge.objects.filter(now_id=secondary_id).update(now_id=primary_id)
        EmailChange.objects.filter(contact_id=secondary_id).update(contact_id=primary_id)
        Merge.objects.create(
            workspace_id=workspace_id,
            primary_id=primary_id,
            secondary_id=secondary_id,
            now_id=primary_id,
            filled=sorted(before.keys() - _LABELS.keys()),
            merged_at=at,
        )
    return Merged(primary, secondary_id, before, dict(primary.properties))


def _fill(primary: Contact, secondary: Contact, at: datetime) -> dict[str, str]:
    _define(primary.workspace_id)
    former = dict(primary.properties)
    ids = [*_several(former, MERGED_IDS), *_several(secondary.properties, MERGED_IDS), str(secondary.pk)]
    emails = [*_several(former, OTHER_EMAILS), *_several(secondary.properties, OTHER_EMAILS)]
    if primary.email and secondary.email:
        emails.append(secondary.email)
    lists = {MERGED_IDS: ";".join(dict.fromkeys(ids)), OTHER_EMAILS: ";".join(dict.fromkeys(emails))}
    stated_later = _stated_later(primary, secondary)
    held = {name: value for name, value in former.items() if value and name not in stated_later}
    filled = {**secondary.properties, **held, **lists}
    primary.properties = {name: value for name, value in filled.items() if value}
    for name in stated_later - secondary.properties.keys():
        primary.properties.pop(name, None)
    primary.created_at, primary.updated_at = min(primary.created_at, secondary.created_at), at
    OBJECTS["contacts"].fill(primary, Known.load("contacts"))
    names = former.keys() | primary.properties.keys()
    return {name: former.get(name, "") for name in names if former.get(name, "") != primary.properties.get(name, "")}


def _stated_later(primary: Contact, secondary: Contact) -> set[str]:
    """Consent that was told of the secondary last: a merge undoes no withdrawal."""
    rows = ConsentFact.objects.filter(contact_id__in=[primary.pk, secondary.pk]).order_by()
    latest = {
        (contact_id, name): since
        for contact_id, name, since in rows.values_list("contact_id", "property").annotate(latest=Max("held_from"))
    }
    names = {name for contact_id, name in latest if contact_id == secondary.pk}
    return {name for name in names if latest[secondary.pk, name] > latest.get((primary.pk, name), _NEVER)}


def _settle_consent(primary: Contact, secondary_id: int, at: datetime) -> None:
    """One history of both, and where both said something, a fact of what holds from the merge on."""
    facts = ConsentFact.objects.filter(contact_id__in=[primary.pk, secondary_id]).order_by()
    said: dict[str, set[int]] = {}
    for contact_id, name in facts.values_list("contact_id", "property").distinct():
        said.setdefault(name, set()).add(contact_id)
    facts.update(contact_id=primary.pk)
    ConsentFact.objects.bulk_create(
        ConsentFact(
            workspace_id=primary.workspace_id,
            contact_id=primary.pk,
            property=name,
            value=primary.properties.get(name, ""),
            held_from=at,
            recorded_at=at,
            source="merge",
        )
        for name, contacts in sorted(said.items())
        if len(contacts) > 1
    )


def _several(properties: dict[str, str], name: str) -> list[str]:
    return [each for each in properties.get(name, "").split(";") if each]


def _define(workspace_id: UUID) -> None:
    PropertyDefinition.objects.bulk_create(
        [
            PropertyDefinition(workspace_id=workspace_id, object_type="contacts", name=name, label=label)
            for name, label in _LABELS.items()
        ],
        ignore_conflicts=True,
    )


def _move_ties(workspace_id: UUID, primary_id: int, secondary_id: int) -> None:
    """Both directions of each; a tie that the primary has already stays as old as it is."""
    moved = []
    for end in ("from", "to"):
        rows = Association.objects.filter(**{f"{end}_type": "contacts", f"{end}_id": secondary_id})
        for row in rows:
            setattr(row, f"{end}_id", primary_id)
            row.pk = None
            moved.append(row)
        rows.delete()
    Association.objects.bulk_create(moved, ignore_conflicts=True)
