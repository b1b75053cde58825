"""Workers that die, are stopped, or do the same work twice."""

import math
import time

import pytest

from tests.faults.proxy import Fault
from tests.faults.world import WORKER, World

ROWS = 20
LIMIT = 1000  # conversions in one request to Facebook
LAPSE = 150  # seconds after which every lease has run out
AT_ONCE = "worker --pool threads --concurrency 4 --without-gossip --without-mingle --without-heartbeat"


@pytest.mark.fault(1)
def test_f01_it_sends_what_a_worker_held_that_was_killed_before_the_wire(place: World):
    space = place.space()
    barrier = place.barrier("wire").set("kill")
    place.signals(space, ROWS)
    place.worker_dies(barrier)
    assert place.states() == {"sending": ROWS}
    place.later(LAPSE)
    place.drain()
    assert place.states() == {"sent": ROWS}
    assert place.control.counts("facebook") == (ROWS, 0, 0)
    place.conserved()


@pytest.mark.fault(1)
@pytest.mark.parametrize("where", ["judging", "judged", "claiming", "settling", "settled"])
def test_f01_it_goes_on_wherever_a_worker_is_killed(place: World, where: str):
    space = place.space()
    barrier = place.barrier(where).set("kill")
    place.signals(space, ROWS)
    place.worker_dies(barrier)
    place.later(LAPSE)
    place.drain()
    assert place.states() == {"sent": ROWS}
    place.conserved()


@pytest.mark.fault(2)
def test_f02_it_sends_the_same_again_when_a_worker_died_with_the_answer_in_its_hands(place: World):
    space = place.space()
    barrier = place.barrier("answered").set("kill")
    place.signals(space, ROWS)
    place.worker_dies(barrier)
    place.later(LAPSE)
    place.drain()
    assert place.states() == {"sent": ROWS}
    assert place.control.counts("facebook") == (ROWS, 0, ROWS), "taken once, and each repeat recognised as one"
    first, second = [seen.body for seen in place.to_sandbox.seen if seen.body]
    assert first == second
    place.conserved()


@pytest.mark.fault(3)
def test_f03_it_repeats_only_the_request_in_which_a_worker_died(place: World):
    space = place.space()
    barrier = place.barrier("answered").set("kill", after=1)
    place.signals(space, 2 * LIMIT + ROWS)
    place.worker_dies(barrier)
    place.later(LAPSE)
    place.drain()
    assert place.states() == {"sent": 2 * LIMIT + ROWS}
    accepted, refused, repeated = place.control.counts("facebook")
    assert (accepted, refused) == (2 * LIMIT + ROWS, 0)
    assert 0 < repeated <= LIMIT
    place.conserved()


@pytest.mark.fault(4)
def test_f04_it_survives_the_system_killing_a_child_for_its_memory(place: World):
    place.processes.kill("worker")
    place.worker_start("parent", WORKER.replace("threads --concurrency 2", "prefork --concurrency 1"))
    parent = place.processes.named("parent").pid
    space = place.space()
    barrier = place.barrier("wire").set("kill")
    place.signals(space, ROWS)
    barrier.reached()
    place.later(LAPSE)
    place.drain()
    assert place.processes.alive("parent")
    assert place.processes.named("parent").pid == parent
    assert place.states() == {"sent": ROWS}
    assert set(place.sql("SELECT tries FROM conversions_conversion WHERE state = 'sent' AND tries > 1")) == {(2,)}
    place.processes.kill("parent")
    place.conserved()


@pytest.mark.fault(14)
def test_f14_it_does_nothing_when_a_task_comes_again(place: World):
    place.worker_start("second", AT_ONCE)
    space = place.space()
    place.to_sandbox.fault = Fault(latency=0.3)
    place.signals(space, LIMIT + ROWS)
    judge, send = ("pipeline.judge", space.workspace.id), ("pipeline.send", space.workspace.id, space.facebook.id)
    for _ in range(5):
        place.task(*judge)
    for _ in range(100):
        if place.open() == 0:
            break
        place.task(*send)
        time.sleep(0.1)
    place.drain()
    for task in (judge, send, judge, send):
        place.task(*task)
    place.processes.kill("second")
    assert place.states() == {"sent": LIMIT + ROWS}
    assert len(place.to_sandbox.seen) == math.ceil((LIMIT + ROWS) / LIMIT)
    assert place.control.counts("facebook") == (LIMIT + ROWS, 0, 0)
    place.conserved()


@pytest.mark.fault(16)
def test_f16_it_sends_once_when_the_broker_thinks_a_task_lost_that_is_still_at_work(place: World):
    impatient = '{"broker_transport_options": {"visibility_timeout": 2, "unacked_restore_interval": 1}}'
    place.processes.kill("worker")
    for name in ("first", "other"):
        place.worker_start(name, FAULT_SETTINGS=impatient)
    space = place.space()
    place.to_sandbox.fault = Fault(latency=5.0)
    place.signals(space, ROWS)
    place.drain()
    for name in ("first", "other"):
        place.processes.kill(name)
    assert place.states() == {"sent": ROWS}
    assert len(place.to_sandbox.seen) == 1
    assert place.control.counts("facebook") == (ROWS, 0, 0)
    place.conserved()
