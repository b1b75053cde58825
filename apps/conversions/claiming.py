"""Claiming what is owed for a request. Consent, the event and the deadline are asked once more, in that transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import F

from apps.conversions import owing
from apps.conversions.consenting import withdrawn
from apps.conversions.models import Event
from apps.conversions.owing import Key, named
from apps.conversions.queues import AS_INDEXED, Turn
from apps.core.bulk import rows_read
from apps.core.poison import POISON
from apps.domain.retry import Deadline
from apps.domain.states import State
from apps.records.selectors import properties_of

HELD_AGAIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One conversion on its way into a request: its frozen bytes and what settling it needs."""

    signal_id: UUID
    event_id: UUID
    payload: str
    tries: int
    expires_at: datetime | None
    doubtful_since: datetime | None

    @property
    def key(self) -> Key:
        """What names it within the workspace."""
        return self.signal_id, self.event_id


class Row(NamedTuple):
    """A conversion as far as the question goes whether it may still leave."""

    signal_id: UUID
    event_id: UUID
    payload: str
    tries: int
    expires_at: datetime | None
    doubtful_since: datetime | None
    contact_id: int
    version_id: UUID
    reason: str
    request_id: UUID | None  # the latest that it was in before

    @property
    def key(self) -> Key:
        """What names it within the workspace."""
        return self.signal_id, self.event_id


class Unclaimable(Exception):
    """Our own code fails on one of the conversions that were to be claimed; `keys` names them all."""

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__(f"{len(keys)} conversions")
        self.keys = keys


# Found and taken by two statements: as one, which joins what it found to itself, it was planned for a handful of rows,
# and compared every row with every other.
_DUE = """
    SELECT signal_id, event_id, payload, tries + 1, expires_at, doubtful_since, contact_id, version_id, reason,
           request_id
      FROM conversions_conversion
     WHERE workspace_id = %(workspace)s AND account_id = %(account)s AND route = %(route)s
       AND priority = %(priority)s AND state = 'waiting' AND due_at <= %(now)s
     ORDER BY expires_at NULLS LAST
     LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED
"""


def claim(
    *,
    workspace_id: UUID,
    account_id: UUID,
    turn: Turn,
    request_id: UUID,
    limit: int,
    terms_accepted: bool,
    now: datetime,
    recognised_for: timedelta | None = None,
) -> list[Claimed]:
    """Take up to `limit` due conversions of a turn, earliest deadline first, as sending; the caller saves the request.

    What may no longer leave ends here instead: its window closed, consent was withdrawn, the event was switched off, or
    it may have been taken longer ago than the network recognises a repeat (`recognised_for`).

    Raises Unclaimable where our own code fails on one of them: nothing is taken, and the transaction is to be undone.
    """
    asked = {
        "workspace": workspace_id,
        "account": account_id,
        "route": turn.route,
        "priority": turn.priority,
        "limit": limit,
        "now": now,
    }
    rows = [Row(*row) for row in rows_read(AS_INDEXED + _DUE, asked)]
    keys = [row.key for row in rows]
    owing.taken(keys=keys, request_id=request_id)
    try:
        refused = _refused(rows, terms_accepted, now, recognised_for)
    except POISON as error:
        raise Unclaimable(keys) from error
    claimed = [Claimed(*row[:6]) for row in rows if row.key not in refused]
    # One order for the same rows, whatever came due between, keeps a resent request byte for byte the same.
    return sorted(claimed, key=lambda each: each.key)


def still_claimed(
    *, claimed: Sequence[Claimed], request_id: UUID, terms_accepted: bool, now: datetime
) -> list[Claimed]:
    """Those of the claimed that may leave once more, now that this request of theirs was refused; the others end.

    Narrowing a request down takes as many answers as it has halves, and what is withdrawn meanwhile has to count.

    Raises Unclaimable as claiming does: the transaction is to be undone.
    """
    found = (
        named([each.key for each in claimed])
        .filter(state=State.SENDING, request_id=request_id)
        .values_list(*Row._fields)
    )
    rows = [Row(*row) for row in found]
    try:
        refused = _refused(rows, terms_accepted, now, None)
    except POISON as error:
        raise Unclaimable([row.key for row in rows]) from error
    left = {row.key for row in rows} - refused.keys()
    return [each for each in claimed if each.key in left]


def _refused(
    rows: Sequence[Row], terms_accepted: bool, now: datetime, recognised_for: timedelta | None
) -> dict[Key, str]:
    """What of the rows may not leave, each with its reason; it is put back."""
    refused = refusals(rows, terms_accepted, now, recognised_for)
    groups: dict[tuple[str, UUID | None], list[Key]] = {}
    for row in rows:
        if row.key in refused:
            groups.setdefault((refused[row.key], row.request_id), []).append(row.key)
    for (reason, before), keys in groups.items():
        _put_back(keys, reason, before, now)
    return refused


def refusals(
    rows: Sequence[Row], terms_accepted: bool, now: datetime, recognised_for: timedelta | None
) -> dict[Key, str]:
    """Why each of these may not leave now, those that may left out: a few queries, however many rows."""
    properties = properties_of({row.contact_id for row in rows})
    unwilling = withdrawn(rows, properties)
    stopped = _stopped_events({row.event_id for row in rows})
    refused: dict[Key, str] = {}
    for row in rows:
        reason = stopped.get(row.event_id, "") if row.payload else "erased"
        over = Deadline(row.expires_at, row.doubtful_since, recognised_for).ended(now)
        if not reason and over is not None:
            reason = over.reason
        if not reason and row.contact_id not in properties:
            reason = "contact_gone"
        if not reason:
            reason = unwilling.get(row.key, "")
        if not reason and row.reason == "terms_not_accepted" and not terms_accepted:
            reason = row.reason
        if reason:
            refused[row.key] = reason
    return refused


def _stopped_events(event_ids: set[UUID]) -> dict[UUID, str]:
    """Events that were switched off or deleted while a judge, unaware of it, still owed for them."""
    rows = Event.objects.filter(id__in=event_ids).values_list("id", "on_since", "deleted_at")
    return {
        event_id: "event_deleted" if deleted_at else "event_off"
        for event_id, on_since, deleted_at in rows
        if deleted_at or on_since is None
    }


_ENDS = {
    "window_closed": State.EXPIRED,
    "outcome_unknown": State.UNKNOWN,
    "consent_withdrawn": State.CANCELLED,
    "personalisation_withdrawn": State.CANCELLED,
    "contact_gone": State.CANCELLED,
    "erased": State.CANCELLED,
    "event_off": State.CANCELLED,
    "event_deleted": State.CANCELLED,
}


def _put_back(keys: Sequence[Key], reason: str, request_id: UUID | None, now: datetime) -> None:
    """End what may not leave any more; what is only held waits on, without a try used, in the request it was in."""
    tries = F("tries") - 1
    if reason in _ENDS:
        end = {"state": _ENDS[reason], "settled_at": now, "due_at": None}
    else:
        end = {"state": State.WAITING, "due_at": now + HELD_AGAIN}
    named(keys).update(**end, reason=reason, leased_until=None, tries=tries, request_id=request_id)
