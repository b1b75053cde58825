"""A simulation's turn at a worker: piece after piece, while nobody live stands in line.

One at a time in a process. Two of them would take turns at one core, since Python runs one thread at a time, while
another process, with another core, stands idle.
"""

from threading import Lock
from uuid import UUID

from apps.core.clock import shared_now
from apps.pipeline import doorbell
from apps.pipeline.simulation_parts import simulate_next
from apps.pipeline.turns import turn

PAUSE = 0.2  # seconds: who was turned away asks again, and maybe another process; whose turn is over lets others in
_at_it = Lock()


def simulate(*, workspace_id: UUID, simulation_id: UUID, place: int) -> None:
    """Do what can be done of a simulation in a turn, as the worker at that place; ring for the others, and for more."""
    if _at_it.acquire(blocking=False):
        try:
            if _is_done(workspace_id, simulation_id):
                return
        finally:
            _at_it.release()
    doorbell.ring_simulate(workspace_id, simulation_id, place, in_seconds=PAUSE)


def _is_done(workspace_id: UUID, simulation_id: UUID) -> bool:
    """Take piece after piece; True when nothing is left to be taken, False when the turn is over."""
    for _ in turn():
        workers = simulate_next(workspace_id=workspace_id, simulation_id=simulation_id, now=shared_now())
        if not workers:
            return True
        for other in range(1, workers):
            doorbell.ring_simulate(workspace_id, simulation_id, other)
    return False
