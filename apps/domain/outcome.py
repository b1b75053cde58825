"""What a network's answer means for each conversion in the request, and what follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from apps.domain.reasons import Who


class Verdict(StrEnum):
    """One conversion's fate in one request."""

    ACCEPTED = "accepted"  # the network took it
    TWIN = "twin"  # the network has it already: taken at an earlier try of ours, or if there was none, another's
    REFUSED = "refused"  # this conversion is at fault and will never be taken
    RETRY = "retry"  # nothing is wrong with it; later it may work
    HOLD = "hold"  # the connection, account or action must be mended first; costs no try
    UNKNOWN = "unknown"  # it left and no answer came: may have been taken; sent again with the same id and bytes
    INNOCENT = "innocent"  # a neighbour spoiled the request and is named: send at once without it
    AMEND = "amend"  # refused for a part that it can do without: sent once more without that part
    BROKEN = "broken"  # our own code failed before it left; tried again alone, a few times
    SUSPECT = "suspect"  # the request was refused for one of its conversions and none is named: halve


class Reach(StrEnum):
    """How far a hold reaches."""

    ROUTE = "route"  # what goes to the same place: the account's other conversions may leave
    ACCOUNT = "account"  # all of the ad account
    NETWORK = "network"  # everybody's: our version of the API has ended, or our code is at fault


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with the network's own code, who must act, and the wait the network asked for.

    `signed_out`: the sign-in itself is dead, so that renewing it, or a person signing in again, is the only remedy.
    `throttled`: the network asks for fewer calls. `reach` says how far a hold goes.
    """

    verdict: Verdict
    code: str = ""
    who: Who = Who.NOBODY
    wait: timedelta | None = None
    signed_out: bool = False
    throttled: bool = False
    reach: Reach = Reach.ACCOUNT


ACCEPTED = Outcome(Verdict.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer read: one outcome for each conversion, in order, and the network's trace id."""

    outcomes: tuple[Outcome, ...]
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What became of a request that is processed later, counts only: networks do not tell which conversions failed.

    done        whether the network has finished with it; until then it says nothing else
    ended       how many conversions ended how, each way once
    forgotten   the network no longer knows the request
    """

    done: bool
    ended: Mapping[Outcome, int] = field(default_factory=dict)
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """A network's answer as it came, for the pure readers. `status` 0: none came."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: str = ""


def for_all(outcome: Outcome, count: int, trace_id: str = "") -> Reading:
    """The same outcome for every conversion of the request."""
    return Reading((outcome,) * count, trace_id)


def with_guilty(guilty: Mapping[int, Outcome], count: int, trace_id: str = "") -> Reading:
    """A refusal of the whole request for the conversions named; the others are innocent."""
    innocent = Outcome(Verdict.INNOCENT)
    return Reading(tuple(guilty.get(index, innocent) for index in range(count)), trace_id)


# By why no answer came. An untrusted certificate is mended by somebody, and no try is lost on it.
_SILENCE = {
    "not_sent": Outcome(Verdict.RETRY),
    "bad_certificate": Outcome(Verdict.HOLD, who=Who.OPERATOR),
}


def no_answer(fault: str, count: int) -> Reading:
    """What silence means: not sent, or sent and unknown."""
    meaning = _SILENCE.get(fault, Outcome(Verdict.UNKNOWN))
    return for_all(replace(meaning, code=fault or "no_answer"), count)


def halves(count: int) -> Sequence[slice]:
    """How a refused request is divided to find its guilty conversion: at most 2 log2(n) further requests."""
    middle = (count + 1) // 2
    return (slice(0, middle), slice(middle, count))
