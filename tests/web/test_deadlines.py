"""Deadlines: what is at risk, what holds it up, and how much time all that waits has left."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.connections.models import Connection
from apps.conversions.deadlines import at_risk, headroom
from apps.conversions.models import Conversion
from apps.core.actor import SYSTEM
from apps.deliveries.models import Lane
from apps.pipeline import flow
from apps.pipeline.deadlines import deadlines
from apps.workspaces.services import api_key_create
from tests.support import factories
from tests.support.world import World


def waiting(world: World, *minutes: float | None, **values: Any) -> None:
    """Conversions that wait at LinkedIn, each with so many minutes left; None: without an end."""
    world.make_event("linkedin", "custom_event", at=timezone.now() - timedelta(hours=1))
    contact_id = str(factories.a_contact(world.workspace))
    for _ in minutes:
        factories.a_completion(world.behaviour, contact_id=contact_id)
    flow.judge(workspace_id=world.workspace.id)
    now = timezone.now()
    with world.scope():
        rows = Conversion.objects.filter(state="waiting").order_by("signal_id").values_list("signal_id", flat=True)
        for signal_id, left in zip(rows, minutes, strict=True):
            ends = None if left is None else now + timedelta(minutes=left)
            Conversion.objects.filter(signal_id=signal_id).update(expires_at=ends, **values)


def test_h04_it_lists_what_would_expire_within_a_day_the_earliest_first(world):
    waiting(world, 30, 5000, 5, 600, None, 60 * 24 + 1)
    now = timezone.now()
    with world.scope():
        found = at_risk(now=now, limit=10)
        shorter = at_risk(now=now, limit=2)
    left = [round((each.expires_at - now).total_seconds() / 60) for each in found.first if each.expires_at]
    assert left == [5, 30, 600]
    assert (found.soon, found.near, len(shorter.first), shorter.near) == (2, 3, 2, 3)
    assert found.next_end == found.first[0].expires_at


def test_h04_it_counts_what_waits_by_the_time_that_it_has_left(world):
    waiting(world, -1, 1, 119, 121, 60 * 25, 60 * 24 * 4, 60 * 24 * 30, None)
    with world.scope():
        (found,) = headroom(now=timezone.now())
        assert found.total == Conversion.objects.filter(state="waiting").count()
    assert (found.network, found.by_class, found.without_end) == ("linkedin", (1, 2, 1, 1, 1, 1), 1)


def why(world: World) -> str:
    with world.scope():
        (found,) = deadlines(now=timezone.now()).endangered
    return found.held_up.why


def test_h04_it_says_that_nothing_but_its_turn_holds_it_up(world):
    waiting(world, 30)
    assert why(world) == "turn"


def test_h04_it_says_that_it_is_tried_again_later(world):
    waiting(world, 30, due_at=timezone.now() + timedelta(minutes=5))
    assert why(world) == "retry"


def test_h04_it_says_for_what_it_waits(world):
    waiting(world, 30, due_at=timezone.now() + timedelta(minutes=5), reason="terms_not_accepted")
    assert why(world) == "terms_not_accepted"


def test_h04_it_says_that_somebody_has_to_decide(world):
    waiting(world, 30, due_at=None, reason="outlier")
    assert why(world) == "outlier"


def test_h04_it_says_that_the_lane_is_held(world):
    waiting(world, 30)
    with world.scope():
        Lane.objects.update(held_until=timezone.now() + timedelta(minutes=9), held_reason="rate_limited")
    assert why(world) == "rate_limited"


def test_h04_it_says_that_the_sign_in_has_to_be_made_again(world):
    waiting(world, 30)
    with world.scope():
        Connection.objects.update(state="reconnect")
    assert why(world) == "signed_out"


def test_h04_the_page_shows_what_is_at_risk_and_why(world, admin):
    waiting(world, 30, 60 * 24 * 4)
    page = admin.get("/deadlines/").content.decode()
    assert "At risk: 1 within 2 hours, 1 within 24 hours." in page
    assert "it is about to leave" in page
    assert "2 conversions wait" in page


def test_h04_the_page_says_that_nothing_is_at_risk(world, admin):
    waiting(world, 60 * 24 * 4)
    page = admin.get("/deadlines/").content.decode()
    assert "Nothing is at risk." in page
    assert "The next window closes" in page


def test_h04_the_signal_s_page_and_the_api_tell_the_earliest_and_the_latest_moment(world, admin):
    waiting(world, 30)
    with world.scope():
        row = Conversion.objects.get()
        _, key = api_key_create(
            workspace_id=world.workspace.id, name="Key", scopes=["signals.read"], by=SYSTEM, at=timezone.now()
        )
    page = admin.get(f"/signals/{row.signal_id}/").content.decode()
    assert "Earliest" in page
    assert "Latest" in page
    client = Client(headers={"Authorization": f"Bearer {key}"})
    (story,) = client.get(f"/api/v1/signals/{row.signal_id}").json()["stories"]
    assert story["conversion"]["due_at"] <= story["conversion"]["expires_at"]
    told = client.get("/api/v1/deadlines").json()
    assert (told["within_2_hours"], told["within_24_hours"], len(told["at_risk"])) == (1, 1, 1)
    assert told["at_risk"][0]["conversion"]["expires_at"] == story["conversion"]["expires_at"] == told["next_end"]
    assert told["at_risk"][0]["held_up_by"] == "turn"


@pytest.mark.parametrize("network", ["facebook", "google", "linkedin"])
def test_h04_a_conversion_knows_until_when_it_can_be_sent(world, network):
    world.make_event(network, "form_submission", at=timezone.now() - timedelta(hours=1))
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        row = Conversion.objects.get()
    assert row.state == "waiting", row.reason
    assert row.due_at is not None
    assert row.expires_at is not None
    assert row.due_at < row.expires_at
