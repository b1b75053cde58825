"""One answer of any web process tells the whole installation to whoever bears the token, and to nobody else."""

import re
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from redis import Redis

from apps.conversions.models import Conversion
from apps.core import broker, meters
from apps.deliveries.models import Lane
from apps.operating import metrics
from apps.operating.moments import SCHEDULER, moment_last, moment_note
from apps.operating.tasks import Ticker
from apps.operating.workers import GONE, Watchman, sign_of_life, workers_living
from apps.pipeline import flow
from tests.conftest import Sandbox
from tests.support import factories
from tests.support.world import World

TOKEN = "a-token-of-the-collector"
pytestmark = pytest.mark.usefixtures("shared")


@pytest.fixture(autouse=True)
def _token(settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def told() -> dict[str, float]:
    """Every sample, by its name and labels as they are written."""
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def waiting(world: World, number: int = 1) -> None:
    world.make_event("linkedin", "custom_event", at=timezone.now() - timedelta(hours=1))
    contact_id = str(factories.a_contact(world.workspace))
    for _ in range(number):
        factories.a_completion(world.behaviour, contact_id=contact_id)
    flow.judge(workspace_id=world.workspace.id)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"bearer {TOKEN}", "Bearer é"])
def test_it_tells_nothing_without_the_token(shown):
    answer = Client().get("/metrics", headers={"Authorization": shown})
    assert answer.status_code == 401
    assert b"convsync_" not in answer.content


@pytest.mark.usefixtures("db")
def test_it_is_not_there_without_a_token_in_the_settings(settings):
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_it_tells_what_waits_and_for_how_long(world):
    waiting(world, 3)
    with world.scope():
        Conversion.objects.update(due_at=timezone.now() - timedelta(minutes=10))
        Conversion.objects.update(expires_at=timezone.now() + timedelta(hours=3))
    known = told()
    assert known['convsync_waiting{environment="sandbox",network="linkedin"}'] == 3
    assert known['convsync_at_risk{environment="sandbox",network="linkedin"}'] == 3
    assert 595 < known['convsync_oldest_due_seconds{environment="sandbox",network="linkedin"}'] < 660
    assert 10_000 < known['convsync_headroom_seconds{environment="sandbox",network="linkedin"}'] < 10_900
    assert known['convsync_lanes{environment="sandbox",network="linkedin",standing="moving"}'] == 1
    assert known['convsync_pace_left_ratio{environment="sandbox",network="linkedin",routes=""}'] == 1
    lane = f'account="{world.linkedin.id}",network="linkedin",workspace="{world.workspace.id}"'
    assert known[f"convsync_lane_waiting{{{lane}}}"] == 3


def test_it_tells_which_lanes_are_held_and_which_breakers_are_open(world):
    waiting(world)
    with world.scope():
        Lane.objects.update(held_until=timezone.now() + timedelta(minutes=9), held_reason="paced")
    assert told()['convsync_lanes{environment="sandbox",network="linkedin",standing="held"}'] == 1
    with world.scope():
        Lane.objects.update(faults=9, open_until=timezone.now() + timedelta(minutes=2))
    assert told()['convsync_lanes{environment="sandbox",network="linkedin",standing="broken"}'] == 1


def test_it_names_so_many_lanes_and_no_more(world, monkeypatch):
    waiting(world)
    world.make_event("facebook", "form_submission", at=timezone.now() - timedelta(hours=1))
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    monkeypatch.setattr(metrics, "MOST_LANES", 1)
    assert len([name for name in told() if name.startswith("convsync_lane_waiting")]) == 1


def test_it_tells_what_is_not_judged(world):
    factories.a_completion(world.behaviour, contact_id=str(factories.a_contact(world.workspace)))
    known = told()
    assert known["convsync_unjudged"] >= 1
    assert known["convsync_unjudged_oldest_seconds"] >= 0


def test_it_tells_of_the_scheduler_and_the_workers(world):
    assert "convsync_scheduler_age_seconds" not in told()
    moment_note(name=SCHEDULER, at=timezone.now() - timedelta(seconds=90))
    now = timezone.now()
    sign_of_life(name="celery@one", now=now)
    sign_of_life(name="celery@gone", now=now - GONE - timedelta(seconds=1))
    known = told()
    assert 90 <= known["convsync_scheduler_age_seconds"] < 120
    assert known["convsync_workers"] == 1


def test_a_worker_gives_signs_of_life_until_it_ends(world):
    watchman = Watchman("celery@here")
    watchman.start()
    for _ in range(100):
        if names := [each.name for each in workers_living(now=timezone.now())]:
            break
        watchman.join(0.02)
    assert names == ["celery@here"]
    watchman.stop()
    watchman.join(5)
    assert workers_living(now=timezone.now()) == []


def test_what_workers_did_is_counted_by_network_and_by_how_it_ended(world, sandbox: Sandbox):
    sandbox.reset()
    waiting(world, 2)
    flow.send(workspace_id=world.workspace.id, account_id=world.linkedin.id)
    known = told()
    assert known['convsync_requests_total{network="linkedin",state="accepted"}'] == 1
    assert known['convsync_outcomes_total{network="linkedin",verdict="accepted"}'] == 2
    assert known['convsync_request_seconds_count{network="linkedin"}'] == 1
    assert known['convsync_request_seconds_bucket{le="+Inf",network="linkedin"}'] == 1
    assert 0 < known['convsync_request_seconds_sum{network="linkedin"}'] < 30


def test_the_classes_of_a_histogram_add_up():
    labels = (("network", "google"),)
    meters.record([meters.Observed("request_seconds", labels, seconds) for seconds in (0.01, 0.05, 0.2, 3, 99)])
    seen = meters.read().histograms["request_seconds", labels]
    assert sum(seen.by_class) == 5
    assert seen.by_class[0] == 2
    assert seen.by_class[-1] == 1
    assert seen.total == pytest.approx(102.26)


def test_it_tells_of_the_database_s_states_while_redis_is_away(world, monkeypatch):
    waiting(world)
    monkeypatch.setattr(broker, "client", lambda: Redis(port=1, socket_connect_timeout=0.2))
    monkeypatch.setattr(meters, "client", lambda: Redis(port=1, socket_connect_timeout=0.2))
    known = told()
    assert known["convsync_broker_fit"] == 0
    assert known['convsync_waiting{environment="sandbox",network="linkedin"}'] == 1
    assert not any(name.startswith("convsync_requests_total") for name in known)


def test_counting_never_stands_in_the_way_of_sending(monkeypatch):
    monkeypatch.setattr(meters, "client", lambda: Redis(port=1, socket_connect_timeout=0.2))
    meters.record([meters.Count("requests", (("network", "google"),))])


def test_nothing_of_a_person_and_nothing_secret_stands_in_the_metrics(world):
    waiting(world)
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
    assert "@" not in answer
    assert TOKEN not in answer
    assert not re.search(r"AQsandbox|EAAsandbox", answer)


def test_the_scheduler_notes_its_own_signs_of_life_now_and_then_and_survives_a_database_that_is_away(
    world, monkeypatch
):
    ticker = Ticker()
    ticker.rang(sender="pipeline.sweep")
    first = moment_last(SCHEDULER)
    ticker.rang(sender="pipeline.sweep")
    assert first is not None
    assert moment_last(SCHEDULER) == first

    def away(**_: object) -> None:
        raise OperationalError

    monkeypatch.setattr("apps.operating.watching.scheduler_ticked", away)
    Ticker().rang(sender="pipeline.sweep")
