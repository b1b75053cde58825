"""What most tests of the stream begin with."""

import socket

import pytest

from tests.conftest import Sandbox
from tests.support.world import World, make_world


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    """A workspace, and a sandbox that has received nothing yet."""
    sandbox.reset()
    return make_world()


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a connection fails."""

    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
