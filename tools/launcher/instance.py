"""One `./run` per folder: who runs, and where it answers."""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass

from tools.launcher.fault import Fault
from tools.launcher.locks import Lock
from tools.launcher.places import LOCAL, folder
from tools.launcher.ports import Ports

PLACE = LOCAL / "run.lock"


@dataclass(frozen=True)
class Instance:
    """A running `./run`."""

    pid: int
    ports: Ports
    urls: dict[str, str]


class Claim:
    """The right to be the one that runs. Lost when this process ends, however it ends."""

    def __init__(self) -> None:
        folder(LOCAL)
        self._lock = Lock(PLACE)

    @contextlib.contextmanager
    def held(self, ports: Ports) -> Iterator["Claim"]:
        """Be the one that runs. Raises `Fault` with the other's address if there is one."""
        if not self._lock.take(wait=False):
            other = current()
            where = f" on {other.ports.web_url} (process {other.pid}; Ctrl-C there stops it)" if other else ""
            raise Fault(f"convsync is already running in this folder{where}.")
        try:
            self.announce(ports, {})
            yield self
        finally:
            self._lock.write("")
            self._lock.release()

    def announce(self, ports: Ports, urls: dict[str, str]) -> None:
        """Say where we answer and which servers we use."""
        self._lock.write(json.dumps({"pid": os.getpid(), "web": ports.web, "sandbox": ports.sandbox, "urls": urls}))


def current() -> Instance | None:
    """Return the `./run` that runs in this folder, or None."""
    folder(LOCAL)
    lock = Lock(PLACE)
    if lock.take(shared=True, wait=False):
        lock.release()
        return None
    try:
        told = json.loads(PLACE.read_text())
    except ValueError:
        return None
    return Instance(told["pid"], Ports(told["web"], told["sandbox"]), told["urls"])
