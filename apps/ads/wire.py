"""What goes over the wire to a network and back: the words that the spine and every network share."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from apps.domain.outcome import Outcome, Reply, Verdict
from apps.domain.reasons import Who

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. `base` is the network's host, or the sandbox's stand-in for it, without a final slash.

    login_customer_id       Google's manager that the account is reached through, where it is
    conversion_customer_id  Google's customer that tracks the account's conversions, where it is another
    """

    base: str
    account_id: str
    credentials: Mapping[str, str] = field(repr=False)
    login_customer_id: str = ""
    conversion_customer_id: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """A URL and headers, the token among them: never logged, never stored; `Network.hosts` says who may be called."""

    url: str
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call. URL, headers and body may hold a secret: never logged, never stored."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


# Yields calls, is sent their replies, returns what it found; raises Refused when the network does not give it.
Inquiry = Generator[Call, Reply, T]


class Refused(Exception):
    """The network did not give what was asked for; `outcome` has its code, who must act and how long to wait."""

    def __init__(self, why: Outcome) -> None:
        super().__init__(why.code)
        self.outcome = why


def unreadable() -> Refused:
    """The network answered something that its contract does not know."""
    return Refused(Outcome(Verdict.RETRY, "unreadable_answer", Who.OPERATOR))
