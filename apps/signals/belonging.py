"""Whose signals they are: handed to another contact when two become one. What happened stays as it was told."""

from collections.abc import Mapping
from uuid import UUID

from apps.signals.models import Signal


def signals_of(*, contact_id: int) -> list[Signal]:
    """Every signal of the contact, first to last."""
    return list(Signal.objects.filter(contact_id=contact_id).order_by("occurred_at", "id"))


def signals_move(*, from_id: int, to_id: int, repeat_keys: Mapping[UUID, str]) -> None:
    """The first contact's signals are the second's, with the keys by which repeats of the same act are known of it."""
    rows = Signal.objects.filter(contact_id=from_id)
    for signal_id, key in repeat_keys.items():
        rows.filter(id=signal_id).update(repeat_key=key)
    rows.update(contact_id=to_id)
