"""Whose conversions they are, when two contacts become one. What was judged stays as it was judged (invariant 3)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import product
from uuid import UUID

from apps.conversions.models import Conversion
from apps.conversions.repeats import REPEAT_WINDOW
from apps.domain.facts import Trigger
from apps.domain.states import State
from apps.signals.models import Signal

_ALIVE = (State.WAITING, State.SENDING, State.SENT, State.CONFIRMED)
_Act = tuple[UUID, str]  # the event, and what is done once


def conversions_move(*, signals: Iterable[Signal], to_id: int) -> None:
    """The conversions of these signals belong to another contact: its consent is asked when they leave."""
    Conversion.objects.filter(signal_id__in=[signal.id for signal in signals]).update(contact_id=to_id)


def twins_cancel(*, ones: Sequence[Signal], others: Sequence[Signal], at: datetime) -> int:
    """Of an act that both contacts did, one conversion stays: one that has left, else the earlier. Returns how many.

    The same act is the same form with the same answers, or the same stage, within the time in which repeats count as
    one (ADR 4). `ones` and `others` are the two contacts' signals, of repeats with the same `repeat_key`.
    """
    first, second = _by_act(ones), _by_act(others)
    ended: set[tuple[UUID, UUID]] = set()
    for act in first.keys() & second.keys():
        for pair in product(first[act], second[act]):
            waiting = [each for each in pair if each.state == State.WAITING]
            apart = abs(pair[0].occurred_at - pair[1].occurred_at)
            if waiting and apart <= REPEAT_WINDOW and not any((each.signal_id, act[0]) in ended for each in pair):
                lost = max(waiting, key=lambda each: (each.occurred_at, each.signal_id))
                ended.add((lost.signal_id, act[0]))
    for signal_id, event_id in ended:
        Conversion.objects.filter(signal_id=signal_id, event_id=event_id).update(
            state=State.CANCELLED, reason="merged_twin", settled_at=at, due_at=None
        )
    return len(ended)


def _by_act(signals: Sequence[Signal]) -> Mapping[_Act, list[Conversion]]:
    acts = {signal.id: key for signal in signals if (key := _act(signal))}
    rows = Conversion.objects.select_for_update().filter(signal_id__in=list(acts), state__in=_ALIVE)
    found: dict[_Act, list[Conversion]] = {}
    for row in rows.order_by("signal_id", "event_id"):
        found.setdefault((row.event_id, acts[row.signal_id]), []).append(row)
    return found


def _act(signal: Signal) -> str:
    return f"stage:{signal.name}" if signal.kind == Trigger.STAGE_CHANGE else signal.repeat_key
