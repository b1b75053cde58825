"""What the tests of the doors out share: a host that answers a byte at a time."""

import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest


class _Drip(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        head, body = b"HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n", b"x" * 600
        slowly = head + body if self.path == "/headers" else body
        with suppress(OSError):
            if slowly is body:
                self.wfile.write(head)
            for byte in slowly:
                self.wfile.write(bytes([byte]))
                time.sleep(0.05)

    do_POST = do_GET  # noqa: N815 - the name that the server looks for

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def dripping(settings: Any) -> Iterator[str]:
    """The url of a host that answers a byte at a time: its headers too at /headers, only its body elsewhere."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Drip)
    settings.SANDBOX_URL = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield settings.SANDBOX_URL
    server.shutdown()
    server.server_close()
