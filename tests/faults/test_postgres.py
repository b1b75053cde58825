"""PostgreSQL restarted, crowded or clashing: what was acknowledged stays, and nothing is half written."""

import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Any, Self

import psycopg2
import pytest
import requests
from django.db import connections

from tests.faults.servers import until
from tests.faults.world import World
from tests.support.world import World as Space
from tools.launcher.postgres import ROLE

ROWS = 20
RESUMES_WITHIN = 15.0  # seconds
ANSWERS_WITHIN = 15.0


def refused(answer: requests.Response | None) -> None:
    """It was not taken in, and whoever posted it is told to come again."""
    assert answer is not None
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0


class Posting:
    """Posts all the time, one batch after the other, until it is stopped."""

    def __init__(self, place: World, space: Space) -> None:
        self.answers: Counter[int] = Counter()
        self._place, self._space = place, space
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._post)

    def __enter__(self) -> Self:
        self._place.key(self._space)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _post(self) -> None:
        while not self._stopped.is_set():
            answer = self._place.post(self._space, ROWS)
            self.answers[answer.status_code if answer is not None else 0] += 1
            self._stopped.wait(0.05)


@pytest.mark.fault(9)
def test_f09_it_outlives_a_restart_of_postgresql_under_load(place: World):
    place.web_start()
    space = place.space()
    with Posting(place, space) as posting:
        until(lambda: place.states().get("sent", 0) > 0, why="Nothing was sent.")
        place.postgres.stop(signal.SIGQUIT)
        until(lambda: posting.answers[503] > 0, why=lambda: f"It did not say so: {posting.answers}")
        place.postgres.start()
        connections["default"].close()
        other = place.space("Other")
        place.post(other, ROWS)
        told = "SELECT count(*) FROM conversions_conversion WHERE state = 'sent' AND workspace_id = %s"
        until(lambda: place.sql(told, str(other.workspace.id))[0][0] > 0, within=RESUMES_WITHIN, why="Nothing goes on.")
    assert set(posting.answers) <= {200, 503}, posting.answers
    place.later(150)
    place.drain()
    place.conserved()


@pytest.mark.fault(9)
def test_f09_a_lane_whose_turn_broke_is_not_held_for_as_long_as_its_lease(place: World):
    space = place.space()
    answered = place.barrier("answered").set("wait")
    place.signals(space, ROWS)
    answered.reached()
    place.postgres.stop(signal.SIGQUIT)
    answered.lift()
    place.postgres.start()
    connections["default"].close()
    held = "SELECT count(*) FROM deliveries_lane WHERE leased_until IS NOT NULL"
    until(lambda: place.sql(held) == [(0,)], within=RESUMES_WITHIN, why="The lane is not given back.")
    place.later(150)
    place.drain()
    assert place.control.counts("facebook") == (ROWS, 0, ROWS), "what may have been taken leaves again, and is known"
    place.conserved()


@pytest.mark.fault(9)
def test_f09_it_says_when_to_come_again_while_postgresql_is_gone(place: World):
    place.web_start()
    space = place.space()
    place.post(space, 1)
    place.postgres.stop(signal.SIGQUIT)
    refused(place.post(space, ROWS))
    ready = requests.get(f"{place.web_url}/health/ready", timeout=10)
    place.postgres.start()
    assert (ready.status_code, ready.headers["Retry-After"]) == (503, "5")
    place.drain()
    assert place.control.counts("facebook") == (1, 0, 0)
    place.conserved()


@pytest.mark.fault(10)
def test_f10_it_refuses_in_time_and_hangs_nowhere_while_every_connection_is_taken(place: World):
    place.web_start()
    space = place.space()
    place.post(space, 1)
    place.drain()
    place.sql(f"ALTER ROLE {ROLE} CONNECTION LIMIT 10")
    taken: list[Any] = []
    with suppress(psycopg2.OperationalError):
        while True:
            taken.append(psycopg2.connect(place.environment["DATABASE_URL"]))
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: place.post(space, ROWS, timeout=ANSWERS_WITHIN), range(16)))
    for each in taken:
        each.close()
    place.sql(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")
    turned_away = [answer for answer in answers if answer is None or not answer.ok]
    assert turned_away
    for answer in turned_away:
        refused(answer)
    answer = place.post(space, ROWS)
    assert answer is not None
    assert answer.ok
    place.drain()
    place.conserved()


@pytest.mark.fault(11)
def test_f11_it_settles_once_more_when_it_was_the_victim_of_a_deadlock(place: World):
    space = place.space()
    answered = place.barrier("answered").set("wait")
    place.signals(space, ROWS)
    answered.reached()
    with closing(place.connect()) as opposing, opposing.cursor() as cursor:
        opposing.autocommit = False
        cursor.execute("SET deadlock_timeout = '30s'")  # so that it is the other one that gives way
        order = "SELECT 1 FROM conversions_conversion ORDER BY tableoid, ctid"
        cursor.execute(f"{order} DESC LIMIT 1 FOR UPDATE")
        answered.lift()
        waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'convsync'"
        until(lambda: place.sql(waiting), why="The worker does not wait for the row.")
        cursor.execute(f"{order} FOR UPDATE")
        opposing.rollback()
    until(lambda: place.states() == {"sent": ROWS}, within=20, why=lambda: f"It was given up: {place.states()}")
    assert place.control.counts("facebook") == (ROWS, 0, 0), "nothing left again"
    place.conserved()
