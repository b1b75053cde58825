"""How often events fire and fired, for many events of many workspaces in a statement each. In every_workspace."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from apps.core.ids import first_id, moment_of
from apps.domain.quiet import COUNTED, LEAST_WEEKS, WEEKS
from apps.domain.share import Share

LOOK_BACK = timedelta(weeks=WEEKS)
_LOOKED_AT = 1000  # of a stretch, the latest: enough to tell a share, and why most are blocked


class Firing(NamedTuple):
    """An event that is on, and when the last of what it made was not blocked: None where that was long ago."""

    workspace_id: UUID
    event_id: UUID
    name: str
    trigger: str
    trigger_name: str
    on_since: datetime
    last_at: datetime | None


class Stretch(NamedTuple):
    """A time in which an event's conversions are counted."""

    workspace_id: UUID
    event_id: UUID
    start: datetime
    end: datetime


_FIRING = """
    SELECT event.workspace_id, event.id, event.name, event.trigger, event.trigger_name, event.on_since, last.signal_id
      FROM conversions_event AS event
      LEFT JOIN LATERAL (SELECT signal_id FROM conversions_conversion
                          WHERE workspace_id = event.workspace_id AND event_id = event.id
                            AND signal_id >= %(since)s AND state <> 'blocked'
                          ORDER BY signal_id DESC LIMIT 1) AS last ON true
     WHERE event.on_since <= %(known)s AND event.deleted_at IS NULL
       AND (event.workspace_id, event.id) > (%(workspace)s, %(event)s)
     ORDER BY event.workspace_id, event.id
     LIMIT %(limit)s
"""

_COUNTED = """
    SELECT counted.number
      FROM unnest(%(workspaces)s::uuid[], %(events)s::uuid[], %(lows)s::uuid[], %(highs)s::uuid[])
           WITH ORDINALITY AS stretch (workspace_id, event_id, low, high, place),
           LATERAL (SELECT count(*) AS number
                      FROM (SELECT 1 FROM conversions_conversion
                             WHERE workspace_id = stretch.workspace_id AND event_id = stretch.event_id
                               AND signal_id >= stretch.low AND signal_id < stretch.high AND state <> 'blocked'
                             LIMIT %(most)s) AS found) AS counted
     ORDER BY stretch.place
"""

_SHARES = """
    SELECT share.heard, share.passed
      FROM unnest(%(workspaces)s::uuid[], %(events)s::uuid[], %(lows)s::uuid[], %(highs)s::uuid[])
           WITH ORDINALITY AS stretch (workspace_id, event_id, low, high, place),
           LATERAL (SELECT count(*) AS heard, count(*) FILTER (WHERE state <> 'blocked') AS passed
                      FROM (SELECT state FROM conversions_conversion
                             WHERE workspace_id = stretch.workspace_id AND event_id = stretch.event_id
                               AND signal_id >= stretch.low AND signal_id < stretch.high
                             ORDER BY signal_id DESC LIMIT %(most)s) AS found) AS share
     ORDER BY stretch.place
"""

_BLOCKED = """
    SELECT stretch.event_id, mode() WITHIN GROUP (ORDER BY found.reason)
      FROM unnest(%(workspaces)s::uuid[], %(events)s::uuid[], %(lows)s::uuid[])
           AS stretch (workspace_id, event_id, low),
           LATERAL (SELECT reason FROM conversions_conversion
                     WHERE workspace_id = stretch.workspace_id AND event_id = stretch.event_id
                       AND signal_id > stretch.low AND state = 'blocked'
                     ORDER BY signal_id DESC LIMIT %(most)s) AS found
     GROUP BY stretch.event_id
"""

_FIRST = UUID(int=0)


def events_firing(*, now: datetime, after: Firing | None, limit: int) -> list[Firing]:
    """Events that have been on for long enough to have a rhythm, a page of them at a time."""
    with connection.cursor() as cursor:
        cursor.execute(
            _FIRING,
            {
                "since": first_id(at=now - LOOK_BACK),
                "known": now - timedelta(weeks=LEAST_WEEKS),
                "workspace": after.workspace_id if after else _FIRST,
                "event": after.event_id if after else _FIRST,
                "limit": limit,
            },
        )
        return [Firing._make((*row, moment_of(last) if last else None)) for *row, last in cursor.fetchall()]


def counted(stretches: Sequence[Stretch]) -> list[int]:
    """How many conversions each made in its stretch that were not blocked, up to COUNTED."""
    return [number for (number,) in _of_each(_COUNTED, stretches, most=COUNTED)]


def shares(stretches: Sequence[Stretch]) -> list[Share]:
    """Of the latest that each heard in its stretch, how many were not blocked."""
    return [Share(*row) for row in _of_each(_SHARES, stretches, most=_LOOKED_AT)]


def _of_each(statement: str, stretches: Sequence[Stretch], *, most: int) -> list[tuple[int, ...]]:
    """The statement's row for each stretch, in their order."""
    if not stretches:
        return []
    asked: dict[str, Any] = {
        "workspaces": [str(each.workspace_id) for each in stretches],
        "events": [str(each.event_id) for each in stretches],
        "lows": [str(first_id(at=each.start)) for each in stretches],
        "highs": [str(first_id(at=each.end)) for each in stretches],
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return list(cursor.fetchall())


def blocked_since(events: Iterable[Firing]) -> Mapping[UUID, str]:
    """The most frequent reason for which each blocked what came in since it last fired; none where nothing came in."""
    silent = [each for each in events if each.last_at]
    with connection.cursor() as cursor:
        cursor.execute(
            _BLOCKED,
            {
                "workspaces": [str(each.workspace_id) for each in silent],
                "events": [str(each.event_id) for each in silent],
                "lows": [str(first_id(at=each.last_at)) for each in silent if each.last_at],
                "most": _LOOKED_AT,
            },
        )
        return dict(cursor.fetchall())
