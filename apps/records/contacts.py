"""Contacts as a person looks for them. Call inside the workspace's scope."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from apps.core.errors import NotFound
from apps.core.paging import cursor_of, cursor_read
from apps.records.models import Association, Contact, Deal, PropertyDefinition
from apps.records.selectors import LARGEST_ID, contact_ids_now


@dataclass(frozen=True, slots=True)
class ContactsPage:
    """Part of the list; `after` is the cursor of the next part, empty at the end."""

    rows: Sequence[Contact]
    after: str


def contacts_listed(*, who: str = "", after: str = "", limit: int = 50) -> ContactsPage:
    """Contacts, those that changed last first; `who`: an e-mail address or an id. Raises InvalidInput for a cursor."""
    rows = Contact.objects.filter(archived_at=None).order_by("-updated_at", "-id")
    if who.strip():
        rows = rows.filter(_meant(who.strip()))
    if after:
        moment, number = cursor_read(after, int)
        rows = rows.filter(Q(updated_at__lt=moment) | Q(updated_at=moment, id__lt=number))
    found = list(rows[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return ContactsPage(found[:limit], cursor_of(last.updated_at, str(last.pk)) if last else "")


def contact_get(*, contact_id: int) -> Contact:
    """A contact by its id or by one of before a merge, archived and erased ones too. Raises NotFound."""
    number = contact_ids_now({contact_id}).get(contact_id, contact_id) if contact_id <= LARGEST_ID else 0
    contact = Contact.objects.filter(id=number).first()
    if contact is None:
        raise NotFound("There is no such contact in this workspace.")
    return contact


def _meant(who: str) -> Q:
    if who.isascii() and who.isdigit() and len(who) < 19:
        return Q(id=contact_ids_now({int(who)}).get(int(who), int(who)))
    return Q(email=who.lower())


def deals_of(*, contact_id: int) -> list[Deal]:
    """The contact's deals with their stages, the one that was tied last first: that one gives values (A07)."""
    ties = Association.objects.filter(from_type="contacts", from_id=contact_id, to_type="deals")
    ids = list(ties.order_by("-associated_at", "-id").values_list("to_id", flat=True))
    deals = Deal.objects.filter(id__in=ids, archived_at=None).select_related("stage").in_bulk()
    return [deals[number] for number in dict.fromkeys(ids) if number in deals]


def properties_told(contact: Contact) -> list[tuple[str, str]]:
    """What is known of the contact, by the properties' labels."""
    rows = PropertyDefinition.objects.filter(object_type="contacts", name__in=contact.properties)
    labels = dict(rows.values_list("name", "label"))
    return [(labels.get(name, name), value) for name, value in sorted(contact.properties.items())]
