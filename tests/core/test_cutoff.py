"""The end of a call's whole time."""

import socket
import time
from contextlib import closing, suppress
from threading import Thread

import pytest
import urllib3

from apps.core.cutoff import Cut, SecurePool

RECORD = b"\x16\x03\x03\x40\x00" + b"\x02" * 600  # the beginning of a TLS record that never ends


def drip(listening: socket.socket) -> None:
    with suppress(OSError), closing(listening.accept()[0]) as caller:
        for byte in RECORD:
            caller.sendall(bytes([byte]))
            time.sleep(0.05)


def test_fault_22_it_gives_up_on_a_handshake_that_drips_in() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        Thread(target=drip, args=[listening], daemon=True).start()
        cut, began = Cut(), time.monotonic()
        pool = SecurePool("127.0.0.1", listening.getsockname()[1])
        with pytest.raises((urllib3.exceptions.HTTPError, OSError)), cut.after(0.5):
            pool.urlopen("POST", "/", body=b"", retries=False, timeout=10)
    assert 0.4 < time.monotonic() - began < 2
    assert cut.made
    assert not cut.asked, "nothing left"
