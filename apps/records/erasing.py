"""Forgetting a contact: the record itself, its ties, its consent, its changes."""

from datetime import datetime
from typing import Any

from apps.records.models import Association, ConsentFact, Contact, EmailChange, Merge


def contact_forget(*, contact_id: int, at: datetime) -> dict[str, int]:
    """Delete all that records hold of the contact; how many rows, by kind.

    Its row stays, empty, because what it did still counts and refers to its number.
    """
    starting = Association.objects.filter(from_type="contacts", from_id=contact_id)
    ending = Association.objects.filter(to_type="contacts", to_id=contact_id)
    own = {
        "consent_facts": ConsentFact.objects.filter(contact_id=contact_id),
        "email_changes": EmailChange.objects.filter(contact_id=contact_id),
        "merges": Merge.objects.filter(now_id=contact_id),
    }
    counts = {kind: rows.delete()[0] for kind, rows in own.items()}
    blank: dict[str, Any] = {"properties": {}, "email": None, "lifecycle_stage": "", "archived_at": at, "erased_at": at}
    emptied = Contact.objects.filter(id=contact_id).update(updated_at=at, **blank)
    return {"associations": starting.delete()[0] + ending.delete()[0], **counts, "contacts": emptied}
