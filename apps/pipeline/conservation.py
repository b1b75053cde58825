"""Conservation (invariant 2), proved from the rows: each signal that an event judged stands in one state, none is lost.

Each check finds what must not exist. It reads whole tables, workspace by workspace: for an operator's hand and for
tests, not for a request.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection

from apps.conversions.selectors import ledger
from apps.core.tenancy import workspace_scope
from apps.domain.states import ENDED, State
from apps.workspaces.models import Workspace

SAME_MOMENT = timedelta(minutes=1)  # an event made while a batch was being judged may count either way

_ROWS = "FROM conversions_conversion AS made WHERE made.workspace_id = %(workspace)s AND "
_SIGNAL = "SELECT FROM signals_signal AS told WHERE told.workspace_id = made.workspace_id AND told.id = made.signal_id"
_UNJUDGED = "SELECT FROM signals_unjudged AS waits WHERE waits.workspace_id = made.workspace_id"
_REQUEST = (
    "SELECT FROM deliveries_request AS sent WHERE sent.workspace_id = made.workspace_id AND sent.id = made.request_id"
)

# By its name, what must not exist: a sentence, and the query's end that finds it.
CHECKS: Mapping[str, tuple[str, str]] = {
    "lost": (
        "A signal came in and was judged while the event was there, and nothing says what became of it.",
        """FROM signals_signal AS told
           JOIN conversions_event AS event
             ON event.workspace_id = told.workspace_id AND event.trigger = told.kind AND event.trigger_name = told.name
          CROSS JOIN LATERAL (SELECT told.id AS signal_id, event.id AS event_id) AS made
          WHERE told.workspace_id = %(workspace)s AND told.recorded_at > event.created_at + %(same_moment)s::interval
            AND event.deleted_at IS NULL
            AND NOT EXISTS (SELECT FROM signals_unjudged AS waits WHERE waits.workspace_id = told.workspace_id
                               AND waits.signal_id = told.id)
            AND NOT EXISTS (SELECT FROM pipeline_poisonedsignal AS aside WHERE aside.workspace_id = told.workspace_id
                               AND aside.signal_id = told.id)
            AND NOT EXISTS (SELECT FROM conversions_conversion AS row WHERE row.workspace_id = told.workspace_id
                               AND row.signal_id = told.id AND row.event_id = event.id)""",
    ),
    "unjudged": (
        "There is a conversion, and its signal was not judged or is gone.",
        f"{_ROWS} (NOT EXISTS ({_SIGNAL}) OR EXISTS ({_UNJUDGED} AND waits.signal_id = made.signal_id))",
    ),
    "no_state": (
        "A conversion is in none of the states.",
        f"{_ROWS} made.state <> ALL(%(states)s)",
    ),
    "ended_open": (
        "A conversion has ended and no moment says when, or has not ended and one does.",
        f"{_ROWS} (made.state = ANY(%(ended)s)) <> (made.settled_at IS NOT NULL)",
    ),
    "forgotten": (
        "A conversion waits, and nothing will ever be due for it.",
        f"{_ROWS} made.state = 'waiting' AND made.due_at IS NULL AND made.reason <> 'outlier'",
    ),
    "no_lease": (
        "A conversion is being sent, and no lease will give it back after a crash.",
        f"{_ROWS} made.state = 'sending' AND made.leased_until IS NULL",
    ),
    "no_request": (
        "A conversion counts as sent, and no request that was answered carried it.",
        f"{_ROWS} made.state IN ('sent', 'confirmed') AND NOT EXISTS ({_REQUEST} AND sent.answered_at IS NOT NULL)",
    ),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that must not exist: which check found it, how often, and the first of it."""

    check: str
    count: int
    signal_id: UUID
    event_id: UUID


@dataclass(frozen=True, slots=True)
class Balance:
    """A workspace's ledger, and what contradicts it."""

    workspace: Workspace
    judged: int
    by_state: Mapping[str, int]
    differences: tuple[Difference, ...]


def balance_of(workspace: Workspace) -> Balance:
    """Look at every row of the workspace. Call outside any scope."""
    with workspace_scope(workspace.id):
        found = ledger()
        differences = tuple(each for name in CHECKS if (each := _difference(name, workspace.id)))
    return Balance(workspace, found.judged, found.by_state, differences)


def _difference(name: str, workspace_id: UUID) -> Difference | None:
    chosen = "SELECT count(*) OVER (), made.signal_id, made.event_id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{chosen} {CHECKS[name][1]} LIMIT 1",
            {
                "workspace": workspace_id,
                "same_moment": f"{SAME_MOMENT.total_seconds()} seconds",
                "states": [state.value for state in State],
                "ended": [state.value for state in ENDED],
            },
        )
        found = cursor.fetchone()
    return Difference(name, *found) if found else None
