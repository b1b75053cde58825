"""What a conversion costs where there is more: workspaces, events in one of them, rows that wait.

Two databases that differ in size alone take turns (small, large, small, large ...), each with a process that does the
product's own work in it (`hands.py`). A cost is the seconds of a round by its conversions; what is told is the median
of large by small. The large one of the waiting rows also shows what a worker holds at most while it serves them.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from tools.bench.copies import waiting_made, workspaces_copied
from tools.bench.hands import Hands
from tools.bench.processor import peak_mib
from tools.bench.world import Bench, installation
from tools.demo.progress import phase
from tools.launcher.processes import BEAT, WORKER

ROUNDS, WARM_UP = 5, 1
WORKSPACES, ACTIVE, SIGNALS_EACH = (10, 10_000), 10, 100
EVENTS, SIGNALS = (1, 500), 2_000
WAITING, MEMORY_AFTER, WATCHED = (10_000, 5_000_000), 1_000_000, 20.0
Round = Callable[[int], Mapping[str, float]]


def cost_figures() -> dict[str, Any]:
    """The three ratios, and a worker's most memory with few and with many rows waiting, in MiB. Raises Trouble."""
    return {
        "cost_by_workspaces": _by_workspaces(),
        "cost_by_events": _by_events(),
        **_by_waiting(),
    }


def _by_workspaces() -> float:
    with _pair() as (small, large):
        rounds = [
            _workspaces(bench, hands, count) for (bench, hands), count in zip((small, large), WORKSPACES, strict=True)
        ]
        return _ratio(f"In {WORKSPACES[0]} workspaces and in {WORKSPACES[1]:,}, by turns", *rounds)


def _workspaces(bench: Bench, hands: Hands, count: int) -> Round:
    """Ten workspaces a round, others each time as far as there are others."""
    world = hands.do("staged", 2, 20, ["facebook", "linkedin"])
    workspaces_copied(bench.database_url, UUID(world["workspace"]), count - 1)
    apart = count // ACTIVE
    return lambda number: hands.do(
        "served", world, [(each * apart + number) % count for each in range(ACTIVE)], SIGNALS_EACH
    )


def _by_events() -> float:
    with _pair() as (small, large):
        rounds = [_events(hands, count) for (_, hands), count in zip((small, large), EVENTS, strict=True)]
        return _ratio(f"With {EVENTS[0]} event and with {EVENTS[1]}, by turns", *rounds)


def _events(hands: Hands, count: int) -> Round:
    world = hands.do("staged", count, 2_000, ["facebook"])
    return lambda _: hands.do("served", world, [0], SIGNALS)


def _by_waiting() -> dict[str, Any]:
    with _pair() as (small, large):
        peaks, rounds = [], []
        for (bench, hands), count in zip((small, large), WAITING, strict=True):
            world = hands.do("staged", 2, 2_000, ["facebook"])
            hands.do("served", world, [0], 10)
            ids = world["workspace"], world["accounts"]["facebook"]
            first = min(count, MEMORY_AFTER)
            waiting_made(bench.database_url, UUID(ids[0]), UUID(ids[1]), first)
            peaks.append(_worker_peak(bench))
            waiting_made(bench.database_url, UUID(ids[0]), UUID(ids[1]), count - first or count)
            rounds.append(lambda _, hands=hands, ids=ids: hands.do("sent", *ids))
        ratio = _ratio(f"With {WAITING[0]:,} rows waiting and with {WAITING[1]:,}, by turns", *rounds)
    return {
        "cost_by_waiting": ratio,
        "worker_peak_mib": peaks[1],
        f"worker_peak_mib_{WAITING[0]}_waiting": peaks[0],
    }


def _worker_peak(bench: Bench) -> float:
    """The most memory of a worker that has served these rows for a while."""
    with phase("A worker serves them") as done:
        bench.start_product(WORKER, BEAT)
        time.sleep(WATCHED)
        (process,) = bench.process_ids()[WORKER.name]
        peak = peak_mib(process)
        bench.stop(WORKER.name, BEAT.name)
        done(round(peak))
    return peak


def _ratio(title: str, small: Round, large: Round) -> float:
    """What a conversion costs in the large, by what it costs in the small: the median of the rounds."""
    with phase(title) as done:
        for number in range(WARM_UP):
            small(number), large(number)
        costs = [(_cost(small(number)), _cost(large(number))) for number in range(WARM_UP, WARM_UP + ROUNDS)]
        done(ROUNDS)
    return round(statistics.median(great / little for little, great in costs), 2)


def _cost(told: Mapping[str, float]) -> float:
    return told["seconds"] / told["conversions"]


@contextmanager
def _pair() -> Iterator[tuple[tuple[Bench, Hands], tuple[Bench, Hands]]]:
    """Two installations without a web process, each with hands inside."""
    with installation("small") as small, installation("large") as large:
        hands = Hands(small.environment), Hands(large.environment)
        try:
            yield (small, hands[0]), (large, hands[1])
        finally:
            for each in hands:
                each.rest()
