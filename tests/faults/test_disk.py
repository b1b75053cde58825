"""PostgreSQL's disk, really full: what cannot be kept is not acknowledged."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Sandbox
from tests.faults.cramped import Cramped
from tests.faults.lifetime import running, spoken_to
from tests.faults.servers import until
from tests.faults.world import World

ROWS = 20
MOST_POSTS = 500


@pytest.fixture
def small(sandbox: Sandbox, django_db_blocker: Any) -> Iterator[World]:
    """A world whose PostgreSQL has a small disk of its own."""
    with running(sandbox, Cramped) as world, django_db_blocker.unblock(), spoken_to(world):
        world.fresh()
        world.worker_start()
        world.web_start()
        yield world


@pytest.mark.fault(12)
def test_f12_it_acknowledges_nothing_that_a_full_disk_cannot_keep_and_recovers_by_itself(small: World):
    disk = small.postgres
    assert isinstance(disk, Cramped)
    space = small.space()
    small.post(space, ROWS)
    small.drain()
    disk.fill()
    answer = small.post(space, ROWS)
    for _ in range(MOST_POSTS):
        if answer is None or not answer.ok:
            break
        answer = small.post(space, ROWS)
    assert answer is not None
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    disk.make_room()

    def taken() -> bool:
        again = small.post(space, ROWS)
        return again is not None and again.ok

    until(taken, why="It does not recover.")
    small.later(150)
    small.drain()
    small.conserved()
