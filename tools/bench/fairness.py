"""`python -m tools.bench.fairness [ROWS]`: what one workspace's backlog does to another's delay.

Two workspaces in a database of its own. One posts a few signals a second, and the delay of each is measured, from its
recording to the network's yes: first alone, then while millions of rows wait in the other, all of them due, and the
same worker serves both. The backlog's lane is held and let go in turns, so that what else the machine does falls on
either; `ratio` is the median of the rounds'. What held rows cost by their mere number would stand in both, and so
`ratio_to_empty` compares with the time before there were any. The last line of what is printed is JSON.
"""

import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any
from uuid import UUID

import psycopg2

from tools.bench.copies import waiting_made
from tools.bench.figures import percentile, reading
from tools.bench.hands import Hands
from tools.bench.path import EACH, STAGE, Runner, emails_in
from tools.bench.processor import peak_mib
from tools.bench.world import Bench, start_working, world
from tools.demo.place import Trouble
from tools.demo.progress import phase
from tools.launcher.fault import Fault, say
from tools.launcher.processes import WORKER

WAITING = 5_000_000
ROUNDS, SECONDS, PER_SECOND, ROWS = 4, 20, 5, 2  # of measurements: how often, how long, requests, signals in each
SETTLES_WITHIN, GLANCE, STARTS = 120.0, 0.5, 6.0
# A lane that is being served is let go by its worker first; the sweep finds one that is due within seconds.
_HOLD = """
    UPDATE deliveries_lane SET held_until = now() + interval '1 hour', next_due_at = now() + interval '1 hour'
     WHERE account_id = %s AND lease IS NULL
"""
_LET_GO = "UPDATE deliveries_lane SET held_until = NULL, next_due_at = now() WHERE account_id = %s"


def fairness_figures(bench: Bench, waiting: int) -> dict[str, Any]:
    """Percentiles of the quiet workspace's delay without and with the other's backlog. Raises Trouble."""
    hands = Hands(bench.environment)
    other = hands.do("staged", 2, 2_000, ["facebook"])
    hands.do("served", other, [0], 10)  # what its rows are made after
    hands.rest()
    runner = Runner(bench, emails_in(bench, bench.place.portal_id))
    start_working(bench)
    time.sleep(STARTS)  # the worker takes a moment to join
    _delays(runner, "Warming up", STARTS)
    empty = _delays(runner, "The quiet workspace by itself", SECONDS)
    account = UUID(other["accounts"]["facebook"])
    waiting_made(bench.database_url, UUID(other["workspace"]), account, waiting)
    alone, beside, served = [], [], []
    for number in range(1, ROUNDS + 1):
        with _held(bench.database_url, account):
            alone.append(_delays(runner, f"{number}/{ROUNDS} while the other's backlog is held", SECONDS))
        time.sleep(STARTS)
        before = runner.sink_count()
        beside.append(_delays(runner, f"{number}/{ROUNDS} beside the other's backlog", SECONDS))
        served.append(runner.sink_count() - before - len(beside[-1]))
        if not served[-1]:
            raise Trouble("Nothing of the backlog left meanwhile: this says nothing of what it does to others.")
    (worker,) = bench.process_ids()[WORKER.name]
    return {
        **_compared(empty, alone, beside),
        "waiting": waiting,
        "backlog_sent_per_s": round(statistics.median(served) / SECONDS),
        "worker_peak_mib": round(peak_mib(worker), 1),
    }


def _compared(
    empty: Sequence[float], alone: Sequence[Sequence[float]], beside: Sequence[Sequence[float]]
) -> dict[str, Any]:
    """The 95th percentiles, and the medians, of each round's delays, and how they compare."""
    baseline, burdened = ([percentile(each, 0.95) for each in rounds] for rounds in (alone, beside))
    ratios = [with_it / without for with_it, without in zip(burdened, baseline, strict=True)]
    middle, by_itself = statistics.median(burdened), percentile(empty, 0.95)
    return {
        "ratio": round(statistics.median(ratios), 2),
        "ratios": [round(each, 2) for each in ratios],
        "ratio_to_empty": round(middle / by_itself, 2),
        "empty_p95_s": round(by_itself, 3),
        "baseline_p95_s": round(statistics.median(baseline), 3),
        "with_backlog_p95_s": round(middle, 3),
        "baseline_p50_s": round(statistics.median(percentile(each, 0.5) for each in alone), 3),
        "with_backlog_p50_s": round(statistics.median(percentile(each, 0.5) for each in beside), 3),
    }


@contextmanager
def _held(database_url: str, account: UUID) -> Iterator[None]:
    """Hold the account's lane up, as a network does that asks for a rest, and let it go in the end."""
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("SELECT set_config('convsync.workspace', 'every', false)")
        cursor.execute(_HOLD, [str(account)])
        while not cursor.rowcount:
            time.sleep(GLANCE / 100)
            cursor.execute(_HOLD, [str(account)])
        yield
        cursor.execute(_LET_GO, [str(account)])


def _delays(runner: Runner, title: str, seconds: float) -> list[float]:
    """Seconds from recording to yes, of each conversion of the quiet workspace in so many seconds of posting."""
    bodies = [runner.body(ROWS) for _ in range(int(seconds * PER_SECOND))]
    expected = len(bodies) * ROWS * EACH
    with reading(runner.bench.database_url) as figures, phase(title) as done:
        since = figures.now()
        runner.post(runner.bench.place.base_url, bodies, per_second=PER_SECOND)
        deadline = time.monotonic() + SETTLES_WITHIN
        while len(delays := figures.delays(since)) < expected:
            if time.monotonic() > deadline:
                raise Trouble(f"Of {expected:,} conversions {len(delays):,} were sent within {SETTLES_WITHIN:.0f} s.")
            time.sleep(GLANCE)
        done(len(delays))
    return delays


def main(arguments: Sequence[str]) -> int:
    """Measure, and print the figures as the last line; 1 when something stood in the way."""
    try:
        with world(*STAGE) as bench:
            told = fairness_figures(bench, int(arguments[0]) if arguments else WAITING)
    except (Trouble, Fault) as trouble:
        say(f"✗ {trouble}")
        return 1
    print(json.dumps(told), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
