"""Repeats of one act: of several signals with the same answers, one makes a conversion for an event (A13)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from apps.conversions.models import Conversion
from apps.domain.states import State
from apps.signals.models import Signal
from apps.signals.selectors import AnySignal

REPEAT_WINDOW = timedelta(hours=48)


class Repeats:
    """Which other signal, of the same act, already made a conversion for an event."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], list[tuple[datetime, str]]] = {}

    def load(self, signals: Sequence[AnySignal]) -> None:
        """Read what was made of the acts that these signals may repeat."""
        keys = {signal.repeat_key for signal in signals} - {""}
        if not keys:
            return
        times = [signal.occurred_at for signal in signals]
        earlier = Signal.objects.filter(
            repeat_key__in=keys,
            occurred_at__range=(min(times) - REPEAT_WINDOW, max(times) + REPEAT_WINDOW),
        )
        by_id = {row["id"]: row for row in earlier.values("id", "repeat_key", "occurred_at")}
        if not by_id:
            return
        made = Conversion.objects.filter(signal_id__in=list(by_id)).exclude(state__in=[State.BLOCKED, State.CANCELLED])
        for signal_id, event_id in made.values_list("signal_id", "event_id"):
            row = by_id[signal_id]
            self._made.setdefault((row["repeat_key"], str(event_id)), []).append((row["occurred_at"], str(signal_id)))

    def first(self, signal: AnySignal, event_id: str) -> str:
        """The other signal's id, or an empty text."""
        for occurred_at, signal_id in self._made.get((signal.repeat_key, event_id), ()):
            if signal_id != str(signal.id) and abs(signal.occurred_at - occurred_at) <= REPEAT_WINDOW:
                return signal_id
        return ""

    def add(self, signal: AnySignal, event_id: str) -> None:
        """This signal made one now."""
        if signal.repeat_key:
            made = self._made.setdefault((signal.repeat_key, event_id), [])
            made.append((signal.occurred_at, str(signal.id)))
