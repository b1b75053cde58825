"""Forms, submissions and ad clicks: what the customer's site tells us."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.bulk import array_of, rows_read
from apps.core.errors import Fault, InvalidInput
from apps.core.tenancy import current_workspace_id
from apps.domain.facts import Click
from apps.domain.identity import fbc_of
from apps.tracking.models import AdClick, Form, Submission

LONGEST_CLICK = 500


def form_create(*, workspace_id: UUID, name: str, fields: Sequence[str], at: datetime) -> Form:
    """A new form of the workspace. Raises InvalidInput for a name that is empty or over 200 characters."""
    if not name.strip() or len(name) > 200:
        raise InvalidInput(Fault("name", "length", "Give the form a name of 1 to 200 characters."))
    return Form.objects.create(
        workspace_id=workspace_id, name=name.strip(), fields=list(fields), created_at=at, updated_at=at
    )


@dataclass(frozen=True, slots=True)
class SeenClick:
    """A click id or lead id seen on a contact."""

    contact_id: int
    kind: str
    value: str
    first_seen_at: datetime


def clicks_remember(*, workspace_id: UUID, seen: Iterable[SeenClick]) -> None:
    """Keep each click with the moment it was first seen; one that is known keeps its first moment.

    A fbclid also becomes Meta's fbc, once and with the click's own time.
    """
    rows = []
    for click in seen:
        if not click.value or len(click.value) > LONGEST_CLICK:
            continue
        rows.append(_row(workspace_id, click.contact_id, click.kind, click.value, click.first_seen_at))
        if click.kind == "fbclid":
            fbc = fbc_of(click.value, click.first_seen_at)
            rows.append(_row(workspace_id, click.contact_id, "fbc", fbc, click.first_seen_at))
    if rows:
        AdClick.objects.bulk_create(rows, ignore_conflicts=True)


def _row(workspace_id: UUID, contact_id: int, kind: str, value: str, at: datetime) -> AdClick:
    return AdClick(workspace_id=workspace_id, contact_id=contact_id, kind=kind, value=value, first_seen_at=at)


_CLICKS = """
    SELECT contact_id, kind, value, first_seen_at FROM tracking_adclick
     WHERE workspace_id = %(workspace)s AND contact_id = ANY(%(ids)s::bigint[])
     ORDER BY first_seen_at DESC, id DESC
"""


def clicks_of(contact_ids: Iterable[int]) -> dict[int, dict[str, tuple[Click, ...]]]:
    """Each contact's clicks by kind, latest first."""
    found: dict[int, dict[str, tuple[Click, ...]]] = {}
    rows = rows_read(_CLICKS, {"workspace": current_workspace_id(), "ids": array_of(contact_ids)})
    for contact_id, kind, value, first_seen_at in rows:
        kinds = found.setdefault(contact_id, {})
        kinds[kind] = (*kinds.get(kind, ()), Click(value, first_seen_at))
    return found


def act_key(form_id: UUID, contact_id: int, answers: Mapping[str, str]) -> str:
    """Equal for repeats of one act (A13): the same contact sends the same form in with the same answers."""
    said = "\x1f".join(f"{name}={value.strip().lower()}" for name, value in sorted(answers.items()))
    return hashlib.sha256(f"{form_id}\x1f{contact_id}\x1f{said}".encode()).hexdigest()[:40]


def submissions_keep(submissions: Sequence[Submission]) -> None:
    """Write submissions as they came."""
    Submission.objects.bulk_create(submissions)
