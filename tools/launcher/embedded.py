"""Using an embedded server: hold it, and it runs; the last to let go has it stopped."""

import json
import subprocess
import sys
from pathlib import Path

from tools.launcher.fault import Fault
from tools.launcher.locks import Lock
from tools.launcher.places import ROOT, folder
from tools.launcher.server import Home

TITLES = {"postgres": "PostgreSQL", "valkey": "Valkey"}


class Embedded:
    """One embedded server, held by this process from `begin` to `release`."""

    def __init__(self, kind: str, home: Home) -> None:
        self._kind, self._home = kind, home
        folder(home.path)
        self._users = Lock(home.path / "users.lock")
        self._starting = Lock(home.path / "starting.lock")
        self._keeper_lock = Lock(home.path / "keeper.lock")
        self._keeper: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Hold the server, and start its keeper unless one runs. Returns before the server is ready."""
        self._users.take(shared=True)
        self._starting.take()
        if not self._keeper_lock.take(wait=False):
            return
        self._keeper_lock.release()
        words = [sys.executable, "-m", "tools.launcher.keeper", self._kind, str(self._home.path)]
        with self._home.log.open("wb") as log:
            self._keeper = subprocess.Popen(
                [*words, "throwaway"] if self._home.throwaway else words,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )

    def ready(self) -> Path:
        """Wait until the server takes work; return its socket folder. Raises `Fault` with the reason if it cannot."""
        if self._keeper is not None:
            with self._keeper as keeper:
                assert keeper.stdout is not None
                answer = json.loads(keeper.stdout.readline() or b"{}")
            if "ready" not in answer:
                self.release()
                why = answer.get("fault", f"Its keeper died; see {self._home.log}")
                raise Fault(f"{TITLES[self._kind]} cannot start. {why}")
        self._starting.release()
        return Path(json.loads(self._home.state.read_text())["socket"])

    def release(self) -> None:
        """Let go of the server. If nobody else holds it, it is stopped when this returns."""
        alone = self._users.take(wait=False)
        self._users.release()
        self._starting.release()
        if alone and self._keeper_lock.take():
            self._keeper_lock.release()
