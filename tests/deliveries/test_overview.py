"""Every lane at a glance, as the operator's page and the metrics read it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.core.tenancy import every_workspace
from apps.deliveries.models import Lane
from apps.deliveries.overview import LaneOverview, lanes_overview
from apps.domain.breaker import Position
from apps.pipeline import flow
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """Three conversions wait for Facebook."""
    world = make_world()
    world.make_event("facebook")
    for _ in range(3):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    return world


def overview(world: World) -> LaneOverview:
    with every_workspace():
        (lane,) = [each for each in lanes_overview(now=timezone.now()) if each.workspace_id == world.workspace.id]
    return lane


def test_it_tells_what_waits_since_when_and_until_when(world: World) -> None:
    lane = overview(world)
    assert (lane.account_id, lane.network, lane.environment) == (world.facebook.id, "facebook", "sandbox")
    assert (lane.queue.depth, lane.queue.due, lane.queue.at_risk) == (3, 3, 0)
    with world.scope():
        first = Conversion.objects.order_by("expires_at").first()
    assert first is not None
    assert lane.queue.earliest_deadline == first.expires_at
    assert lane.queue.oldest_due_at == lane.next_due_at


def test_it_tells_what_is_at_risk_and_what_is_put_off(world: World) -> None:
    now = timezone.now()
    with world.scope():
        first, second, _ = Conversion.objects.all()
        Conversion.objects.filter(signal_id=first.signal_id).update(expires_at=now + timedelta(hours=3))
        Conversion.objects.filter(signal_id=second.signal_id).update(due_at=now + timedelta(minutes=5))
    queue = overview(world).queue
    assert (queue.depth, queue.due, queue.at_risk) == (3, 2, 1)


def test_it_tells_who_holds_a_lane_up_and_where_its_breaker_stands(world: World) -> None:
    now = timezone.now()
    assert overview(world).position is Position.CLOSED
    with world.scope():
        Lane.objects.update(
            held_reason="reconnect",
            held_until=now + timedelta(minutes=5),
            faults=3,
            open_until=now + timedelta(seconds=30),
        )
    lane = overview(world)
    assert (lane.held_reason, lane.position, lane.breaker.faults) == ("reconnect", Position.OPEN, 3)


def test_it_leaves_out_lanes_that_nothing_is_owed_to(world: World) -> None:
    with world.scope():
        Lane.objects.update(next_due_at=None)
    with every_workspace():
        assert not [each for each in lanes_overview(now=timezone.now()) if each.workspace_id == world.workspace.id]
