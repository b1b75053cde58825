"""The queues of ad accounts: whose turn it is, when the next is due, how long they are. Flat, however much waits."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Min

from apps.conversions.models import Conversion
from apps.core.tenancy import current_workspace_id
from apps.domain.states import Priority, State

COUNTED = 10_000  # of each account; what waits beyond is not looked at
AT_RISK = timedelta(days=1)


# For questions that an index has in order. While the statistics do not know a backlog yet, to read all of it and sort
# it seems as good to PostgreSQL: 47 s for each request, of five million. The setting ends with the transaction.
AS_INDEXED = "SET LOCAL enable_sort = off;"


class Turn(NamedTuple):
    """Whose turn it is at an account. What is live and what is sent again never share a request."""

    route: str
    priority: Priority
    expires_at: datetime | None = None


# Routes are few and rows are many: from one route to the next along the index, and of each route its first that is due.
# Where all was put off, the index of what is due next says so first.
_NEXT = """
    WITH RECURSIVE routes AS (
        (SELECT route FROM conversions_conversion
          WHERE workspace_id = %(workspace)s AND account_id = %(account)s AND state = 'waiting'
          ORDER BY route LIMIT 1)
        UNION ALL
        SELECT (SELECT waits.route FROM conversions_conversion AS waits
                 WHERE waits.workspace_id = %(workspace)s AND waits.account_id = %(account)s
                   AND waits.state = 'waiting' AND waits.route > routes.route
                 ORDER BY waits.route LIMIT 1)
          FROM routes WHERE routes.route IS NOT NULL
    )
    SELECT routes.route, due.priority, due.expires_at
      FROM routes
     CROSS JOIN LATERAL (SELECT priority, expires_at FROM conversions_conversion AS waits
                          WHERE waits.workspace_id = %(workspace)s AND waits.account_id = %(account)s
                            AND waits.route = routes.route AND waits.state = 'waiting' AND waits.due_at <= %(now)s
                          ORDER BY priority, expires_at NULLS LAST LIMIT 1) AS due
     WHERE (SELECT due_at FROM conversions_conversion
             WHERE workspace_id = %(workspace)s AND account_id = %(account)s AND state = 'waiting'
             ORDER BY due_at LIMIT 1) <= %(now)s
     ORDER BY due.priority, due.expires_at NULLS LAST LIMIT 1
"""


def next_turn(*, account_id: UUID, now: datetime) -> Turn | None:
    """The turn of what is due at this account: live before sent again, then the earliest deadline. None: nothing is."""
    with connection.cursor() as cursor:
        cursor.execute(AS_INDEXED + _NEXT, {"workspace": current_workspace_id(), "account": account_id, "now": now})
        found = cursor.fetchone()
    return Turn(found[0], Priority(found[1]), found[2]) if found else None


def next_due(*, account_id: UUID) -> datetime | None:
    """When the account's next conversion is due, or None when nothing waits."""
    waiting = Conversion.objects.filter(account_id=account_id, state=State.WAITING)
    due: datetime | None = waiting.aggregate(due=Min("due_at"))["due"]
    return due


class Queue(NamedTuple):
    """What waits for one ad account: of the COUNTED due first, how many, how many due, how many that soon expire."""

    depth: int
    due: int
    at_risk: int
    oldest_due_at: datetime | None
    earliest_deadline: datetime | None


EMPTY = Queue(0, 0, 0, None, None)

# Without an order the first so many seem sooner found by reading the table from its start, past all that is others'.
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
                             ORDER BY due_at
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
