"""Circuit breakers at work: each lane's own in its row, and one for all who call the same network in Redis.

A network that is down for everyone is found out by a few, not by each with its full timeout; when its pause is over,
one call asks for all: a lane's request, or an inquiry. While Redis is away every lane finds out for itself.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from random import SystemRandom
from typing import NamedTuple, TypeVar
from uuid import UUID

import orjson
import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

from apps.ads.asking import NotThere
from apps.ads.network import Network
from apps.core import shared
from apps.core.clock import shared_now
from apps.deliveries.models import Lane
from apps.domain import breaker as rules
from apps.domain.breaker import CLOSED, Breaker, Position
from apps.domain.outcome import Outcome, Verdict

log = structlog.get_logger()
KEPT = timedelta(hours=1)
PROBE_SECONDS = 40  # longer than any call: a probe whose worker died does not keep others from asking
ANOTHER_ASKS = timedelta(seconds=5)
OWN, EVERYBODYS = "circuit_open", "network_down"  # why a lane is held
_RANDOM = SystemRandom()
T = TypeVar("T")


class Passage(NamedTuple):
    """Whether a request may leave: after `wait`, for the reason `why`; as a probe, so that it is small."""

    wait: timedelta = timedelta(0)
    why: str = ""
    probe: bool = False


FREE = Passage()


class Down(NotThere):
    """The network was not asked, because everybody's breaker lets nothing through for `wait`."""

    def __init__(self, network: str, wait: timedelta) -> None:
        super().__init__(network, Outcome(Verdict.RETRY, EVERYBODYS, wait=wait), down=True)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class _Common:
    """Everybody's breaker as Redis holds it; `by` is the lane that last failed, `until` in seconds of the epoch."""

    faults: int = 0
    until: float = 0.0
    by: str = ""

    @property
    def breaker(self) -> Breaker:
        return Breaker(self.faults, datetime.fromtimestamp(self.until, UTC) if self.until else None)


@dataclass(frozen=True, slots=True)
class Everybodys:
    """The breaker of all who call one network. `host` names the network, `who` is who asks: a lane, or a source."""

    host: str
    who: UUID

    def passage(self, now: datetime, *, at_risk: bool) -> Passage:
        """Whether a call may leave now. `at_risk`: a deadline is near, so that it comes back first."""
        breaker = self._held().breaker
        match breaker.position(now):
            case Position.OPEN:
                return Passage(rules.rest(breaker, now=now, at_risk=at_risk, jitter=_RANDOM.random()), EVERYBODYS)
            case Position.HALF_OPEN if self._ticket():
                return Passage(probe=True)
            case Position.HALF_OPEN:
                return Passage(ANOTHER_ASKS * (1 + _RANDOM.random()), EVERYBODYS)
        return FREE

    def not_asked(self, passage: Passage) -> None:
        """The call that might have left did not: another may be the probe."""
        if passage.probe:
            self._ticket_returned()

    def asked(self, inquiry: Callable[[], T], *, now: datetime) -> T:
        """What the inquiry finds. What comes of it tells all whether the network is down.

        Raises Down, without a call, while nothing is let through; NotThere as the inquiry does.
        """
        passage = self.passage(now, at_risk=False)
        if passage.wait:
            raise Down(self.host, passage.wait)
        try:
            found = inquiry()
        except NotThere as refused:
            if refused.down:
                self.failed(shared_now())
            else:
                self.answered()
            raise
        self.answered()
        return found

    def failed(self, now: datetime) -> None:
        """A call came to nothing."""
        self._step(lambda held: self._after_fault(held, now))

    def answered(self) -> None:
        """The network answered, whatever it said."""
        if self._held() != _Common():
            self._step(lambda _: _Common())

    def _after_fault(self, common: _Common, now: datetime) -> _Common:
        """Who fails again and again says nothing of the others, except where it asks for them all."""
        me = str(self.who)
        position = common.breaker.position(now)
        if position is Position.OPEN or (position is Position.CLOSED and common.by == me):
            return common
        after = rules.failed(common.breaker, now=now, jitter=_RANDOM.random())
        if after.open_until is not None:
            log.warning("network.down", host=self.host, faults=after.faults, until=after.open_until.isoformat())
        return _Common(after.faults, after.open_until.timestamp() if after.open_until else 0.0, me)

    def _held(self) -> _Common:
        try:
            (held,) = shared.values([self._key])
        except RedisError as error:
            log.warning("circuit.unreachable", error=type(error).__name__)
            return _Common()
        return _read(held)

    def _step(self, change: Callable[[_Common], _Common]) -> None:
        def reckon(held: bytes) -> tuple[bytes, None]:
            return orjson.dumps(asdict(change(_read(held)))), None

        try:
            shared.step(self._key, reckon, kept=KEPT)
        except RedisError as error:
            log.warning("circuit.unreachable", error=type(error).__name__)
        self._ticket_returned()

    def _ticket(self) -> bool:
        """Be the one who asks for all."""
        try:
            return bool(cache.add(f"{self._key}:probe", 1, timeout=PROBE_SECONDS))
        except RedisError as error:
            log.warning("circuit.unreachable", error=type(error).__name__)
            return True

    def _ticket_returned(self) -> None:
        try:
            cache.delete(f"{self._key}:probe")
        except RedisError as error:
            log.warning("circuit.unreachable", error=type(error).__name__)

    @property
    def _key(self) -> str:
        return f"circuit:{self.host}"


def everybodys(network: Network, environment: str, *, who: UUID) -> Everybodys:
    """The breaker of all who call the network in that environment, for one that asks."""
    return Everybodys(f"{network.manifest.key}:{environment}", who)


@dataclass(slots=True)
class Circuit:
    """One lane's way to its network, for the worker that leases the lane: its own breaker, and everybody's."""

    account_id: UUID
    common: Everybodys
    own: Breaker

    def passage(self, now: datetime, *, at_risk: bool) -> Passage:
        """Whether a request may leave now. `at_risk`: a deadline is near, so that it comes back first."""
        if self.own.position(now) is Position.OPEN:
            return Passage(rules.rest(self.own, now=now, at_risk=at_risk, jitter=_RANDOM.random()), OWN)
        passage = self.common.passage(now, at_risk=at_risk)
        if passage == FREE and self.own.position(now) is Position.HALF_OPEN:
            return Passage(probe=True)
        return passage

    def not_asked(self, passage: Passage) -> None:
        """The request that might have left did not: another may be the probe."""
        self.common.not_asked(passage)

    def failed(self, now: datetime) -> None:
        """A call came to nothing. Call inside the workspace's scope."""
        self._write(rules.failed(self.own, now=now, jitter=_RANDOM.random()))
        self.common.failed(now)

    def answered(self) -> None:
        """The network answered, whatever it said: both breakers close. Call inside the workspace's scope."""
        if self.own != CLOSED:
            self._write(CLOSED)
        self.common.answered()

    def _write(self, own: Breaker) -> None:
        self.own = own
        Lane.objects.filter(account_id=self.account_id).update(faults=own.faults, open_until=own.open_until)


def _read(held: bytes | None) -> _Common:
    return _Common(**orjson.loads(held)) if held else _Common()
