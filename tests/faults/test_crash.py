"""Workers that die: at any moment, by any hand."""

import pytest

from tests.faults.world import World

ROWS = 20


@pytest.mark.fault(1)
def test_f01_it_sends_what_a_worker_held_that_was_killed_before_the_wire(place: World):
    space = place.space()
    barrier = place.barrier("wire").set("kill")
    place.signals(space, ROWS)
    place.sweep()
    place.worker_dies(barrier)
    assert place.states() == {"sending": ROWS}
    place.later(150)
    place.drain()
    assert place.states() == {"sent": ROWS}
    place.conserved()
