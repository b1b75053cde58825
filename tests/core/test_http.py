"""The one door out."""

import threading
from threading import Timer

import pytest

from apps.core import http
from tests.conftest import Sandbox


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v26.0/me",
        "http://graph.facebook.com/v26.0/me",
        "https://graph.facebook.com:8443/v26.0/me",
        "https://graph.facebook.com@evil.example/",
        "http://127.0.0.1:1/",
    ],
)
def test_it_gets_and_posts_to_listed_hosts_only(url: str) -> None:
    hosts = frozenset({"graph.facebook.com"})
    with pytest.raises(http.HostNotAllowed):
        http.call(method="GET", url=url, headers={}, allowed_hosts=hosts)
    with pytest.raises(http.HostNotAllowed):
        http.call(method="POST", url=url, headers={}, body=b"", allowed_hosts=hosts)


def test_it_gets_an_answer_and_its_headers_from_the_sandbox(sandbox: Sandbox) -> None:
    answer = http.call(method="GET", url=f"{sandbox.url}/_sandbox/health", headers={}, allowed_hosts=frozenset())
    assert answer.status == 200
    assert answer.body
    assert "content-type" in answer.headers
    assert answer.fault == ""


@pytest.mark.parametrize("path", ["/headers", "/body"])
def test_fault_22_it_gives_up_on_an_answer_that_drips_in_when_its_whole_time_is_over(
    dripping: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TOTAL_SECONDS", 0.5)
    answer = http.call(method="GET", url=f"{dripping}{path}", headers={}, allowed_hosts=frozenset())
    assert (answer.status, answer.fault, answer.body) == (0, "maybe_sent", b"")
    assert 400 < answer.milliseconds < 2000


def test_it_keeps_its_connection_for_the_next_call_and_leaves_no_timer_behind(sandbox: Sandbox) -> None:
    for _ in range(3):
        answer = http.call(method="GET", url=f"{sandbox.url}/_sandbox/health", headers={}, allowed_hosts=frozenset())
        assert answer.status == 200
    assert not [
        thread for thread in threading.enumerate() if isinstance(thread, Timer) and not thread.finished.is_set()
    ]
