"""One run: load, troubles at random and overlapping, then all is healed, drained and counted."""

import random
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import psycopg2
from django.db import connection

from tests.faults.chaos.load import Client
from tests.faults.chaos.unrest import TROUBLES, WITHOUT_DATABASE, WORKERS, Ends, Trouble, Unrest
from tests.faults.conserving import Found, items_received
from tests.faults.world import World

SPACES = ("Acme", "Borealis", "Cumulus")
NETWORKS = ("facebook", "google", "linkedin")
MOST_AT_ONCE, PAUSE = 2, (0.5, 3.0)  # troubles, and seconds between the beginnings of two
TOLD_EVERY, HURRIED_EVERY = 10.0, 4.0  # seconds
# How a conversion may end without having been sent, here where every signal is a good one.
EXPLAINED = {
    *(("blocked", reason) for reason in ("event_off", "before_event", "consent_denied", "consent_unknown")),
    *(("cancelled", reason) for reason in ("event_off", "consent_withdrawn")),
}
RECOVERS_WITHIN, DRAINED_WITHIN, WITHDRAWN_WITHIN = 60.0, 400.0, 60.0  # seconds; the last by the regulation's word


@dataclass
class Under:
    """A trouble that lasts."""

    trouble: Trouble
    end: Ends
    until: float


@dataclass
class Course:
    """What happened; `moments` are when each trouble was over."""

    unrest: Unrest
    began: float = field(default_factory=time.monotonic)
    under: list[Under] = field(default_factory=list)
    moments: list[tuple[str, float]] = field(default_factory=list)
    _said: float = 0.0
    _hurried: float = 0.0

    def say(self, text: str) -> None:
        """One line of progress."""
        sys.stderr.write(f"{time.monotonic() - self.began:6.1f} s  {text}\n")
        sys.stderr.flush()

    def run(self, seconds: float) -> None:
        """Let one trouble after the other begin and end until the time is over; the last ones end too."""
        chance = self.unrest.chance
        ends = time.monotonic() + seconds
        next_one = time.monotonic() + 2
        while time.monotonic() < ends:
            for each in [each for each in self._endable() if each.until <= time.monotonic()]:
                self._over(each)
            if time.monotonic() >= next_one and len(self.under) < MOST_AT_ONCE and self._has_database:
                self._begin(chance.choice([each for each in TROUBLES if each.name not in self._lasting()]))
                next_one = time.monotonic() + chance.uniform(*PAUSE)
            self._pass_time()
            time.sleep(0.05)
        while self.under:
            self._over(self._endable()[0])

    @property
    def _has_database(self) -> bool:
        return self.unrest.world.postgres.running

    def _endable(self) -> list[Under]:
        """Without PostgreSQL, only its own trouble: others begin and end in it, and would wait here for its return."""
        return [each for each in self.under if self._has_database or each.trouble.name == WITHOUT_DATABASE]

    def _lasting(self) -> set[str]:
        return {each.trouble.name for each in self.under}

    def _begin(self, trouble: Trouble) -> None:
        lasts = self.unrest.chance.uniform(*trouble.lasts)
        self.say(f"{trouble.name} ({lasts:.1f} s)")
        self.under.append(Under(trouble, trouble.begin(self.unrest), time.monotonic() + lasts))

    def _over(self, each: Under) -> None:
        each.end()
        self.under.remove(each)
        self.moments.append((each.trouble.name, time.time()))

    def _pass_time(self) -> None:
        """What waits for minutes is due in seconds, so that a short run sees many tries; and now and then a line."""
        world, now = self.unrest.world, time.monotonic()
        with suppress(psycopg2.Error):  # it may be down, or about to be
            if now - self._hurried > HURRIED_EVERY:
                self._hurried = now
                world.due()
            if now - self._said > TOLD_EVERY:
                self._said = now
                self.say(f"{len(self.moments)} troubles are over; told {world.told}; {dict(world.states())}")

    def heal(self) -> None:
        """Bring everything back: servers, ways, workers with the right time."""
        world = self.unrest.world
        for proxy in world.proxies:
            proxy.heal()
        for server in (world.postgres, world.redis):
            if not server.running:
                server.start()
        connection.close()
        world.control.call("DELETE", "faults").raise_for_status()
        for name in WORKERS:
            world.worker_start(name)

    def recovered(self) -> list[str]:
        """The troubles after which nothing was settled for a minute, although there was something to send."""
        world = self.unrest.world
        late = []
        for name, over in self.moments:
            ((first,),) = world.sql(
                "SELECT extract(epoch FROM min(answered_at)) FROM deliveries_request"
                " WHERE answered_at > to_timestamp(%s)",
                over,
            )
            if first is None or float(first) - over > RECOVERS_WITHIN:
                late.append(name)
        return late


