"""What can go wrong, as a table: each trouble begins, lasts a little, and is over. `unrest` holds what they act on."""

import hashlib
import random
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import Error, connection
from django.utils import timezone

from apps.connections.models import Connection
from apps.connections.services import Secret, connection_again
from apps.conversions.models import Event
from apps.conversions.services import event_switch
from apps.pipeline import flow
from tests.faults.chaos.load import Client
from tests.faults.proxy import Fault
from tests.faults.world import World
from tests.support import factories
from tools.launcher.foreground import tail

WORKERS = ("worker", "second", "third")
TOKENS = {"facebook": ("EAAsandboxtoken", "invalid"), "linkedin": ("AQsandbox", "expired")}
OFF = 600  # seconds by which a clock is off
STOPS_WITHIN = 30.0  # seconds after SIGTERM: a call takes 25 at most, and its answer is settled
Ends = Callable[[], None]


@dataclass
class Unrest:
    """The world, who loads it, and what happened to whom."""

    world: World
    clients: list[Client]
    chance: random.Random
    withdrawn: dict[str, datetime] = field(default_factory=dict)  # by the hashed address
    complaints: list[str] = field(default_factory=list)

    def network(self) -> str:
        """One of the networks."""
        return self.chance.choice(["facebook", "google", "linkedin"])

    def client(self) -> Client:
        """One of the workspaces' clients."""
        return self.chance.choice(self.clients)


def nothing() -> None:
    """It is over at once."""


@contextmanager
def patiently(within: float = 60.0) -> Iterator[Callable[[Callable[[], None]], None]]:
    """Lets something happen in the database as soon as that is there again."""

    def until_done(act: Callable[[], None]) -> None:
        ends = time.monotonic() + within
        while True:
            try:
                act()
            except Error:
                connection.close()
                if time.monotonic() > ends:
                    raise
                time.sleep(0.2)
            else:
                return

    yield until_done


def _worker_killed(unrest: Unrest) -> Ends:
    name = unrest.chance.choice(WORKERS)
    unrest.world.processes.kill(name)
    return lambda: unrest.world.worker_start(name, wait=False)


def _worker_told_to_stop(unrest: Unrest) -> Ends:
    name, processes = unrest.chance.choice(WORKERS), unrest.world.processes
    began = time.monotonic()
    told = processes.named(name) if processes.alive(name) else None  # another trouble may have killed it just now
    if told is not None:
        told.send_signal(signal.SIGTERM)

    def started_again() -> None:
        while told is not None and told.poll() is None and time.monotonic() - began < STOPS_WITHIN:
            time.sleep(0.1)
        if told is not None and told.poll() is None:
            late = f"{name} did not stop within {STOPS_WITHIN:.0f} s of SIGTERM"
            unrest.complaints.append(f"{late}; {_where(unrest, name)}")
            processes.kill(name)
        unrest.world.worker_start(name, wait=False)

    return started_again


def _where(unrest: Unrest, name: str) -> str:
    """Where the threads of a worker stand, by its own word: Celery's answer to SIGUSR1."""
    unrest.world.processes.named(name).send_signal(signal.SIGUSR1)
    time.sleep(1)
    return "it stood at:\n" + tail(unrest.world.processes.log(name), 120)


def _worker_dies_in_the_middle(unrest: Unrest) -> Ends:
    names = ["judging", "judged", "claiming", "wire", "answered", "settling", "settled"]
    barrier = unrest.world.barrier(unrest.chance.choice(names)).set("kill", after=unrest.chance.randrange(3))

    def mended() -> None:
        barrier.lift()
        for name in WORKERS:
            unrest.world.worker_start(name, wait=False)

    return mended


def _clock_off(unrest: Unrest) -> Ends:
    name, off = WORKERS[-1], unrest.chance.choice([OFF, -OFF])
    unrest.world.processes.kill(name)
    unrest.world.worker_start(name, wait=False, FAULT_CLOCK=str(off))

    def right_again() -> None:
        unrest.world.processes.kill(name)
        unrest.world.worker_start(name, wait=False)

    return right_again


def _redis_flushed(unrest: Unrest) -> Ends:
    if unrest.world.redis.running:
        unrest.world.client.flushall()
    return nothing


def _redis_stopped(unrest: Unrest) -> Ends:
    unrest.world.redis.stop()
    return lambda: None if unrest.world.redis.running else unrest.world.redis.start()


def _redis_cut(unrest: Unrest) -> Ends:
    unrest.world.to_redis.down = True
    unrest.world.to_redis.cut()
    return unrest.world.to_redis.heal


def _postgres_restarted(unrest: Unrest) -> Ends:
    unrest.world.postgres.stop(signal.SIGQUIT)

    def started() -> None:
        connection.close()
        if not unrest.world.postgres.running:
            unrest.world.postgres.start()

    return started


def _postgres_cut(unrest: Unrest) -> Ends:
    unrest.world.to_postgres.cut()
    return nothing


def _on_the_wire(*faults: Fault) -> Callable[[Unrest], Ends]:
    def begin(unrest: Unrest) -> Ends:
        unrest.world.to_sandbox.script.extend(unrest.chance.choice(faults) for _ in range(unrest.chance.randint(1, 6)))
        return unrest.world.to_sandbox.script.clear

    return begin


