"""The whole path, from a batch posted over the API to the sink's yes: ours, the obvious design's, and its floor.

The three take turns (A B C A B C ...) on the one machine, so that its noise falls on all of them, and each figure is
the median of its rounds. All processes stand by meanwhile: who is not asked anything takes no processor to speak of.
"""

import itertools
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg2
import requests

from tools.bench.figures import percentile, reading
from tools.bench.floor import Floor, unguard
from tools.bench.processor import Spent, parent_of
from tools.bench.world import Bench, start_working
from tools.demo.pen import BROWSERS, PAGES, SITE
from tools.demo.place import SECONDS, Trouble, session
from tools.demo.progress import phase
from tools.launcher.ports import HOST, free_port
from tools.launcher.processes import SERVE

ROUNDS, BATCH, CLIENTS, SEED = 5, 500, 2, 11
SIGNALS, NAIVE_SIGNALS, EACH = 5_000, 100, 2  # of a round; EACH: conversions a signal becomes
IDLE, IDLE_PAUSE, STEADY_SECONDS = 25, 0.5, 15
STAGE = ("-m", "tools.bench.stage")
PATH = "/api/v1/completions"
NAIVE_SETTINGS = {"DJANGO_SETTINGS_MODULE": "tools.bench.naive.settings"}
NAIVE_WORKER = "celery -A tools.bench.naive.application worker --queues naive --without-gossip --without-mingle"
NAIVE_WEB = SERVE.replace("{application}", "tools.bench.naive.wsgi:application")
_EMAILS = """
    SELECT email FROM records_contact
      JOIN workspaces_workspace AS workspace ON workspace.id = workspace_id AND workspace.portal_id = %s
"""


