"""Lanes whose turn broke because PostgreSQL went away: this process gives them back as soon as it can be reached.

Only the turn that held a lease gives it back, and only after it has ended, so that no lane is ever served by two. Where
the process dies as well, the lease runs out.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections

from apps.core.tenancy import workspace_scope
from apps.deliveries.lanes import lane_release

log = structlog.get_logger()
AWAY = (OperationalError, InterfaceError)
_dropped: dict[UUID, tuple[UUID, UUID]] = {}  # by lease: (workspace, account)


@contextmanager
def given_back(*, workspace_id: UUID, account_id: UUID, lease: UUID) -> Iterator[None]:
    """A turn under this lease. What PostgreSQL's going away breaks off is given back at once, or noted for later."""
    try:
        yield
    except AWAY:
        _dropped[lease] = workspace_id, account_id
        close_old_connections()
        with suppress(*AWAY):
            dropped_return()
        raise


def dropped_return() -> int:
    """Give back what this process dropped; returns how many lanes. No bell is rung: the sweep finds them.

    Raises Django's OperationalError or InterfaceError while PostgreSQL is away. Call outside a scope.
    """
    returned = 0
    for lease, (workspace_id, account_id) in list(_dropped.items()):
        with workspace_scope(workspace_id):
            lane_release(account_id=account_id, lease=lease)
        _dropped.pop(lease, None)
        log.info("lane.given_back", workspace=str(workspace_id), account=str(account_id))
        returned += 1
    return returned
