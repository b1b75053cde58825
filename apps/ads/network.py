"""What a network is to the rest of convsync: a manifest and pure functions. One spine; networks are leaves.

A network's folder holds `manifest.py`, `client.py` (its addresses and headers), `write.py` (conversion -> request),
`outcome.py` (answer -> one outcome per conversion), what it needs to sign in and look around, and `setup.md` (the help
on the setup screen). It knows neither Django nor its neighbours. Joining `registry.NETWORKS` is joining the contract
suite in tests/contracts.

What takes several calls is an `Inquiry`: a generator that yields calls, is sent their replies and returns what it
found. `asking.ask` makes the calls; networks never do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.ads.counts import Counts
from apps.ads.found import FoundAccount, FoundDestination, Makes, NewDestination
from apps.ads.leads import Leads
from apps.ads.sign_in import SignIn
from apps.ads.wire import Address, Inquiry, Target
from apps.domain.decision import Owed
from apps.domain.manifest import Manifest
from apps.domain.outcome import Confirmation, Outcome, Reading, Reply


@dataclass(frozen=True, slots=True)
class Network:
    """An ad network in one value.

    route         which conversions can share a request: equal routes of one ad account
    element       one conversion in the network's words, the bytes that are frozen when it is judged
    carried       where in an element our fields stand: its keys joined by dots, and the field
    body          the request's body around elements of one route, in their order
    address       the URL and headers for that body
    read          the answer, as one outcome for each of `count` conversions
    amended       an element without the part for which the network refused it (`Verdict.AMEND`), where there is such a
                  part; pure, and nothing else of it changes
    sign_in       how one signs in
    accounts      the ad accounts a sign-in reaches; where the target names one, that one is enough, with all of it
    destinations  where at the target's account conversions can land
    makes         the kinds of destination that `make` makes
    make          a new destination at the target's account; one that bears the name already is found, not made again
    leads         how its leads come in, where it has any
    confirm       (target, trace id) what became of a request that is processed later, where the network does that
    way           (shape, the event's choice of route, what trying the account found) the route that is taken, "" where
                  there is one only
    awaits        whether an accepted request of this route is processed later
    probe         (target, a destination's id) the name of the route that the account may use, where there are several
    diagnose      (target, route, hold) the same hold with its true cause, where an answer hides it; asked once a hold
    links         what a destination at the target's account can be linked to: names by id (campaigns)
    counts        how it counts what it took, where it tells that; pure
    """

    manifest: Manifest
    base: str
    route: Callable[[Owed], str]
    element: Callable[[Owed], str]
    body: Callable[[str, Sequence[str]], bytes]
    carried: Mapping[str, str]
    address: Callable[[Target, str, int], Address]
    read: Callable[[Reply, int], Reading]
    sign_in: SignIn
    accounts: Callable[[Target], Inquiry[Sequence[FoundAccount]]]
    destinations: Callable[[Target], Inquiry[Sequence[FoundDestination]]]
    make: Callable[[Target, NewDestination], Inquiry[FoundDestination]]
    amended: Callable[[str], str] | None = None
    makes: Sequence[Makes] = ()
    leads: Leads | None = None
    confirm: Callable[[Target, str], Inquiry[Confirmation]] | None = None
    way: Callable[[str, str, str], str] = lambda shape, chosen, tried: ""
    awaits: Callable[[str], bool] = lambda route: False
    probe: Callable[[Target, str, datetime], Inquiry[str]] | None = None
    diagnose: Callable[[Target, str, Outcome], Inquiry[Outcome]] | None = None
    links: Callable[[Target], Inquiry[Mapping[str, str]]] | None = None
    counts: Counts | None = None