@dataclass
class Runner:
    """Posts completions, and waits for the sink to have taken what they become."""

    bench: Bench
    emails: Sequence[str]
    taken: int = 0
    sink: requests.Session = field(default_factory=session)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _rng: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311 - the same load every time

    def body(self, rows: int) -> bytes:
        """So many completions by contacts who are here already, as one request's body."""
        behaviours = list(self.bench.place.behaviours)
        return orjson.dumps(
            {
                "completions": [
                    {
                        "behaviour": self._rng.choice(behaviours),
                        "id": f"order-{next(self._numbers)}",
                        "email": self._rng.choice(self.emails),
                        "page_url": f"{SITE}{PAGES['demo_request']}",
                        "user_agent": self._rng.choice(BROWSERS),
                    }
                    for _ in range(rows)
                ]
            }
        )

    def per_second(self, base_url: str, signals: int) -> float:
        """Conversions a second for so many signals, posted in batches: from the first post to the sink's last yes."""
        bodies = [self.body(min(BATCH, signals)) for _ in range(-(-signals // BATCH))]
        sent, conversions = time.time(), len(bodies) * min(BATCH, signals) * EACH
        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(lambda part: self.post(base_url, part), [bodies[n::CLIENTS] for n in range(CLIENTS)]))
        return conversions / (self.until(conversions) - sent)

    def post(self, base_url: str, bodies: Sequence[bytes], per_second: float = 0.0) -> None:
        """Post them one after the other, at an even pace where one is given. Raises Trouble."""
        with session(self.bench.place.api_key) as client:
            client.headers["Content-Type"] = "application/json"
            began = time.monotonic()
            for number, body in enumerate(bodies):
                if per_second:
                    time.sleep(max(0.0, began + number / per_second - time.monotonic()))
                answer = client.post(f"{base_url}{PATH}", data=body, timeout=SECONDS)
                if answer.status_code != 200:
                    raise Trouble(f"{PATH} answered {answer.status_code}: {answer.text[:500]}")

    def sink_count(self) -> int:
        """How many conversions the sink has taken, whosever they were."""
        return int(self.sink.get(f"{self.bench.place.sandbox_url}/taken/0", timeout=SECONDS).json()["taken"])

    def until(self, more: int) -> float:
        """When (seconds since 1970) the sink had taken so many more. Raises Trouble when that takes two minutes."""
        self.taken += more
        try:
            told = self.sink.get(f"{self.bench.place.sandbox_url}/taken/{self.taken}", timeout=120).json()
        except requests.Timeout as error:
            raise Trouble(f"The sink has not taken {self.taken:,} conversions after two minutes.") from error
        if told["taken"] != self.taken:
            raise Trouble(f"The sink took {told['taken']:,} conversions instead of {self.taken:,}.")
        return float(told["at"])


def path_figures(bench: Bench) -> dict[str, Any]:
    """All figures of the path. The world was made with STAGE and a twin. Raises Trouble when something goes wrong."""
    with closing(psycopg2.connect(bench.database_url)) as connection:
        server = parent_of(connection.info.backend_pid)
    runner = Runner(bench, emails_in(bench, bench.place.portal_id))
    naive = _start(bench)
    unguard(bench.twin_url)
    with phase("Warming up"):
        for base_url in (bench.place.base_url, naive):
            runner.per_second(base_url, 50)
    told = _in_turn(runner, naive, server)
    told |= {"idle_p50_ms": _idle(runner)}
    told |= _steady(runner, told["conversions_per_s"] / 2)
    with reading(bench.database_url) as figures:
        if set(states := figures.states()) != {"sent"}:
            raise Trouble(f"Some conversions did not end as sent: {states}")
    return told


def emails_in(bench: Bench, portal_id: int) -> list[str]:
    """The addresses of a workspace's contacts."""
    with closing(psycopg2.connect(bench.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT set_config('convsync.workspace', 'every', false)")
        cursor.execute(_EMAILS, [portal_id])
        return [email for (email,) in cursor.fetchall()]


def _start(bench: Bench) -> str:
    """Start ours and the obvious design; the address of the latter."""
    start_working(bench)
    port = free_port()
    bench.start("naive-worker", NAIVE_WORKER.split(), settings=NAIVE_SETTINGS)
    bench.start(
        "naive-web",
        NAIVE_WEB.format(host=HOST, port=port).split(),
        f"http://{HOST}:{port}/health/ready",
        settings=NAIVE_SETTINGS,
    )
    time.sleep(5)  # workers take a moment to join
    return f"http://{HOST}:{port}"


def _in_turn(runner: Runner, naive: str, server: int) -> dict[str, Any]:
    ours, obvious, floors, spent = [], [], [], []
    place = runner.bench.place
    runner.per_second(place.base_url, SIGNALS)  # what the floor copies, and not the first of its size
    with phase(f"Ours, the obvious design and the floor in turn, {ROUNDS} rounds") as done:
        for _ in range(ROUNDS):
            watch = Spent({**runner.bench.process_ids(), "postgresql": [server]})
            ours.append(runner.per_second(place.base_url, SIGNALS))
            spent.append(watch.since())
            obvious.append(runner.per_second(naive, NAIVE_SIGNALS))
            floor = Floor(
                model_url=runner.bench.database_url,
                own_url=runner.bench.twin_url,
                sink_url=place.sandbox_url,
                signals=SIGNALS,
            )
            seconds, conversions = floor.run()
            runner.until(conversions)
            floors.append(conversions / seconds)
        done(ROUNDS * SIGNALS * EACH)
    return {
        "conversions_per_s": round(statistics.median(ours)),
        "naive_per_s": round(statistics.median(obvious)),
        "floor_per_s": round(statistics.median(floors)),
        "vs_naive": round(statistics.median(a / b for a, b in zip(ours, obvious, strict=True)), 1),
        "vs_floor": round(statistics.median(a / b for a, b in zip(ours, floors, strict=True)), 2),
        "processor_us_per_conversion": _shares(spent),
    }


def _shares(spent: Sequence[Mapping[str, float]]) -> dict[str, int]:
    """Microseconds of processor time for each conversion, by process; who took none is left out."""
    each = {name: statistics.median(round_[name] for round_ in spent) / (SIGNALS * EACH) for name in spent[0]}
    return {name: round(seconds * 1e6) for name, seconds in each.items() if seconds > 1e-6}


def _idle(runner: Runner) -> float:
    """Milliseconds from posting one signal on an idle system to the yes to its last conversion, the median."""
    waits = []
    with phase("Posting one signal at a time") as done:
        for _ in range(IDLE):
            time.sleep(IDLE_PAUSE)
            body = runner.body(1)
            sent = time.time()
            runner.post(runner.bench.place.base_url, [body])
            waits.append(1000 * (runner.until(EACH) - sent))
        done(IDLE)
    return round(percentile(waits, 0.5), 1)


def _steady(runner: Runner, conversions_per_second: float) -> dict[str, float]:
    """The delay from a signal's recording to the yes at this rate: median and 99th percentile, in seconds."""
    rows = 50
    per_second = conversions_per_second / EACH / rows
    bodies = [runner.body(rows) for _ in range(round(per_second * STEADY_SECONDS))]
    with reading(runner.bench.database_url) as figures, phase("Posting at half the peak rate") as done:
        since = figures.now()
        runner.post(runner.bench.place.base_url, bodies, per_second=per_second)
        runner.until(len(bodies) * rows * EACH)
        time.sleep(1)  # the last answer is written down
        delays = figures.delays(since)
        done(len(delays))
    return {"p50_s": round(percentile(delays, 0.5), 3), "p99_s": round(percentile(delays, 0.99), 3)}
