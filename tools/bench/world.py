"""The bench's own world: a database and a broker that are thrown away, the sink, and the product's real processes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql

from tools.bench import sink
from tools.demo.place import Place
from tools.demo.progress import phase
from tools.launcher.children import before_exec
from tools.launcher.embedded import Embedded
from tools.launcher.fault import Fault
from tools.launcher.foreground import python, quietly, tail
from tools.launcher.places import LOCAL, LOGS, folder
from tools.launcher.ports import HOST, free_port
from tools.launcher.processes import BEAT, MIGRATE, WEB, WORKER, Process
from tools.launcher.server import Home
from tools.launcher.supervisor import answers
from tools.launcher.valkey import url as valkey_url

READY_WITHIN, STOP_WITHIN = 30.0, 15.0
# What `ru_maxrss` counts in: KiB, but bytes on macOS.
PER_MIB = 1024 * 1024 if sys.platform == "darwin" else 1024


@dataclass
class Bench:
    """A place to measure: where to post, which database to read, and the processes by name."""

    place: Place
    database_url: str
    environment: Mapping[str, str]
    blanks: Mapping[str, object]
    twin_url: str = ""
    peak_mib: dict[str, float] = field(default_factory=dict)
    _running: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    def start(self, name: str, words: list[str], ready: str = "", *, settings: Mapping[str, str] | None = None) -> None:
        """Start a process, logged in .local/logs/bench-NAME.log; return when `ready` answers. Raises Fault.

        `settings` are what its environment says beside, or instead of, what it says to all.
        """
        path = folder(LOGS) / f"bench-{name}.log"
        with path.open("wb") as log:
            process = subprocess.Popen(
                words,
                env={**self.environment, **(settings or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=before_exec(signal.SIGKILL),
            )
        self._running[name] = process
        deadline = time.monotonic() + READY_WITHIN
        while ready and not answers(ready):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Fault(f"{name} did not start. Its last words:\n{tail(path)}")
            time.sleep(0.05)

    def process_ids(self) -> dict[str, list[int]]:
        """The processes that were started, by name."""
        return {name: [process.pid] for name, process in self._running.items()}

    def start_product(self, *processes: Process) -> None:
        """Start some of the product's processes with the very commands that `./run` gives them."""
        for process in processes:
            ready = f"{self.place.base_url}{process.health}" if process.health else ""
            self.start(process.name, process.words(**self.blanks), ready)

    def stop(self, *names: str) -> None:
        """Stop these or all of them, and note how much memory each had at most."""
        for name in names or tuple(self._running):
            process = self._running.pop(name)
            process.terminate()
            deadline = time.monotonic() + STOP_WITHIN
            done, usage = 0, None
            while not done:
                done, _, usage = os.wait4(process.pid, os.WNOHANG)
                if not done and time.monotonic() > deadline:
                    os.killpg(process.pid, signal.SIGKILL)
                time.sleep(0.02)
            self.peak_mib[name] = round(usage.ru_maxrss / PER_MIB, 1) if usage else 0.0


@contextmanager
def installation(mark: str = "bench") -> Iterator[Bench]:
    """A database with the product's tables, a broker, and the sink in the networks' place; the mark sets it apart."""
    with ExitStack() as held:
        database_url = held.enter_context(database(os.environ["DATABASE_URL"], mark))
        redis_url = held.enter_context(_broker())
        state = held.enter_context(tempfile.TemporaryDirectory(prefix="convsync-bench-"))
        web, sink_port = free_port(), free_port()
        place = Place(f"http://{HOST}:{web}", f"http://{HOST}:{sink_port}", 0, {}, {}, "")
        environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "CONVSYNC_BASE_URL": place.base_url,
            "CONVSYNC_SANDBOX_URL": place.sandbox_url,
            "CONVSYNC_EMBEDDED": "1",
            "PYTHONUNBUFFERED": "1",
        }
        bench = Bench(place, database_url, environment, {"host": HOST, "port": web, "state": state})
        with phase("Preparing a database of its own"):
            quietly(f"{mark}-migrate", (python(*MIGRATE.split()[1:]), environment))
            held.callback(bench.stop)
            bench.start("sink", python("-m", sink.__name__, str(sink_port)))
        yield bench


@contextmanager
def world(*making: str, twin: bool = False) -> Iterator[Bench]:
    """An installation without any load whose web process runs.

    `making` are the words for Python that make its workspace and tell of it; without any it is the demo's. `twin`:
    there is a second database, the same as the first then.
    """
    with installation() as bench, ExitStack() as held:
        with phase("Preparing a workspace of its own and starting the web process"):
            told = _told(bench.environment, *(making or ("manage.py", "demo_reset")))
            bench.place = replace(bench.place, **told)
            if twin:
                bench.twin_url = held.enter_context(database(bench.database_url, "twin", copied=True))
            bench.start_product(WEB)
        yield bench
        bench.stop()


def start_working(bench: Bench) -> None:
    """Start the worker and the clock that wakes it."""
    bench.start_product(WORKER, BEAT)


@contextmanager
def database(beside: str, mark: str = "bench", *, copied: bool = False) -> Iterator[str]:
    """A database on the server that `beside` is on, its name with the mark; dropped at the end.

    It is empty, or a copy of `beside`, in which nobody may be connected then.
    """
    given = urlsplit(beside)
    here = given.path.lstrip("/")
    name = f"{here}_{mark}"
    make = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(here if copied else "template1")
    )
    with closing(psycopg2.connect(given._replace(path="/template1" if copied else given.path).geturl())) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        _drop(cursor, name)
        cursor.execute(make)
        try:
            yield given._replace(path=f"/{name}").geturl()
        finally:
            _drop(cursor, name)


def _drop(cursor: Any, name: str) -> None:
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    try:
        cursor.execute(sql.Composed([drop, sql.SQL(" WITH (FORCE)")]))
    except psycopg2.errors.InsufficientPrivilege:  # PostgreSQL tidies up in there; it leaves for a drop without force
        cursor.execute(drop)


@contextmanager
def _broker() -> Iterator[str]:
    """A Valkey of our own, so that no other worker takes what is measured."""
    home = Path(tempfile.mkdtemp(prefix="bench-valkey-", dir=folder(LOCAL)))
    broker = Embedded("valkey", Home(home, throwaway=True))
    broker.begin()
    try:
        yield valkey_url(broker.ready())
    finally:
        broker.release()
        shutil.rmtree(home, ignore_errors=True)


def _told(environment: Mapping[str, str], *words: str) -> dict[str, Any]:
    run = subprocess.run(python(*words), env=dict(environment), stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return told
