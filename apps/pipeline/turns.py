"""A task's turn at a worker: short while others stand in line, so that nobody's backlog keeps the others waiting."""

import time
from collections.abc import Iterator

from apps.core.stopping import stopping
from apps.pipeline import doorbell

SECONDS = 20.0  # how long a task may keep a worker that nobody else needs


def turn() -> Iterator[None]:
    """The steps of a turn: one at least, unless the worker stops, and more while nobody live stands in line.

    By the machine's monotonic clock: the other one jumps.
    """
    ends = time.monotonic() + SECONDS
    while not stopping():
        yield
        if time.monotonic() >= ends or doorbell.others_wait():
            return
