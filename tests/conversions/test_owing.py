"""Settling: each conversion of a request gets its own next step, in a few statements."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.conversions import claiming, owing
from apps.conversions.models import Conversion
from apps.conversions.owing import Key
from apps.conversions.queues import next_turn
from apps.core.ids import new_id
from apps.domain.retry import Next
from apps.domain.states import State
from apps.pipeline import flow
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(tz=UTC)
REQUEST = new_id()


@pytest.fixture
def claimed() -> tuple[World, list[Key]]:
    """Ten conversions in a request."""
    world = make_world()
    world.make_event("facebook")
    for _ in range(10):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    now = datetime.now(tz=UTC)
    with world.scope():
        turn = next_turn(account_id=world.facebook.id, now=now)
        assert turn is not None
        found = claiming.claim(
            workspace_id=world.workspace.id,
            account_id=world.facebook.id,
            turn=turn,
            request_id=REQUEST,
            limit=1000,
            terms_accepted=True,
            now=now,
        )
    return world, [each.key for each in found]


def test_it_puts_off_each_until_its_own_moment_in_as_many_statements_as_for_one(claimed: tuple[World, list[Key]]):
    world, keys = claimed
    steps = {
        key: Next(State.WAITING, NOW + timedelta(minutes=number), used_try=False, reason="http_429")
        for number, key in enumerate(keys, 1)
    }
    with world.scope():
        first = {keys[0]: steps[keys[0]]}
        with CaptureQueriesContext(connection) as one:
            owing.settle(request_id=REQUEST, steps=first, now=NOW)
        with CaptureQueriesContext(connection) as nine:
            owing.settle(request_id=REQUEST, steps=steps, now=NOW)
        told = {row.signal_id: row for row in Conversion.objects.all()}
    assert len(one) == len(nine)
    for (signal_id, _), step in steps.items():
        row = told[signal_id]
        assert (row.state, row.due_at, row.reason, row.tries) == ("waiting", step.due_at, "http_429", 0)
        assert (row.leased_until, row.doubtful_since) == (None, None)


def test_it_remembers_since_when_one_was_first_in_doubt(claimed: tuple[World, list[Key]]):
    world, (first, second, *_) = claimed
    before = NOW - timedelta(hours=1)
    with world.scope():
        Conversion.objects.filter(signal_id=first[0]).update(doubtful_since=before)
        again = Next(State.WAITING, NOW + timedelta(minutes=1), reason="timeout", doubtful=True)
        owing.settle(request_id=REQUEST, steps=dict.fromkeys((first, second), again), now=NOW)
        told = dict(Conversion.objects.exclude(doubtful_since=None).values_list("signal_id", "doubtful_since"))
        assert set(Conversion.objects.filter(state="waiting").values_list("tries", flat=True)) == {1}
    assert told == {first[0]: before, second[0]: NOW}


@pytest.mark.parametrize("step", [Next(State.SENT), Next(State.WAITING, NOW, reason="x")])
def test_it_leaves_alone_what_it_has_no_step_for(claimed: tuple[World, list[Key]], step: Next):
    world, keys = claimed
    with world.scope():
        owing.settle(request_id=REQUEST, steps=dict.fromkeys(keys[:4], step), now=NOW)
        assert Conversion.objects.filter(state=step.state).count() == 4
        assert Conversion.objects.filter(state="sending").count() == 6


def test_it_ends_what_an_erasure_blanked_instead_of_letting_it_wait(claimed: tuple[World, list[Key]]):
    world, keys = claimed
    with world.scope():
        Conversion.objects.filter(signal_id=keys[0][0]).update(payload="")
        owing.settle(request_id=REQUEST, steps=dict.fromkeys(keys[:2], Next(State.WAITING, NOW, reason="x")), now=NOW)
        told = dict(Conversion.objects.exclude(state="sending").values_list("signal_id", "state"))
    assert told == {keys[0][0]: "cancelled", keys[1][0]: "waiting"}
