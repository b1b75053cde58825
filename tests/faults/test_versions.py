"""Two releases at a time: side by side while one replaces the other (49), and the newer one taken back (50).

Both speak through rows and messages. The release before this one is what `recorded/` says it was; the one after it is
played by columns, codes, keys, tasks and migrations that this one does not know.
"""

import json
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.core import serializers
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from apps.conversions.models import Circumstances, Conversion, EventVersion
from apps.conversions.rerunning import Kept, decided_again, kept_of, rules_moved
from apps.core import health
from apps.pipeline import doorbell, flow
from apps.pipeline.explain import explain, step_told
from apps.signals.models import Signal
from convsync import queues
from convsync.celery import app
from tests.conversions.test_rerun import stored, told
from tests.faults.recording import DECISIONS, MESSAGE, RELEASE, columns_now, tasks_now
from tests.journeys.test_worker_memory import working
from tests.support import factories
from tests.support.world import World

EXPAND = "Expand, then contract: first a release that no longer needs it, then one without it."
RECORD: dict[str, Any] = json.loads(RELEASE.read_text())
ONE, OTHER = uuid4(), uuid4()
transactional = pytest.mark.django_db(transaction=True)


@pytest.mark.fault(49)
@pytest.mark.parametrize(("task", "arguments"), RECORD["tasks"].items())
def test_f49_it_takes_the_tasks_that_the_release_before_it_rings(task: str, arguments: list[str]):
    now = tasks_now()
    assert task in now, f"Messages with {task} are on their way. {EXPAND}"
    assert [each.rstrip("=") for each in now[task][: len(arguments)]] == [each.rstrip("=") for each in arguments]
    for each in now[task][len(arguments) :]:
        assert each.endswith("="), f"{task}({each}): messages without it are on their way. Give it a default first."


@pytest.mark.fault(50)
def test_f50_it_rings_with_what_the_release_before_it_understands(monkeypatch: pytest.MonkeyPatch):
    """More arguments than it takes would be an error there, for every message."""
    sent: dict[str, list[object]] = {}
    monkeypatch.setattr("apps.pipeline.doorbell.cache", SimpleNamespace(add=lambda *_, **__: True))
    monkeypatch.setattr(app, "send_task", lambda name, args, **_: sent.update({name: args}))
    rings = {name: ring for name, ring in vars(doorbell).items() if name.startswith("ring_")}
    for name, ring in rings.items():
        ring(ONE) if name in ("ring_judge", "ring_leads") else ring(ONE, OTHER)
    assert len(sent) == len(rings)
    for name, args in sent.items():
        known = RECORD["tasks"].get(name, args)  # of a task that it does not know it asks for nothing
        needed = [each for each in known if not str(each).endswith("=")]
        assert len(needed) <= len(args) <= len(known), f"{name} is rung with {len(args)}. {MESSAGE}"
        assert json.loads(json.dumps(args)) == args


@pytest.mark.fault(49)
@pytest.mark.django_db
@pytest.mark.parametrize("table", RECORD["tables"])
def test_f49_the_release_before_it_still_reads_and_writes_each_table(table: str):
    now = columns_now()
    assert table in now, f"{table} is gone while the release before it reads it. {EXPAND}"
    for name, column in RECORD["tables"][table].items():
        assert name in now[table], f"{table}.{name} is gone. {EXPAND}"
        assert now[table][name]["type"] == column["type"], f"{table}.{name} is another type. {EXPAND}"
        assert now[table][name]["may_miss"] or not column["may_miss"], f"{table}.{name} was not needed. {EXPAND}"
    for name in now[table].keys() - RECORD["tables"][table].keys():
        assert now[table][name]["may_miss"], (
            f"{table}.{name} is new, and the release before it writes rows without it: null=True or db_default. Or, "
            f"when that release is out already: {MESSAGE}"
        )


DECIDED: list[dict[str, Any]] = json.loads(DECISIONS.read_text())


@pytest.mark.fault(49)
@pytest.mark.parametrize("kept", DECIDED, ids=lambda kept: f"{kept['rows'][3]['fields']['reason'] or 'owed'}")
def test_f49_it_reads_decisions_as_the_release_before_it_stored_them(kept: dict[str, Any]):
    rows: list[Any] = [each.object for each in serializers.deserialize("python", kept["rows"])]
    signal, event, version, conversion = rows
    again = Kept(conversion, signal, event, version, kept["told"])
    if not rules_moved(again):
        assert told(decided_again(again)) == stored(conversion)
    for step, result, code, looked_at in conversion.trace:
        assert step_told(step, result, code, looked_at, say=str, show=str).sentence
    if conversion.payload:
        assert orjson.loads(conversion.payload)


