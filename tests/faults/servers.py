"""Servers to be killed: a PostgreSQL (from a template) and a Valkey of one world, and the product's own processes."""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from tools.launcher import postgres
from tools.launcher.children import before_exec
from tools.launcher.foreground import python, quietly, tail
from tools.launcher.locks import Lock
from tools.launcher.places import LOCAL, ROOT, folder
from tools.launcher.postgres import Postgres
from tools.launcher.processes import MIGRATE
from tools.launcher.server import Home
from tools.launcher.valkey import Valkey

WITHIN = 60.0  # seconds for a server or process to be ready: the machine may be busy
# What is committed survives the server's death, not the machine's: nobody pulls its plug here.
CLUSTER = "fsync = off\nmax_connections = 60\nshared_buffers = 32MB\nlog_min_messages = fatal\n"


def until(
    done: Callable[[], object], *, within: float = WITHIN, why: str | Callable[[], str] = "It did not happen."
) -> None:
    """Return once `done` says so; fail with `why` when it does not in `within` seconds."""
    ends = time.monotonic() + within
    while not done():
        if time.monotonic() > ends:
            pytest.fail(why if isinstance(why, str) else why())
        time.sleep(0.05)


class Server:
    """One of the embedded servers, without the keeper that would start it again."""

    def __init__(self, kind: type[Postgres] | type[Valkey], path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.home = Home(path)
        self.socket = path / "socket"
        self.socket.mkdir(mode=0o700, exist_ok=True)
        self._server = kind(self.home)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it takes work when this returns."""
        self._server.prepare()
        process = self.process = self._server.start(self.socket)
        until(lambda: process.poll() is not None or self.ready(), why=self.home.last_words())
        if process.poll() is not None:
            pytest.fail(self.home.last_words())

    def ready(self) -> bool:
        """Whether it takes work."""
        return self._server.ready(self.socket)

    def stop(self, number: signal.Signals | None = None) -> None:
        """Stop it in order, or with this signal: SIGQUIT is PostgreSQL's immediate shutdown."""
        if self.process is None:
            return
        if number is None:
            self._server.stop(self.process)
        else:
            self.process.send_signal(number)
            self.process.wait()
        self.process = None

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None


def migrated(environment: Mapping[str, str]) -> Path:
    """A cluster's data folder with the product's tables, made once for these migrations and kept in `.local`."""
    files = sorted((ROOT / "apps").glob("*/migrations/*.py"))
    mark = hashlib.blake2b(b"".join(map(Path.read_bytes, files)) + CLUSTER.encode(), digest_size=6).hexdigest()
    home = folder(LOCAL) / f"faults-{mark}"
    with Lock(LOCAL / "faults.lock"):
        if not (home / "made").exists():
            for old in LOCAL.glob("faults-*"):
                shutil.rmtree(old)
            server = Server(Postgres, home)
            server._server.prepare()
            with (home / "data" / "postgresql.conf").open("a") as file:
                file.write(CLUSTER)
            server.start()
            url = postgres.url(server.socket, "convsync")
            quietly("faults-migrate", (python(*MIGRATE.split()[1:]), {**environment, "DATABASE_URL": url}))
            server.stop()
            (home / "made").touch()
    return home / "data"


class Processes:
    """Processes by name, each logged in a file of its own."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self.full = False  # whether what is started now finds no room for its log
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(
        self, name: str, words: Sequence[str], environment: Mapping[str, str], *, group: bool = False
    ) -> "subprocess.Popen[bytes]":
        """Start one and return at once. `group`: it may have children, which end with it."""
        log = self.log(name)
        with log.open("ab") as output, (Path("/dev/full") if self.full else log).open("ab") as complaints:
            process = subprocess.Popen(
                words,
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=complaints,
                start_new_session=True,
                preexec_fn=before_exec(signal.SIGTERM if group else signal.SIGKILL),  # noqa: PLW1509 - takes no lock
            )
        self._running[name] = process
        return process

    def log(self, name: str) -> Path:
        """Where it writes."""
        return self._logs / f"{name}.log"

    def alive(self, name: str) -> bool:
        """Whether it runs."""
        return name in self._running and self._running[name].poll() is None

    def named(self, name: str) -> "subprocess.Popen[bytes]":
        """The process of that name."""
        return self._running[name]

    def kill(self, name: str) -> None:
        """`kill -9`, its children included."""
        process = self._running.pop(name, None)
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_all(self) -> None:
        """`kill -9` for everybody."""
        for name in list(self._running):
            self.kill(name)

    def until(self, name: str, ready: Callable[[], object]) -> None:
        """Return once `ready` says so; fail with the log's end when the process dies first."""
        process = self._running[name]
        until(lambda: process.poll() is not None or ready(), why=f"{name} is not ready:\n{tail(self.log(name))}")
        if process.poll() is not None:
            pytest.fail(f"{name} ended:\n{tail(self.log(name))}")
