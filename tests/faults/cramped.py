"""A PostgreSQL whose disk is small and really runs full: its data stand on a tmpfs of their own.

`python -m tests.faults.cramped DATA PLACE MIB WORDS...` copies DATA to PLACE; `WORDS... PLACE/data` keeps going.
A user namespace lets anybody mount it, a mount namespace lets nobody else see it, and both end with this program.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.faults.servers import Server, until
from tools.launcher import postgres
from tools.launcher.children import before_exec
from tools.launcher.foreground import python
from tools.launcher.places import ROOT
from tools.launcher.postgres import Postgres

NEW_MOUNTS, NEW_USER = 0x00020000, 0x10000000
SPARE = 48  # MiB beyond what the data take


class Cramped(Server):
    """A PostgreSQL on such a disk. One that gives up for want of room is started again, as an orchestrator would."""

    def __init__(self, path: Path) -> None:
        super().__init__(Postgres, path)
        self._place = path / "small"
        self._place.mkdir()

    def start(self) -> None:
        """Start it; it takes work when this returns."""
        taken = sum(file.stat().st_size for file in self.home.data.rglob("*") if file.is_file())
        program = [str(postgres.binaries()[0] / "postgres"), "-c", "listen_addresses=", "-c", "timezone=UTC"]
        program += ["-c", f"unix_socket_directories={self.socket}", "-D"]
        words = [str(self.home.data), str(self._place), str(taken // 2**20 + SPARE), *program]
        with self.home.log.open("ab") as log:
            self.process = subprocess.Popen(
                python("-m", "tests.faults.cramped", *words),
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=before_exec(signal.SIGTERM),  # noqa: PLW1509 - takes no lock
            )
        until(lambda: not self.running or self.ready(), why=self.home.last_words)

    def stop(self, number: signal.Signals | None = None) -> None:
        """End it, and with it the disk."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
            self.process = None

    def fill(self) -> None:
        """Leave no room."""
        with self._ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(2**16))
            except OSError:
                return

    def make_room(self) -> None:
        """Give it back."""
        self._ballast.unlink()

    @property
    def _ballast(self) -> Path:
        assert self.process is not None
        return Path(f"/proc/{self.process.pid}/root{self._place}/ballast")


def enter(place: Path, mib: int) -> None:
    """Mount a small tmpfs at the place, for this process and its children alone. Raises OSError."""
    libc: Any = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(NEW_USER | NEW_MOUNTS):
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"1000 {user} 1"), ("gid_map", f"1000 {group} 1")):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(descriptor, text.encode())
        os.close(descriptor)
    if libc.mount(b"tmpfs", str(place).encode(), b"tmpfs", 0, f"size={mib}m,mode=700".encode()):
        raise OSError(ctypes.get_errno(), "mount")


def main(source: str, place: str, mib: str, *words: str) -> None:
    """Run the program on the small disk until told to stop."""
    enter(Path(place), int(mib))
    data = Path(place, "data")
    shutil.copytree(source, data)
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    while not asked:
        with subprocess.Popen([*words, str(data)]) as server:
            while server.poll() is None and not asked:
                time.sleep(0.1)
            if server.poll() is None:
                server.send_signal(signal.SIGQUIT)


if __name__ == "__main__":
    main(*sys.argv[1:])
