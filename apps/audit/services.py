"""Writing to the audit log, always in the transaction of the act itself."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from apps.audit.models import Entry
from apps.core.actor import Actor


def record(
    *,
    workspace_id: UUID,
    by: Actor,
    action: str,
    subject: str,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add one entry: `action` is `noun.verb`, `subject` names the thing; no secrets, no personal data in `detail`."""
    Entry.objects.create(
        workspace_id=workspace_id,
        at=at,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_label=by.label,
        action=action,
        subject=subject,
        detail=dict(detail or {}),
    )


def person_blank(*, texts: Collection[str]) -> int:
    """Blank subject and detail of entries in which one of the texts names an erased person; how many."""
    named = Q(id__in=())
    for text in texts:
        named |= Q(subject__icontains=text) | Q(told__icontains=text)
    entries = Entry.objects.annotate(told=Cast("detail", TextField())).filter(named)
    ids = list(entries.values_list("id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('convsync.erasing', 'on', true)")
        Entry.objects.filter(id__in=ids).update(subject="", detail={})
        cursor.execute("SELECT set_config('convsync.erasing', '', true)")
    return len(ids)
