"""The one door out."""

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
