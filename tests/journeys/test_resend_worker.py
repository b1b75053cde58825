"""A replay done by a real worker: killed in the middle of a slice, and with live traffic coming in."""

import os
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.domain.states import Priority
from apps.pipeline import flow, slices
from apps.pipeline.intake import submissions_receive
from apps.pipeline.models import Resend
from apps.pipeline.resend import Wanted, resend_prepare
from convsync.celery import app
from tests.conftest import Sandbox
from tests.journeys.test_worker_memory import AT_ONCE, posting, working
from tests.support import factories
from tests.support.world import World, make_world
from tools.launcher.foreground import python

WITHIN = 60.0  # seconds
# Everything of the slice is written and nothing is committed when it says so.
STUCK = """
import sys, time, uuid, django
django.setup()
from apps.pipeline import slices
def stuck(*_):
    print("written", flush=True)
    time.sleep(600)
slices._pass = stuck
slices.resend_go_on(workspace_id=uuid.UUID(sys.argv[1]), resend_id=uuid.UUID(sys.argv[2]))
"""


@pytest.fixture
def world(transactional_db: None, sandbox: Sandbox) -> World:
    sandbox.reset()
    app.control.purge()
    return make_world()


def replay(world: World, count: int) -> Resend:
    """A started replay of so many conversions that failed."""
    at = timezone.now() - timedelta(hours=1)
    world.make_event("facebook", at=at)
    posted = [posting(number) for number in range(count)]
    for first in range(0, count, AT_ONCE):
        part = posted[first : first + AT_ONCE]
        with world.scope():
            submissions_receive(workspace_id=world.workspace.id, form=world.form, posted=part, at=timezone.now())
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        Conversion.objects.update(state="failed", reason="2804050", due_at=None, settled_at=timezone.now())
        return resend_prepare(
            workspace_id=world.workspace.id, wanted=Wanted(kind="replay"), start=True, by=world.by, at=timezone.now()
        )


def until(world: World, job: Resend, done: int) -> Resend:
    """The job once it has passed so many."""
    ends, now = time.monotonic() + WITHIN, job
    while time.monotonic() < ends:
        with world.scope():
            now = Resend.objects.get(id=job.id)
        if now.done >= done:
            return now
        time.sleep(0.05)
    pytest.fail(f"It stands at {now.done} of {now.total}: {now.state}, {now.waits_for}")


def settled(world: World, count: int) -> None:
    """Return when so many are sent."""
    ends = time.monotonic() + WITHIN
    while time.monotonic() < ends:
        with world.scope():
            if Conversion.objects.filter(state="sent").count() == count:
                return
        time.sleep(0.05)
    pytest.fail("They were not all sent.")


def test_h15_a_worker_killed_in_the_middle_of_a_slice_loses_nothing_and_doubles_nothing(world: World, sandbox: Sandbox):
    job = replay(world, 30)
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    with subprocess.Popen(
        python("-c", STUCK, str(world.workspace.id), str(job.id)),
        env={**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "convsync.settings"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        slices.resend_go_on(workspace_id=world.workspace.id, resend_id=job.id)
        with world.scope():
            assert Resend.objects.get().done == 0, "the slice is another's as long as that one lives"
        process.kill()
    with world.scope():
        assert set(Conversion.objects.values_list("state", flat=True)) == {"failed"}
    ends = time.monotonic() + WITHIN
    while job.state != "done" and time.monotonic() < ends:
        slices.resend_go_on(workspace_id=world.workspace.id, resend_id=job.id)
        flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
        job = until(world, job, 0)
    assert job.outcome["counts"] == {"eligible": 30}
    counts = sandbox.ledger()["counts"]["facebook"]
    assert (counts["accepted"], counts["duplicates"]) == (30, 0)


def test_h15_a_worker_sends_what_is_live_before_the_rest_of_a_replay(world: World, sandbox: Sandbox, tmp_path: Path):
    job = replay(world, 500)
    with working(tmp_path / "log"):
        until(world, job, 1)
        factories.a_submission(world.form, email="live@example.com")
        until(world, job, 500)
        settled(world, 501)
    with world.scope():
        live = Conversion.objects.get(priority=Priority.LIVE)
        after = Conversion.objects.filter(priority=Priority.RESEND, settled_at__gt=live.settled_at).count()
    assert after >= 100, "it overtook what was not let in yet"
    counts = sandbox.ledger()["counts"]["facebook"]
    assert (counts["accepted"], counts["duplicates"]) == (501, 0)
