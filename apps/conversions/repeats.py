"""Repeats of one act: of several signals with the same answers, one makes a conversion for an event (A13)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from apps.core.bulk import rows_read
from apps.core.tenancy import current_workspace_id
from apps.domain.states import State
from apps.signals.selectors import AnySignal

REPEAT_WINDOW = timedelta(hours=48)
_MADE = """
    SELECT told.repeat_key, made.event_id::text, told.occurred_at, made.signal_id::text
      FROM signals_signal AS told
      JOIN conversions_conversion AS made ON made.workspace_id = told.workspace_id AND made.signal_id = told.id
     WHERE told.workspace_id = %(workspace)s AND told.repeat_key = ANY(%(keys)s)
       AND told.occurred_at BETWEEN %(first)s AND %(last)s AND made.state <> ALL(%(not_made)s)
"""


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
        wanted = {
            "workspace": current_workspace_id(),
            "keys": list(keys),
            "first": min(times) - REPEAT_WINDOW,
            "last": max(times) + REPEAT_WINDOW,
            "not_made": [State.BLOCKED.value, State.CANCELLED.value],
        }
        for key, event_id, occurred_at, signal_id in rows_read(_MADE, wanted):
            self._made.setdefault((key, event_id), []).append((occurred_at, signal_id))

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
