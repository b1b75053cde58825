"""Networks that answer too slowly, or not at all: how long that may hold anybody up."""

import pytest

from tests.faults.proxy import Fault
from tests.faults.servers import until
from tests.faults.world import World

pytestmark = pytest.mark.thorough
ROWS = 20
TOTAL = 30.0  # seconds that a call may take in all
CONNECTING = 5.0  # and connecting


def requested(place: World, times: int) -> None:
    """Return once so many requests came to nothing."""
    told = "SELECT count(*) FROM deliveries_request WHERE answered_at IS NOT NULL"
    until(lambda: place.sql(told)[0] >= (times,), within=20, why="It is not tried again.")


@pytest.mark.fault(22)
def test_f22_it_gives_a_slow_network_half_a_minute_and_keeps_nobody_else_waiting(place: World):
    slow, other = place.space("Slow"), place.space("Other")
    place.to_sandbox.script.append(Fault(bytes_per_second=1))
    place.signals(slow, ROWS)
    until(lambda: place.to_sandbox.seen, why="Nothing was sent.")
    began = place.to_sandbox.seen[0].at
    place.signals(other, ROWS)
    until(lambda: len(place.to_sandbox.seen) > 1, within=10, why="The other one waits for the slow one.")
    until(lambda: place.states() == {"waiting": ROWS, "sent": ROWS}, within=TOTAL + 10)
    ((ended,),) = place.sql("SELECT extract(epoch FROM max(answered_at)) FROM deliveries_request WHERE status IS NULL")
    assert float(ended) - began < TOTAL + 2
    place.drain()
    place.conserved()


@pytest.mark.fault(23)
def test_f23_it_waits_five_seconds_for_a_connection_and_then_asks_less_often(place: World):
    space = place.space()
    place.to_sandbox.black_hole()
    place.signals(space, ROWS)
    until(lambda: place.sql("SELECT 1 FROM deliveries_request WHERE answered_at IS NOT NULL"), within=20)
    ((took,),) = place.sql("SELECT max(milliseconds) FROM deliveries_request")
    assert CONNECTING * 1000 <= took < (CONNECTING + 2) * 1000
    assert place.doubted() == 0, "nothing left"
    for tries in (2, 3):
        place.later(60)
        place.sweep()
        requested(place, tries)
    until(lambda: place.sql("SELECT 1 FROM deliveries_lane WHERE open_until > now()"), within=10, why="It is not open.")
    place.to_sandbox.heal()
    place.drain()
    assert place.control.counts("facebook") == (ROWS, 0, 0)
    place.conserved()
