"""What an embedded server is: a home folder, a process, and a socket."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tools.launcher.fault import Fault


@dataclass(frozen=True)
class Home:
    """The folder of one embedded server. `throwaway` homes skip durability and are deleted when nobody uses them."""

    path: Path
    throwaway: bool = False

    @property
    def data(self) -> Path:
        """The server's own files."""
        return self.path / "data"

    @property
    def socket(self) -> Path:
        """Where its socket goes when that path is short enough."""
        return self.path / "socket"

    @property
    def log(self) -> Path:
        """What the server and its keeper write."""
        return self.path / "log"

    @property
    def state(self) -> Path:
        """JSON of the running server: process and socket folder; absent when it is stopped."""
        return self.path / "state.json"

    @property
    def other_owner(self) -> int | None:
        """The user whose files these are, when we are root and they are not ours: the server then runs as that user."""
        if os.geteuid() != 0:
            return None
        return (self.data if self.data.exists() else self.path).stat().st_uid or None

    def last_words(self, lines: int = 6) -> str:
        """Return the end of the log, for a fault's text."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def give(path: Path, user: int | None) -> None:
    """Make `path` belong to the user the server runs as; None leaves it ours. Raises `Fault` if it may not."""
    if user is None:
        return
    try:
        os.chown(path, user, -1)
    except OSError as error:
        raise Fault(
            f"{path} cannot be given to user {user}, as whom the server is to run ({error.strerror}). "
            "Run `./run` as an ordinary user, or give servers in DATABASE_URL, SANDBOX_DATABASE_URL and REDIS_URL."
        ) from error


class Server(Protocol):
    """One kind of embedded server."""

    def prepare(self) -> None:
        """Make the data folder ready, and mend what a crash left in it. Raises `Fault`."""

    def start(self, socket: Path) -> "subprocess.Popen[bytes]":
        """Start the server with its socket in this folder and return at once. Raises `Fault`."""

    def ready(self, socket: Path) -> bool:
        """Return whether it takes work; makes roles and databases that are missing."""

    def stop(self, process: "subprocess.Popen[bytes]") -> None:
        """Stop it cleanly; it is gone when this returns."""
