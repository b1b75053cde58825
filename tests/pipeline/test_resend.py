"""Replay and backfill: forecast first, only what may leave leaves, below live traffic, in slices that lose nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.ads.networks.linkedin import NETWORK as LINKEDIN
from apps.audit.models import Entry
from apps.conversions.models import Conversion
from apps.conversions.selectors import ledger
from apps.conversions.services import event_delete, event_switch
from apps.core.errors import Conflict, InvalidInput
from apps.core.ids import new_id
from apps.deliveries import spare
from apps.deliveries.pacing import Pacing
from apps.domain.pace import BURST
from apps.domain.states import Priority
from apps.pipeline import flow, slices
from apps.pipeline.explain import explain
from apps.pipeline.intake import records_receive
from apps.pipeline.models import Resend
from apps.pipeline.resend import Wanted, resend_cancel, resend_pause, resend_prepare, resend_resume, resend_start
from apps.records.columns import Write
from apps.records.models import Contact
from apps.signals.models import Signal
from tests.conftest import Sandbox
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    sandbox.reset()
    return make_world()


def judge_and_send(world: World) -> None:
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)


def failed(world: World, count: int, **event: object) -> list[Conversion]:
    """So many form conversions that Facebook refused for good, each with its own contact, first to last."""
    at = timezone.now() - timedelta(hours=2)
    world.make_event("facebook", at=at - timedelta(hours=1), **event)
    for number in range(count):
        factories.a_submission(world.form, at=at + timedelta(minutes=number), email=f"failed{number}@example.com")
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        now = timezone.now()
        Conversion.objects.update(state="failed", reason="2804050", due_at=None, settled_at=now, tries=1)
        return list(Conversion.objects.order_by("signal_id"))


def prepared(world: World, **wanted: object) -> Resend:
    told = {"kind": "replay", **wanted}
    with world.scope():
        return resend_prepare(workspace_id=world.workspace.id, wanted=Wanted(**told), by=world.by, at=timezone.now())


def started(world: World, **wanted: object) -> Resend:
    job = prepared(world, **wanted)
    with world.scope():
        return resend_start(workspace_id=world.workspace.id, resend_id=job.id, by=world.by, at=timezone.now())


def go_on(world: World, job: Resend) -> Resend:
    slices.resend_go_on(workspace_id=world.workspace.id, resend_id=job.id)
    with world.scope():
        return Resend.objects.get(id=job.id)


def run_through(world: World, job: Resend) -> Resend:
    """Slices and sending in turns, as workers do it, without waiting in between."""
    for _ in range(50):
        job = go_on(world, job)
        flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
        if job.due_at is None:
            return job
    raise AssertionError(f"It does not end: {job.state}, {job.waits_for}")


def counts(job: Resend) -> dict[str, int]:
    return dict(job.forecast["counts"])


def value(job: Resend) -> dict[str, Decimal]:
    return {currency: Decimal(told) for currency, told in job.forecast["value"].items()}


def taken(sandbox: Sandbox) -> list[str]:
    """The ids of what Facebook took, in its order."""
    latest_first = sandbox.ledger("facebook")["items"]
    return [item["body"]["event_id"] for item in reversed(latest_first)]


def says_no(world: World, contact_id: int) -> None:
    with world.scope():
        email = Contact.objects.get(id=contact_id).email
        write = Write(properties={world.consent_property: "no"}, email=email)
        records_receive(workspace_id=world.workspace.id, object_type="contacts", writes=[write], at=timezone.now())


def test_h15_of_a_mixed_set_only_the_eligible_leave_and_each_once(world: World, sandbox: Sandbox):
    rows = failed(world, 8)
    long_ago = timezone.now() - timedelta(hours=50)
    now = timezone.now()
    with world.scope():
        each = [Conversion.objects.filter(signal_id=row.signal_id) for row in rows]
        each[1].update(state="expired", reason="window_closed", expires_at=now - timedelta(hours=1))
        each[2].update(state="sent", reason="")
        each[3].update(state="confirmed", reason="")
        each[4].update(doubtful_since=long_ago)
        Contact.objects.filter(id=rows[5].contact_id).update(archived_at=now)
        each[7].update(state="cancelled", reason="outlier_refused")
    says_no(world, rows[6].contact_id)
    job = started(world)
    assert counts(job) == {
        "eligible": 1,
        "window_passed": 1,
        "already": 2,
        "doubtful": 1,
        "erased": 1,
        "no_consent": 1,
        "outlier": 1,
    }
    assert value(job) == {"EUR": 25}
    job = run_through(world, job)
    assert (job.state, job.outcome["counts"], job.done) == ("done", job.forecast["counts"], 8)
    assert taken(sandbox) == [rows[0].network_event_id]
    assert sandbox.ledger()["counts"]["facebook"]["duplicates"] == 0


def test_h15_what_leaves_again_is_byte_for_byte_what_it_was_and_says_by_whom(world: World, sandbox: Sandbox):
    (row,) = failed(world, 1)
    run_through(world, started(world))
    with world.scope():
        again = Conversion.objects.get()
        (story,) = explain(signal_id=row.signal_id).stories
    assert (again.payload, again.network_event_id) == (row.payload, row.network_event_id)
    assert (again.state, again.reason, again.priority) == ("sent", "", Priority.RESEND)
    assert story.steps[-1].sentence.startswith(f"Sent again as it was by {world.admin.email}")


def test_h15_nothing_is_sent_by_a_forecast(world: World, sandbox: Sandbox):
    failed(world, 3)
    job = prepared(world)
    judge_and_send(world)
    assert (job.state, counts(job)) == ("draft", {"eligible": 3})
    assert sandbox.ledger()["counts"]["facebook"]["requests"] == 0
    assert go_on(world, job).state == "draft"


def test_h15_a_replay_after_withdrawal_sends_nothing(world: World, sandbox: Sandbox):
    rows = failed(world, 3)
    job = started(world)
    assert counts(job) == {"eligible": 3}
    for row in rows:
        says_no(world, row.contact_id)
    job = run_through(world, job)
    assert job.outcome["counts"] == {"no_consent": 3}
    assert sandbox.ledger()["counts"]["facebook"]["requests"] == 0


def test_h15_a_withdrawal_between_letting_in_and_leaving_stops_it_too(world: World, sandbox: Sandbox):
    rows = failed(world, 2)
    job = go_on(world, started(world))
    says_no(world, rows[0].contact_id)
    run_through(world, job)
    assert taken(sandbox) == [rows[1].network_event_id]


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


def test_h15_it_is_about_everything_that_matches_the_filter_and_nothing_else(world: World):
    rows = failed(world, 4)
    with world.scope():
        Conversion.objects.filter(signal_id=rows[0].signal_id).update(reason="other")
    assert counts(prepared(world, reason="2804050")) == {"eligible": 3}
    assert counts(prepared(world, states=("expired",))) == {}
    assert counts(prepared(world, since=rows[2].occurred_at)) == {"eligible": 2}
    assert counts(prepared(world, until=rows[2].occurred_at)) == {"eligible": 2}
    assert counts(prepared(world, network="google")) == {}


def test_h15_nothing_of_an_event_that_is_off_or_deleted_leaves(world: World):
    (row,) = failed(world, 1)
    names = {"workspace_id": world.workspace.id, "event_id": row.event_id, "by": world.by, "at": timezone.now()}
    with world.scope():
        event_switch(**names, on=False)
    assert counts(prepared(world)) == {"event_stopped": 1}
    with world.scope():
        event_delete(**names)
    assert counts(prepared(world)) == {"event_stopped": 1}


def test_h15_what_was_called_off_stays_so_where_a_repeat_of_it_counted_since(world: World, sandbox: Sandbox):
    event = world.make_event("facebook", at=timezone.now() - timedelta(hours=2))
    factories.a_submission(world.form, email="twice@example.com")
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        names = {"workspace_id": world.workspace.id, "event_id": event.id, "by": world.by}
        event_switch(**names, on=False, at=timezone.now())
        event_switch(**names, on=True, at=timezone.now())
    factories.a_submission(world.form, email="twice@example.com")
    judge_and_send(world)
    job = run_through(world, started(world, states=("cancelled",)))
    assert (job.outcome["counts"], job.outcome["reasons"]) == ({"blocked": 1}, {"duplicate": 1})
    assert len(taken(sandbox)) == 1


def test_h15_of_two_repeats_that_were_both_called_off_one_leaves(world: World, sandbox: Sandbox):
    failed(world, 1)
    factories.a_submission(world.form, email="failed0@example.com")
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        rows = Conversion.objects.filter(payload="")
        rows.update(payload=Conversion.objects.exclude(payload="").get().payload)
        Conversion.objects.update(state="cancelled", reason="event_off", settled_at=timezone.now())
    assert counts(prepared(world)) == {"eligible": 1, "blocked": 1}


def test_h15_what_may_have_been_taken_is_repeated_only_while_the_network_recognises_it(world, sandbox):
    world.make_event("facebook")
    factories.a_submission(world.form)
    Control(sandbox.url).fault("facebook", drop_after_commit=True)
    judge_and_send(world)
    with world.scope():
        Conversion.objects.update(state="failed", reason="no_answer", settled_at=timezone.now(), due_at=None)
    job = run_through(world, started(world))
    assert job.outcome["counts"] == {"eligible": 1}
    assert sandbox.ledger()["counts"]["facebook"]["accepted"] == 1, "it was recognised by its id"


def test_h15_judged_anew_it_leaves_with_what_is_known_now_under_the_same_id(world: World, sandbox: Sandbox):
    (row,) = failed(world, 1)
    with world.scope():
        write = Write(properties={"phone": "+31612345678"}, email="failed0@example.com")
        records_receive(workspace_id=world.workspace.id, object_type="contacts", writes=[write], at=timezone.now())
    job = run_through(world, started(world, anew=True))
    assert job.outcome["counts"] == {"eligible": 1}
    (item,) = sandbox.ledger("facebook")["items"]
    assert item["body"]["event_id"] == row.network_event_id
    assert "ph" in item["body"]["user_data"]
    with world.scope():
        (story,) = explain(signal_id=row.signal_id).stories
        assert ledger().judged == 1
    assert story.steps[0].sentence.startswith(f"Judged again by {world.admin.email}")


def test_h15_what_may_have_been_taken_is_never_judged_anew(world: World):
    failed(world, 1)
    with world.scope():
        Conversion.objects.update(doubtful_since=timezone.now())
    assert counts(prepared(world, anew=True)) == {"doubtful": 1}
    assert counts(prepared(world)) == {"eligible": 1}


def test_h15_what_would_still_be_blocked_stays_as_it_was(world: World):
    (row,) = failed(world, 1)
    says_no(world, row.contact_id)
    job = run_through(world, started(world, anew=True))
    assert job.outcome["counts"] == {"no_consent": 1}
    with world.scope():
        assert Conversion.objects.get().state == "failed"


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


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"kind": "backfill"}, "event_id"),
        ({"states": ("blocked",)}, "states"),
        ({"network": "myspace"}, "network"),
        ({"since": timezone.now(), "until": timezone.now() - timedelta(days=1)}, "until"),
        ({"since": timezone.now() - timedelta(days=400)}, "since"),
    ],
)
def test_h15_it_names_what_cannot_be_used(world: World, wanted: dict[str, object], field: str):
    with pytest.raises(InvalidInput) as refused:
        prepared(world, **wanted)
    assert [fault.field for fault in refused.value.faults] == [field]


def test_a06_a_backfill_wants_its_event_switched_on(world: World):
    event = world.make_event("facebook")
    with world.scope():
        event_switch(workspace_id=world.workspace.id, event_id=event.id, on=False, by=world.by, at=timezone.now())
    with pytest.raises(InvalidInput):
        prepared(world, kind="backfill", event_id=event.id)


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


BACKLOG = """
    INSERT INTO conversions_conversion (workspace_id, signal_id, event_id, version_id, account_id, contact_id, network,
           state, reason, trace, asked, currency, network_event_id, occurred_at, judged_at, route, payload, tries,
           due_at, expires_at)
    SELECT %s, (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0')
                || '7' || substr(md5(number::text), 1, 19))::uuid,
           gen_random_uuid(), gen_random_uuid(), %s, number, 'facebook',
           'waiting', '', '[]', '', '', '', now(), now(), 'r', '', 0, now(), now() + number * interval '1 second'
      FROM generate_series(1, 20000) AS number
"""


def test_h15_claiming_reads_one_index_in_its_own_order(world: World):
    claim = """
        SELECT signal_id FROM conversions_conversion
         WHERE workspace_id = %s AND account_id = %s AND route = 'r' AND priority = 0 AND state = 'waiting'
           AND due_at <= now()
         ORDER BY expires_at NULLS LAST LIMIT 1000"""
    names = [world.workspace.id, world.facebook.id]
    with world.scope(), connection.cursor() as cursor:
        cursor.execute(BACKLOG, names)
        cursor.execute("ANALYZE conversions_conversion")
        cursor.execute(f"EXPLAIN {claim}", names)
        plan = "\n".join(line for (line,) in cursor.fetchall())
        transaction.set_rollback(True)  # their signals do not exist
    assert "conversion_turn" in plan
    assert "Merge Append" in plan  # of parts that are each read in the index's own order
    assert "Sort  (" not in plan
