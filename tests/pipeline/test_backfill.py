"""A backfill: what happened before its event counts late and on purpose, once, and only within the network's window."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.conversions.selectors import ledger
from apps.conversions.services import event_switch
from apps.core.errors import InvalidInput
from apps.domain.states import Priority
from apps.pipeline import flow, slices
from apps.pipeline.explain import explain
from apps.signals.models import Signal
from tests.conftest import Sandbox
from tests.support import factories
from tests.support.resending import (
    counts,
    judge_and_send,
    prepared,
    run_through,
    started,
    taken,
    value,
)
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def history(world: World) -> None:
    """Two submissions before the event, one without consent, and one that is too old for Facebook."""
    now = timezone.now()
    told = [(timedelta(days=1), "a", "yes"), (timedelta(days=2), "b", "no"), (timedelta(days=8), "c", "yes")]
    for ago, name, consent in told:
        answers = {"email": f"{name}@example.com", world.consent_property: consent}
        factories.a_submission(world.form, at=now - ago, **answers)
    flow.judge(workspace_id=world.workspace.id)


def test_a06_a_backfill_counts_what_happened_before_the_event_within_the_networks_window(world, sandbox):
    history(world)
    event = world.make_event("facebook")
    factories.a_submission(world.form, email="live@example.com")
    judge_and_send(world)
    since = timezone.now() - timedelta(days=20)
    job = started(world, kind="backfill", event_id=event.id, since=since)
    assert counts(job) == {"eligible": 1, "no_consent": 1, "window_passed": 1}
    assert value(job) == {"EUR": 25}
    assert len(taken(sandbox)) == 1, "a forecast sends nothing"
    job = run_through(world, job)
    assert (job.state, job.outcome["counts"]) == ("done", job.forecast["counts"])
    assert len(taken(sandbox)) == 2
    with world.scope():
        assert sorted(Conversion.objects.values_list("state", "reason")) == [
            ("blocked", "consent_denied"),
            ("blocked", "too_old"),
            ("sent", ""),
            ("sent", ""),
        ]
        book = ledger(event_id=event.id)
        assert book.judged == Signal.objects.count() == sum(book.by_state.values())
        late = Conversion.objects.get(state="sent", priority=Priority.RESEND)
        (story,) = explain(signal_id=late.signal_id).stories
    assert story.steps[0].sentence.startswith(f"Sent late on purpose: a backfill by {world.admin.email}")


def test_a06_a_backfill_takes_up_what_was_blocked_because_the_event_was_off(world: World, sandbox: Sandbox):
    event = world.make_event("facebook", at=timezone.now() - timedelta(days=2))
    names = {"workspace_id": world.workspace.id, "event_id": event.id, "by": world.by}
    with world.scope():
        event_switch(**names, on=False, at=timezone.now())
    factories.a_submission(world.form)
    judge_and_send(world)
    with world.scope():
        event_switch(**names, on=True, at=timezone.now())
        assert Conversion.objects.get().reason == "event_off"
    run_through(world, started(world, kind="backfill", event_id=event.id))
    with world.scope():
        assert Conversion.objects.get().state == "sent"
    assert len(taken(sandbox)) == 1


def test_a06_a_second_backfill_of_the_same_history_sends_nothing_more(world: World, sandbox: Sandbox):
    history(world)
    event = world.make_event("facebook")
    run_through(world, started(world, kind="backfill", event_id=event.id))
    job = run_through(world, started(world, kind="backfill", event_id=event.id))
    assert job.outcome["counts"] == {}
    assert sandbox.ledger()["counts"]["facebook"] == {"requests": 1, "accepted": 1, "refused": 0, "duplicates": 0}


def test_a06_of_repeats_in_history_one_leaves(world: World, sandbox: Sandbox):
    for minutes in (30, 20, 10):
        at = timezone.now() - timedelta(minutes=minutes)
        factories.a_submission(world.form, at=at, email="twice@example.com")
    flow.judge(workspace_id=world.workspace.id)
    event = world.make_event("facebook")
    job = run_through(world, started(world, kind="backfill", event_id=event.id))
    assert job.forecast["counts"] == job.outcome["counts"] == {"eligible": 1, "blocked": 2}
    assert job.forecast["reasons"] == {"duplicate": 2}


def test_a06_history_never_syncs_by_itself(world: World, sandbox: Sandbox):
    history(world)
    world.make_event("facebook")
    judge_and_send(world)
    slices.resends_ring()
    assert taken(sandbox) == []


def test_a06_a_backfill_wants_its_event_switched_on(world: World):
    event = world.make_event("facebook")
    with world.scope():
        event_switch(workspace_id=world.workspace.id, event_id=event.id, on=False, by=world.by, at=timezone.now())
    with pytest.raises(InvalidInput):
        prepared(world, kind="backfill", event_id=event.id)
