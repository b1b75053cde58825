"""Web under attack: clients that send a byte now and then (46), and bodies made to exhaust it (47)."""

import gzip
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.core.cache import cache
from django.db import connection

from convsync.serving import HEAD_SECONDS
from tests.api.conftest import make_key
from tests.support.world import World, make_world
from tools.launcher.foreground import tail
from tools.launcher.ports import free_port
from tools.launcher.processes import WEB

SLOW = 200
MIB = 1024 * 1024
READY_WITHIN = 60.0  # seconds
HEAD = b"POST /api/v1/forms HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
transactional = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Web:
    """The product's web process with the command of `./run`."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def slow(self, sent: bytes) -> socket.socket:
        """A connection that has sent so much, and no more for now."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        client.sendall(sent)
        return client

    def raw(self, sent: bytes) -> bytes:
        """Everything that is answered to these bytes until web hangs up."""
        with self.slow(sent) as client:
            return until_the_end(client)

    def peak_mib(self) -> float:
        """The most memory its worker ever held."""
        (child,) = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        lines = Path(f"/proc/{child}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def until_the_end(client: socket.socket) -> bytes:
    answer = b""
    try:
        while piece := client.recv(65536):
            answer += piece
    except ConnectionResetError:
        pass
    return answer


@contextmanager
def serving(log: Path, *more: str) -> Iterator[Web]:
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    port = free_port()
    words = [*WEB.words(host="127.0.0.1", port=port), *more]
    with log.open("wb") as output:
        process = subprocess.Popen(words, env={**os.environ, "DATABASE_URL": database}, stdout=output, stderr=output)
    web = Web(port, process)
    try:
        began = time.monotonic()
        while time.monotonic() - began < READY_WITHIN and process.poll() is None:
            try:
                requests.get(f"{web.url}/health/live", timeout=READY_WITHIN).raise_for_status()
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        else:
            pytest.fail(tail(log))
        yield web
    finally:
        process.terminate()
        process.wait(40)


@pytest.fixture(scope="module")
def web(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with serving(tmp_path_factory.mktemp("web") / "log") as web:
        yield web


@pytest.fixture(scope="module")
def hasty(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The same with a second for the headers and two for the whole."""
    words = ("--worker-class", "tests.faults.hasty.HastyWorker")
    with serving(tmp_path_factory.mktemp("hasty") / "log", *words) as web:
        yield web


@pytest.fixture(scope="module")
def crowded(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The same with room for forty connections."""
    with serving(tmp_path_factory.mktemp("crowded") / "log", "--worker-connections", "40") as web:
        yield web


@pytest.fixture
def world() -> World:
    cache.clear()
    return make_world()


def submitted(web: Web, world: World, key: str) -> float:
    """Send one form submission in; how long it took, in seconds."""
    began = time.monotonic()
    answer = requests.post(
        f"{web.url}/api/v1/forms/{world.form.id}/submissions",
        json={"submissions": [{"values": {"email": "someone@example.com"}}]},
        headers={"Authorization": f"Bearer {key}"},
        timeout=20,
    )
    assert answer.ok, answer.text
    return time.monotonic() - began


@pytest.mark.fault(46)
@transactional
def test_f46_it_serves_others_while_two_hundred_clients_dawdle(web: Web, world: World):
    key = make_key(world.workspace)
    submitted(web, world, key)
    with ExitStack() as held:
        dawdlers = [
            held.enter_context(web.slow(sent))
            for sent in ([b""] * 50 + [b"G"] * 50 + [HEAD] * 50 + [HEAD + b"Content-Length: 5000\r\n\r\n{"] * 50)
        ]
        assert len(dawdlers) == SLOW
        took = []
        for number in range(20):
            for client in dawdlers[50 + number :: 20]:
                client.send(b"x")
            took.append(submitted(web, world, key))
    assert sorted(took)[len(took) // 2] < 1
    assert max(took) < 5
    assert requests.get(f"{web.url}/health/ready", timeout=5).ok


@pytest.mark.fault(46)
@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"", b""),
        (b"GET / HT", b"408 Request Timeout"),
        (HEAD, b"408 Request Timeout"),
        (HEAD + b"Content-Length: 5000\r\n\r\n{", b"408 Request Timeout"),
    ],
    ids=["nothing", "a line", "headers", "a body"],
)
def test_f46_it_ends_what_does_not_come_in(hasty: Web, sent: bytes, answered: bytes):
    began = time.monotonic()
    answer = hasty.raw(sent)
    assert answered in answer
    assert 0.5 < time.monotonic() - began < 6


@pytest.mark.fault(46)
def test_f46_it_is_not_put_off_by_a_byte_now_and_then(hasty: Web):
    began = time.monotonic()
    with hasty.slow(HEAD + b"Content-Length: 5000\r\n\r\n") as client:
        client.settimeout(0.2)
        answer = b""
        while time.monotonic() - began < 8 and not answer:
            try:
                client.send(b"x")
                answer = client.recv(1000)
            except TimeoutError:
                continue
    assert b"408" in answer
    assert time.monotonic() - began < 6


@pytest.mark.fault(46)
def test_f46_it_does_not_wait_for_who_hangs_up_late(web: Web):
    """The answer is there and says that the connection ends; whoever keeps it open all the same holds nobody up."""
    asked = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with ExitStack() as held:
        clients = [held.enter_context(web.slow(asked)) for _ in range(50)]
        for client in clients:
            assert b"200 OK" in client.recv(4096)
        began = time.monotonic()
        assert requests.get(f"{web.url}/health/live", timeout=20).ok
    assert time.monotonic() - began < 2


@pytest.mark.fault(46)
def test_f46_it_lets_go_of_who_waits_longest_when_there_are_too_many(crowded: Web):
    with ExitStack() as held:
        clients = [held.enter_context(crowded.slow(b"G")) for _ in range(SLOW)]
        began = time.monotonic()
        assert requests.get(f"{crowded.url}/health/live", timeout=20).ok
        assert time.monotonic() - began < HEAD_SECONDS / 2, "it waited for their time to be over"
        assert clients[0].recv(1) == b""


def test_f46_it_still_takes_requests_in_pieces_and_one_behind_another(web: Web):
    asked = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with web.slow(asked[:20]) as client:
        time.sleep(0.2)
        client.sendall(asked[20:] + asked + asked[:10])
        time.sleep(0.2)
        client.sendall(asked[10:].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert until_the_end(client).count(b"200 OK") == 3


def test_f46_it_asks_for_a_body_that_waits_to_be_asked_for(web: Web):
    with web.slow(HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n") as client:
        assert client.recv(100).startswith(b"HTTP/1.1 100 Continue")
        client.sendall(b"{}")
        assert b" 401 " in until_the_end(client)


def post(web: Web, key: str, body: bytes, **headers: str) -> requests.Response:
    known = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    return requests.post(f"{web.url}/api/v1/forms", data=body, headers=known | headers, timeout=30)


@pytest.mark.fault(47)
@transactional
def test_f47_it_refuses_giant_deep_and_packed_bodies_in_constant_memory(web: Web, world: World):
    key = make_key(world.workspace)
    assert post(web, key, b"{}").status_code == 400
    before = web.peak_mib()
    bomb = gzip.compress(bytes(200 * MIB))
    answers: dict[str, Any] = {
        "a giant": post(web, key, b'{"a": "' + b"x" * (10 * MIB) + b'"}'),
        "deep": post(web, key, b"[" * 200_000),
        "deep objects": post(web, key, b'{"a":' * 200_000),
        "a bomb": post(web, key, bomb, **{"Content-Encoding": "gzip"}),
        "a bomb that is not told": post(web, key, bomb),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "a giant": 413,
        "deep": 400,
        "deep objects": 400,
        "a bomb": 415,
        "a bomb that is not told": 400,
    }
    assert all(answer.json()["status"] for answer in answers.values())
    assert web.peak_mib() - before < 60  # MiB: a body of ten is held twice for a moment, the bombs are never unpacked


@pytest.mark.fault(47)
@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (HEAD + b"Content-Length: 1000000000\r\n\r\n", b"413 Content Too Large"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", b"411 Length Required"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000, b"431 Headers Too Large"),
        (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}{}{}", b"400 Bad Request"),
    ],
    ids=["announced", "without a length", "headers", "two lengths"],
)
def test_f47_it_refuses_before_it_reads(web: Web, sent: bytes, answered: bytes):
    began = time.monotonic()
    assert answered in web.raw(sent).split(b"\r\n")[0]
    assert time.monotonic() - began < 5


@pytest.mark.fault(47)
def test_f47_it_holds_no_more_of_unfinished_bodies_than_it_has_room_for(web: Web):
    before = web.peak_mib()
    with ExitStack() as held:
        for _ in range(20):
            client = held.enter_context(web.slow(HEAD + b"Content-Length: 10000000\r\n\r\n"))
            try:
                client.sendall(bytes(9 * MIB))
            except (BrokenPipeError, ConnectionResetError):
                continue
        assert requests.get(f"{web.url}/health/live", timeout=20).ok
    assert web.peak_mib() - before < 130
