"""Conversions of an erased person: what waits ends, what was judged keeps its numbers and loses the person (ADR 14)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.conversions.gathering import workspace_of
from apps.conversions.models import Conversion
from apps.conversions.wanting import events_wanting
from apps.domain.decision import Result
from apps.domain.states import State
from apps.signals.models import Signal
from apps.signals.selectors import unjudged_among

_REASON = "erased"


@dataclass(frozen=True, slots=True)
class Departed:
    """A conversion that was in a request: its account, its state, and the request."""

    account_id: UUID
    state: str
    request_id: UUID


def conversions_forget(*, workspace_id: UUID, signals: Sequence[Signal], at: datetime) -> tuple[int, list[Departed]]:
    """Blank the person in the conversions of these signals, all of theirs; how many, and those that had departed.

    What waits is cancelled, what was never judged is blocked. What is in a request just now is blanked and ends with
    its answer: without a payload nothing is sent again. Call while nobody judges (`judging.turn_wait`).
    """
    ids = [signal.id for signal in signals]
    rows = Conversion.objects.filter(signal_id__in=ids)
    # Locked first: whoever claims one of them just now is waited for.
    held = list(rows.select_for_update().values_list("account_id", "state", "request_id"))
    rows.filter(state=State.WAITING).update(state=State.CANCELLED, reason=_REASON, settled_at=at, due_at=None)
    rows.update(payload="", asked="")
    waiting = unjudged_among(ids)
    unjudged = [signal for signal in signals if signal.id in waiting]
    blocked = list(_blocked(workspace_id, unjudged, at)) if unjudged else []
    Conversion.objects.bulk_create(blocked, ignore_conflicts=True)
    departed = [Departed(account, state, request) for account, state, request in held if request]
    return len(held) + len(blocked), departed


def _blocked(workspace_id: UUID, signals: Sequence[Signal], at: datetime) -> Iterator[Conversion]:
    wanting = events_wanting(signals, workspace_of(workspace_id))
    for signal in signals:
        for newest in wanting.get((signal.kind, signal.name), ()):
            ready = newest.at(signal.occurred_at)
            yield Conversion(
                workspace_id=workspace_id,
                signal_id=signal.id,
                event_id=ready.rules.id,
                version_id=ready.version_id,
                account_id=ready.account_id,
                contact_id=signal.contact_id,
                network=ready.account.network,
                state=State.BLOCKED,
                reason=_REASON,
                trace=[["person", Result.BLOCK, _REASON, {}]],
                occurred_at=signal.occurred_at,
                judged_at=at,
                settled_at=at,
            )
