"""Between worker and network: what is lost, cut off, slow or silent on the way."""

import pytest

from tests.faults.proxy import Fault
from tests.faults.servers import until
from tests.faults.world import World

ROWS = 20


def tried(place: World, times: int = 1) -> None:
    """Return once so many requests came to nothing and everything waits again."""
    until(lambda: len(place.to_sandbox.seen) >= times, why="Nothing was sent.")
    until(lambda: place.states() == {"waiting": ROWS}, why=lambda: f"They do not wait: {place.states()}")


@pytest.mark.fault(19)
def test_f19_it_sends_the_same_again_when_the_answer_was_lost_and_is_counted_once(place: World):
    space = place.space()
    place.to_sandbox.script.append(Fault(eats="answer"))
    place.signals(space, ROWS)
    tried(place)
    assert place.doubted() == ROWS, "it may have been taken, and that is known"
    place.drain()
    assert place.control.counts("facebook") == (ROWS, 0, ROWS)
    place.conserved()


@pytest.mark.fault(20)
def test_f20_it_sends_again_when_the_request_was_lost(place: World):
    space = place.space()
    place.to_sandbox.script.append(Fault(eats="request"))
    place.signals(space, ROWS)
    tried(place)
    assert place.control.counts("facebook") == (0, 0, 0)
    place.drain()
    assert place.control.counts("facebook") == (ROWS, 0, 0)
    place.conserved()


@pytest.mark.fault(21)
@pytest.mark.parametrize(
    ("fault", "taken"),
    [
        (Fault(reset_after=0), False),
        (Fault(reset_after=60), False),  # within the headers
        (Fault(reset_after=3000), False),  # within the body
        (Fault(answer_reset_after=0), True),
        (Fault(answer_reset_after=20), True),  # within the headers of the answer
        (Fault(answer_reset_after=400), True),
    ],
)
def test_f21_it_assumes_nothing_when_the_connection_is_reset(place: World, fault: Fault, taken: bool):
    space = place.space()
    place.to_sandbox.script.append(fault)
    place.signals(space, ROWS)
    tried(place)
    assert place.doubted() == ROWS
    place.drain()
    assert place.control.counts("facebook") == (ROWS, 0, ROWS if taken else 0)
    place.conserved()


@pytest.mark.fault(24)
@pytest.mark.parametrize("told", [[], ["127.0.0.2"], ["::1"]], ids=["no such name", "wrong address", "IPv6 only"])
def test_f24_it_asks_again_where_a_network_is_that_could_not_be_found(place: World, told: list[str]):
    name = "localhost"  # what the sandbox lets itself be called
    place.processes.kill("worker")
    place.resolve({name: told})
    place.worker_start("lost", CONVSYNC_SANDBOX_URL=f"http://{name}:{place.to_sandbox.port}")
    space = place.space()
    place.signals(space, ROWS)
    before = place.to_sandbox.accepted
    until(lambda: place.sql("SELECT 1 FROM deliveries_request WHERE answered_at IS NOT NULL"), within=20)
    until(lambda: place.states() == {"waiting": ROWS})
    assert (place.doubted(), place.to_sandbox.accepted) == (0, before), "nothing left, and that is known"
    place.resolve({name: ["127.0.0.1"]})
    place.drain()
    place.processes.kill("lost")
    assert place.control.counts("facebook") == (ROWS, 0, 0)
    place.conserved()
