"""`python -m tools.bench`: one core, the whole path beside its references, what size costs, and a simulation."""

import json
import os
import platform
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from tools.bench import path
from tools.bench.costs import cost_figures
from tools.bench.judging import judge_figures
from tools.bench.load import Post, Writer, post_all
from tools.bench.render import render_figures
from tools.bench.simulate import simulate_figures
from tools.bench.world import Bench, world
from tools.demo.place import Trouble
from tools.demo.progress import phase
from tools.launcher.fault import Fault, say

FORM_BATCHES, CONTACT_BATCHES, ROWS = 20, 20, 100


def main(arguments: Sequence[str]) -> int:
    """Measure the parts that are named, or all, and print one JSON object as the last line; 1 when something failed."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that what was made is taken away
    if unknown := set(arguments) - PARTS.keys():
        say(f"There is no part “{min(unknown)}”. It is one of: {', '.join(PARTS)}.")
        return 2
    told = _machine()
    try:
        for name, part in PARTS.items():
            if name in arguments or not arguments:
                told |= part()
    except (Trouble, Fault) as trouble:
        say(f"✗ {trouble}")
        return 1
    except KeyboardInterrupt:
        return 130
    print(json.dumps(told), flush=True)
    return 0


def _rendering() -> dict[str, Any]:
    with phase("Judging and rendering on one core, without a database") as done:
        rendered = render_figures()
        done(rendered["render_per_s"]["facebook"])
    return rendered


def _judging() -> dict[str, Any]:
    with phase("Judging on one core, from the rows of signals to the rows of conversions") as done:
        judged = judge_figures()
        done(judged["judge_per_s"])
    return judged


def _intake() -> dict[str, Any]:
    """The ways in that write contacts too. The worker does not run meanwhile."""
    with world() as bench:
        writer = Writer(bench.place)
        forms = [writer.forms(ROWS) for _ in range(FORM_BATCHES)]
        contacts = [writer.contacts(ROWS) for _ in range(CONTACT_BATCHES)]
        post_all(bench.place, [writer.forms(5), writer.contacts(5)])
        taken = _take_in(bench, "form submissions", forms), _take_in(bench, "contacts with a new stage", contacts)
    return {
        "form_signals_per_s": round(_signals(forms) / taken[0], 1),
        "contact_signals_per_s": round(_signals(contacts) / taken[1], 1),
    }


def _path() -> dict[str, Any]:
    with world(*path.STAGE, twin=True) as bench:
        told = path.path_figures(bench)
    return told | {f"{name}_peak_mib": bench.peak_mib[name] for name in ("web",)}


def _simulating() -> dict[str, Any]:
    with world() as bench:
        return simulate_figures(bench)


def _take_in(bench: Bench, what: str, posts: list[Post]) -> float:
    with phase(f"Posting {what} in batches of {ROWS}") as done:
        seconds = post_all(bench.place, posts)
        done(_signals(posts))
    return seconds


def _signals(posts: list[Post]) -> int:
    return sum(post.signals for post in posts)


def _machine() -> dict[str, Any]:
    """What it runs on; `load_before` tells whether others were using it."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cpus": usable,
        "memory_gib": round(memory / 2**30, 1),
        "load_before": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "date": datetime.now(UTC).date().isoformat(),
    }


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "render": _rendering,
    "judge": _judging,
    "path": _path,
    "costs": cost_figures,
    "intake": _intake,
    "simulate": _simulating,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
