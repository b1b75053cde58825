"""Sending again stays below live traffic: in slices that lose nothing, held up, paused, resumed, at half the pace."""

import pytest
from django.utils import timezone

from apps.ads.networks.linkedin import NETWORK as LINKEDIN
from apps.audit.models import Entry
from apps.conversions.models import Conversion
from apps.core.errors import Conflict
from apps.core.ids import new_id
from apps.deliveries import spare
from apps.deliveries.pacing import Pacing
from apps.domain.pace import BURST
from apps.domain.states import Priority
from apps.pipeline import flow, slices
from apps.pipeline.resend import resend_cancel, resend_pause, resend_resume, resend_start
from tests.conftest import Sandbox
from tests.support import factories
from tests.support.resending import failed, go_on, judge_and_send, run_through, started, taken
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_h15_live_traffic_that_comes_in_during_a_replay_goes_first(world, sandbox, monkeypatch):
    monkeypatch.setattr(slices, "SLICE", 2)
    rows = failed(world, 6)
    job = go_on(world, started(world))
    factories.a_submission(world.form, email="live@example.com")
    flow.judge(workspace_id=world.workspace.id)
    waiting = go_on(world, job)
    assert (waiting.waits_for, waiting.done) == ("live", 2)
    run_through(world, job)
    with world.scope():
        live = Conversion.objects.get(priority=Priority.LIVE)
    order = taken(sandbox)
    assert order[0] == live.network_event_id
    assert sorted(order[1:]) == sorted(row.network_event_id for row in rows)


def test_h15_a_request_holds_either_live_conversions_or_resent_ones(world: World, sandbox: Sandbox):
    failed(world, 3)
    go_on(world, started(world))
    factories.a_submission(world.form)
    judge_and_send(world)
    assert sandbox.ledger()["counts"]["facebook"] == {"requests": 2, "accepted": 4, "refused": 0, "duplicates": 0}


def test_h15_nothing_more_is_let_in_before_the_last_slice_has_left(world, monkeypatch):
    monkeypatch.setattr(slices, "SLICE", 2)
    monkeypatch.setattr(spare, "SLICE", 2)
    failed(world, 6)
    job = go_on(world, started(world))
    again = go_on(world, job)
    assert (job.done, again.done, again.waits_for) == (2, 2, "slice")


def test_h15_it_waits_while_the_account_has_to_be_connected_again(world: World):
    failed(world, 1)
    job = started(world)
    with world.scope():
        connection = world.facebook.connection
        connection.state = "reconnect"
        connection.save(update_fields=["state"])
    job = go_on(world, job)
    assert (job.state, job.waits_for, job.done) == ("running", "held", 0)


def test_h15_the_sweep_finds_a_job_whose_doorbell_was_lost(world: World):
    failed(world, 1)
    started(world)
    assert slices.resends_ring() == 1


def test_h15_cancelling_leaves_the_rest_untouched(world, sandbox, monkeypatch):
    monkeypatch.setattr(slices, "SLICE", 2)
    rows = failed(world, 5)
    job = go_on(world, started(world))
    with world.scope():
        resend_cancel(workspace_id=world.workspace.id, resend_id=job.id, by=world.by, at=timezone.now())
    run_through(world, job)
    with world.scope():
        left = Conversion.objects.filter(state="failed").order_by("signal_id")
        untouched = [(each.signal_id, each.trace, each.tries, each.reason) for each in left]
    assert untouched == [(row.signal_id, row.trace, row.tries, row.reason) for row in rows[2:]]
    assert len(taken(sandbox)) == 2


def test_h15_it_can_be_paused_and_resumed(world, sandbox, monkeypatch):
    monkeypatch.setattr(slices, "SLICE", 2)
    failed(world, 3)
    job = go_on(world, started(world))
    names = {"workspace_id": world.workspace.id, "resend_id": job.id, "by": world.by, "at": timezone.now()}
    with world.scope():
        resend_pause(**names)
    assert go_on(world, job).done == 2
    with world.scope():
        with pytest.raises(Conflict):
            resend_start(**names)
        resend_resume(**names)
    run_through(world, job)
    assert len(taken(sandbox)) == 3
    with world.scope():
        acts = list(Entry.objects.filter(action__startswith="replay.").order_by("id").values_list("action", flat=True))
    assert acts == [f"replay.{verb}" for verb in ("prepare", "start", "pause", "resume", "done")]


def test_h15_what_is_sent_again_takes_at_most_half_of_the_networks_pace(world: World):
    pacing = Pacing(LINKEDIN.manifest, new_id(), new_id(), "sandbox")
    now = timezone.now()
    given = sum(not pacing.turn_to_spare("rule", now) for _ in range(100))
    (limits,) = LINKEDIN.manifest.paces
    assert given == limits.per_minute / 2 / BURST


def test_h15_it_waits_while_more_than_half_of_the_pace_is_in_use(world: World):
    pacing = Pacing(LINKEDIN.manifest, new_id(), new_id(), "sandbox")
    now = timezone.now()
    for _ in range(40):
        pacing.turn("rule", timezone.now())
    assert pacing.turn_to_spare("rule", now)
