"""The bench's references are honest: the obvious design sends what ours sends, the floor hashes as often."""

import asyncio
import socket
import threading
from contextlib import closing

import orjson
import pytest
import requests
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.core.ids import new_id
from apps.core.tenancy import workspace_scope
from apps.deliveries.models import Request
from apps.domain.facts import Trigger
from apps.pipeline import flow
from apps.signals.models import Signal
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.world import World, make_world
from tools.bench import sink
from tools.bench.copies import id_of_copy
from tools.bench.floor import hashed_places
from tools.bench.naive.tasks import deliver


@pytest.fixture
def world(transactional_db: None) -> World:
    """A workspace that sends to the sandbox."""
    return make_world()


@pytest.mark.parametrize("network", ["facebook", "linkedin"])
def test_it_sends_by_the_obvious_design_what_ours_sends(world: World, sandbox: Control, network: str) -> None:
    world.make_event(network, Trigger.CUSTOM_EVENT)
    factories.a_completion(world.behaviour)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        ours = Conversion.objects.get()
        Conversion.objects.all().delete()
        signal = Signal.objects.get()
    assert ours.payload
    deliver(str(world.workspace.id), str(signal.id), str(ours.event_id))
    with workspace_scope(world.workspace.id):
        theirs = Conversion.objects.get()
        assert Request.objects.get().id == theirs.request_id
    assert (theirs.state, theirs.payload) == ("sent", ours.payload)
    assert theirs.settled_at is not None
    assert theirs.settled_at <= timezone.now()


def test_it_hashes_at_every_place_where_a_hash_stands() -> None:
    told = {"user_data": {"em": ["a" * 64], "country": "nl"}, "ids": [{"value": "0" * 64}], "name": "b" * 63}
    places = [(holder[key], raw) for holder, key, raw in hashed_places(told)]
    assert [value for value, _ in places] == ["a" * 64, "0" * 64]
    assert all(raw for _, raw in places)


def test_it_tells_how_many_conversions_the_sink_has_taken_once_it_has() -> None:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    loop = asyncio.new_event_loop()
    serving = loop.create_task(sink.serve(port))
    thread = threading.Thread(target=loop.run_until_complete, args=(_ended(serving),))
    thread.start()
    try:
        base = f"http://127.0.0.1:{port}"
        _posted(f"{base}/facebook/v1", {"data": [{}] * 3})
        _posted(f"{base}/linkedin/rest", {"elements": [{}] * 2})
        told = requests.get(f"{base}/taken/5", timeout=10).json()
        assert told["taken"] == 5
        assert told["at"] <= timezone.now().timestamp()
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join(10)
        loop.close()


def test_it_knows_the_ids_of_a_copy_from_the_first_s() -> None:
    signal = new_id()
    assert id_of_copy(signal, 0) == signal
    assert len({id_of_copy(signal, copy) for copy in range(50)}) == 50


async def _ended(task: asyncio.Task[None]) -> None:
    with pytest.raises(asyncio.CancelledError):
        await task


def _posted(url: str, body: object) -> None:
    deadline = timezone.now().timestamp() + 10
    while True:
        try:
            requests.post(url, data=orjson.dumps(body), timeout=10).raise_for_status()
        except requests.ConnectionError:
            if timezone.now().timestamp() > deadline:
                raise
        else:
            return
