"""At the network's pace: every request takes its turn first, and a network that asks for fewer calls gets fewer."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import SystemRandom
from typing import NamedTuple
from uuid import UUID

from apps.ads.models import AdAccount
from apps.ads.registry import NETWORKS
from apps.connections.models import Environment
from apps.core import pace
from apps.domain.manifest import Manifest, Pace
from apps.domain.outcome import Outcome
from apps.domain.pace import Meter

SHORT = timedelta(seconds=1)  # a wait that is shorter is sat out, for a lane that is given back comes back later
_RANDOM = SystemRandom()
# Where a network tells no limit: for what is sent again, and for how long an account that was refused is left alone.
UNSAID = Pace(per_minute=120, per_day=100_000, source="Our own choice.", daily=False)


class Speed(NamedTuple):
    """How much of one of the network's limits is used up; `waits_until`: nothing leaves before."""

    routes: str
    used: int
    per_day: int
    per_minute: int
    waits_until: datetime | None


@dataclass(frozen=True, slots=True)
class Pacing:
    """Whose calls are counted together. The sandbox has no quota of the operator's: there each sign-in has its own."""

    manifest: Manifest
    connection_id: UUID
    account_id: UUID
    environment: str

    @classmethod
    def of(cls, account: AdAccount) -> "Pacing":
        """The account's; it comes with its connection."""
        connection = account.connection
        return cls(NETWORKS[account.network].manifest, connection.id, account.id, connection.environment)

    def turn(self, route: str, now: datetime) -> timedelta:
        """Wait for a turn if that is short; zero when the request may leave now, else how long it has to wait.

        It is counted by every limit that it falls under, an account's and an app's, or by none of them.
        """
        wait = self._take(route, now)
        if timedelta(0) < wait <= SHORT:
            time.sleep(wait.total_seconds())
            wait = self._take(route, now + wait)
        return wait

    def turn_to_spare(self, route: str, now: datetime) -> timedelta:
        """Take a turn of what is sent again, at half of the network's pace at most; zero, or how long to wait.

        Half of each meter that everybody shares has to be free too, so that what is live never waits for it.
        """
        paces = self.manifest.paces_of(route) or (UNSAID,)
        wait = max(pace.spare(self._name(limits), limits, now) for limits in paces)
        return wait or _take_all({f"{self._name(limits)}:spare": _half(limits) for limits in paces}, now)

    def throttled(self, route: str, said: Outcome, now: datetime) -> timedelta:
        """How long all who share the quota wait, after the network asked for fewer calls: longer from time to time."""
        return max(
            pace.refused(name, limits, now, asked=said.wait, jitter=_RANDOM.random())
            for name, limits in self._refusing(route).items()
        )

    def accepted(self, route: str, now: datetime) -> None:
        """The network took a request: what it asked for before is past."""
        for name, limits in self._refusing(route).items():
            pace.accepted(name, limits, now)

    def _refusing(self, route: str) -> dict[str, Pace]:
        """The meters that count refusals; of the account alone where the network tells no limit."""
        told = {self._name(limits): limits for limits in self.manifest.paces_of(route)}
        return told or {f"{self.manifest.key}:account:{self.account_id}:": UNSAID}

    def _take(self, route: str, now: datetime) -> timedelta:
        return _take_all({self._name(limits): limits for limits in self.manifest.paces_of(route)}, now)

    def names(self) -> dict[str, Pace]:
        """Its meters' names, each with the limit that it is for."""
        return {self._name(limits): limits for limits in self.manifest.paces}

    def _name(self, limits: Pace) -> str:
        alone = limits.by == "token" or self.environment == Environment.SANDBOX
        return f"{self.manifest.key}:{limits.by}:{self.connection_id if alone else self.environment}:{limits.routes}"


def _half(limits: Pace) -> Pace:
    return replace(limits, per_minute=limits.per_minute // 2, per_day=limits.per_day // 2)


def _take_all(meters: Mapping[str, Pace], now: datetime) -> timedelta:
    """Take a call from each meter; where one says wait, those taken from before get theirs back."""
    taken: list[str] = []
    for name, limits in meters.items():
        if wait := pace.take(name, limits, now):
            for each in taken:
                pace.given_back(each, meters[each], now)
            return wait
        taken.append(name)
    return timedelta(0)


def speed_of(limits: Pace, meter: Meter | None, now: datetime) -> Speed:
    """How fast calls leave that this meter counts; one that nothing was taken from has no meter."""
    if meter is None:
        return Speed(limits.routes, 0, limits.per_day, limits.per_minute, None)
    waits = datetime.fromtimestamp(meter.until, UTC) if meter.until > now.timestamp() else None
    return Speed(limits.routes, meter.used_on(now), limits.per_day, limits.per_minute, waits)
