"""`python -m tools.bench.fairness [ROWS]`: what one workspace's backlog does to another's delay.

Two workspaces in a database of its own. One posts a few signals a second, and the delay of each is measured, from its
recording to the network's yes: first alone, then while millions of rows wait in the other, all of them due, and the
same worker serves both. The last line of what is printed is JSON.
"""

import json
import sys
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

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
SECONDS, PER_SECOND, ROWS = 40, 5, 2  # of one measurement
SETTLES_WITHIN, GLANCE, AT_REST = 120.0, 0.5, 45.0


def fairness_figures(bench: Bench, waiting: int) -> dict[str, Any]:
    """The 95th percentile of the quiet workspace's delay without and with the other's backlog. Raises Trouble."""
    hands = Hands(bench.environment)
    other = hands.do("staged", 2, 2_000, ["facebook"])
    hands.do("served", other, [0], 10)  # what its rows are made after
    hands.rest()
    runner = Runner(bench, emails_in(bench, bench.place.portal_id))
    start_working(bench)
    time.sleep(6)  # the worker takes a moment to join
    _delays(runner, "Warming up", 5)
    alone = _delays(runner, "The quiet workspace by itself", SECONDS)
    waiting_made(bench.database_url, UUID(other["workspace"]), UUID(other["accounts"]["facebook"]), waiting)
    with phase("The disk comes to rest"):  # what is measured is a backlog, and not its making
        time.sleep(AT_REST)
    before = runner.sink_count()
    beside = _delays(runner, "The same beside the other's backlog", SECONDS)
    served = runner.sink_count() - before - len(beside)
    if not served:
        raise Trouble("Nothing of the backlog left meanwhile: this says nothing of what it does to others.")
    (worker,) = bench.process_ids()[WORKER.name]
    baseline, burdened = percentile(alone, 0.95), percentile(beside, 0.95)
    return {
        "baseline_p95_s": round(baseline, 3),
        "with_backlog_p95_s": round(burdened, 3),
        "ratio": round(burdened / baseline, 2),
        "waiting": waiting,
        "baseline_p50_s": round(percentile(alone, 0.5), 3),
        "with_backlog_p50_s": round(percentile(beside, 0.5), 3),
        "backlog_sent_meanwhile": served,
        "worker_peak_mib": round(peak_mib(worker), 1),
    }


def _delays(runner: Runner, title: str, seconds: int) -> list[float]:
    """Seconds from recording to yes, of each conversion of the quiet workspace in so many seconds of posting."""
    bodies = [runner.body(ROWS) for _ in range(seconds * PER_SECOND)]
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
