"""Whose signals they are: handed to another contact when two become one, emptied when a person is erased."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from apps.signals.models import Signal
from apps.signals.services import signals_close

# Of what a signal was told with, this tells nothing about whom it happened to.
_KEPT = ("adjustment", "original", "event", "original_occurred_at", "from", "value", "currency", "action_source")


def signals_of(*, contact_id: int) -> list[Signal]:
    """Every signal of the contact, first to last."""
    return list(Signal.objects.filter(contact_id=contact_id).order_by("occurred_at", "id"))


def signals_move(*, from_id: int, to_id: int, repeat_keys: Mapping[UUID, str]) -> None:
    """The first contact's signals are the second's, with the keys by which repeats of the same act are known of it."""
    rows = Signal.objects.filter(contact_id=from_id)
    for signal_id, key in repeat_keys.items():
        rows.filter(id=signal_id).update(repeat_key=key)
    rows.update(contact_id=to_id)


def signals_forget(*, signals: Iterable[Signal]) -> int:
    """Leave of these signals only that something of their kind happened, judged by now; returns how many."""
    changed = list(signals)
    for signal in changed:
        signal.repeat_key = ""
        signal.facts = {name: signal.facts[name] for name in _KEPT if name in signal.facts}
    Signal.objects.bulk_update(changed, ["repeat_key", "facts"], batch_size=500)
    signals_close(ids=[signal.id for signal in changed])
    return len(changed)
