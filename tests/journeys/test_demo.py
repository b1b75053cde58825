"""The demo, small: from outside over HTTP to the sandbox, by way of a real worker."""

import json
from collections.abc import Iterator
from io import StringIO

import pytest
import requests
from celery.contrib.testing.worker import start_worker
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from convsync.celery import app
from tests.conftest import Sandbox
from tools.demo.__main__ import play
from tools.demo.ledger import differences
from tools.demo.place import Place
from tools.demo.stories import reasons_shown
from tools.demo.watch import accepted_by_sandbox


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """A Celery worker in this process, at the broker of the tests."""
    with start_worker(app, pool="threads", concurrency=2, perform_ping_check=False):
        yield


def test_it_plays_until_its_ledger_adds_up_and_equals_the_sandbox_s(
    live_server: LiveServer, sandbox: Sandbox, worker: None
) -> None:
    told = StringIO()
    call_command("demo_reset", stdout=told)
    sandbox.reset()
    place = Place(live_server.url, sandbox.url, **json.loads(told.getvalue()))

    ledger = play(place, contacts=200, seed=7)

    accepted = accepted_by_sandbox(place)
    assert differences(ledger, accepted, expected=reasons_shown()) == []
    assert set(accepted) == {"facebook", "google", "linkedin"}
    assert min(accepted.values()) > 10
    assert ledger.by_state["failed"] == 0
    corrected = [item["body"].get("adjustmentType") for item in sandbox.ledger("google")["items"]]
    assert (corrected.count("RESTATEMENT"), corrected.count("RETRACTION")) == (3, 2)
    listened = requests.get(
        f"{place.base_url}/api/v1/events", headers={"Authorization": f"Bearer {place.api_key}"}, timeout=10
    ).json()["results"]
    on_custom = [event for event in listened if event["trigger"] == "custom_event"]
    assert {event["network"] for event in on_custom} == set(accepted)
    assert all(event["last_7_days"].get("sent") for event in on_custom)
