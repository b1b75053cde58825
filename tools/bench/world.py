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
from dataclasses import dataclass, field
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
    peak_mib: dict[str, float] = field(default_factory=dict)
    _running: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    def start(self, name: str, words: list[str], ready: str = "") -> None:
        """Start a process, logged in .local/logs/bench-NAME.log; return when `ready` answers. Raises Fault."""
        path = folder(LOGS) / f"bench-{name}.log"
        with path.open("wb") as log:
            process = subprocess.Popen(
                words,
                env=dict(self.environment),
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

    def start_product(self, *processes: Process) -> None:
        """Start some of the product's processes with the very commands that `./run` gives them."""
        for process in processes:
            ready = f"{self.place.base_url}{process.health}" if process.health else ""
            self.start(process.name, process.words(**self.blanks), ready)

    def stop(self) -> None:
        """Stop all of them, and note how much memory each had at most."""
        for name, process in self._running.items():
            process.terminate()
            deadline = time.monotonic() + STOP_WITHIN
            done, usage = 0, None
            while not done:
                done, _, usage = os.wait4(process.pid, os.WNOHANG)
                if not done and time.monotonic() > deadline:
                    os.killpg(process.pid, signal.SIGKILL)
                time.sleep(0.02)
            self.peak_mib[name] = round(usage.ru_maxrss / PER_MIB, 1) if usage else 0.0
        self._running.clear()


@contextmanager
def world() -> Iterator[Bench]:
    """A product without any load, with the demo's workspace and the sink in the networks' place. Web runs."""
    with ExitStack() as held:
        database_url = held.enter_context(database(os.environ["DATABASE_URL"]))
        redis_url = held.enter_context(_broker())
        state = held.enter_context(tempfile.TemporaryDirectory(prefix="convsync-bench-"))
        web, sink_port = free_port(), free_port()
        environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "CONVSYNC_BASE_URL": f"http://{HOST}:{web}",
            "CONVSYNC_SANDBOX_URL": f"http://{HOST}:{sink_port}",
            "CONVSYNC_EMBEDDED": "1",
            "PYTHONUNBUFFERED": "1",
        }
        with phase("Preparing a workspace of its own and starting the web process"):
            quietly("bench-migrate", (python(*MIGRATE.split()[1:]), environment))
            place = Place(environment["CONVSYNC_BASE_URL"], environment["CONVSYNC_SANDBOX_URL"], **_told(environment))
            bench = Bench(place, database_url, environment, {"host": HOST, "port": web, "state": state})
            held.callback(bench.stop)
            bench.start("sink", python("-m", sink.__name__, str(sink_port)))
            bench.start_product(WEB)
        yield bench


def start_working(bench: Bench) -> None:
    """Start the worker and the clock that wakes it."""
    bench.start_product(WORKER, BEAT)


@contextmanager
def database(beside: str, mark: str = "bench") -> Iterator[str]:
    """An empty database on the server that `beside` is on, its name with the mark; dropped at the end."""
    given = urlsplit(beside)
    name = f"{given.path.lstrip('/')}_{mark}"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with closing(psycopg2.connect(given.geturl())) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(drop)
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield given._replace(path=f"/{name}").geturl()
        finally:
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


def _told(environment: Mapping[str, str]) -> dict[str, Any]:
    run = subprocess.run(
        python("manage.py", "demo_reset"), env=dict(environment), stdout=subprocess.PIPE, text=True, check=True
    )
    told: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return told
