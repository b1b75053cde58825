"""A log that cannot be written: the disk is full."""

import os

import pytest

from apps.core.logging import Lossy
from tests.faults.world import World

ROWS = 20


@pytest.mark.fault(13)
def test_f13_it_goes_on_where_there_is_no_room_for_its_log(place: World):
    place.processes.kill("worker")
    place.processes.kill("web")
    place.processes.full = True
    try:
        place.worker_start()
        place.web_start()
        space = place.space()
        answer = place.post(space, ROWS)
        assert answer is not None
        assert answer.ok, answer.text
        place.drain()
    finally:
        place.processes.full = False
        place.processes.kill("worker")
        place.processes.kill("web")
    assert place.control.counts("facebook") == (ROWS, 0, 0)
    place.conserved()


@pytest.mark.fault(13)
def test_f13_it_says_how_many_lines_were_lost_once_there_is_room(tmp_path):
    with (tmp_path / "log").open("w") as roomy, open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        stream = Lossy(full)
        for number in range(3):
            stream.write(f'{{"event": "lost", "number": {number}}}\n')
        assert stream.dropped == 3
        os.dup2(roomy.fileno(), full.fileno())
        stream.write('{"event": "written"}\n')
        assert stream.dropped == 0
    lines = (tmp_path / "log").read_text().splitlines()
    assert lines[-2:] == ['{"event":"log.dropped","level":"error","lines":3}', '{"event": "written"}']
