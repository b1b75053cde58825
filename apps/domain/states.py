"""The states a conversion and a request can be in. Every judged signal is in exactly one (invariant 2)."""

from enum import IntEnum, StrEnum


class State(StrEnum):
    """Where a conversion stands."""

    BLOCKED = "blocked"  # judged: it will not leave; the reason says why
    CANCELLED = "cancelled"  # it was owed, then its event was switched off or deleted, or consent was withdrawn
    WAITING = "waiting"  # owed to the network, or held until something is mended
    SENDING = "sending"  # in a request that has left or is about to
    SENT = "sent"  # the network took it
    CONFIRMED = "confirmed"  # a network that answers later said it was processed
    FAILED = "failed"  # the network refused it for good
    EXPIRED = "expired"  # its window closed while it waited
    UNKNOWN = "unknown"  # it left, no answer came, and a repeat would count twice by now
    POISONED = "poisoned"  # our own code cannot get it ready or sent: set aside for the operator


IN_DOUBT = "in_doubt"  # how a conversion shows that waits and may have been taken
ENDED = frozenset({*State} - {State.WAITING, State.SENDING})


class Priority(IntEnum):
    """Who goes first in a lane: what happens now before what is sent again or sent late."""

    LIVE = 0
    RESEND = 1  # of a replay or a backfill


class RequestState(StrEnum):
    """Where a request stands."""

    SENDING = "sending"
    ACCEPTED = "accepted"
    PARTIAL = "partial"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # it left, and no answer came
