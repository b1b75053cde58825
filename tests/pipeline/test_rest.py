"""A lane that is to rest rests, whatever comes in; it goes on by itself, or at once when somebody mended it."""

from datetime import timedelta

import pytest
from django.utils import timezone

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
