"""Lanes: one ad account's queue, one worker at a time: woken when something is owed, leased to be served."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from apps.conversions.queues import next_due, next_turn
from apps.core.ids import new_id
from apps.deliveries.models import Lane
from apps.domain.retry import KNOCK_AGAIN, held_at_most

LEASE = timedelta(seconds=75)  # above the longest call, and lengthened after each


def lanes_wake(*, workspace_id: UUID, account_ids: Iterable[UUID], at: datetime) -> None:
    """Make the lanes due at `at`, or earlier if they were already, but not while they are held; new ones are made."""
    rows = [(workspace_id, account_id, at) for account_id in sorted(account_ids)]
    with connection.cursor() as cursor:
        cursor.executemany(
            """INSERT INTO deliveries_lane (workspace_id, account_id, next_due_at, held_reason) VALUES (%s, %s, %s, '')
               ON CONFLICT (workspace_id, account_id)
               DO UPDATE SET next_due_at = GREATEST(
                   LEAST(deliveries_lane.next_due_at, EXCLUDED.next_due_at), deliveries_lane.held_until)""",
            rows,
        )


def lanes_lift(*, account_ids: Iterable[UUID]) -> None:
    """Hold the lanes up no longer: what held them was mended."""
    Lane.objects.filter(account_id__in=account_ids).update(held_until=None)


def lane_lease(*, account_id: UUID, now: datetime) -> UUID | None:
    """Lease the lane for one worker; None when another has it, or while it is held.

    Leases count by the database's clock: a worker whose own is wrong neither steals a lane nor keeps it.
    """
    lease = new_id()
    free = Q(leased_until=None) | Q(leased_until__lt=Now())
    free &= Q(held_until=None) | Q(held_until__lte=now)
    taken = Lane.objects.filter(free, account_id=account_id).update(lease=lease, leased_until=Now() + LEASE)
    return lease if taken else None


def lane_keep(*, account_id: UUID, lease: UUID) -> bool:
    """Lengthen the lease while sending goes on; False when it was lost."""
    return bool(Lane.objects.filter(account_id=account_id, lease=lease).update(leased_until=Now() + LEASE))


def lane_release(
    *, account_id: UUID, lease: UUID, held_reason: str = "", held_until: datetime | None = None
) -> datetime | None:
    """Give the lane back, due when its next conversion is, and not before `held_until`. Returns when that is."""
    # The row is locked before the queue is read: a judge that is waking this lane comes before or after, never between.
    list(Lane.objects.select_for_update().filter(account_id=account_id, lease=lease).values_list("lease"))
    due = next_due(account_id=account_id)
    if due is not None and held_until is not None:
        due = max(due, held_until)
    Lane.objects.filter(account_id=account_id, lease=lease).update(
        lease=None, leased_until=None, next_due_at=due, held_reason=held_reason, held_until=held_until
    )
    return due


def hold_ends(*, account_id: UUID, wait: timedelta, now: datetime) -> datetime:
    """Until when a hold of so long lasts: less long where what waits would end meanwhile, for a last try."""
    until = now + wait
    first = next_turn(account_id=account_id, now=until) if wait > KNOCK_AGAIN else None
    return held_at_most(until=until, ends_at=first.expires_at if first else None, now=now)


def lanes_due(*, now: datetime, limit: int = 500) -> list[tuple[UUID, UUID]]:
    """(workspace, account) of lanes with work and nobody on them, longest due first. For the sweep."""
    free = Q(leased_until=None) | Q(leased_until__lt=Now())
    rows = Lane.objects.filter(free, next_due_at__lte=now).order_by("next_due_at")
    return list(rows.values_list("workspace_id", "account_id")[:limit])
