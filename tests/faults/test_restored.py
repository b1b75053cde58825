"""A backup of yesterday is put back: what left since does not count twice, and what cannot be known is said."""

import shutil
import subprocess
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from apps.core.actor import SYSTEM
from apps.pipeline import flow
from apps.pipeline.restoring import restored
from tests.faults.conserving import conserved, items_received
from tests.faults.world import World as Place
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.world import World
from tools.launcher.foreground import python


@pytest.mark.fault(59)
def test_f59_a_backup_that_is_put_back_sends_nothing_twice(place: Place) -> None:
    space = place.space(networks=("facebook",))
    place.processes.kill("worker")
    place.signals(space, 20)
    flow.judge(workspace_id=space.workspace.id)
    place.signals(space, 10)  # not judged when the backup is taken
    backup, data = place.path / "backup", place.postgres.home.data
    connection.close()
    place.postgres.stop()
    shutil.copytree(data, backup)
    taken = timezone.now()
    place.postgres.start()
    place.worker_start()
    place.drain()
    assert place.control.counts("facebook") == (30, 0, 0)
    place.processes.kill("worker")
    connection.close()
    place.postgres.stop()
    shutil.rmtree(data)
    shutil.move(backup, data)
    place.postgres.start()
    place.client.flushall()
    words = python("manage.py", "restored", "--taken", taken.isoformat())
    said = subprocess.run(words, env=place.environment, capture_output=True, text=True, check=True)
    assert f"{space.workspace.id}: 30 conversions may have left" in said.stdout
    place.worker_start()
    place.drain()
    assert place.states() == {"sent": 30}
    assert place.control.counts("facebook")[0] == 30
    place.conserved()


@pytest.mark.fault(59)
@pytest.mark.django_db(transaction=True)
def test_f59_what_a_network_has_forgotten_since_is_not_sent_again_and_says_so(world: World, control: Control) -> None:
    world.make_event("facebook", at=timezone.now() - timedelta(hours=1))
    for _ in range(3):
        factories.a_submission(world.form)
    taken, now = timezone.now() - timedelta(days=3), timezone.now()
    assert [each.doubted for each in restored(taken_at=taken, by=SYSTEM, at=now)] == [3]
    assert [each.doubted for each in restored(taken_at=taken, by=SYSTEM, at=now)] == [3], "once more does no harm"
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    assert items_received(control.url) == []
    with connection.cursor() as cursor, world.scope():
        cursor.execute("SELECT DISTINCT reason FROM conversions_conversion")
        assert cursor.fetchall() == [("outcome_unknown",)]
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(59)
@pytest.mark.django_db
@pytest.mark.parametrize("taken", ["yesterday", (datetime.now().astimezone() + timedelta(hours=1)).isoformat()])
def test_f59_it_names_a_moment_that_cannot_be(taken: str) -> None:
    with pytest.raises(CommandError, match="--taken"):
        call_command("restored", taken=taken)
