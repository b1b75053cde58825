"""Reading signals."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import orjson
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from apps.core.ids import first_id
from apps.signals.models import Signal


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


def signals_unjudged(*, limit: int) -> list[SignalRow]:
    """The workspace's first signals that are not judged yet, in the order in which they happened."""
    return signals_read(Signal.objects.filter(judged_at=None).order_by("id")[:limit])


def signals_read(rows: QuerySet[Signal]) -> list[SignalRow]:
    """These signals as judging reads them."""
    columns = (Cast("id", TextField()), "kind", "name", "contact_id", Cast("facts", TextField()))
    return [
        SignalRow(number, kind, name, contact_id, orjson.loads(facts), *rest)
        for number, kind, name, contact_id, facts, *rest in rows.values_list(
            *columns, "repeat_key", "occurred_at", "recorded_at"
        )
    ]


def workspaces_with_unjudged(*, before: datetime) -> list[UUID]:
    """Workspaces that have signals recorded before `before` and not judged yet. For the sweep, in every_workspace."""
    rows = Signal.objects.filter(judged_at=None, recorded_at__lt=before)
    return list(rows.order_by().values_list("workspace_id", flat=True).distinct())


def signals_counted(*, since: datetime | None = None, until: datetime | None = None, unjudged: bool = False) -> int:
    """How many signals the workspace has that happened from the one moment to before the other, or that are unjudged.

    Both are read from an index that holds no more than what is counted.
    """
    rows = Signal.objects.filter(judged_at=None) if unjudged else Signal.objects.all()
    rows = rows.filter(id__gte=first_id(at=since)) if since else rows
    rows = rows.filter(id__lt=first_id(at=until)) if until else rows
    return rows.count()
