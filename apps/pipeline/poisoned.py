"""Signals that judging fails on: found by judging fewer at a time, set aside, and let in again by the operator."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.conversions import judging
from apps.conversions.judging import Judged, judge_batch, take_turn
from apps.core.clock import shared_now
from apps.core.poison import MOST_TRIES, POISON, poison_told
from apps.core.tenancy import workspace_scope
from apps.deliveries import lanes
from apps.pipeline import doorbell
from apps.pipeline.models import PoisonedSignal
from apps.signals.models import Unjudged


@dataclass(slots=True)
class Bench:
    """One worker's judging of a workspace: how many at once, fewer after a failure and more after a success."""

    workspace_id: UUID
    limit: int = 0  # 0: as many as judging takes
    alone: int = 0  # failures of the one signal that is first

    def batch(self, *, now: datetime) -> Judged | None:
        """Judge some and wake the lanes that are owed something; None when another worker judges the workspace.

        What fails is tried again in halves; alone it is tried MOST_TRIES times, then set aside, and the next is judged.
        """
        while True:
            try:
                judged = self._judged(now)
            except POISON as error:
                self._failed(error)
                continue
            self.limit, self.alone = min(self.limit * 2, judging.BATCH), 0
            return judged

    def _judged(self, now: datetime) -> Judged | None:
        with workspace_scope(self.workspace_id):
            judged = judge_batch(workspace_id=self.workspace_id, now=now, limit=self.limit or None)
            if judged:
                lanes.lanes_wake(workspace_id=self.workspace_id, account_ids=judged.accounts, at=now)
            return judged

    def _failed(self, error: Exception) -> None:
        if self.limit != 1:
            self.limit = max(1, (self.limit or judging.BATCH) // 2)
            return
        self.alone += 1
        if self.alone >= MOST_TRIES:
            self.alone = 0
            _set_aside(self.workspace_id, error)


def _set_aside(workspace_id: UUID, error: Exception) -> None:
    """Take the first unjudged signal out of the line."""
    with workspace_scope(workspace_id):
        first = Unjudged.objects.order_by("signal_id").first() if take_turn(workspace_id) else None
        if first is None:
            return
        PoisonedSignal.objects.create(
            workspace_id=workspace_id,
            signal_id=first.signal_id,
            recorded_at=first.recorded_at,
            error=type(error).__name__[:100],
            at=shared_now(),
        )
        Unjudged.objects.filter(signal_id=first.signal_id).delete()
    poison_told(error, "judging", workspace=workspace_id, signal=first.signal_id)


def poisoned_among(signal_ids: list[UUID]) -> set[UUID]:
    """Those of these signals that are set aside. Call inside the workspace's scope."""
    return set(PoisonedSignal.objects.filter(signal_id__in=signal_ids).values_list("signal_id", flat=True))


def poisoned_let_in(*, workspace_id: UUID) -> int:
    """Let judging try again what was set aside in the workspace; returns how many. Call outside a scope."""
    with workspace_scope(workspace_id):
        rows = list(PoisonedSignal.objects.select_for_update())
        Unjudged.objects.bulk_create(
            [Unjudged(workspace_id=workspace_id, signal_id=row.signal_id, recorded_at=row.recorded_at) for row in rows],
            ignore_conflicts=True,
        )
        PoisonedSignal.objects.filter(signal_id__in=[row.signal_id for row in rows]).delete()
    if rows:
        doorbell.ring_judge(workspace_id)
    return len(rows)
