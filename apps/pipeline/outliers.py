"""Outliers: what waits because of an unusually high value, and somebody's decision to send it or not.

The value is never changed here: it leaves as it was frozen, or it does not leave.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.audit import services as audit
from apps.conversions.held import OUTLIER, REJECTED, held
from apps.conversions.models import Conversion, Event
from apps.core.actor import Actor
from apps.core.errors import Conflict, NotFound
from apps.deliveries import lanes
from apps.domain.states import State
from apps.pipeline import doorbell
from apps.records.models import Contact

SHOWN = 10
RELEASED, NOT_SENT = "released", "rejected"


@dataclass(frozen=True, slots=True)
class Question:
    """A conversion that waits for a decision; `usual` is the median, in its currency, that it was held against."""

    conversion: Conversion
    event_name: str
    email: str
    usual: str


@dataclass(frozen=True, slots=True)
class Questions:
    """The most urgent ones, and how many there are in all."""

    count: int
    first: tuple[Question, ...]


def outliers_open(*, limit: int = SHOWN) -> Questions:
    """What waits for a decision in this workspace, the earliest end of a window first: at most four queries."""
    rows = list(held().order_by("expires_at", "signal_id").defer("payload")[:limit])
    if not rows:
        return Questions(0, ())
    names = dict(Event.objects.filter(id__in={row.event_id for row in rows}).values_list("id", "name"))
    emails = dict(Contact.objects.filter(id__in={row.contact_id for row in rows}).values_list("id", "email"))
    questions = tuple(
        Question(row, names[row.event_id], emails.get(row.contact_id) or "", usual_of(row)) for row in rows
    )
    return Questions(len(rows) if len(rows) < limit else held().count(), questions)


def usual_of(conversion: Conversion) -> str:
    """What the conversion's value was held against, as its trace tells it; "" when it was not."""
    return next((str(facts.get("usual", "")) for step, _, _, facts in conversion.trace if step == "outlier"), "")


def conversion_release(*, workspace_id: UUID, signal_id: UUID, event_id: UUID, by: Actor, at: datetime) -> Conversion:
    """Send what was held for its value, as it was frozen. Raises NotFound, and Conflict when it is not held (any more).

    Consent, its event and its window are asked again when it is claimed, as of any other.
    """
    with transaction.atomic():
        row = _held(signal_id, event_id, at)
        row.due_at, row.reason = at, _held_beside(row)
        _decided(row, RELEASED, at)
        row.save(update_fields=["due_at", "reason", "trace"])
        lanes.lanes_wake(workspace_id=workspace_id, account_ids=[row.account_id], at=at)
        _audit(workspace_id, row, "conversion.release", by, at)
        transaction.on_commit(lambda: doorbell.ring_send(workspace_id, row.account_id))
    return row


def conversion_reject(*, workspace_id: UUID, signal_id: UUID, event_id: UUID, by: Actor, at: datetime) -> Conversion:
    """Do not send what was held for its value; it ends as cancelled. Raises NotFound, and Conflict when not held."""
    with transaction.atomic():
        row = _held(signal_id, event_id, at)
        row.state, row.reason, row.settled_at = State.CANCELLED, REJECTED, at
        _decided(row, NOT_SENT, at)
        row.save(update_fields=["state", "reason", "settled_at", "trace"])
        _audit(workspace_id, row, "conversion.reject", by, at)
    return row


def _held(signal_id: UUID, event_id: UUID, at: datetime) -> Conversion:
    # Locked, so that of two who decide at once the second is told.
    row = Conversion.objects.select_for_update().filter(signal_id=signal_id, event_id=event_id).first()
    if row is None:
        raise NotFound("There is no such conversion in this workspace.")
    if row.state != State.WAITING or row.reason != OUTLIER:
        raise Conflict("It does not wait for a decision: somebody decided already, or it was never held.")
    if row.expires_at is not None and row.expires_at <= at:
        raise Conflict("The network's window has closed meanwhile, so nothing is left to decide.")
    return row


def _held_beside(row: Conversion) -> str:
    """What else it has to wait for, which claiming asks about; "" for nothing."""
    return next((code for _, result, code, _ in row.trace if result == "hold" and code != OUTLIER), "")


def _decided(row: Conversion, how: str, at: datetime) -> None:
    facts: Mapping[str, str] = {"at": at.isoformat(timespec="seconds")}
    row.trace = [*row.trace, ["outlier", "note", how, facts]]


def _audit(workspace_id: UUID, row: Conversion, action: str, by: Actor, at: datetime) -> None:
    name = Event.objects.values_list("name", flat=True).get(id=row.event_id)
    detail = {"signal": str(row.signal_id), "value": f"{row.value:f}", "currency": row.currency}
    audit.record(workspace_id=workspace_id, by=by, action=action, subject=name, at=at, detail=detail)
