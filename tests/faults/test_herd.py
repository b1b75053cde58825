"""Many at once: a workspace with a huge backlog beside a small one, and everybody coming back after an outage."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.core import shared
from apps.core.clock import shared_now
from apps.deliveries.models import Lane, Request
from apps.domain.breaker import OPENS_AFTER
from apps.pipeline import flow
from tests.faults.conserving import conserved
from tests.faults.servers import until
from tests.faults.test_switching import fill
from tests.faults.world import World as Place
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.world import World, make_world

BACKLOG, AT_ONCE, ROUNDS, MOST_BETWEEN = 3000, 10, 4, 5
ONE_AT_A_TIME = "worker --pool threads --concurrency 1 --without-gossip --without-mingle --without-heartbeat"
LANES = 8


@pytest.mark.fault(44)
def test_f44_a_huge_backlog_lets_a_small_workspace_take_its_turns(place: Place) -> None:
    big, small = place.space("Big"), place.space("Small")
    place.processes.kill("worker")
    place.signals(big, 1)
    flow.judge(workspace_id=big.workspace.id)
    with big.scope():
        fill(BACKLOG)
    place.worker_start(words=ONE_AT_A_TIME, FAULT_BATCH=str(AT_ONCE))
    between: list[int] = []
    for _ in range(ROUNDS):
        began = shared_now()
        place.signals(small, 1)
        flow.judge(workspace_id=small.workspace.id)
        until(lambda: _swept(place, small), within=120)
        with small.scope():
            left = Request.objects.latest("sent_at").sent_at
        with big.scope():
            between.append(Request.objects.filter(sent_at__gt=began, sent_at__lt=left).count())
            assert Conversion.objects.filter(state="waiting").exists(), "the backlog is gone before the end"
        connection.close()
    assert max(between) <= MOST_BETWEEN, between
    place.fresh()  # nobody waits for the rest of it


def _swept(place: Place, space: World) -> bool:
    """Sweep, as the scheduler does; whether all of the workspace's is sent."""
    place.sweep()
    return _unsent(space) == 0


def _unsent(space: World) -> int:
    with space.scope():
        return Conversion.objects.exclude(state="sent").count()


@pytest.mark.fault(45)
@pytest.mark.django_db(transaction=True)
def test_f45_after_an_outage_one_asks_and_the_others_follow_spread_out(control: Control) -> None:
    spaces = [make_world(f"Space {number}") for number in range(LANES)]
    for space in spaces:
        space.make_event("facebook", at=timezone.now() - timedelta(hours=1))
        for _ in range(2):
            factories.a_submission(space.form)
        flow.judge(workspace_id=space.workspace.id)
    control.fault("facebook", status=503, times=OPENS_AFTER)
    for space in spaces:
        flow.send(workspace_id=space.workspace.id, account_id=space.facebook.id)
    assert _requests() == OPENS_AFTER, "a few found out for all"
    held = []
    for space in spaces[OPENS_AFTER:]:
        with space.scope():
            until_then = Lane.objects.get().held_until
            assert until_then is not None
            held.append(until_then)
            assert set(Conversion.objects.values_list("tries", flat=True)) == {0}
    assert len(set(held)) == len(held), "no two come back at the same moment"
    # The pause is over, and everybody comes back at once.
    shared.client().delete(*shared.client().keys("*circuit*"), *shared.client().keys("*network*"))
    _everybody_back(spaces)
    for space in spaces:
        flow.send(workspace_id=space.workspace.id, account_id=space.facebook.id)
        _everybody_back([space])
        flow.send(workspace_id=space.workspace.id, account_id=space.facebook.id)
    assert [_unsent(space) for space in spaces] == [0] * LANES
    conserved(*(space.workspace for space in spaces), sandbox_url=control.url)


@pytest.mark.fault(45)
@pytest.mark.django_db(transaction=True)
def test_f45_what_is_nearest_to_its_deadline_leaves_first(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.deliveries.sending._limit", lambda *_: 2)
    world.make_event("facebook", at=timezone.now() - timedelta(days=7))
    ages = [timedelta(days=1), timedelta(days=6), timedelta(hours=1), timedelta(days=5), timedelta(days=3)]
    for age in ages:
        factories.a_submission(world.form, at=timezone.now() - age)
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    with world.scope():
        requests = dict(Request.objects.values_list("id", "sent_at"))
        rows = Conversion.objects.values_list("request_id", "occurred_at")
        left = [(requests[number], moment) for number, moment in rows if number]
    by_request = [moment for _, moment in sorted(left)]
    assert sorted(by_request[:2]) == sorted(by_request)[:2]
    assert by_request[-1] == max(by_request)
    conserved(world.workspace, sandbox_url=control.url)


def _everybody_back(spaces: list[World]) -> None:
    for space in spaces:
        with space.scope():
            Conversion.objects.filter(state="waiting").update(due_at=shared_now())
            Lane.objects.update(next_due_at=shared_now(), held_until=None, open_until=None, faults=0)


def _requests() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('convsync.workspace', 'every', false)")
        cursor.execute("SELECT count(*) FROM deliveries_request")
        ((count,),) = cursor.fetchall()
        cursor.execute("SELECT set_config('convsync.workspace', '', false)")
    return int(count)