@pytest.fixture
def newer(world: World) -> Iterator[World]:
    """A database that the next release has migrated: more columns, and migrations that this one does not know."""
    recorder = MigrationRecorder(connection)
    recorder.record_applied("conversions", "9999_of_the_next_release")
    tables = ("signals_signal", "conversions_conversion", "conversions_event", "ads_adaccount", "records_contact")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ADD COLUMN next_release text NOT NULL DEFAULT 'new'")
    yield world
    recorder.record_unapplied("conversions", "9999_of_the_next_release")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DROP COLUMN next_release")


def sent(world: World) -> int:
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    with world.scope():
        return Conversion.objects.filter(state="sent").count()


@pytest.mark.fault(49)
@pytest.mark.fault(50)
@transactional
def test_f50_it_works_on_a_database_that_the_next_release_has_migrated(newer: World, monkeypatch: pytest.MonkeyPatch):
    newer.make_event("facebook")
    factories.a_submission(newer.form)
    assert sent(newer) == 1
    monkeypatch.setattr(health._Applied, "seen", False)
    assert Client().get("/health/ready").status_code == 200
    call_command("migrate", "--check", stdout=StringIO())


@pytest.mark.fault(50)
@transactional
def test_f50_it_reads_and_goes_on_with_what_the_next_release_has_written(newer: World):
    event = newer.make_event("facebook")
    for _ in range(2):
        factories.a_submission(newer.form)
    flow.judge(workspace_id=newer.workspace.id)
    with newer.scope():
        known = EventVersion.objects.get(event=event)
        EventVersion.objects.update(settings={**known.settings, "next_release": {"more": True}})
        Signal.objects.update(facts={**Signal.objects.all()[0].facts, "next_release": "1"})
        shared = Circumstances.objects.get()
        shared.told["next_release"] = 1
        shared.save(update_fields=["told"])
        rows = list(Conversion.objects.order_by("signal_id"))
        for row in rows:
            row.trace.append(["gate_of_the_next_release", "pass", "", {"some": "fact"}])
            row.asked = orjson.dumps({**orjson.loads(row.asked), "next_release": 1}).decode()
            row.save(update_fields=["trace", "asked"])
        before = {row.signal_id: row.payload for row in rows}
        again = {each.conversion.signal_id: decided_again(each).reason for each in kept_of(rows)}
        assert set(again.values()) == {""}
        assert all(explain(signal_id=row.signal_id).stories for row in rows)
    factories.a_submission(newer.form)
    assert sent(newer) == 3
    with newer.scope():
        assert {row.signal_id: row.payload for row in Conversion.objects.filter(signal_id__in=before)} == before


@pytest.mark.fault(50)
@transactional
def test_f50_it_shows_a_reason_that_it_does_not_know(newer: World, client: Client):
    newer.make_event("facebook")
    factories.a_submission(newer.form)
    flow.judge(workspace_id=newer.workspace.id)
    with newer.scope():
        Conversion.objects.update(state="blocked", reason="reason_of_the_next_release")
        (row,) = Conversion.objects.all()
    client.force_login(newer.admin)
    for page in ("/ledger/", "/signals/", f"/signals/{row.signal_id}/"):
        assert client.get(page).status_code == 200, page
    with newer.scope():
        (story,) = explain(signal_id=row.signal_id).stories
    assert story.summary == "Not sent."


@pytest.mark.fault(49)
@transactional
def test_f49_a_worker_takes_the_messages_of_both_releases(world: World, tmp_path: Path):
    """The release before it knew one queue; of the one after it come tasks that nobody here has heard of."""
    app.control.purge()
    world.make_event("facebook")
    factories.a_submission(world.form)
    app.control.purge()
    with app.connection_for_write() as broker, app.amqp.Producer(broker) as producer:
        for task, args in (("pipeline.of_the_next_release", ["x"]), ("pipeline.judge", [str(world.workspace.id)])):
            app.send_task(task, args=args, producer=producer, queue=queues.DEFAULT)
    with working(tmp_path / "log") as worker:
        for _ in range(300):
            with world.scope():
                if Conversion.objects.filter(state="sent").exists():
                    break
            assert worker.poll() is None
            time.sleep(0.1)
        assert worker.poll() is None
    with world.scope():
        assert list(Conversion.objects.values_list("state", flat=True)) == ["sent"]
