"""Schedulers twice, dead for hours, and tasks in any order."""

import random
from collections import defaultdict
from datetime import timedelta

import orjson
import pytest
from django.utils import timezone

from apps.domain.facts import Trigger
from apps.pipeline import flow
from apps.pipeline.intake import records_receive
from apps.records.columns import Write
from tests.faults.conserving import items_received
from tests.faults.servers import until
from tests.faults.world import World
from tests.support import factories
from tests.support.world import World as Space

pytestmark = pytest.mark.thorough
ROWS = 20
SILENT = 3 * 3600.0
STAGES = ("marketingqualifiedlead", "salesqualifiedlead", "customer")
LIMIT = 1000  # conversions in one request to Facebook


@pytest.mark.fault(15)
@pytest.mark.parametrize("seed", [1, 2])
def test_f15_it_keeps_each_persons_stages_in_order_whatever_order_tasks_come_in(place: World, seed: int):
    place.worker_start("second")
    space = place.space()
    began = timezone.now() - timedelta(hours=4)
    for stage in STAGES:
        space.make_event("facebook", Trigger.STAGE_CHANGE, trigger_name=stage, network_event_name=stage, at=began)
    shuffled = random.Random(seed)  # noqa: S311 - the same order each time
    tasks = [("pipeline.judge", space.workspace.id), ("pipeline.send", space.workspace.id, space.facebook.id)] * 4
    for hours, stage in enumerate(STAGES, start=1):
        reach(space, stage, hours)
        for task in shuffled.sample([*tasks, ("pipeline.sweep",)], len(tasks) + 1):
            place.task(*task)
    place.drain()
    place.processes.kill("second")
    reached: dict[str, list[str]] = defaultdict(list)
    for item in items_received(place.sandbox.url):
        reached[orjson.dumps(item["body"]["user_data"]["em"]).decode()].append(item["name"])
    assert len(reached) == ROWS, place.sql("SELECT state, reason, count(*) FROM conversions_conversion GROUP BY 1, 2")
    assert {tuple(names) for names in reached.values()} == {STAGES}
    place.conserved()


def reach(space: Space, stage: str, hours: int) -> None:
    """Everybody reaches the stage, so many hours after the beginning."""
    same = {"lifecyclestage": stage, factories.CONSENT_PROPERTY: "yes"}
    writes = []
    for number in range(ROWS):
        email = f"person{number}@example.com"
        found = {"email": email, "lead_id": str(10**15 + number)}
        writes.append(Write(properties={**same, **found}, email=email))
    at = timezone.now() - timedelta(hours=4 - hours)
    with space.scope():
        records_receive(workspace_id=space.workspace.id, object_type="contacts", writes=writes, at=at)


@pytest.mark.fault(17)
def test_f17_it_sweeps_once_however_many_schedulers_tick(place: World):
    place.worker_start("second")
    space = place.space()
    sweeping = place.barrier("sweeping").set("wait")
    place.sweep()
    sweeping.reached()
    sweeping.set("raise")  # for whoever comes to it beside the first
    for name in ("beat", "another"):
        place.beat_start(name)
    for _ in range(5):
        place.sweep()
    place.signals(space, ROWS)
    until(lambda: place.states() == {"sent": ROWS}, why="Ringing is no sweep, and goes on.")
    assert sweeping.path.exists(), "two swept at the same time"
    sweeping.lift()
    place.drain()
    for name in ("beat", "another", "second"):
        place.processes.kill(name)
    assert place.control.counts("facebook") == (ROWS, 0, 0)
    place.conserved()


@pytest.mark.fault(18)
def test_f18_it_catches_up_after_hours_without_a_scheduler_and_what_is_urgent_leaves_first(place: World):
    place.processes.kill("worker")
    space = place.space()
    place.signals(space, LIMIT + ROWS)
    while flow.judge(workspace_id=space.workspace.id):
        pass
    place.client.flushall()  # every bell is lost
    place.later(SILENT)
    newest = "SELECT signal_id FROM conversions_conversion ORDER BY signal_id DESC LIMIT %s"
    urgent = "UPDATE conversions_conversion SET expires_at = now() + interval '10 minutes' WHERE signal_id IN "
    place.sql(f"{urgent} ({newest})", ROWS)
    told = place.sql("SELECT network_event_id FROM conversions_conversion WHERE expires_at < now() + interval '1 hour'")
    place.worker_start()
    place.beat_start()
    until(lambda: place.open() == 0, why="It does not catch up.")
    place.processes.kill("beat")
    first = {str(event["event_id"]) for event in orjson.loads(place.to_sandbox.seen[0].body)["data"]}
    assert {known for (known,) in told} <= first
    assert place.control.counts("facebook") == (LIMIT + ROWS, 0, 0)
    place.conserved()


@pytest.mark.fault(18)
def test_f18_the_ticks_that_it_missed_are_told(place: World):
    place.beat_start()
    until(lambda: place.sql("SELECT 1 FROM operating_moment WHERE name = 'scheduler'"), why="It does not tick.")
    for name in ("beat", "worker"):  # so that nobody is left who could see the silence
        place.processes.kill(name)
    place.sql("DELETE FROM operating_alert")
    place.sql("UPDATE operating_moment SET at = at - make_interval(secs => %s) WHERE name = 'scheduler'", SILENT)
    place.beat_start()
    told = "SELECT opened_at IS NOT NULL, EXTRACT(epoch FROM ended_at - since) FROM operating_alert WHERE kind = %s"
    until(lambda: place.sql(told, "missed_ticks"), why="Nobody is told of it.")
    ((opened, seconds),) = place.sql(told, "missed_ticks")
    place.processes.kill("beat")
    place.worker_start()
    assert opened
    assert SILENT <= float(seconds) < SILENT + 120
