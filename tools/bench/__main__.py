"""`python -m tools.bench`: render, judge, take signals in, work the backlog off, watch the delay, simulate an event."""

import json
import os
import platform
import signal
import sys
import time
from datetime import UTC, datetime
from typing import Any

from tools.bench.figures import Figures, percentile, reading
from tools.bench.judging import judge_figures
from tools.bench.load import Post, Writer, post_all, post_evenly
from tools.bench.render import render_figures
from tools.bench.simulate import simulate_figures
from tools.bench.world import Bench, start_working, world
from tools.demo.place import Trouble
from tools.demo.progress import phase
from tools.launcher.fault import Fault, say

FORM_BATCHES, CONTACT_BATCHES, ROWS = 30, 30, 100
STEADY_SECONDS, STEADY_PER_SECOND, STEADY_ROWS = 20, 5, 10
SETTLES_WITHIN, GLANCE = 120.0, 0.2


def main() -> int:
    """Measure, and print one JSON object as the last line; 1 when something stood in the way."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that what was made is taken away
    machine = _machine()
    try:
        with phase("Judging and rendering on one core, without a database") as done:
            rendered = render_figures()
            done(rendered["render_per_s"]["facebook"])
        with phase("Judging on one core, from the rows of signals to the rows of conversions") as done:
            judged = judge_figures()
            done(judged["judge_per_s"])
        with world() as bench:
            result = measure(bench)
        with world() as simulating:
            result |= simulate_figures(simulating)
    except (Trouble, Fault) as trouble:
        say(f"✗ {trouble}")
        return 1
    except KeyboardInterrupt:
        return 130
    memory = {f"{name}_peak_mib": bench.peak_mib[name] for name in ("worker", "web")}
    print(json.dumps(rendered | judged | result | memory | machine), flush=True)
    return 0


def measure(bench: Bench) -> dict[str, Any]:
    """All three measurements. Raises Trouble when something was refused, failed or got stuck."""
    writer = Writer(bench.place)
    forms = [writer.forms(ROWS) for _ in range(FORM_BATCHES)]
    contacts = [writer.contacts(ROWS) for _ in range(CONTACT_BATCHES)]
    warm_up = [writer.forms(5), writer.contacts(5)]
    steady = [writer.forms(STEADY_ROWS) for _ in range(STEADY_SECONDS * STEADY_PER_SECOND)]
    with reading(bench.database_url) as figures:
        post_all(bench.place, warm_up)
        taken = _take_in(bench, "form submissions", forms), _take_in(bench, "contacts with a new stage", contacts)
        worked_off = _work_off(bench, figures)
        delays = _keep_up(bench, figures, steady)
        if set(states := figures.states()) != {"sent"}:
            raise Trouble(f"Some conversions did not end as sent: {states}")
    signals = _signals(forms) + _signals(contacts)
    return {
        "signals_per_s": round(signals / sum(taken), 1),
        "form_signals_per_s": round(_signals(forms) / taken[0], 1),
        "contact_signals_per_s": round(_signals(contacts) / taken[1], 1),
        "conversions_per_s": worked_off,
        "p50_s": round(percentile(delays, 0.5), 3),
        "p99_s": round(percentile(delays, 0.99), 3),
        "steady_signals_per_s": STEADY_PER_SECOND * STEADY_ROWS,
    }


def _take_in(bench: Bench, what: str, posts: list[Post]) -> float:
    with phase(f"Posting {what} in batches of {ROWS}") as done:
        seconds = post_all(bench.place, posts)
        done(_signals(posts))
    return seconds


def _work_off(bench: Bench, figures: Figures) -> float:
    """Start the worker on the backlog; conversions a second, from the first judging to the last answer."""
    since = datetime.now(UTC)
    with phase("Judging and sending the backlog") as done:
        start_working(bench)
        _wait(figures)
        drained = figures.drained(since)
        done(drained.conversions)
    return round(drained.per_second, 1)


def _keep_up(bench: Bench, figures: Figures, posts: list[Post]) -> list[float]:
    """Post at a moderate pace; the seconds each conversion took from its signal to the network's yes."""
    since = datetime.now(UTC)
    with phase(f"Posting {STEADY_PER_SECOND * STEADY_ROWS} signals a second and watching how long each takes") as done:
        post_evenly(bench.place, posts, per_second=STEADY_PER_SECOND)
        _wait(figures)
        delays = figures.delays(since)
        done(len(delays))
    return delays


def _wait(figures: Figures) -> None:
    deadline = time.monotonic() + SETTLES_WITHIN
    while left := figures.left():
        if time.monotonic() > deadline:
            raise Trouble(f"{left:,} signals or conversions are still under way after {SETTLES_WITHIN:.0f} s.")
        time.sleep(GLANCE)


def _signals(posts: list[Post]) -> int:
    return sum(post.signals for post in posts)


def _machine() -> dict[str, Any]:
    """What it ran on; `load_before` tells whether others were using it."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cpus": usable,
        "load_before": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "date": datetime.now(UTC).date().isoformat(),
    }


if __name__ == "__main__":
    sys.exit(main())
