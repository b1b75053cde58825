"""The keeper: a small process that runs one embedded server for as long as anybody uses it.

Whoever uses the server holds a shared lock on `users.lock`. The kernel gives a lock back when its holder dies, so a
launcher that is killed, on any system, still ends with a cleanly stopped server. A server that dies is restarted.
"""

import contextlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from types import FrameType

from tools.launcher.children import Identity, identify, stop_stranger
from tools.launcher.fault import Fault
from tools.launcher.locks import Lock
from tools.launcher.places import socket_directory
from tools.launcher.postgres import Postgres
from tools.launcher.server import Home, Server
from tools.launcher.valkey import Valkey

KINDS: dict[str, type[Postgres] | type[Valkey]] = {"postgres": Postgres, "valkey": Valkey}
# Recovery after a crash takes as long as the log is long; a process that is alive is given this many seconds.
PATIENCE = 120.0
GLANCE = 0.1


class Keeper:
    """Keeps one server: starts it, says that it is ready, and stops it when its last user is gone."""

    def __init__(self, kind: str, home: Home) -> None:
        self._home = home
        self._lock = Lock(home.path / "keeper.lock")
        self._users = Lock(home.path / "users.lock")
        if not self._lock.take(wait=False):
            raise Fault(f"Another launcher is starting {kind}; try again in a moment.")
        self._kind = kind
        self._socket: Path | None = None
        self._process: Popen[bytes] | None = None
        self._stop: Callable[[Popen[bytes]], None]

    def run(self) -> None:
        """Keep the server until nobody uses it. Prints one JSON line when it is ready. Raises `Fault`."""
        try:
            self._clear_leftovers()
            server = KINDS[self._kind](self._home)
            self._start(server)
            _report({"ready": True})
            while not self._users.take(wait=False):
                if self._process is not None and self._process.poll() is not None:
                    self._start(server)
                time.sleep(GLANCE)
        finally:
            self._end()

    def _start(self, server: Server) -> None:
        server.prepare()
        if self._socket is None:
            self._socket = socket_directory(self._home.socket)
        process = self._process = server.start(self._socket)
        self._stop = server.stop
        started = identify(process.pid)
        state = {"pid": process.pid, "started": started.started if started else "", "socket": str(self._socket)}
        self._home.state.write_text(json.dumps(state))
        deadline = time.monotonic() + PATIENCE
        while not server.ready(self._socket):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Fault(f"It did not start. Its last words, from {self._home.log}:\n{self._home.last_words()}")
            time.sleep(0.03)

    def _end(self) -> None:
        self._home.state.unlink(missing_ok=True)
        if self._process is not None:
            self._stop(self._process)
        if self._socket is not None:
            shutil.rmtree(self._socket, ignore_errors=True)
        if self._home.throwaway:
            shutil.rmtree(self._home.path, ignore_errors=True)
        # In this order: who gets the users' lock must not find a keeper that is on its way out.
        self._lock.release()
        self._users.release()

    def _clear_leftovers(self) -> None:
        """Stop the server of a keeper that was killed, and forget its socket."""
        try:
            state = json.loads(self._home.state.read_text())
        except (OSError, ValueError):
            return
        stop_stranger(Identity(state["pid"], state["started"]), number=signal.SIGINT, patience=20)
        shutil.rmtree(state["socket"], ignore_errors=True)
        self._home.state.unlink(missing_ok=True)


def _report(answer: dict[str, object]) -> None:
    """Tell the launcher that started us, once; it may be gone already."""
    with contextlib.suppress(OSError):
        os.write(1, json.dumps(answer).encode() + b"\n")
        os.close(1)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def main(arguments: list[str]) -> None:
    """Keep the server `kind` in the folder `path`: `keeper KIND PATH [throwaway]`."""
    kind, path, *rest = arguments
    # It outlives the launcher that started it: no child of that one, so nobody has to wait for it.
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGTERM, _leave)
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    try:
        Keeper(kind, Home(Path(path), throwaway=bool(rest))).run()
    except (Fault, OSError) as fault:
        _report({"fault": str(fault)})
        sys.exit(str(fault))


if __name__ == "__main__":
    main(sys.argv[1:])
