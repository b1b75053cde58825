"""One call to one network, from reading it to its answer: the shapes that all networks share."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.http import HttpRequest

from apps.sandbox.models import State
from apps.sandbox.world import World


@dataclass(frozen=True)
class Answer:
    """What goes back: an HTTP status, a JSON body (None is an empty one), headers, and the network's trace id."""

    status: int
    body: object
    trace: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Entry:
    """One conversion as it arrived.

    `fingerprints` pairs what identifies it with the reason to give when that was seen before; `requires` pairs what
    must have been seen before with the reason to give when it was not.
    """

    account: str
    key: str
    name: str
    body: object
    state: State = State.ACCEPTED
    reason: str = ""
    fingerprints: tuple[tuple[str, str], ...] = ()
    requires: tuple[str, str] | None = None


class Refused(Exception):
    """The network refuses the whole call and stores nothing. `entries` are the conversions it had read by then."""

    def __init__(self, answer: Answer, reason: str, entries: Sequence[Entry] = ()) -> None:
        super().__init__(reason)
        self.answer = answer
        self.reason = reason
        self.entries = entries


class Exchange(ABC):
    """One HTTP call to a network. The spine calls `judge`, recognises duplicates, and calls `answer`.

    A subclass takes what its path names as further keyword arguments.
    """

    network: str
    # How long a network recognises what it has seen; None is for ever.
    memory: timedelta | None = None

    def __init__(self, http: HttpRequest, world: World, now: datetime, **_target: str) -> None:
        self.http = http
        self.world = world
        self.now = now
        self.account = ""
        self.extras: dict[str, object] = {}
        # A rehearsal is checked and answered, and leaves no conversions behind.
        self.rehearsal = False

    @abstractmethod
    def judge(self) -> list[Entry]:
        """Return one entry per conversion in the call, in order. Raises `Refused` when all of it is refused."""

    @abstractmethod
    def answer(self, entries: Sequence[Entry]) -> Answer:
        """Return the network's answer to entries whose states are final."""


def fingerprint(*parts: str) -> str:
    """Return the fixed-size name of what identifies a conversion."""
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()


def refuse_all(entries: Sequence[Entry], guilty: Mapping[int, str], why_neighbours: str) -> None:
    """Mark every entry refused: the guilty with their own reason, their neighbours because the batch is atomic."""
    for index, entry in enumerate(entries):
        entry.state = State.REFUSED
        entry.reason = guilty.get(index, why_neighbours)
