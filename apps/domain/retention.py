"""How long each kind of data is kept: what every workspace starts with, and what it may choose instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of data: how many days it is kept unless a workspace says otherwise, and the fewest and most it may say.

    Days count from when it happened, for `visits` from when we were told of it.
    """

    key: str
    days: int
    least: int
    most: int
    holds: str


# The longest window of a network is 90 days, and for 50 more one may still tell what became of a request: what
# conversions rest on is kept for that time, whatever a workspace says. An address and a browser are personal data that
# judging needs no longer than the history that a simulation looks at.
KINDS = {
    kind.key: kind
    for kind in (
        Kind("stream", 760, 150, 3660, "signals, conversions, requests to networks and what went wrong in them"),
        Kind("submissions", 760, 30, 3660, "form submissions and completions of custom events, with their answers"),
        Kind("visits", 100, 7, 760, "IP address, browser and page of those who did something on a site"),
    )
}


def days_kept(kind: Kind, chosen: Mapping[str, int]) -> int:
    """For how many days a workspace that has chosen so keeps it."""
    return chosen.get(kind.key, kind.days)


def kept_since(kind: Kind, chosen: Mapping[str, int], now: datetime) -> datetime:
    """From which moment on it is kept."""
    return now - timedelta(days=days_kept(kind, chosen))
