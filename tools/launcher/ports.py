"""The two ports of the product on this machine, and who holds one that is taken."""

import errno
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.launcher.children import command_line
from tools.launcher.fault import Fault

HOST = "127.0.0.1"
LISTENING = "0A"


@dataclass(frozen=True)
class Ports:
    """Where the product and its sandbox listen; loopback only."""

    web: int
    sandbox: int

    @property
    def web_url(self) -> str:
        """The product's address."""
        return f"http://{HOST}:{self.web}"

    @property
    def sandbox_url(self) -> str:
        """The sandbox's address."""
        return f"http://{HOST}:{self.sandbox}"


def wanted() -> Ports:
    """Return the ports that PORT and SANDBOX_PORT ask for (8000 and 8010). Raises `Fault` for what is no port."""
    ports = Ports(_number("PORT", 8000), _number("SANDBOX_PORT", 8010))
    if ports.web == ports.sandbox:
        raise Fault(
            f"PORT and SANDBOX_PORT are both {ports.web}; give two different ones, for example SANDBOX_PORT=8010."
        )
    return ports


def claim(ports: Ports, *, patience: float = 0) -> None:
    """Make sure that both ports are free, waiting `patience` seconds for one that is being given up.

    Raises `Fault` naming the port, its holder if the system tells, and the fix.
    """
    deadline = time.monotonic() + patience
    for variable, port in (("PORT", ports.web), ("SANDBOX_PORT", ports.sandbox)):
        while (error := _obstacle(port)) is not None:
            if time.monotonic() >= deadline:
                raise Fault(_explain(variable, port, error)) from error
            time.sleep(0.1)


def free_port() -> int:
    """Return a port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _obstacle(port: int) -> OSError | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error
    return None


def _number(variable: str, otherwise: int) -> int:
    text = os.environ.get(variable, "").strip() or str(otherwise)
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise Fault(
        f"{variable}={text!r} is no port number; give one from 1024 to 65535, for example {variable}={otherwise}."
    )


def _explain(variable: str, port: int, error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} is not open to ordinary users; use one above 1023: {variable}={port + 8000} ./run"
    if error.errno != errno.EADDRINUSE:
        return f"Port {port} cannot be used ({error.strerror}); choose another: {variable}={port + 1} ./run"
    holder = next(_holders(port), None)
    by = f" by process {holder} ({command_line(holder)[:80] or 'name unknown'})" if holder else ""
    return f"Port {port} is in use{by}. Stop that process, or use another port: {variable}={port + 1} ./run"


def _holders(port: int) -> Iterator[int]:
    """Yield the processes that listen on `port`, as far as /proc shows them to us."""
    wanted_links = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for descriptor in Path("/proc").glob("[0-9]*/fd/*") if wanted_links else ():
        try:
            if str(descriptor.readlink()) in wanted_links:
                yield int(descriptor.parts[2])
        except OSError:
            continue


def _listening_inodes(port: int) -> Iterator[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
        except OSError:
            continue
        for row in rows:
            if row[3] == LISTENING and int(row[1].rpartition(":")[2], 16) == port:
                yield row[9]