@dataclass(frozen=True)
class Report:
    """What a run came to."""

    faults: int
    survived: int
    found: Found
    complaints: list[str]
    told: int

    @property
    def clean(self) -> bool:
        """Whether nothing at all was wrong."""
        return self.found == Found(signals=self.found.signals) and not self.complaints


def prepared(world: World, seed: int) -> Unrest:
    """A world under load, with its workers and its scheduler."""
    chance = random.Random(seed)  # noqa: S311 - an order that can be had again
    world.control.change_world("linkedin", fold_twins=True)
    spaces = [world.space(name, networks=NETWORKS) for name in SPACES]
    world.web_start()
    for name in WORKERS:
        world.worker_start(name)
    world.beat_start()
    return Unrest(world, [Client(world, space) for space in spaces], chance)


def played(world: World, *, seconds: float, seed: int) -> Report:
    """The whole run. Its progress goes to stderr."""
    unrest = prepared(world, seed)
    course = Course(unrest)
    course.say(f"seed {seed}: {len(SPACES)} workspaces, {len(WORKERS)} workers, {len(TROUBLES)} kinds of trouble")
    for client in unrest.clients:
        client.start()
    _guarded(unrest, lambda: course.run(seconds))
    _guarded(unrest, course.heal)
    for client in unrest.clients:
        client.stop()
    for client in unrest.clients:
        client.join(60)
        if client.is_alive():
            unrest.complaints.append(f"the client of {client.space.workspace.name} is still waiting for an answer")
    course.say(f"all is healed; told {world.told}, {world.open()} are open")
    world.drain(DRAINED_WITHIN)
    course.say(f"drained: {dict(world.states())}")
    found = world.found()
    unrest.complaints += _after_withdrawal(unrest)
    unrest.complaints += _unexplained(world)
    unrest.complaints += [f"{client.refused} batches were refused" for client in unrest.clients if client.refused]
    late = course.recovered()
    for line in [*(f"nothing left for a minute after: {name}" for name in late), *unrest.complaints, *found.others]:
        course.say(line)
    for title, ids in (("lost", found.lost), ("twice", found.accepted_twice), ("bytes differ", found.bytes_differ)):
        if ids:
            course.say(f"{title}: {', '.join(ids[:5])}")
    return Report(len(course.moments), len(course.moments) - len(late), found, unrest.complaints, world.told)


def _guarded(unrest: Unrest, act: Callable[[], None]) -> None:
    """Whatever happens, the clients end."""
    try:
        act()
    except BaseException:
        for client in unrest.clients:
            client.stop()
        raise


def _unexplained(world: World) -> list[str]:
    """What ended otherwise than it should have."""
    ids = [str(space.workspace.id) for space in world.spaces]
    ends = world.sql(
        "SELECT network, state, reason, count(*) FROM conversions_conversion WHERE workspace_id = ANY(%s::uuid[])"
        " AND state NOT IN ('sent', 'confirmed') GROUP BY network, state, reason",
        ids,
    )
    return [
        f"{count} for {network} are {state}: {reason}"
        for network, state, reason, count in ends
        if (state, reason) not in EXPLAINED
    ]


def _after_withdrawal(unrest: Unrest) -> list[str]:
    """What reached a network of people more than a minute after they withdrew consent."""
    late = []
    for item in items_received(unrest.world.sandbox.url):
        text = str(item["body"])
        for mark, since in unrest.withdrawn.items():
            after = datetime.fromisoformat(item["received_at"]) - since
            if mark in text and after.total_seconds() > WITHDRAWN_WITHIN:
                late.append(f"{item['network']} got something {after} after consent was withdrawn")
    return late
