"""A replay: forecast first, and of what ended badly only what may leave leaves, as it was or judged anew."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.conversions.selectors import ledger
from apps.conversions.services import event_delete, event_switch
from apps.core.errors import InvalidInput
from apps.domain.states import Priority
from apps.pipeline import flow
from apps.pipeline.explain import explain
from apps.pipeline.intake import records_receive
from apps.records.columns import Write
from apps.records.models import Contact
from tests.conftest import Sandbox
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.resending import (
    counts,
    failed,
    go_on,
    judge_and_send,
    prepared,
    run_through,
    says_no,
    started,
    taken,
    value,
)
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)


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
