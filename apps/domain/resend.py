"""Sending again and sending late: what becomes of each conversion that a replay or a backfill looks at.

The bytes and the id at the network stay (invariant 3), and a window is never stretched. What may be with the network
already is left alone: an event counted twice cannot be taken back.
"""

from collections.abc import Mapping
from enum import StrEnum

from apps.domain.states import State


class Fate(StrEnum):
    """What a replay or a backfill does with one conversion, or why it leaves it as it is."""

    ELIGIBLE = "eligible"
    ON_ITS_WAY = "on_its_way"
    ALREADY = "already"  # sent or confirmed
    DOUBTFUL = "doubtful"  # it may have been taken
    WINDOW = "window_passed"
    CONSENT = "no_consent"  # withdrawn, denied or unknown now
    EVENT = "event_stopped"  # off, or deleted
    ERASED = "erased"
    OUTLIER = "outlier"  # somebody has to look at its value first
    BLOCKED = "blocked"  # judged again, and a gate said no


REPLAYABLE = (State.FAILED, State.EXPIRED, State.CANCELLED, State.POISONED)
_TAKEN = (State.SENT, State.CONFIRMED, State.UNKNOWN)  # or perhaps taken: only counted
ENDED = (*REPLAYABLE, *_TAKEN)  # what a replay can be asked about
# What a backfill takes up again: nothing was decided about the signal but that the event was not on.
BACKFILLABLE = ("before_event", "event_off")

_BY_STATE: Mapping[str, Fate] = {
    State.WAITING: Fate.ON_ITS_WAY,
    State.SENDING: Fate.ON_ITS_WAY,
    State.SENT: Fate.ALREADY,
    State.CONFIRMED: Fate.ALREADY,
    State.UNKNOWN: Fate.DOUBTFUL,
}
_BY_REASON: Mapping[str, Fate] = {
    "indeterminate": Fate.DOUBTFUL,
    "outcome_unknown": Fate.DOUBTFUL,
    "merged_twin": Fate.ALREADY,  # the other of the two counts
    "erased": Fate.ERASED,
}
_BY_REFUSAL: Mapping[str, Fate] = {
    "window_closed": Fate.WINDOW,
    "too_old": Fate.WINDOW,
    "outcome_unknown": Fate.DOUBTFUL,
    "consent_withdrawn": Fate.CONSENT,
    "personalisation_withdrawn": Fate.CONSENT,
    "consent_unknown": Fate.CONSENT,
    "consent_denied": Fate.CONSENT,
    "event_off": Fate.EVENT,
    "event_deleted": Fate.EVENT,
    "contact_gone": Fate.ERASED,
    "erased": Fate.ERASED,
}
_OUTLIER = "outlier"


def fate_as_it_was(*, state: str, reason: str, has_bytes: bool, refusal: str) -> Fate:
    """What a replay of the same bytes makes of a conversion in that state.

    `refusal` is why it may not leave now, "" when it may (the questions that are asked whenever one is claimed).
    """
    told = _BY_REASON.get(reason) or _BY_STATE.get(state)
    if told is not None:
        return told
    if reason.startswith(_OUTLIER):
        return Fate.OUTLIER
    if not has_bytes:
        return Fate.ERASED
    return _BY_REFUSAL.get(refusal, Fate.ELIGIBLE)


def fate_of_judging(*, leaves: bool, reason: str) -> Fate:
    """What judging again came to: `leaves` when it is owed now, `reason` why not, or what holds it."""
    if reason.startswith(_OUTLIER):
        return Fate.OUTLIER
    return Fate.ELIGIBLE if leaves else _BY_REFUSAL.get(reason, Fate.BLOCKED)
