"""How long the queues are, of many ad accounts at once. What is counted is bounded, however much waits."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection

COUNTED = 10_000  # of each account; what waits beyond is not looked at
AT_RISK = timedelta(days=1)


class Queue(NamedTuple):
    """What waits for one ad account: of the first COUNTED, how many, how many due, how many that soon expire."""

    depth: int
    due: int
    at_risk: int
    oldest_due_at: datetime | None
    earliest_deadline: datetime | None


EMPTY = Queue(0, 0, 0, None, None)

_QUEUES = """
    SELECT lane.workspace_id, lane.account_id, queue.*
      FROM unnest(%(workspaces)s::uuid[], %(accounts)s::uuid[]) AS lane (workspace_id, account_id),
           LATERAL (SELECT count(*), count(*) FILTER (WHERE due_at <= %(now)s),
                           count(*) FILTER (WHERE expires_at < %(risk)s),
                           min(due_at) FILTER (WHERE due_at <= %(now)s), min(expires_at)
                      FROM (SELECT due_at, expires_at
                              FROM conversions_conversion
                             WHERE workspace_id = lane.workspace_id AND account_id = lane.account_id
                               AND state = 'waiting'
                             LIMIT %(counted)s) AS first) AS queue
"""


def queues_of(lanes: Collection[tuple[UUID, UUID]], *, now: datetime) -> dict[tuple[UUID, UUID], Queue]:
    """The queue of each (workspace, account), in one statement. In every_workspace, or the scope of theirs."""
    workspaces, accounts = [str(each) for each, _ in lanes], [str(each) for _, each in lanes]
    with connection.cursor() as cursor:
        cursor.execute(
            _QUEUES,
            {"workspaces": workspaces, "accounts": accounts, "now": now, "risk": now + AT_RISK, "counted": COUNTED},
        )
        return {(workspace, account): Queue(*rest) for workspace, account, *rest in cursor.fetchall()}
