"""Writing to the audit log, always in the transaction of the act itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

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
