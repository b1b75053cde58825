"""Circuit breakers at work: a network that is down is not asked by everybody, and its return is found out by one."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from redis import Redis

from apps.conversions.models import Conversion
from apps.core import http, shared
from apps.core.tenancy import workspace_scope
from apps.deliveries.circuits import EVERYBODYS, FREE, OWN, Circuit, Everybodys
from apps.deliveries.models import Lane
from apps.domain.breaker import CLOSED, OPENS_AFTER, Breaker
from apps.pipeline import flow
from tests.conftest import Sandbox
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def workspace() -> Iterator[None]:
    """Any scope will do: these lanes have no rows."""
    with workspace_scope(uuid4()):
        yield


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers where Redis should."""
    nobody = Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.1)
    monkeypatch.setattr(shared, "client", lambda: nobody)


def lanes(count: int) -> list[Circuit]:
    ids = [uuid4() for _ in range(count)]
    return [Circuit(each, Everybodys("facebook:live", each), CLOSED) for each in ids]


def down(circuits: list[Circuit], now: datetime) -> None:
    """So many different lanes found nobody there, one after the other."""
    for circuit in circuits[:OPENS_AFTER]:
        circuit.failed(now)


@pytest.mark.usefixtures("workspace")
def test_fault_23_a_few_lanes_find_out_for_all_that_a_network_is_down() -> None:
    now, (*first, last) = timezone.now(), lanes(OPENS_AFTER + 1)
    assert last.passage(now, at_risk=False) == FREE
    down(first, now)
    passage = last.passage(now, at_risk=False)
    assert (passage.why, passage.probe) == (EVERYBODYS, False)
    assert passage.wait > timedelta(0)


@pytest.mark.usefixtures("workspace")
def test_fault_28_one_request_asks_for_all_whether_it_is_over_and_its_answer_lets_all_through() -> None:
    now, circuits = timezone.now(), lanes(OPENS_AFTER + 2)
    down(circuits, now)
    later = now + timedelta(minutes=5)
    asked = [circuit.passage(later, at_risk=False) for circuit in circuits]
    assert [passage.probe for passage in asked].count(True) == 1
    (probe,) = (circuit for circuit, passage in zip(circuits, asked, strict=True) if passage.probe)
    probe.answered()
    assert all(circuit.passage(later, at_risk=False) == FREE for circuit in circuits)


@pytest.mark.usefixtures("workspace")
def test_fault_28_a_probe_that_fails_makes_all_wait_longer() -> None:
    now, circuits = timezone.now(), lanes(OPENS_AFTER + 1)
    down(circuits, now)
    later = now + timedelta(minutes=5)
    assert circuits[-1].passage(later, at_risk=False).probe
    circuits[-1].failed(later)
    assert circuits[0].passage(later, at_risk=False).why == EVERYBODYS


@pytest.mark.usefixtures("workspace")
def test_one_lane_that_fails_again_and_again_holds_up_itself_alone() -> None:
    now, (ill, well) = timezone.now(), lanes(2)
    for _ in range(OPENS_AFTER + 2):
        ill.failed(now)
    assert ill.passage(now, at_risk=False).why == OWN
    assert well.passage(now, at_risk=False) == FREE


@pytest.mark.usefixtures("workspace")
def test_fault_45_what_is_at_risk_comes_back_first() -> None:
    now, circuits = timezone.now(), lanes(OPENS_AFTER + 1)
    down(circuits, now)
    waits = {risk: max(circuits[-1].passage(now, at_risk=risk).wait for _ in range(200)) for risk in (True, False)}
    assert waits[True] < waits[False]


@pytest.mark.usefixtures("workspace", "no_redis")
def test_fault_7_without_redis_each_lane_finds_out_for_itself() -> None:
    now, (*first, last) = timezone.now(), lanes(OPENS_AFTER + 1)
    down(first, now)
    assert last.passage(now, at_risk=False) == FREE
    for _ in range(OPENS_AFTER):
        last.failed(now)
    assert last.passage(now, at_risk=False).why == OWN


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    """Four conversions wait for Facebook."""
    sandbox.reset()
    world = make_world()
    world.make_event("facebook")
    for _ in range(4):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    return world


def lane(world: World) -> Lane:
    with world.scope():
        return Lane.objects.get(account_id=world.facebook.id)


def serve(world: World) -> None:
    """All that waits is due, and the lane is not held: whatever holds it then is found out anew."""
    with world.scope():
        Conversion.objects.filter(state="waiting").update(due_at=timezone.now())
        Lane.objects.update(next_due_at=timezone.now(), held_until=None)
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)


def test_fault_28_a_burst_of_503_opens_the_lanes_breaker_and_costs_no_further_tries(
    world: World, sandbox: Sandbox
) -> None:
    for _ in range(OPENS_AFTER):
        Control(sandbox.url).fault("facebook", status=503)
        serve(world)
    held = lane(world)
    assert (held.faults, held.held_reason) == (OPENS_AFTER, OWN)
    serve(world)
    assert sandbox.ledger()["counts"]["facebook"]["requests"] == OPENS_AFTER
    with world.scope():
        assert set(Conversion.objects.values_list("state", "tries")) == {("waiting", OPENS_AFTER)}


def test_fault_28_its_probe_is_a_single_conversion_and_success_lets_the_others_follow(
    world: World, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.scope():
        Lane.objects.update(faults=OPENS_AFTER, open_until=timezone.now() - timedelta(seconds=1))
    sizes: list[int] = []
    true_call = http.call

    def counted(**call: object) -> http.Answer:
        sizes.append(str(call["body"]).count('"event_id"'))
        return true_call(**call)

    monkeypatch.setattr(http, "call", counted)
    serve(world)
    assert sizes == [1, 3]
    assert lane(world).breaker == CLOSED
    assert sandbox.ledger()["counts"]["facebook"]["accepted"] == 4


def test_fault_28_a_refusal_is_an_answer_and_opens_nothing(world: World, sandbox: Sandbox) -> None:
    for _ in range(OPENS_AFTER + 1):
        Control(sandbox.url).fault("facebook", status=429)
        serve(world)
    assert lane(world).breaker == Breaker()
