"""A throw-away world: PostgreSQL, Valkey, the sandbox and real workers, with a proxy on every way between them.

The test's own process speaks to PostgreSQL directly, so that it can look at the ledger while the workers cannot.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import psycopg2
import requests
from celery import Celery
from django.db import connections
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

from apps.pipeline.intake import submissions_receive
from tests.api.conftest import make_key
from tests.conftest import Sandbox
from tests.faults import passing
from tests.faults.barriers import Barrier
from tests.faults.conserving import Found, bytes_changed, differences, items_received, known_by
from tests.faults.people import posting, submission
from tests.faults.proxy import Proxy
from tests.faults.servers import Processes, Server, migrated, until
from tests.sandbox.callers import Control
from tests.support.world import World as Space
from tests.support.world import make_world
from tools.launcher import postgres, valkey
from tools.launcher.foreground import python, tail
from tools.launcher.ports import HOST, free_port
from tools.launcher.processes import BEAT, WEB
from tools.launcher.valkey import Valkey

AT_ONCE = 100
SWEEP_EVERY = 0.5  # seconds
WORKER = "worker --pool threads --concurrency 2 --without-gossip --without-mingle --without-heartbeat"


class World:
    """Everything that a fault can hit. Between tests `fresh` brings it back to health."""

    def __init__(self, path: Path, sandbox: Sandbox, database: Callable[[Path], Server]) -> None:
        self.path, self.sandbox, self.control = path, sandbox, Control(sandbox.url)
        self.postgres = database(path / "pg")
        self.redis = Server(Valkey, path / "valkey")
        self.processes = Processes(path)
        self.spaces: list[Space] = []
        self.told = 0  # signals that were acknowledged
        self.uncertain = 0  # that may have been written without an answer
        self._keys: dict[Any, str] = {}
        self._barriers = path / "barriers"
        self._barriers.mkdir(exist_ok=True)
        self.to_postgres = Proxy(self.postgres.socket / ".s.PGSQL.5432")
        self.to_redis = Proxy(self.redis.socket / valkey.SOCKET)
        address, _, port = sandbox.url.removeprefix("http://").partition(":")
        self.to_sandbox = Proxy((address, int(port)), http=True)
        self.proxies = (self.to_postgres, self.to_redis, self.to_sandbox)
        self.web_port = free_port()
        self._broker = Celery(set_as_current=False)
        self._broker.config_from_object("django.conf:settings", namespace="CELERY")
        self._broker.conf.update(broker_url=valkey.url(self.redis.socket).replace("unix://", "redis+socket://", 1))
        self._swept = 0.0

    # Its life

    def start(self) -> None:
        """Start the servers and the proxies, no worker yet."""
        shutil.copytree(migrated(os.environ), self.postgres.home.data)
        for server in (self.postgres, self.redis):
            server.start()
        for proxy in self.proxies:
            proxy.start()

    def stop(self) -> None:
        """End everything that was started."""
        self.processes.kill_all()
        self._broker.close()
        for server in (self.redis, self.postgres):
            server.stop()
        for proxy in self.proxies:
            proxy.stop()

    def fresh(self) -> None:
        """Heal everything and forget what other tests left: nothing is owed, nothing was received."""
        for proxy in self.proxies:
            proxy.heal()
            proxy.seen.clear()
        for server in (self.postgres, self.redis):
            if not server.running:
                server.start()
        for barrier in self._barriers.iterdir():
            if not barrier.name.startswith("ready."):
                barrier.unlink(missing_ok=True)
        self.sql(passing.EMPTY)
        for name, value in (("maxmemory", "0"), ("maxmemory-policy", "noeviction")):
            self.client.config_set(name, value)
        self.client.flushall()
        self.control.restore()
        self.spaces, self.told, self.uncertain = [], 0, 0

    # Its parts

    @property
    def client(self) -> Redis:
        """Redis, spoken to directly."""
        return Redis(unix_socket_path=str(self.redis.socket / valkey.SOCKET))

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the product gets: the proxies' addresses, and production's settings otherwise."""
        kept = {name: value for name, value in os.environ.items() if name != "CONVSYNC_TESTING"}
        return {
            **kept,
            "DATABASE_URL": f"postgresql://{postgres.ROLE}@{HOST}:{self.to_postgres.port}/convsync",
            "REDIS_URL": f"redis://{HOST}:{self.to_redis.port}/0",
            "CONVSYNC_SANDBOX_URL": f"http://{HOST}:{self.to_sandbox.port}",
            "CONVSYNC_BASE_URL": self.web_url,
            "DJANGO_SETTINGS_MODULE": "convsync.settings",
            "FAULT_BARRIERS": str(self._barriers),
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def web_url(self) -> str:
        """Where its API answers, once `web_start` was called."""
        return f"http://{HOST}:{self.web_port}"

    def barrier(self, name: str) -> Barrier:
        """The barrier of that name, not put up yet."""
        return Barrier(self._barriers / name)

    def resolve(self, names: Mapping[str, list[str]]) -> None:
        """What workers are told when they ask where these hosts are, from now on."""
        unfinished = self._barriers / "resolver.new"
        unfinished.write_text(json.dumps(names))
        unfinished.rename(self._barriers / "resolver")

    def worker_start(self, name: str = "worker", words: str = WORKER, *, wait: bool = True, **environment: str) -> None:
        """Start a worker unless one of that name runs; it takes work when this returns, if it shall `wait`."""
        if self.processes.alive(name):
            return
        command = python("-m", "tests.faults.worker", *words.split(), "--hostname", f"{name}@{HOST}")
        process = self.processes.start(name, command, {**self.environment, **environment})
        if wait:
            self.processes.until(name, (self._barriers / f"ready.{process.pid}").exists)

    def worker_dies(self, barrier: Barrier, name: str = "worker") -> None:
        """Return once the worker came to the barrier, died there and another took its place."""
        barrier.reached()
        until(lambda: not self.processes.alive(name), why=f"{name} lives on.")
        self.worker_start(name)

    def web_start(self) -> None:
        """Start the web process unless it runs."""
        if self.processes.alive("web"):
            return
        self.processes.start("web", WEB.words(host=HOST, port=self.web_port), self.environment, group=True)
        self.processes.until("web", lambda: self._answers("/health/live"))

    def beat_start(self, name: str = "beat") -> None:
        """Start a scheduler."""
        if not self.processes.alive(name):
            state = self.path / name
            state.mkdir(exist_ok=True)
            self.processes.start(name, BEAT.words(state=state), self.environment)

    def _answers(self, path: str) -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"{self.web_url}{path}", timeout=2).ok
        return False

    # What happens in it

    def space(self, name: str = "Acme", *, networks: tuple[str, ...] = ("facebook",), **event: Any) -> Space:
        """A new workspace with an event on its form at each network."""
        space = make_world(name)
        at = timezone.now() - timedelta(hours=1)
        for network in networks:
            space.make_event(network, at=at, **event)
        self.spaces.append(space)
        return space

    def signals(self, space: Space, count: int) -> None:
        """So many people send the form in, written as the product writes them, past all proxies. One bell rings."""
        for first in range(self.told, self.told + count, AT_ONCE):
            part = [posting(number) for number in range(first, min(first + AT_ONCE, self.told + count))]
            with space.scope():
                submissions_receive(workspace_id=space.workspace.id, form=space.form, posted=part, at=timezone.now())
        self.told += count
        self.task("pipeline.judge", space.workspace.id)

    def post(self, space: Space, count: int, *, timeout: float = 40.0) -> requests.Response | None:
        """The same over the API, in one request of at most 100; None when no answer came. Only a 2xx counts as told."""
        rows = [submission(number) for number in range(self.told + self.uncertain, self.told + self.uncertain + count)]
        key = self.key(space)
        try:
            answer = requests.post(
                f"{self.web_url}/api/v1/forms/{space.form.id}/submissions",
                json={"submissions": rows},
                headers={"Authorization": f"Bearer {key}"},
                timeout=timeout,
            )
        except requests.RequestException:
            self.uncertain += count
            return None
        if answer.ok:
            self.told += count
        elif answer.status_code >= 500:  # it may have been committed before the server went away
            self.uncertain += count
        return answer

    def key(self, space: Space) -> str:
        """The workspace's API key."""
        if space.workspace.id not in self._keys:
            self._keys[space.workspace.id] = make_key(space.workspace)
        return self._keys[space.workspace.id]

    def sweep(self) -> None:
        """Let a worker look for what the doorbell missed, as the scheduler does every five seconds."""
        self.task("pipeline.sweep", expires=5)

    def task(self, name: str, *ids: object, **options: Any) -> None:
        """Put a task into the broker, past the proxy; while that is away, it is lost."""
        with suppress(OperationalError, RedisError, OSError):
            self._broker.send_task(name, args=[str(each) for each in ids], retry=False, **options)

    def drain(self, within: float = 60.0, *, hurry: bool = True) -> None:
        """Sweep until nothing is open. `hurry`: what waits for a later try is due now; leases keep their time."""

        def empty() -> bool:
            if time.monotonic() - self._swept > SWEEP_EVERY:
                self._swept = time.monotonic()
                if hurry:
                    self.due()
                self.sweep()
            return self.open() == 0

        until(empty, within=within, why=self._where_it_stands)

    def _where_it_stands(self) -> str:
        lanes = self.sql("SELECT next_due_at, leased_until, held_until, held_reason FROM deliveries_lane")
        said = tail(self.processes.log("worker"))
        return f"{self.open()} are open: {self.states()}; lanes {lanes}; the worker's last words:\n{said}"

    def open(self) -> int:
        """How many signals and conversions have not come to an end."""
        (row,) = self.sql(
            "SELECT (SELECT count(*) FROM signals_unjudged)"
            " + (SELECT count(*) FROM conversions_conversion WHERE state IN ('waiting', 'sending'))"
        )
        return int(row[0])

    def states(self) -> Mapping[str, int]:
        """How many conversions of the test's workspaces stand in which state."""
        ids = [str(space.workspace.id) for space in self.spaces]
        told = "SELECT state, count(*) FROM conversions_conversion WHERE workspace_id = ANY(%s::uuid[]) GROUP BY state"
        return dict(self.sql(told, ids))

    def doubted(self) -> int:
        """How many may have been taken without the product's knowing."""
        ((count,),) = self.sql("SELECT count(*) FROM conversions_conversion WHERE doubtful_since IS NOT NULL")
        return int(count)

    def due(self) -> None:
        """What waits for a later try is due now; no breaker, pace or hold stands in its way."""
        for statement in passing.DUE:
            self.sql(statement)
        with suppress(RedisError):
            self.client.eval(passing.FORGET, 0)

    def later(self, seconds: float) -> None:
        """Time passes: leases, waits and holds are that much older, and so is what Redis keeps for a while."""
        for statement in passing.LATER:
            self.sql(statement, seconds)
        with suppress(RedisError):
            self.client.eval(passing.AGE, 0, int(seconds * 1000))

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask PostgreSQL directly, above all workspaces."""
        with closing(self.connect()) as line, line.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def connect(self) -> Any:
        """A connection past the proxy, as the server's owner."""
        line = psycopg2.connect(host=str(self.postgres.socket), dbname="convsync", user="postgres")
        line.autocommit = True
        return line

    # What must hold

    def conserved(self, *, open_too: bool = False) -> Found:
        """Nothing lost, nothing twice, the same bytes; fails with all that is wrong. `open_too`: some may wait."""
        return self.found(open_too=open_too).held()

    def found(self, *, open_too: bool = False) -> Found:
        """What is lost, twice or different, if anything is."""
        connections["default"].close()  # the server may be another than it was
        found = differences([space.workspace for space in self.spaces], items_received(self.sandbox.url))
        ids = [str(space.workspace.id) for space in self.spaces]
        owed = "SELECT payload FROM conversions_conversion WHERE workspace_id = ANY(%s::uuid[]) AND payload <> ''"
        frozen = {known_by(orjson.loads(payload)): payload for (payload,) in self.sql(owed, ids)}
        found.bytes_differ += bytes_changed([seen.body for seen in self.to_sandbox.seen if seen.body], frozen)
        ((there,),) = self.sql(
            "SELECT count(*) FROM signals_signal WHERE workspace_id = ANY(%s::uuid[]) AND kind = 'form_submission'", ids
        )
        found.lost += [f"signal {number}" for number in range(there, self.told)]
        if there > self.told + self.uncertain:
            found.others.append(f"{there} signals are there, and {self.told} were told")
        if not open_too and self.open():
            found.others.append(f"{self.open()} are still open: {self.states()}")
        return found