def _networks_unreachable(unrest: Unrest) -> Ends:
    unrest.world.to_sandbox.down = True
    unrest.world.to_sandbox.cut()
    return unrest.world.to_sandbox.heal


def _answered(*answers: Mapping[str, Any]) -> Callable[[Unrest], Ends]:
    def begin(unrest: Unrest) -> Ends:
        unrest.world.control.fault(unrest.network(), times=unrest.chance.randint(1, 6), **unrest.chance.choice(answers))
        return nothing

    return begin


def _token_dies(unrest: Unrest) -> Ends:
    network = unrest.chance.choice(sorted(TOKENS))
    token, dead = TOKENS[network]
    unrest.world.control.change(network, "tokens", token, state=dead)

    def signed_in_again() -> None:
        unrest.world.control.change(network, "tokens", token, state="valid")
        for client in unrest.clients:
            _sign_in(client, network)

    return signed_in_again


def _sign_in(client: Client, network: str) -> None:
    space, now = client.space, timezone.now()

    def sign_in() -> None:
        with space.scope():
            held = Connection.objects.get(system=network)
            secret = Secret({**factories.CREDENTIALS[network]})
            connection_again(connection=held, secret=secret, by=space.by, at=now)
        flow.resume(workspace_id=space.workspace.id, account_ids=[space.account(network).id], at=now)

    with patiently() as until_done:
        until_done(sign_in)


def _consent_withdrawn(unrest: Unrest) -> Ends:
    client = unrest.client()
    if not client.people:
        return nothing
    email = f"person{unrest.chance.choice(client.people[-50:])}@example.com"

    def withdraw() -> None:
        space = client.space
        factories.a_contact(space.workspace, email=email, **{space.consent_property: "no"})

    with patiently() as until_done:
        until_done(withdraw)
    unrest.withdrawn[hashlib.sha256(email.encode()).hexdigest()] = timezone.now()
    return nothing


def _event_off(unrest: Unrest) -> Ends:
    space = unrest.client().space
    chosen = unrest.chance.random()

    def switch(*, on: bool) -> None:
        def act() -> None:
            with space.scope():
                events = list(Event.objects.order_by("created_at").values_list("id", flat=True))
                event_id = events[int(chosen * len(events))]
                event_switch(workspace_id=space.workspace.id, event_id=event_id, on=on, by=space.by, at=timezone.now())

        with patiently() as until_done:
            until_done(act)

    switch(on=False)
    return lambda: switch(on=True)


def _two_schedulers(unrest: Unrest) -> Ends:
    unrest.world.beat_start("another")
    return lambda: unrest.world.processes.kill("another")


@dataclass(frozen=True)
class Trouble:
    """Something that goes wrong: what begins it and returns what ends it, and for how many seconds it lasts."""

    name: str
    begin: Callable[[Unrest], Ends]
    lasts: tuple[float, float] = (0.5, 3.0)


WITHOUT_DATABASE = "PostgreSQL crashes"
GARBLED = ({"status": 200, "html": True}, {"status": 200, "body": {}}, {"status": 200, "body": {"events_received": 0}})
BUSY = (*({"status": status} for status in (500, 502, 503, 504)), {"status": 503, "retry_after": 1})

TROUBLES = (
    Trouble("a worker is killed", _worker_killed),
    Trouble("a worker is told to stop", _worker_told_to_stop, (0.0, 1.0)),
    Trouble("a worker dies in the middle", _worker_dies_in_the_middle, (2.0, 6.0)),
    Trouble("a worker's clock is off", _clock_off, (15.0, 30.0)),
    Trouble("Redis forgets everything", _redis_flushed),
    Trouble("Redis is down", _redis_stopped, (2.0, 10.0)),
    Trouble("Redis cannot be reached", _redis_cut, (1.0, 5.0)),
    Trouble(WITHOUT_DATABASE, _postgres_restarted, (0.5, 3.0)),
    Trouble("connections to PostgreSQL are cut", _postgres_cut),
    Trouble("answers are eaten", _on_the_wire(Fault(eats="answer"), Fault(answer_reset_after=20)), (2.0, 6.0)),
    Trouble("requests are eaten", _on_the_wire(Fault(eats="request"), Fault(reset_after=300)), (2.0, 6.0)),
    Trouble("answers are slow", _on_the_wire(Fault(latency=2.0), Fault(bytes_per_second=200)), (2.0, 6.0)),
    Trouble("no network can be reached", _networks_unreachable, (1.0, 5.0)),
    Trouble("a network asks for fewer calls", _answered({"status": 429}, {"status": 429, "retry_after": 1})),
    Trouble("a network is broken", _answered(*BUSY)),
    Trouble("a network answers with something else", _answered(*GARBLED)),
    Trouble("a network takes it and says nothing", _answered({"drop_after_commit": True}, {"reset": True})),
    Trouble("a token dies", _token_dies, (2.0, 6.0)),
    Trouble("consent is withdrawn", _consent_withdrawn),
    Trouble("an event is switched off", _event_off, (1.0, 5.0)),
    Trouble("two schedulers tick", _two_schedulers, (5.0, 10.0)),
)
