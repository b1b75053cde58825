"""Web's worker for gunicorn: a thread is only taken by a request that has come in whole.

Gunicorn's own threaded worker reads requests in its threads, so that eight clients that send a byte now and then stop
everybody else (slow loris), and it waits for those that are slow to hang up in its one loop. Here all of that is done
by the loop without waiting, with an end in time and in size. What it parses is left to gunicorn.

`gunicorn --worker-class convsync.serving.PatientWorker`
"""

import re
import resource
import socket
import struct
from dataclasses import dataclass, field
from functools import partial
from selectors import EVENT_READ
from time import monotonic
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

HEAD_SECONDS, WHOLE_SECONDS = 10.0, 30.0  # from the first wait for a request: until its headers, and until its body
LINGER_SECONDS = 2.0  # for who hangs up late (RFC 9112 section 9.6), and for what is sent beyond a refusal
ANSWER_SECONDS = 30  # for one piece of an answer to be taken
LARGEST_HEAD, LARGEST_BODY = 64 * 1024, 11 * 1024 * 1024  # each view has a smaller limit of its own, and says it better
HELD_MOST = 64 * 1024 * 1024  # of all requests that are still coming in
AT_ONCE = 256 * 1024
SPARE_FILES = 128  # of those the process may open, beside connections: the database's, the broker's, its own
SPARE_CONNECTIONS = 8

_LENGTH = re.compile(rb"\r\ncontent-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect[ \t]*:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
REFUSALS = {408: "Request Timeout", 411: "Length Required", 413: "Content Too Large", 431: "Headers Too Large"}


@dataclass(eq=False)
class Coming:
    """A request on its way in. `whole` is how many bytes it will have, once its headers tell."""

    until: float
    last: float
    data: bytearray = field(default_factory=bytearray)
    whole: int | None = None
    expected: bool = False

    def look(self) -> int:
        """The status to refuse it with, or 0. Sets `whole` as soon as the headers are in."""
        if self.whole is not None:
            return 0
        end = self.data.find(b"\r\n\r\n")
        if end < 0:
            return 431 if len(self.data) > LARGEST_HEAD else 0
        head = bytes(self.data[: end + 4])
        length = _LENGTH.search(head)
        if length is None and _CHUNKED.search(head):
            return 411
        if length is not None and int(length[1]) > LARGEST_BODY:
            return 413
        self.whole = len(head) + (int(length[1]) if length else 0)
        self.expected = _EXPECTS.search(head) is not None and len(self.data) == len(head)
        self.until = self.last
        return 0


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """Gathers requests in its loop, and hands over what is whole."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As gunicorn makes its workers."""
        super().__init__(*args, **kwargs)
        self._coming: dict[TConn, Coming] = {}
        self._beyond: dict[TConn, bytes] = {}  # sent behind a request that is being answered
        self._leaving: dict[TConn, float] = {}  # until when we wait for them to hang up
        self._held = 0
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        most: int = self.cfg.worker_connections
        if files != resource.RLIM_INFINITY:
            most = max(min(most, files - SPARE_FILES), 2 * SPARE_CONNECTIONS)
        self.worker_connections = most

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection; no thread yet."""
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", ANSWER_SECONDS, 0))
        conn = TConn(self.cfg, client, address, listener.getsockname())
        conn.data_ready = True
        if self.nr_conns > self.worker_connections - SPARE_CONNECTIONS:
            self._make_room()
        self._gather(conn)

    def on_client_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """A connection that was kept sends its next request, or hangs up."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._gather(conn)

    def finish_request(self, conn: TConn, future: Any) -> None:
        """A thread is done with a request: its connection is kept, or parted with."""
        if not future.cancelled() and future.exception() is None and future.result() is True:
            super().finish_request(conn, future)
            if conn in self._beyond:
                self.on_client_socket_readable(conn, conn.sock)
            return
        self._beyond.pop(conn, None)
        self._part(conn)

    def murder_pending(self) -> None:
        """Refuse what took too long to come in, and let go of who does not hang up."""
        now = monotonic()
        for conn, coming in list(self._coming.items()):
            if coming.until < now or not (self.alive or coming.data):
                self._refuse(conn, 408 if coming.data else 0)
        for conn, until in list(self._leaving.items()):
            if until < now:
                self._gone(conn)

    def _make_room(self) -> None:
        """Who has taken longest to send a request, or else to hang up, goes for who comes now."""
        if self._coming:
            longest = min(self._coming, key=lambda each: self._coming[each].last)
            self._leave_off(longest)
            self._gone(longest)
        elif self._leaving:
            self._gone(min(self._leaving, key=lambda each: self._leaving[each]))

    def _gather(self, conn: TConn) -> None:
        now = monotonic()
        self._coming[conn] = Coming(until=now + HEAD_SECONDS, last=now + WHOLE_SECONDS)
        conn.sock.setblocking(False)
        self.poller.register(conn.sock, EVENT_READ, partial(self._receive, conn))
        if beyond := self._beyond.pop(conn, b""):
            self._take(conn, beyond)

    def _receive(self, conn: TConn, client: socket.socket) -> None:
        try:
            data = client.recv(AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._take(conn, data)
        else:
            self._leave_off(conn)
            self._gone(conn)

    def _take(self, conn: TConn, data: bytes) -> None:
        coming = self._coming[conn]
        coming.data += data
        self._held += len(data)
        if refused := coming.look():
            self._refuse(conn, refused)
        elif coming.whole is not None and len(coming.data) >= coming.whole:
            self._hand_over(conn, coming.whole)
        elif coming.expected:
            coming.expected = False
            conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self._held > HELD_MOST:
            self._refuse(min(self._coming, key=lambda each: self._coming[each].last), 408)

    def _hand_over(self, conn: TConn, whole: int) -> None:
        data = bytes(self._leave_off(conn).data)
        if len(data) > whole:
            self._beyond[conn] = data[whole:]
        conn.init()
        conn.parser.unreader.unread(data[:whole])
        self.enqueue_req(conn)

    def _refuse(self, conn: TConn, status: int) -> None:
        self._leave_off(conn)
        if status:
            body = b'{"type":"about:blank","title":"%s","status":%d}' % (REFUSALS[status].encode(), status)
            head = f"HTTP/1.1 {status} {REFUSALS[status]}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
            try:
                conn.sock.send(head.encode() + b"Content-Type: application/problem+json\r\n\r\n" + body)
            except OSError:
                self._gone(conn)
                return
        self._part(conn)

    def _leave_off(self, conn: TConn) -> Coming:
        self.poller.unregister(conn.sock)
        coming = self._coming.pop(conn)
        self._held -= len(coming.data)
        return coming

    def _part(self, conn: TConn) -> None:
        """Say that nothing follows, and wait a moment for the other side to hang up."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, EVENT_READ, partial(self._drain, conn))
        except (OSError, ValueError):
            self._gone(conn)
            return
        self._leaving[conn] = monotonic() + LINGER_SECONDS

    def _drain(self, conn: TConn, client: socket.socket) -> None:
        try:
            more = client.recv(AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            more = b""
        if not more:
            self._gone(conn)

    def _gone(self, conn: TConn) -> None:
        if self._leaving.pop(conn, None) is not None:
            self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()
