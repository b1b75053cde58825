"""Deadlines: what is owed and when its network's window closes. Call inside the workspace's scope."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from apps.conversions.models import Conversion
from apps.core.tenancy import current_workspace_id
from apps.domain.states import State

# The bounds of the headroom's classes, in hours until the window closes; beyond the last one there is time enough.
HEADROOM_HOURS = (0, 2, 24, 72, 7 * 24)
SOON, NEAR = timedelta(hours=2), timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Headroom:
    """How many conversions wait at a network, by how long they have: one number for each class, the last without end.

    `by_class` begins with those whose window has closed already, and ends with those that have more than the last
    bound; `without_end` are those for which the network sets no limit.
    """

    network: str
    by_class: tuple[int, ...]
    without_end: int

    @property
    def total(self) -> int:
        """All that wait at the network."""
        return sum(self.by_class) + self.without_end


@dataclass(frozen=True, slots=True)
class AtRisk:
    """What waits with the earliest deadlines, and how many have less than two hours, and less than a day.

    `next_end` is when the first window of all that waits closes, at risk or not; None when nothing that has one waits.
    """

    first: tuple[Conversion, ...]
    soon: int
    near: int
    next_end: datetime | None


_HEADROOM = """
    SELECT network, width_bucket(expires_at, %(bounds)s::timestamptz[]), count(*)
      FROM conversions_conversion
     WHERE workspace_id = %(workspace)s AND state = 'waiting'
     GROUP BY 1, 2
"""


def headroom(*, now: datetime) -> list[Headroom]:
    """What waits at each network, by the time that it has left: one query."""
    counts: dict[str, dict[int | None, int]] = {}
    bounds = [now + timedelta(hours=hours) for hours in HEADROOM_HOURS]
    with connection.cursor() as cursor:
        cursor.execute(_HEADROOM, {"workspace": current_workspace_id(), "bounds": bounds})
        for network, bucket, count in cursor.fetchall():
            counts.setdefault(network, {})[bucket] = count
    return [_headroom(network, counted) for network, counted in sorted(counts.items())]


def _headroom(network: str, counted: Mapping[int | None, int]) -> Headroom:
    classes = tuple(counted.get(bucket, 0) for bucket in range(len(HEADROOM_HOURS) + 1))
    return Headroom(network, classes, counted.get(None, 0))


# From one account, route and priority to the next along the index of turns, and of each only what is at risk and its
# first: the cost is that of the routes, which are few, and not of what waits for them.
_AT_RISK = """
    WITH RECURSIVE turn AS (
        (SELECT account_id, route, priority FROM conversions_conversion
          WHERE workspace_id = %(workspace)s AND state = 'waiting' ORDER BY account_id, route, priority LIMIT 1)
        UNION ALL
        SELECT next.* FROM turn CROSS JOIN LATERAL (
               SELECT account_id, route, priority FROM conversions_conversion
                WHERE workspace_id = %(workspace)s AND state = 'waiting'
                  AND (account_id, route, priority) > (turn.account_id, turn.route, turn.priority)
                ORDER BY account_id, route, priority LIMIT 1) AS next
    )
    SELECT sum(near.soon), sum(near.near), min(first.expires_at)
      FROM turn
      LEFT JOIN LATERAL (
           SELECT expires_at FROM conversions_conversion AS waits
            WHERE waits.workspace_id = %(workspace)s AND waits.account_id = turn.account_id
              AND waits.route = turn.route AND waits.priority = turn.priority AND waits.state = 'waiting'
              AND waits.expires_at IS NOT NULL
            ORDER BY waits.expires_at LIMIT 1) AS first ON true
     CROSS JOIN LATERAL (
           SELECT count(*) FILTER (WHERE waits.expires_at < %(soon)s) AS soon, count(*) AS near
             FROM conversions_conversion AS waits
            WHERE waits.workspace_id = %(workspace)s AND waits.account_id = turn.account_id
              AND waits.route = turn.route AND waits.priority = turn.priority AND waits.state = 'waiting'
              AND waits.expires_at < %(near)s) AS near
"""


def at_risk(*, now: datetime, limit: int) -> AtRisk:
    """What waits and would expire within a day, the earliest deadline first: two queries."""
    asked: dict[str, UUID | datetime] = {
        "workspace": current_workspace_id(),
        "soon": now + SOON,
        "near": now + NEAR,
    }
    with connection.cursor() as cursor:
        cursor.execute(_AT_RISK, asked)
        soon, near, next_end = cursor.fetchone()
    first = Conversion.objects.filter(state=State.WAITING, expires_at__lt=now + NEAR)
    first = first.order_by("expires_at", "signal_id").defer("payload", "trace")
    return AtRisk(tuple(first[:limit]), int(soon or 0), int(near or 0), next_end)
