"""What our own code fails on and was set aside, by workspace; and letting it try again once that was mended."""

from collections import Counter
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from apps.audit import services as audit
from apps.conversions.models import Conversion
from apps.core.actor import Actor
from apps.core.tenancy import workspace_scope
from apps.domain.states import State
from apps.pipeline.models import PoisonedSignal
from apps.pipeline.poisoned import poisoned_let_in


class Aside(NamedTuple):
    """A workspace's: signals that are not judged with the kinds of their errors, conversions that are not sent."""

    workspace_id: UUID
    signals: int
    conversions: int
    errors: tuple[str, ...]


def set_aside() -> list[Aside]:
    """What is set aside, the most first. In every_workspace."""
    signals = Counter(PoisonedSignal.objects.values_list("workspace_id", "error"))
    conversions = Counter(Conversion.objects.filter(state=State.POISONED).values_list("workspace_id", flat=True))
    found = [
        Aside(
            workspace_id,
            sum(count for (each, _), count in signals.items() if each == workspace_id),
            conversions[workspace_id],
            tuple(sorted(error for each, error in signals if each == workspace_id)),
        )
        for workspace_id in {each for each, _ in signals} | set(conversions)
    ]
    return sorted(found, key=lambda each: (-each.signals - each.conversions, str(each.workspace_id)))


def aside_again(*, workspace_id: UUID, by: Actor, at: datetime) -> int:
    """Judge the workspace's signals once more that were set aside; returns how many. Call outside a scope."""
    count = poisoned_let_in(workspace_id=workspace_id)
    if count:
        with workspace_scope(workspace_id):
            audit.record(
                workspace_id=workspace_id, by=by, action="signals.again", subject="", at=at, detail={"count": count}
            )
    return count
