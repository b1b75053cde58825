"""What a network says that it counted of what landed somewhere, and why its number can differ from ours (C14).

It is read out of the facts that are kept with a destination; nothing is asked of a network for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """The network's own numbers since a moment: taken, still being looked at, and dropped."""

    taken: int
    since: datetime
    pending: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """How a network counts.

    read     (the destination's facts, the event's name there, when they were told) its numbers, None for none
    by_name  whether it counts each name of an event by itself, or all that lands in the destination
    why      codes of WHY: for what reasons its number can differ from ours
    """

    read: Callable[[Mapping[str, str], str, datetime], Counted | None]
    by_name: bool
    why: tuple[str, ...]


# English, and the keys of their translation.
WHY: Mapping[str, str] = {
    "arrival": "The network counts by when a conversion reached it; here the moment counts at which it happened.",
    "everybody": "The network counts all that reaches this destination, also what others send to it.",
    "browser": "The network counts what the pixel sees in browsers as well.",
    "no_dedup": "What came in twice, from a browser and from here, may count twice until the network has folded it.",
    "adjustments": "The network counts enhancements and corrections as uploads of their own.",
    "one_way": "The network counts uploads of the Google Ads API; what left by the Data Manager API may be missing.",
    "attribution": "Taken is not attributed: what follows from no ad click is taken and in no report of a campaign.",
    "pending": "Some are still being looked at.",
    "dropped": "Some were dropped after they had been taken; the account's page says why.",
}


def number(facts: Mapping[str, str], name: str) -> int | None:
    """A count among the facts; None where it is not told."""
    told = facts.get(name, "")
    return int(told) if told.isdecimal() else None
