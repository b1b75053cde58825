"""Switching an event off and on, and deleting it: what waits stops, and what happened meanwhile never counts."""

import pytest
from django.utils import timezone

from apps.conversions.models import Conversion, Event
from apps.conversions.services import event_delete, event_switch
from apps.pipeline import flow
from tests.support import factories
from tests.support.stream import run, states

pytestmark = pytest.mark.django_db(transaction=True)


def test_a04_switching_off_cancels_what_waits_and_switching_on_does_not_replay(world):
    event = world.make_event("facebook")
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        event_switch(workspace_id=world.workspace.id, event_id=event.id, on=False, by=world.by, at=timezone.now())
    factories.a_submission(world.form)
    run(world)
    factories.a_submission(world.form)
    with world.scope():
        event_switch(workspace_id=world.workspace.id, event_id=event.id, on=True, by=world.by, at=timezone.now())
    run(world)
    factories.a_submission(world.form)
    run(world)
    with world.scope():
        assert sorted(Conversion.objects.values_list("state", "reason")) == [
            ("blocked", "before_event"),
            ("blocked", "event_off"),
            ("cancelled", "event_off"),
            ("sent", ""),
        ]


def test_a04_an_event_switched_off_while_a_judge_was_at_work_still_sends_nothing(world, sandbox):
    event = world.make_event("facebook")
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():  # as a judge leaves it that began before the switch and committed after it
        Event.objects.filter(id=event.id).update(on_since=None)
    run(world)
    with world.scope():
        assert Conversion.objects.values_list("state", "reason").get() == ("cancelled", "event_off")
    assert sandbox.ledger()["counts"]["facebook"]["requests"] == 0


def test_a05_deleting_stops_what_waits_and_keeps_what_was_sent(world):
    event = world.make_event("facebook")
    factories.a_submission(world.form)
    run(world)
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        event_delete(workspace_id=world.workspace.id, event_id=event.id, by=world.by, at=timezone.now())
    factories.a_submission(world.form)
    run(world)
    with world.scope():
        assert sorted(Conversion.objects.values_list("state", flat=True)) == ["cancelled", "sent"]


def test_a06_what_happened_before_the_event_never_counts(world):
    factories.a_submission(world.form)
    world.make_event("facebook")
    run(world)
    assert states(world) == {"facebook": "blocked"}
