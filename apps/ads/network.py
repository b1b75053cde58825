"""What a network is to the rest of convsync: a manifest and four pure functions. One spine; networks are leaves.

A network's folder holds `manifest.py`, `client.py` (its addresses and headers), `write.py` (conversion -> request),
`outcome.py` (answer -> one outcome per conversion) and `setup.md` (the help on the setup screen), and knows neither
Django nor its neighbours. Joining `registry.NETWORKS` is joining the contract suite in tests/contracts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from apps.domain.decision import Owed
from apps.domain.manifest import Manifest
from apps.domain.outcome import Reading, Reply


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. `base` is the network's host, or the sandbox's stand-in for it, without a final slash."""

    base: str
    account_id: str
    credentials: Mapping[str, str] = field(repr=False)
    login_customer_id: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """A URL and headers, the token among them: never logged, never stored; `Network.hosts` says who may be called."""

    url: str
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Network:
    """An ad network in one value.

    route    which conversions can share a request: equal routes of one ad account
    element  one conversion in the network's words, the bytes that are frozen when it is judged
    body     the request's body around elements of one route, in their order
    address  the URL and headers for that body
    read     the answer, as one outcome for each of `count` conversions
    """

    manifest: Manifest
    base: str
    route: Callable[[Owed], str]
    element: Callable[[Owed], str]
    body: Callable[[str, Sequence[str]], bytes]
    address: Callable[[Target, str, int], Address]
    read: Callable[[Reply, int], Reading]
