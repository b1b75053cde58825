"""Workers that are told to stop, as each deploy does."""

import signal
import time

import pytest

from tests.faults.proxy import Fault
from tests.faults.servers import until
from tests.faults.world import World

LIMIT = 1000  # conversions in one request to Facebook
STOPS_WITHIN = 30.0


@pytest.mark.fault(5)
def test_f05_it_finishes_its_request_and_takes_no_other_when_it_is_told_to_stop(place: World):
    space = place.space()
    place.to_sandbox.fault = Fault(latency=1.0)
    place.signals(space, 3 * LIMIT)
    until(lambda: place.to_sandbox.seen, why="Nothing was sent.")
    worker = place.processes.named("worker")
    worker.send_signal(signal.SIGTERM)
    began = time.monotonic()
    worker.wait(STOPS_WITHIN + 5)
    assert time.monotonic() - began < STOPS_WITHIN
    assert worker.returncode == 0
    assert len(place.to_sandbox.seen) == 1, "it began another request"
    assert place.states().get("sent") == LIMIT
    assert "sending" not in place.states(), "what it held it has given back"
    assert place.sql("SELECT count(*) FROM deliveries_lane WHERE leased_until > now()") == [(0,)]
    place.to_sandbox.heal()
    place.worker_start()
    place.drain(hurry=False)
    assert place.states() == {"sent": 3 * LIMIT}
    assert place.control.counts("facebook") == (3 * LIMIT, 0, 0)
    place.conserved()
