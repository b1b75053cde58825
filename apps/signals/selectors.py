"""Reading signals."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast

from apps.core.bulk import rows_read
from apps.core.ids import first_id
from apps.core.tenancy import current_workspace_id
from apps.signals.models import Signal, Unjudged


class SignalRow(NamedTuple):
    """A signal as judging reads it by the thousand: a row's columns, without what a model's instance costs."""

    id: str
    kind: str
    name: str
    contact_id: int
    facts: Mapping[str, Any]
    repeat_key: str
    occurred_at: datetime
    recorded_at: datetime


AnySignal: TypeAlias = Signal | SignalRow


_FIRST_UNJUDGED = """
    SELECT signal.id::text, kind, name, contact_id, facts::text, repeat_key, occurred_at, recorded_at
      FROM signals_signal AS signal
     WHERE signal.workspace_id = %(workspace)s
       AND signal.id IN (SELECT signal_id FROM signals_unjudged WHERE workspace_id = %(workspace)s
                          ORDER BY signal_id LIMIT %(limit)s)
     ORDER BY signal.id
"""


def signals_unjudged(*, limit: int) -> list[SignalRow]:
    """The workspace's first signals that are not judged yet, in the order in which they happened."""
    return _read(rows_read(_FIRST_UNJUDGED, {"workspace": current_workspace_id(), "limit": limit}))


def signals_read(rows: QuerySet[Signal]) -> list[SignalRow]:
    """These signals as judging reads them."""
    columns = (Cast("id", TextField()), "kind", "name", "contact_id", Cast("facts", TextField()))
    return _read(rows.values_list(*columns, "repeat_key", "occurred_at", "recorded_at"))


def _read(rows: Iterable[tuple[Any, ...]]) -> list[SignalRow]:
    return [
        SignalRow(number, kind, name, contact_id, orjson.loads(facts), repeat_key, occurred_at, recorded_at)
        for number, kind, name, contact_id, facts, repeat_key, occurred_at, recorded_at in rows
    ]


def unjudged_among(ids: Iterable[UUID]) -> set[UUID]:
    """Those of these signals that are still to be judged."""
    return set(Unjudged.objects.filter(signal_id__in=list(ids)).values_list("signal_id", flat=True))


def judged(rows: QuerySet[Signal]) -> QuerySet[Signal]:
    """Those of these signals that were judged."""
    waiting = Unjudged.objects.filter(workspace_id=OuterRef("workspace_id"), signal_id=OuterRef("id"))
    return rows.filter(~Exists(waiting))


_UNJUDGED = """
    WITH RECURSIVE waiting AS (
        (SELECT workspace_id FROM signals_unjudged ORDER BY workspace_id LIMIT 1)
        UNION ALL
        SELECT (SELECT next.workspace_id FROM signals_unjudged AS next
                 WHERE next.workspace_id > waiting.workspace_id ORDER BY next.workspace_id LIMIT 1)
          FROM waiting WHERE waiting.workspace_id IS NOT NULL
    )
    SELECT waiting.workspace_id FROM waiting
     CROSS JOIN LATERAL (SELECT recorded_at FROM signals_unjudged AS first
                          WHERE first.workspace_id = waiting.workspace_id ORDER BY first.signal_id LIMIT 1) AS first
     WHERE first.recorded_at < %s
"""


def workspaces_with_unjudged(*, before: datetime) -> list[UUID]:
    """Workspaces whose first unjudged signal was recorded before `before`. For the sweep, in every_workspace.

    It steps from workspace to workspace and so costs the same however many signals wait in each.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNJUDGED, [before])
        return [workspace_id for (workspace_id,) in cursor.fetchall()]


def signals_counted(*, since: datetime | None = None, until: datetime | None = None, unjudged: bool = False) -> int:
    """How many signals the workspace has that happened from the one moment to before the other, or that are unjudged.

    Both are read from an index that holds no more than what is counted.
    """
    rows: QuerySet[Any] = Unjudged.objects.all() if unjudged else Signal.objects.all()
    key = "signal_id" if unjudged else "id"
    rows = rows.filter(**{f"{key}__gte": first_id(at=since)}) if since else rows
    rows = rows.filter(**{f"{key}__lt": first_id(at=until)}) if until else rows
    return rows.count()
