"""The door to an address that a customer typed leads to public hosts and nowhere else."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import anywhere
from apps.core.anywhere import AddressRefused, address_check, is_public, post


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1",
    ],
)  # fmt: skip
def test_it_takes_no_private_address_and_no_tunnel_to_one(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_it_takes_public_addresses(address):
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_that_is_mapped_is_judged_as_what_it_is(address):
    assert is_public(f"::ffff:{address}") == is_public(str(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/", "ftp://hooks.example.com/", "file:///etc/passwd", "https://hooks.example.com:8443/",
        "https://user:secret@hooks.example.com/", "https://hooks.example.com/#part", "https://hooks.example.com\\@x/",
        "https://hooks.example.com/\r\nX: 1", "https://hooks.exämple.com/", "https://localhost/", "https:///x", "hooks",
        "https://hooks.example.com:port/", "https://hooks.example.com/" + "a" * 500, "https://[::1", "",
    ],
)  # fmt: skip
def test_it_refuses_the_form_of_an_address_that_it_does_not_call(url):
    with pytest.raises(AddressRefused):
        address_check(url)


def test_it_takes_an_ordinary_address():
    assert address_check("https://hooks.example.com/alerts?team=1").hostname == "hooks.example.com"


@pytest.mark.parametrize("host", ["0x7f.0.0.1", "0177.0.0.1", "127.1", "192.168.257"])
def test_it_does_not_call_numbers_that_mean_this_machine(host):
    with pytest.raises(AddressRefused):
        post(url=f"https://{host}/", headers={}, body=b"")


def resolves_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)


def test_it_refuses_a_host_of_which_one_address_is_private(monkeypatch):
    resolves_to(monkeypatch, "93.184.216.34", "10.0.0.5")
    with pytest.raises(AddressRefused):
        post(url="https://hooks.example.com/", headers={}, body=b"")


def test_it_calls_the_address_that_it_checked_and_asks_for_the_host_by_name(monkeypatch):
    resolves_to(monkeypatch, "93.184.216.34")
    pool = anywhere._pool(address_check("https://hooks.example.com/"), "hooks.example.com")
    assert (pool.host, pool.assert_hostname) == ("93.184.216.34", "hooks.example.com")
    assert pool.conn_kw["server_hostname"] == "hooks.example.com"


def test_a_host_that_is_not_there_is_no_answer(monkeypatch):
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror("no such host")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    answer = post(url="https://hooks.example.com/", headers={}, body=b"")
    assert (answer.status, answer.fault) == (0, "maybe_sent")


def test_fault_22_it_gives_up_on_a_receiver_that_drips_in_when_its_whole_time_is_over(dripping, monkeypatch):
    monkeypatch.setattr(anywhere, "TOTAL_SECONDS", 0.5)
    answer = post(url=f"{dripping}/headers", headers={}, body=b"{}")
    assert (answer.status, answer.fault) == (0, "maybe_sent")
    assert 400 < answer.milliseconds < 2000
