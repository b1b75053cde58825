"""Hosts that cannot prove who they are: nothing is told them, and nobody is asked to trust them all the same."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.faults.certificates import Authority, shown
from tests.faults.servers import until
from tests.faults.world import World

pytestmark = pytest.mark.thorough
BAD: dict[str, dict[str, Any]] = {
    "expired": {"host": "localhost", "ends": -timedelta(days=1)},
    "for another host": {"host": "graph.facebook.com"},
    "signed by itself": {"host": "localhost", "own": True},
}


@pytest.mark.fault(25)
@pytest.mark.parametrize("wrong", BAD.values(), ids=BAD)
def test_f25_it_tells_nothing_to_a_host_whose_certificate_proves_nothing(
    place: World, tmp_path: Path, wrong: dict[str, Any]
):
    authority, heard = Authority(tmp_path), list[bytes]()
    place.processes.kill("worker")
    with shown(authority.certificate(**wrong), heard) as port:
        place.worker_start("strict", FAULT_CA=str(authority.file), CONVSYNC_SANDBOX_URL=f"https://localhost:{port}")
        space = place.space()
        place.signals(space, 1)
        held = "SELECT held_reason FROM deliveries_lane WHERE held_until > now()"
        until(lambda: place.sql(held) == [("bad_certificate",)], why=lambda: f"It is not held: {place.states()}")
        place.processes.kill("strict")
    assert heard == []
    assert place.sql("SELECT state, tries, doubtful_since FROM conversions_conversion") == [("waiting", 0, None)]
    assert "certificate.refused" in place.processes.log("strict").read_text()
    place.worker_start()
    place.drain()
    assert place.control.counts("facebook") == (1, 0, 0)
    place.conserved()


@pytest.mark.fault(25)
def test_f25_it_sends_to_a_host_whose_certificate_is_good(place: World, tmp_path: Path):
    authority, heard = Authority(tmp_path), list[bytes]()
    place.processes.kill("worker")
    with shown(authority.certificate("localhost"), heard) as port:
        place.worker_start("strict", FAULT_CA=str(authority.file), CONVSYNC_SANDBOX_URL=f"https://localhost:{port}")
        space = place.space()
        place.signals(space, 1)
        until(lambda: place.states() == {"sent": 1}, why=lambda: f"It was not sent: {place.states()}")
        place.processes.kill("strict")
    assert len(heard) == 1
