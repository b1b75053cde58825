"""A TCP proxy that harms what passes: between workers and the networks' stand-in, PostgreSQL and Redis.

It runs on a thread of its own and is told by plain attributes. An `http` proxy knows where a request begins and ends,
gives each request at most one fault, and keeps what it saw leave, byte for byte, whether it arrived or not.
"""

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tools.launcher.ports import HOST

AT_ONCE = 64 * 1024
RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time: closing becomes a reset
FULL = 4  # connections that fill a listener which accepts none
Upstream = tuple[str, int] | Path


@dataclass(frozen=True)
class Fault:
    """What happens to one request (or, where a proxy knows no requests, to one connection)."""

    eats: Literal["", "request", "answer"] = ""  # swallowed, then the connection closes
    reset_after: int | None = None  # bytes of the request that pass before a reset
    answer_reset_after: int | None = None  # bytes of the answer that pass before a reset
    latency: float = 0.0  # seconds before each piece of the answer
    bytes_per_second: int | None = None  # of the answer
    silent: bool = False  # the request is read, and nothing ever comes back
    says: bytes = b""  # the answer that comes instead of the network's own, which is never asked

    @property
    def stops(self) -> bool:
        """Whether the request goes no further than here."""
        return self.eats == "request" or bool(self.says)


NONE = Fault()


@dataclass(frozen=True)
class Seen:
    """A request as it left the worker; `arrived` says whether all of it was passed on."""

    path: str
    body: bytes
    at: float
    arrived: bool


@dataclass
class _Exchange:
    """The request that is on its way over one connection."""

    fault: Fault = NONE
    held: bytearray = field(default_factory=bytearray)
    wanted: int | None = None  # its whole length, once its head was read
    passed: int = 0


class Proxy:
    """Listens on a port of its own. `fault` meets every request; `script`, while it lasts, the next ones instead."""

    def __init__(self, upstream: Upstream, *, http: bool = False) -> None:
        self.upstream, self._http = upstream, http
        self.fault: Fault = NONE
        self.script: deque[Fault] = deque()
        self.seen: list[Seen] = []
        self.down = False  # connections are closed as soon as they are made
        self.accepted = 0  # connections
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.StreamWriter] = set()
        self._full: list[socket.socket] = []

    def start(self) -> "Proxy":
        """Listen. The port stays the same until `stop`."""
        self._thread.start()
        self._run(self._listen())
        return self

    def stop(self) -> None:
        """Close everything."""
        if not self._thread.is_alive():
            return
        self._open_up()
        self._run(self._hush())
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def heal(self) -> None:
        """Harm nothing any more."""
        self.fault, self.down = NONE, False
        self.script.clear()
        if self._full:
            self._open_up()
            self._run(self._listen())

    def cut(self) -> None:
        """Reset every connection that stands."""

        async def abort() -> None:
            for line in list(self._lines):
                _reset(line)

        self._run(abort())

    def black_hole(self) -> None:
        """Swallow what asks to connect: nobody answers, nobody refuses. `heal` ends it."""
        self._run(self._hush())
        self.cut()
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, self.port))
        listener.listen(0)
        self._full = [listener]
        for _ in range(FULL):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex((HOST, self.port))
            self._full.append(waiting)

    def _open_up(self) -> None:
        for each in self._full:
            each.close()
        self._full = []

    def _run(self, work: "Coroutine[Any, Any, None]") -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, self.port, limit=AT_ONCE)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _hush(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _serve(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self.accepted += 1
        try:
            if self.down:
                raise ConnectionAbortedError
            if isinstance(self.upstream, Path):
                answer, forth = await asyncio.open_unix_connection(self.upstream)
            else:
                answer, forth = await asyncio.open_connection(*self.upstream)
        except OSError:
            _reset(back)
            return
        self._lines |= {back, forth}
        exchange = _Exchange(NONE if self._http else self._next())
        pumps = [
            asyncio.ensure_future(self._request(client, back, forth, exchange)),
            asyncio.ensure_future(_answer(answer, back, exchange)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        for line in (back, forth):
            line.close()
        self._lines -= {back, forth}

    def _next(self) -> Fault:
        return self.script.popleft() if self.script else self.fault

    async def _request(
        self,
        client: asyncio.StreamReader,
        back: asyncio.StreamWriter,
        forth: asyncio.StreamWriter,
        exchange: _Exchange,
    ) -> None:
        """Pass what the client says, as far as the fault lets it."""
        while data := await client.read(AT_ONCE):
            if self._http and exchange.wanted is None and not exchange.held:
                exchange.fault, exchange.passed = self._next(), 0
            fault = exchange.fault
            room = len(data) if fault.reset_after is None else max(0, fault.reset_after - exchange.passed)
            exchange.passed += len(data)
            if not fault.stops:
                forth.write(data[:room])
                await forth.drain()
            whole = self._http and self._note(exchange, data, arrived=not fault.stops and room >= len(data))
            if room < len(data):
                raise ConnectionResetError
            if fault.stops and (whole or not self._http):
                back.write(fault.says)
                await back.drain()
                return

    def _note(self, exchange: _Exchange, data: bytes, *, arrived: bool) -> bool:
        """Keep the request once all of it was read; whether it was."""
        exchange.held += data
        head, found, body = bytes(exchange.held).partition(b"\r\n\r\n")
        if not found:
            return False
        lengths = [line[15:] for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"]
        exchange.wanted = int(lengths[0]) if lengths else 0
        cut = exchange.fault.reset_after is not None and exchange.passed > exchange.fault.reset_after
        if len(body) < exchange.wanted and not cut:
            return False
        path = head.split(b" ", 2)[1].decode()
        self.seen.append(Seen(path, body[: exchange.wanted], time.time(), arrived))
        exchange.held, exchange.wanted = bytearray(), None
        return True


async def _answer(answer: asyncio.StreamReader, back: asyncio.StreamWriter, exchange: _Exchange) -> None:
    """Pass what comes back, as far as the fault lets it."""
    passed = 0
    while data := await answer.read(AT_ONCE):
        fault = exchange.fault
        if fault.eats == "answer":
            return
        if fault.silent:
            continue
        await asyncio.sleep(fault.latency)
        step = 1 if fault.bytes_per_second else len(data)
        for at in range(0, len(data), step):
            if fault.answer_reset_after is not None and passed >= fault.answer_reset_after:
                _reset(back)
                return
            piece = data[at : at + step]
            if fault.answer_reset_after is not None:
                piece = piece[: fault.answer_reset_after - passed]
            back.write(piece)
            passed += len(piece)
            await back.drain()
            if fault.bytes_per_second:
                await asyncio.sleep(1 / fault.bytes_per_second)


def _reset(line: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        line.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    line.transport.abort()
