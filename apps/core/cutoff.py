"""The end of a call's whole time: a socket's timeout only bounds each single wait, so that a drip is never too slow.

Call through `Plain`- and `SecurePool`, inside `Cut.after`: from the handshake to the last byte nothing lasts longer.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer, local

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

_here = local()


class Cut:
    """Ends this thread's call when its time is over. `made`: it did; `asked`: the whole request had left."""

    def __init__(self) -> None:
        self.made = self.asked = False
        self._held: socket.socket | None = None  # a second handle, for the first is given up to the TLS one
        self._socket: socket.socket | None = None

    @contextmanager
    def after(self, seconds: float) -> Iterator[None]:
        """Let what is called in the block last so long at most."""
        timer = Timer(seconds, self._make)
        timer.daemon = True
        _here.cut = self
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            _here.cut = None
            if self._held is not None:
                self._held.close()

    def connected(self, connection: socket.socket) -> None:
        """The call has made a connection, which nothing was sent over yet."""
        if self._held is not None:
            self._held.close()
        self._held = self._socket = connection.dup()

    def answering(self, connection: socket.socket | None) -> None:
        """The request has left over this connection, new or kept."""
        self._socket, self.asked = connection, True

    def _make(self) -> None:
        if self._socket is not None:
            self.made = True
            with suppress(OSError):  # of the socket itself: a TLS one would first forget how to read
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _Told:
    """A connection that tells the call it serves which socket to cut."""

    sock: socket.socket | None

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]  # of the connection beside it
        _here.cut.connected(made)
        return made

    def getresponse(self) -> urllib3.BaseHTTPResponse:
        _here.cut.answering(self.sock)
        answer: urllib3.BaseHTTPResponse = super().getresponse()  # type: ignore[misc]  # as above
        return answer


class _Plain(_Told, HTTPConnection):  # type: ignore[misc]  # the same socket, told less exactly
    pass


class _Secure(_Told, HTTPSConnection):  # type: ignore[misc]  # as above
    pass


class PlainPool(urllib3.HTTPConnectionPool):
    """Connections over http that can be cut."""

    ConnectionCls = _Plain


class SecurePool(urllib3.HTTPSConnectionPool):
    """Connections over https that can be cut."""

    ConnectionCls = _Secure
