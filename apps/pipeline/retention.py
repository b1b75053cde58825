"""Forgetting what a workspace no longer keeps, a little at a time: partitions go for all, this goes for each (ADR 21).

Each step is a transaction of some rows, found by their key, so that nobody waits for it and a crash costs nothing.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db.models import QuerySet

from apps.conversions.models import Conversion
from apps.core.ids import first_id, moment_of
from apps.core.tenancy import workspace_scope
from apps.deliveries.models import Attempt, Request
from apps.domain.retention import KINDS, kept_since
from apps.domain.states import State
from apps.signals.models import Signal, Unjudged
from apps.tracking.models import Completion, Submission
from apps.workspaces.models import Workspace

log = structlog.get_logger()
AT_ONCE = 2_000  # rows in one transaction
FOR = 120.0  # seconds that one run takes at most; the next goes on
_VISIT = ("client_ip_address", "client_user_agent", "event_source_url")
_NEVER = UUID(int=0)
# From after the first id to before the second: how many rows went, and the last id that was looked at.
Step = Callable[[UUID, UUID], tuple[int, UUID | None]]


def old_forget(*, now: datetime, seconds: float = FOR) -> dict[UUID, dict[str, int]]:
    """Forget what each workspace no longer keeps; how many rows of each kind, where there were any.

    Call outside a transaction. It stops after so many seconds; whatever is left goes with the next run.
    """
    until = time.monotonic() + seconds
    forgotten = {}
    for workspace in Workspace.objects.order_by("?"):  # so that none is always the last
        counts = {kind: _forget(workspace, kind, now, until) for kind in _STEPS}
        if any(counts.values()):
            log.info("retention.forgotten", workspace=str(workspace.id), **counts)
            forgotten[workspace.id] = counts
    return forgotten


def _forget(workspace: Workspace, kind: str, now: datetime, until: float) -> int:
    since = kept_since(KINDS[kind], workspace.retention, now)
    after = first_id(at=workspace.visits_kept_since) if kind == "visits" and workspace.visits_kept_since else _NEVER
    told = [_stepwise(workspace.id, step, after, first_id(at=since), until) for step in _STEPS[kind]]
    if kind == "visits":
        reached = min(moment_of(last) if last else since for _, last in told)
        Workspace.objects.filter(id=workspace.id).update(visits_kept_since=reached)
    return sum(count for count, _ in told)


def _stepwise(workspace_id: UUID, step: Step, after: UUID, before: UUID, until: float) -> tuple[int, UUID | None]:
    """Do the step from id to id; how many rows went, and the last id looked at when time was up before the end."""
    total = 0
    while time.monotonic() < until:
        with workspace_scope(workspace_id):
            gone, last = step(after, before)
        total += gone
        if last is None:
            return total, None
        after = last
    return total, after


def _between(rows: QuerySet[Any], after: UUID, before: UUID) -> list[UUID]:
    """The first ids after the one and before the other."""
    return list(rows.filter(id__gt=after, id__lt=before).order_by("id").values_list("id", flat=True)[:AT_ONCE])


def _last(ids: list[UUID]) -> UUID | None:
    return ids[-1] if ids else None


def _signals(after: UUID, before: UUID) -> tuple[int, UUID | None]:
    """Signals with their conversions. What is not judged yet, or may still leave, stays."""
    ids = _between(Signal.objects.all(), after, before)
    conversions = Conversion.objects.filter(signal_id__in=ids)
    alive = set(conversions.filter(state__in=(State.WAITING, State.SENDING)).values_list("signal_id", flat=True))
    alive |= set(Unjudged.objects.filter(signal_id__in=ids).values_list("signal_id", flat=True))
    gone = [number for number in ids if number not in alive]
    Conversion.objects.filter(signal_id__in=gone).delete()
    Signal.objects.filter(id__in=gone).delete()
    return len(gone), _last(ids)


def _requests(after: UUID, before: UUID) -> tuple[int, UUID | None]:
    """Requests with their attempts."""
    ids = _between(Request.objects.filter(confirm_at=None), after, before)
    Attempt.objects.filter(request_id__in=ids).delete()
    Request.objects.filter(id__in=ids).delete()
    return len(ids), _last(ids)


def _submissions(after: UUID, before: UUID) -> tuple[int, UUID | None]:
    ids = _between(Submission.objects.all(), after, before)
    Submission.objects.filter(id__in=ids).delete()
    return len(ids), _last(ids)


def _completions(after: UUID, before: UUID) -> tuple[int, UUID | None]:
    ids = _between(Completion.objects.all(), after, before)
    Completion.objects.filter(id__in=ids).delete()
    return len(ids), _last(ids)


def _visits_of_submissions(after: UUID, before: UUID) -> tuple[int, UUID | None]:
    ids = _between(Submission.objects.all(), after, before)
    return Submission.objects.filter(id__in=ids).exclude(context={}).update(context={}), _last(ids)


def _visits_of_signals(after: UUID, before: UUID) -> tuple[int, UUID | None]:
    """By when they were recorded: what is told late is forgotten so many days after it was told."""
    told = Signal.objects.filter(recorded_at__gte=moment_of(after), recorded_at__lt=moment_of(before))
    rows = list(told.filter(facts__has_any_keys=_VISIT).order_by("recorded_at", "id")[:AT_ONCE])
    for row in rows:
        row.facts = {name: value for name, value in row.facts.items() if name not in _VISIT}
    Signal.objects.bulk_update(rows, ["facts"], batch_size=500)
    return len(rows), first_id(at=rows[-1].recorded_at) if len(rows) == AT_ONCE else None


_STEPS: dict[str, tuple[Step, ...]] = {
    "stream": (_signals, _requests),
    "submissions": (_submissions, _completions),
    "visits": (_visits_of_submissions, _visits_of_signals),
}
