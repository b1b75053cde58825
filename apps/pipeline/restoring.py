"""A restored backup knows nothing of what left after it was taken: nothing is sent until that is reconciled.

What came in before the backup is judged at once, so that it carries the doubt too: its id at the network is the one
that it had in the life that was lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.audit import services as audit
from apps.conversions.judging import judge_batch, turn_wait
from apps.conversions.restoring import doubt_since
from apps.core.actor import Actor
from apps.core.errors import Fault, InvalidInput
from apps.core.tenancy import workspace_scope
from apps.deliveries.lanes import lanes_wake
from apps.deliveries.models import Lane
from apps.workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What became of one workspace: how many conversions may have left since the backup."""

    workspace_id: UUID
    doubted: int


def restored(*, taken_at: datetime, by: Actor, at: datetime) -> Iterator[Reconciled]:
    """Reconcile every workspace with a backup of `taken_at`, one after the other; nothing leaves of one before it is.

    Call outside any scope, with the workers stopped. Twice does no harm. Raises InvalidInput for a moment ahead.
    """
    if taken_at > at:
        raise InvalidInput(
            Fault("taken", "OUT_OF_RANGE", "Give the moment at which the backup was taken, in the past.")
        )
    for workspace_id in Workspace.objects.order_by("id").values_list("id", flat=True):
        with workspace_scope(workspace_id):
            turn_wait(workspace_id=workspace_id)
            while (judged := judge_batch(workspace_id=workspace_id, now=at)) is not None and judged.signals:
                lanes_wake(workspace_id=workspace_id, account_ids=judged.accounts, at=at)
            doubted = doubt_since(taken_at=taken_at, now=at)
            # A lane that somebody served when the backup was taken is served by nobody now.
            Lane.objects.update(lease=None, leased_until=None, next_due_at=at)
            audit.record(
                workspace_id=workspace_id,
                by=by,
                action="backup.restored",
                subject=taken_at.isoformat(timespec="seconds"),
                at=at,
                detail={"doubted": str(doubted)},
            )
        yield Reconciled(workspace_id, doubted)
