"""A lane that is to rest rests, whatever comes in; it goes on by itself, or at once when somebody mended it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.deliveries.models import Lane
from apps.pipeline import flow
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(control: Control) -> World:
    world = make_world()
    world.make_event("facebook", at=timezone.now() - timedelta(minutes=1))
    return world


def comes_in(world: World) -> None:
    """Somebody sends the form in, and everything that may be done is done."""
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)


def taken(control: Control) -> int:
    return control.counts("facebook")[0]


def test_meta_12_it_leaves_facebook_alone_when_a_limit_is_nearly_reached(world: World, control: Control):
    control.change_world("facebook", usage={"call_count": 95})
    comes_in(world)
    comes_in(world)
    comes_in(world)
    assert taken(control) == 1
    with world.scope():
        lane = Lane.objects.get()
        assert lane.held_reason == "paced"
        assert lane.next_due_at is not None
        assert lane.held_until is not None
        assert lane.next_due_at >= lane.held_until > timezone.now()
        Lane.objects.update(held_until=timezone.now())
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    assert taken(control) == 3


def test_a_lane_that_is_held_is_not_tried_again_for_every_conversion_that_comes_in(world: World, control: Control):
    control.fault("facebook", status=429, times=1)
    comes_in(world)
    asked = control.ledger()["counts"]["facebook"]["requests"]
    comes_in(world)
    comes_in(world)
    assert control.ledger()["counts"]["facebook"]["requests"] == asked
    flow.resume(workspace_id=world.workspace.id, account_ids=[world.facebook.id], at=timezone.now())
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    assert taken(control) == 3


@pytest.mark.parametrize(
    ("left", "held"),
    [
        (timedelta(hours=9), timedelta(hours=6)),  # the hold is over before
        (timedelta(hours=1), timedelta(minutes=59)),
        (timedelta(minutes=3), timedelta(minutes=10)),  # it was tried just now, and a network is not asked on and on
    ],
)
def test_fault_26_a_rest_that_a_network_asks_for_ends_a_minute_before_what_waits_does(
    world: World, control: Control, left: timedelta, held: timedelta
):
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        Conversion.objects.update(expires_at=timezone.now() + left)
    control.fault("facebook", status=429, retry_after=6 * 3600, times=1)
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    with world.scope():
        lane = Lane.objects.get()
        assert lane.held_until is not None
        assert abs(lane.held_until - timezone.now() - held) < timedelta(seconds=20)
        assert not flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)


def test_fault_26_what_is_about_to_end_gets_its_last_try_while_all_who_share_the_quota_wait(
    world: World, control: Control
):
    world.make_event("linkedin", at=timezone.now() - timedelta(minutes=1))
    for _ in range(2):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    control.fault("linkedin", status=429, retry_after=6 * 3600, times=1)
    flow.send(workspace_id=world.workspace.id, account_id=world.linkedin.id)
    assert control.counts("linkedin")[0] == 0
    with world.scope():
        waiting = Conversion.objects.filter(network="linkedin")
        ending = waiting.first()
        assert ending is not None
        waiting.filter(signal_id=ending.signal_id).update(
            expires_at=timezone.now() + timedelta(seconds=50), due_at=timezone.now()
        )
        Lane.objects.filter(account_id=world.linkedin.id).update(held_until=None)
    flow.send(workspace_id=world.workspace.id, account_id=world.linkedin.id)
    assert control.counts("linkedin")[0] == 1
    with world.scope():
        assert waiting.get(state="sent").signal_id == ending.signal_id
