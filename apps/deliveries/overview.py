"""Every lane at a glance, for the operator: what waits, who serves it, what holds it up, how fast it may go."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.ads.models import AdAccount
from apps.conversions.queues import EMPTY, Queue, queues_of
from apps.core import pace
from apps.deliveries.models import Lane
from apps.deliveries.pacing import Pacing, Speed, speed_of
from apps.domain.breaker import Breaker, Position


@dataclass(frozen=True, slots=True)
class LaneOverview:
    """One ad account's lane. `queue` counts up to a bound (queues.py); `held_reason` is "" where nothing holds it."""

    workspace_id: UUID
    account_id: UUID
    network: str
    environment: str
    queue: Queue
    next_due_at: datetime | None
    leased_until: datetime | None
    held_reason: str
    held_until: datetime | None
    breaker: Breaker
    position: Position
    speeds: tuple[Speed, ...]


def lanes_overview(*, now: datetime, limit: int = 1000) -> list[LaneOverview]:
    """All lanes that have something waiting or are served, those that are due longest first. In every_workspace.

    Three statements and one round trip to Redis, whatever waits; without Redis nobody knows what was used.
    """
    lanes = list(Lane.objects.exclude(next_due_at=None, lease=None).order_by("next_due_at")[:limit])
    ids = {lane.account_id for lane in lanes}
    accounts = AdAccount.objects.select_related("connection").in_bulk(ids)
    queues = queues_of([(lane.workspace_id, lane.account_id) for lane in lanes], now=now)
    speeds = _speeds(accounts.values(), now)
    return [
        LaneOverview(
            workspace_id=lane.workspace_id,
            account_id=lane.account_id,
            network=account.network,
            environment=account.connection.environment,
            queue=queues.get((lane.workspace_id, lane.account_id), EMPTY),
            next_due_at=lane.next_due_at,
            leased_until=lane.leased_until,
            held_reason=lane.held_reason if lane.held_until and lane.held_until > now else "",
            held_until=lane.held_until,
            breaker=lane.breaker,
            position=lane.breaker.position(now),
            speeds=speeds[account.id],
        )
        for lane in lanes
        if (account := accounts.get(lane.account_id))
    ]


def _speeds(accounts: Iterable[AdAccount], now: datetime) -> dict[UUID, tuple[Speed, ...]]:
    """By account: how much of each of its network's limits is used up."""
    names = {account.id: Pacing.of(account).names() for account in accounts}
    known = pace.meters({name for each in names.values() for name in each})
    return {
        account_id: tuple(speed_of(limits, known.get(name), now) for name, limits in each.items())
        for account_id, each in names.items()
    }
