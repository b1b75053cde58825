"""Ports: what is taken is named, with its holder and the way out."""

import os
import socket
from collections.abc import Iterator

import pytest

from tools.launcher import ports
from tools.launcher.fault import Fault
from tools.launcher.ports import Ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind((ports.HOST, 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_it_names_a_taken_port_its_holder_and_the_fix(taken: int):
    with pytest.raises(Fault) as caught:
        ports.claim(Ports(taken, ports.free_port()))
    message = str(caught.value)
    assert f"Port {taken} is in use" in message
    assert f"by process {os.getpid()}" in message
    assert f"PORT={taken + 1} ./run" in message


def test_it_names_the_variable_of_the_sandbox_when_that_port_is_taken(taken: int):
    with pytest.raises(Fault, match=f"SANDBOX_PORT={taken + 1}"):
        ports.claim(Ports(ports.free_port(), taken))


@pytest.mark.parametrize("value", ["80a", "0", "65536", "-1", "١٢٣"])
def test_it_refuses_what_is_no_port_number(value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORT", value)
    with pytest.raises(Fault, match="PORT="):
        ports.wanted()


def test_it_refuses_one_port_for_both(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("SANDBOX_PORT", "8123")
    with pytest.raises(Fault, match="two different"):
        ports.wanted()


def test_it_uses_the_documented_ports_when_none_are_asked_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PORT", raising=False)
    monkeypatch.setenv("SANDBOX_PORT", "")
    assert ports.wanted() == Ports(8000, 8010)
