"""Redis emptied, gone, full or set up wrongly: it is a doorbell, and the database is the truth."""

import subprocess

import pytest
import requests

from tests.faults.servers import until
from tests.faults.world import WORKER, World
from tools.launcher.foreground import python
from tools.launcher.places import ROOT

pytestmark = pytest.mark.thorough
ROWS = 20
BACKLOG = 10_000
RESUMES_WITHIN = 60.0  # seconds
OUTAGE = 600.0


def ready(place: World) -> dict[str, object]:
    """What the health page says."""
    answer = requests.get(f"{place.web_url}/health/ready", timeout=10)
    assert answer.status_code == 200, "it takes signals in"
    told: dict[str, object] = answer.json()
    return told


@pytest.mark.fault(6)
def test_f06_it_goes_on_within_a_minute_when_redis_was_emptied_during_a_backlog(place: World):
    place.beat_start()
    space = place.space()
    place.signals(space, BACKLOG)
    until(lambda: place.states().get("sent", 0) > 0, why="Nothing was sent.")
    place.client.flushall()
    left = place.open()
    assert left > 0
    until(lambda: place.open() < left, within=RESUMES_WITHIN, why="It does not go on.")
    until(lambda: place.open() == 0, within=RESUMES_WITHIN, why="It does not go on to the end.")
    place.processes.kill("beat")
    assert place.control.counts("facebook") == (BACKLOG, 0, 0)
    place.conserved()


@pytest.mark.fault(7)
def test_f07_it_takes_signals_in_while_redis_is_gone_and_sends_them_when_it_is_back(place: World):
    place.web_start()
    place.beat_start()
    space = place.space()
    place.post(space, 1)
    until(lambda: place.open() == 0, why="It does not work with Redis there.")
    place.redis.stop()
    for _ in range(3):
        answer = place.post(space, ROWS)
        assert answer is not None
        assert answer.ok, answer.text
    assert ready(place)["degraded"] == ["broker"]
    place.later(OUTAGE)
    place.post(space, ROWS)
    place.redis.start()
    until(lambda: place.open() == 0, within=RESUMES_WITHIN, why="It does not go on by itself.")
    place.processes.kill("beat")
    assert ready(place)["degraded"] == []
    assert place.control.counts("facebook") == (1 + 4 * ROWS, 0, 0)
    place.conserved()


@pytest.mark.fault(7)
def test_f07_it_counts_calls_for_itself_while_redis_is_gone(place: World):
    place.web_start()
    space = place.space()
    place.redis.stop()
    address = f"{place.web_url}/submissions/v3/integration/submit/{space.workspace.portal_id}/{space.form.id}"
    with requests.Session() as session:
        answers = [session.post(address, json={}, timeout=10).status_code for _ in range(130)]
    place.redis.start()
    assert set(answers) == {400, 429}, "what one process counts alone is a limit still"


@pytest.mark.fault(8)
def test_f08_it_takes_signals_in_while_redis_is_full_and_says_so(place: World):
    place.web_start()
    place.beat_start()
    space = place.space()
    place.client.config_set("maxmemory", "1mb")
    answer = place.post(space, ROWS)
    assert answer is not None
    assert answer.ok, answer.text
    assert ready(place)["degraded"] == ["broker"]
    place.client.config_set("maxmemory", "0")
    place.worker_start()  # a worker that finds no room ends, and whoever looks after it starts it again
    until(lambda: place.open() == 0, within=RESUMES_WITHIN, why="It does not go on by itself.")
    place.processes.kill("beat")
    assert ready(place)["degraded"] == []
    place.conserved()


@pytest.mark.fault(8)
@pytest.mark.parametrize("words", [WORKER, "beat --schedule {path}/evicted"], ids=["worker", "beat"])
def test_f08_it_does_not_start_on_a_redis_that_throws_work_away(place: World, words: str):
    place.client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        started = subprocess.run(
            python("-m", "celery", "-A", "convsync", *words.format(path=place.path).split()),
            env=place.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        place.client.config_set("maxmemory-policy", "noeviction")
    assert started.returncode != 0
    assert "Set its maxmemory-policy to noeviction" in started.stderr
