"""What left without an answer may have been taken: it is sent again only while the network knows a repeat by its id."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.deliveries.models import Lane
from apps.pipeline import flow
from apps.pipeline.explain import explain
from tests.conftest import Sandbox
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    """A conversion of which Facebook's answer was eaten: taken there, and unknown here."""
    sandbox.reset()
    world = make_world()
    world.make_event("facebook")
    factories.a_submission(world.form)
    Control(sandbox.url).fault("facebook", drop_after_commit=True)
    run(world)
    assert state(world) == ("waiting", "maybe_sent")
    return world


def run(world: World) -> None:
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)


def state(world: World) -> tuple[str, str]:
    with world.scope():
        conversion = Conversion.objects.get()
    return conversion.state, conversion.reason


def later(world: World, doubted: timedelta) -> None:
    """Time passes: it is due again, and in doubt for that long."""
    with world.scope():
        now = timezone.now()
        Conversion.objects.update(due_at=now, doubtful_since=now - doubted)
        Lane.objects.update(next_due_at=now)


def test_meta_07_it_is_sent_again_while_facebook_recognises_the_repeat(world: World, sandbox: Sandbox):
    later(world, timedelta(hours=47))
    run(world)
    assert state(world)[0] == "sent"
    counts = sandbox.ledger()["counts"]["facebook"]
    assert (counts["accepted"], counts["duplicates"]) == (1, 1)


def test_meta_07_it_ends_as_unknown_and_is_never_silently_resent_after_that(world: World, sandbox: Sandbox):
    later(world, timedelta(hours=49))
    run(world)
    assert state(world) == ("unknown", "outcome_unknown")
    counts = sandbox.ledger()["counts"]["facebook"]
    assert (counts["accepted"], counts["duplicates"]) == (1, 0)


def test_meta_07_doubt_counts_from_the_first_time_it_arose(world: World, sandbox: Sandbox):
    with world.scope():
        first = Conversion.objects.get().doubtful_since
    Control(sandbox.url).fault("facebook", drop_after_commit=True)
    with world.scope():
        Conversion.objects.update(due_at=timezone.now())
        Lane.objects.update(next_due_at=timezone.now())
    run(world)
    with world.scope():
        assert Conversion.objects.get().doubtful_since == first


def test_meta_07_what_facebook_certainly_did_not_take_is_not_in_doubt(sandbox: Sandbox):
    sandbox.reset()
    world = make_world()
    world.make_event("facebook")
    factories.a_submission(world.form)
    Control(sandbox.url).fault("facebook", status=503)
    run(world)
    with world.scope():
        assert Conversion.objects.get().doubtful_since is None


def test_what_is_in_doubt_stands_apart_from_what_waits_and_from_what_was_sent(world: World, client: Client):
    client.force_login(world.admin)
    with world.scope():
        conversion = Conversion.objects.get()
        story = explain(signal_id=conversion.signal_id).stories[0]
    assert conversion.standing == "in_doubt"
    assert story.summary.startswith("Unknown so far: it left and no answer came.")
    page = client.get(f"/signals/{conversion.signal_id}/").content.decode()
    assert "Unknown so far" in page
    assert "Unknown so far" in client.get("/signals/").content.decode()
    assert "Unknown so far" in client.get(f"/contacts/{conversion.contact_id}/").content.decode()
    later(world, timedelta(hours=49))
    run(world)
    assert "may have been counted or not" in client.get(f"/signals/{conversion.signal_id}/").content.decode()
    assert client.get("/signals/?state=unknown").content.decode().count("cell-outcomes") == 1
