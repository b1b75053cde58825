"""A stand-in for the one door out: three networks that take, lose, refuse and are busy as they are told."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

import orjson

from apps.core.http import Answer


class Fate(Enum):
    """What becomes of one call."""

    TAKEN = "taken"
    LOST = "lost"  # taken, and the answer never came
    UNSENT = "unsent"  # the connection was refused
    BUSY = "busy"
    THROTTLED = "throttled"
    REFUSED = "refused"  # for one of its events, which Facebook does not name; elsewhere it is busy
    KILLED_BEFORE = "killed_before"  # the worker dies before anything left
    KILLED_AFTER = "killed_after"  # and after it was taken


class Killed(BaseException):
    """The worker died here."""


@dataclass(frozen=True)
class Call:
    """One call with conversions in it: their ids at the network, the body, and what was noted of the world then."""

    ids: tuple[str, ...]
    body: str
    taken: bool
    seen: Any


def _facebook(count: int) -> object:
    return {"events_received": count, "messages": [], "fbtrace_id": "door"}


def _google(count: int) -> object:
    return {"results": [{"conversionAction": "customers/1/conversionActions/1"}] * count, "jobId": "1"}


def _linkedin(count: int) -> object:
    return {"elements": [{"status": 201}] * count}


# By network: where its conversions stand in a body, what they are known by, and how it says that it took them.
_SPEAKS: Mapping[str, tuple[str, str, Callable[[int], object]]] = {
    "facebook": ("data", "event_id", _facebook),
    "google": ("conversionAdjustments", "orderId", _google),
    "linkedin": ("elements", "eventId", _linkedin),
}
_REFUSAL = {"error": {"message": "no", "type": "OAuthException", "code": 100, "error_subcode": 2804050}}


@dataclass
class Door:
    """Takes the place of `http.call`. `look` notes the world at the moment of a call."""

    look: Callable[[], Any]
    fates: deque[Fate] = field(default_factory=deque)
    calls: list[Call] = field(default_factory=list)
    told: set[str] = field(default_factory=set)  # ids that were taken, and that was answered
    twice: list[str] = field(default_factory=list)  # ids that came again although it had been answered

    def __call__(self, *, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", **_: Any) -> Answer:
        """Answer a call as its network would."""
        network = urlsplit(url).path.split("/")[1]  # the sandbox's address begins with it
        place, name, yes = _SPEAKS[network]
        rows = orjson.loads(body)[place]
        fate = self.fates.popleft() if self.fates else Fate.TAKEN
        if fate is Fate.KILLED_BEFORE:
            raise Killed
        taken = fate in (Fate.TAKEN, Fate.LOST, Fate.KILLED_AFTER)
        ids = tuple(str(row[name]) for row in rows)
        self.calls.append(Call(ids, body.decode(), taken, self.look()))
        self.twice += [each for each in ids if each in self.told]
        if fate is Fate.KILLED_AFTER:
            raise Killed
        if fate is Fate.TAKEN:
            self.told |= set(ids)
            return Answer(200, {"content-type": "application/json"}, orjson.dumps(yes(len(rows))))
        return self._no(fate, network)

    def _no(self, fate: Fate, network: str) -> Answer:
        if fate in (Fate.LOST, Fate.UNSENT):
            return Answer(0, fault="maybe_sent" if fate is Fate.LOST else "not_sent")
        if fate is Fate.REFUSED and network == "facebook":
            return Answer(400, {"content-type": "application/json"}, orjson.dumps(_REFUSAL))
        return Answer(429 if fate is Fate.THROTTLED else 503)
