"""More than one of each: webs and workers of every kind as processes of their own, on few connections to PostgreSQL."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.cache import cache
from django.db import connection, connections

from apps.conversions.models import Conversion
from convsync.celery import app
from tests.api.conftest import make_key
from tests.conftest import Sandbox
from tests.support.pooler import pooling
from tests.support.world import World, make_world
from tools.launcher.foreground import python, tail
from tools.launcher.ports import free_port
from tools.launcher.processes import JUDGE, SEND, WEB

WITHIN = 60.0  # seconds
SUBMISSIONS = 24
CONNECTIONS = 4  # to PostgreSQL, for five processes and this one


@contextmanager
def processes(logs: Path, commands: list[list[str]], at: dict[str, Any]) -> Iterator[None]:
    """All of them, on the database that Django's settings say; at the end they are asked to stop, and do."""
    variables = {**os.environ, "DATABASE_URL": f"postgresql://{at['USER']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"}
    started: list[subprocess.Popen[bytes]] = []
    try:
        for number, words in enumerate(commands):
            with (logs / f"log{number}").open("wb") as output:
                started.append(subprocess.Popen(python("-m", *words), env=variables, stdout=output, stderr=output))
        yield
        assert [each.poll() for each in started] == [None] * len(started)
    finally:
        for each in started:
            each.terminate()
        for each in started:
            each.wait(45)


def submit(url: str, world: World, key: str, number: int) -> None:
    """Send the form in at one of the webs, as soon as it serves."""
    values = {"email": f"person{number}@example.com", world.consent_property: "yes"}
    visit = {"page_url": "https://acme.example/", "ip_address": "93.184.216.34", "user_agent": "Mozilla/5.0"}
    body = {"submissions": [{"values": values, **visit}]}
    ends = time.monotonic() + WITHIN
    while time.monotonic() < ends:
        try:
            answer = requests.post(
                f"{url}/api/v1/forms/{world.form.id}/submissions",
                json=body,
                headers={"Authorization": f"Bearer {key}"},
                timeout=WITHIN,
            )
        except requests.ConnectionError:
            time.sleep(0.1)
            continue
        assert answer.json()["results"][0]["status"] == "accepted", answer.text
        return
    pytest.fail(f"{url} does not answer.")


@pytest.mark.django_db(transaction=True)
def test_what_any_web_takes_in_is_judged_and_sent_once_by_any_worker(sandbox: Sandbox, tmp_path: Path):
    sandbox.reset()
    app.control.purge()
    cache.clear()
    worlds = [make_world(f"World {number}") for number in range(2)]
    for world in worlds:
        world.make_event("facebook")
    keys = [make_key(world.workspace) for world in worlds]
    ports = [free_port(), free_port()]
    at: dict[str, Any] = connections.settings["default"]
    commands = [WEB.words(host="127.0.0.1", port=port) for port in ports]
    commands += [JUDGE.words(), SEND.words(), [*SEND.words(), "--hostname", "second@%h"]]
    with pooling(at, size=CONNECTIONS) as pooler:
        connection.close()
        with processes(tmp_path, commands, at):
            for number in range(SUBMISSIONS):
                turn = number % 2
                submit(f"http://127.0.0.1:{ports[number // 2 % 2]}", worlds[turn], keys[turn], number)
            wait(worlds, tmp_path)
            connection.close()
        assert all(server.transactions for server in pooler.servers)
        assert pooler.leftovers() == [{}] * CONNECTIONS
    count = sandbox.ledger()["counts"]["facebook"]
    assert (count["accepted"], count["duplicates"]) == (SUBMISSIONS, 0)


def wait(worlds: list[World], logs: Path) -> None:
    """Until each workspace's are sent."""
    ends, sent = time.monotonic() + WITHIN, [0]
    while time.monotonic() < ends:
        sent = []
        for world in worlds:
            with world.scope():
                sent.append(Conversion.objects.filter(state="sent").count())
        if sent == [SUBMISSIONS // len(worlds)] * len(worlds):
            return
        time.sleep(0.2)
    pytest.fail(f"Sent: {sent}\n" + "\n".join(tail(each) for each in sorted(logs.glob("log*"))))
