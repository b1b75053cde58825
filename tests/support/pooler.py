"""A transaction pooler for tests: what PgBouncer does in transaction mode, and nothing that would help.

A client gets one of few connections to PostgreSQL for as long as a transaction lasts (by the status that PostgreSQL
tells with ReadyForQuery), the one that was idle longest, so that the next transaction has another; nothing is reset in
between. What a client leaves behind in a session is there for the next, whoever it is: `leftovers` reads it.

Source: PostgreSQL's documentation, "Frontend/Backend Protocol" (message flow, and formats of version 3.0).
"""

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from queue import Empty, Queue

VERSION_3, SSL_REQUEST, GSS_REQUEST = 196608, 80877103, 80877104
IDLE = b"Z\x00\x00\x00\x05I"
ASK_ONE_ANSWER = (b"Q", b"S", b"F")  # Query, Sync and FunctionCall each end with one ReadyForQuery
WAITS_SECONDS = 20.0  # a client for one of the connections
# What a session can carry from one transaction into the next; each is read as text.
LEFTOVERS = {
    "settings": "SELECT string_agg(name || '=' || setting, ' ') FROM pg_settings WHERE source = 'session'",
    "workspace": "SELECT current_setting('convsync.workspace', true)",
    "locks": "SELECT string_agg(mode, ' ') FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
    "prepared": "SELECT string_agg(name, ' ') FROM pg_prepared_statements",
    "cursors": "SELECT string_agg(name, ' ') FROM pg_cursors WHERE name <> ''",
    "listening": "SELECT string_agg(channel, ' ') FROM pg_listening_channels() channel",
    "temporary": "SELECT string_agg(relname, ' ') FROM pg_class WHERE relnamespace = pg_my_temp_schema()",
}


@dataclass(eq=False)
class Wire:
    """A socket that is read message by message."""

    socket: socket.socket
    transactions: int = 0
    _read: bytearray = field(default_factory=bytearray)

    def fileno(self) -> int:
        """For `select`."""
        return self.socket.fileno()

    def send(self, message: bytes) -> None:
        """Send it whole."""
        self.socket.sendall(message)

    def receive(self) -> None:
        """Read what is there. Raises EOFError at the end."""
        got = self.socket.recv(65536)
        if not got:
            raise EOFError
        self._read += got

    def message(self, *, untyped: bool = False) -> bytes:
        """The next whole message; waits for it. The first of a connection has no letter before its length."""
        while (message := self.complete(untyped=untyped)) is None:
            self.receive()
        return message

    def complete(self, *, untyped: bool = False) -> bytes | None:
        """The next whole message, or None when it has not come in yet."""
        start = 0 if untyped else 1
        if len(self._read) < start + 4:
            return None
        end = start + int.from_bytes(self._read[start : start + 4], "big")
        if len(self._read) < end:
            return None
        message = bytes(self._read[:end])
        del self._read[:end]
        return message


class Pooler:
    """`size` connections to PostgreSQL for any number of clients, who come to `port` of 127.0.0.1."""

    def __init__(self, *, settings: Mapping[str, object], size: int) -> None:
        """Connect, with Django's settings of a database behind a Unix socket that trusts whoever reaches it."""
        self._at = f"{settings['HOST']}/.s.PGSQL.5432"
        told = {"user": settings["USER"], "database": settings["NAME"], "client_encoding": "UTF8"}
        words = b"".join(str(word).encode() + b"\0" for pair in told.items() for word in pair)
        body = struct.pack("!I", VERSION_3) + words + b"\0"
        self._startup = struct.pack("!I", len(body) + 4) + body
        self._greeting = b""
        self.servers: list[Wire] = []
        self._idle: Queue[Wire] = Queue()
        for _ in range(size):
            self._connect()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._serving: list[tuple[threading.Thread, Wire]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Hang up on PostgreSQL and take no more clients."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # closing alone does not wake whoever waits for a client
        self._listening.close()
        for thread, client in self._serving:
            with contextlib.suppress(OSError):
                client.socket.shutdown(socket.SHUT_RDWR)
            thread.join()
        for server in self.servers:
            server.socket.close()

    @property
    def clients(self) -> int:
        """How many have come so far."""
        return len(self._serving)

    def leftovers(self) -> list[dict[str, str]]:
        """What each connection holds while it belongs to nobody; empty where it holds nothing."""
        return [
            {name: value for name, query in LEFTOVERS.items() if (value := _asked(server, query))}
            for server in self.servers
        ]

    def _connect(self) -> None:
        server = Wire(socket.socket(socket.AF_UNIX))
        server.socket.connect(self._at)
        server.send(self._startup)
        greeting = b""
        while not greeting.endswith(IDLE):
            greeting += server.message()
        self._greeting = greeting
        self.servers.append(server)
        self._idle.put(server)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                wire = Wire(client)
                thread = threading.Thread(target=self._serve, args=[wire], daemon=True)
                self._serving.append((thread, wire))
                thread.start()

    def _serve(self, client: Wire) -> None:
        with contextlib.suppress(OSError, EOFError, Empty), client.socket:
            while (code := struct.unpack("!I", client.message(untyped=True)[4:8])[0]) in (SSL_REQUEST, GSS_REQUEST):
                client.send(b"N")
            if code != VERSION_3:
                return  # somebody wants a query cancelled: not served
            client.send(self._greeting)
            while (first := client.message())[:1] != b"X":
                server = self._idle.get(timeout=WAITS_SECONDS)
                server.transactions += 1
                try:
                    _transaction(first, client, server)
                except (OSError, EOFError):
                    self._replace(server)  # the client went in the middle: so does what it had begun
                    raise
                self._idle.put(server)

    def _replace(self, server: Wire) -> None:
        self.servers.remove(server)
        server.socket.close()
        self._connect()


def _transaction(first: bytes, client: Wire, server: Wire) -> None:
    """Pass messages both ways until PostgreSQL says that no transaction is open and it has nothing left to answer."""
    asked, message = 0, b""
    waiting: bytes | None = first
    while True:
        while waiting is not None:
            if waiting[:1] == b"X":
                raise EOFError
            asked += waiting[:1] in ASK_ONE_ANSWER
            server.send(waiting)
            waiting = client.complete()
        (ready, _, _) = select.select([client, server], [], [])
        for wire in ready:
            wire.receive()
        while (answer := server.complete()) is not None:
            client.send(answer)
            message = answer
            asked -= message[:1] == b"Z"
        if message == IDLE and not asked:
            return
        waiting = client.complete()


def _asked(server: Wire, query: str) -> str:
    """The one value that the query answers with, as text."""
    server.send(b"Q" + struct.pack("!I", len(query) + 5) + query.encode() + b"\0")
    value = b""
    while (message := server.message())[:1] != b"Z":
        assert message[:1] != b"E", message
        if message[:1] == b"D" and struct.unpack("!i", message[7:11])[0] > 0:
            value = message[11:]
    return value.decode()


@contextlib.contextmanager
def pooling(settings: dict[str, object], *, size: int) -> Iterator[Pooler]:
    """Lead a database's clients through a pooler: those that connect meanwhile, by Django's settings of it."""
    pooler = Pooler(settings=settings, size=size)
    direct = {name: settings[name] for name in ("HOST", "PORT")}
    settings.update(HOST="127.0.0.1", PORT=str(pooler.port))
    try:
        yield pooler
    finally:
        settings.update(direct)
        pooler.close()
