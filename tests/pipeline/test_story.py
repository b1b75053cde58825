"""From a change in the CRM to three networks and back: the whole stream on real PostgreSQL, Redis and HTTP."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.conversions.selectors import ledger
from apps.core import http
from apps.deliveries.models import Lane, Request
from apps.pipeline import flow
from apps.pipeline.explain import Filter, explain, signals_listed
from apps.pipeline.intake import records_receive
from apps.records.columns import Write
from apps.signals.models import Signal, Unjudged
from apps.signals.services import Noticed
from tests.support import factories
from tests.support.stream import run, states

pytestmark = pytest.mark.django_db(transaction=True)
GCLID = "Cj0KCQiA_abcdefghijklmnopqrstuvwxyz"


def customer(world, **properties):
    """A contact that every network can take, and that now becomes a customer."""
    seen = str(int((timezone.now() - timedelta(days=3)).timestamp() * 1000))
    known = {
        "firstname": "Åsa",
        "lastname": "Östberg",
        "lead_id": "123456789012345",
        "lead_id_first_seen": seen,
        "gclid": GCLID,
        "gclid_first_seen": seen,
        "lifecyclestage": "customer",
    }
    return factories.a_contact(world.workspace, **{**known, **properties})


@pytest.mark.parametrize("network", ["facebook", "google", "linkedin"])
@pytest.mark.parametrize("trigger", ["form_submission", "stage_change", "custom_event"])
def test_it_brings_a_signal_to_the_network(world, sandbox, network, trigger):
    event = world.make_event(network, trigger)
    if trigger == "form_submission":
        factories.a_submission(world.form, firstname="Jo", lastname="Bos")
    elif trigger == "custom_event":
        factories.a_completion(world.behaviour, contact_id=str(customer(world)))
    else:
        customer(world)
    run(world)
    assert states(world) == {network: "sent"}
    counts = sandbox.ledger()["counts"]
    assert {name: count["accepted"] for name, count in counts.items() if count["accepted"]} == {network: 1}
    with world.scope():
        conversion = Conversion.objects.get(event_id=event.id)
        request = Request.objects.get(id=conversion.request_id)
    assert (request.count, request.state, request.status) == (1, "accepted", 200)


def test_one_fact_becomes_one_conversion_for_each_event_that_wants_it(world):
    for network in ("facebook", "google", "linkedin"):
        world.make_event(network, "stage_change")
    customer(world)
    run(world)
    assert states(world) == {"facebook": "sent", "google": "sent", "linkedin": "sent"}


def test_what_leaves_is_what_was_frozen_and_carries_no_raw_identifier(world, sandbox):
    world.make_event("facebook")
    factories.a_submission(world.form, email="Secret.Person@Example.com", firstname="Åsa", phone="06 12345678")
    run(world)
    (item,) = sandbox.ledger("facebook")["items"]
    with world.scope():
        payload = Conversion.objects.get().payload
    for raw in ("secret.person", "åsa", "Åsa", "12345678"):
        assert raw not in str(item["body"])
        assert raw not in payload
    assert len(item["body"]["user_data"]["em"][0]) == 64


def test_many_conversions_share_one_request(world, sandbox):
    world.make_event("facebook")
    for _ in range(25):
        factories.a_submission(world.form)
    run(world)
    assert sandbox.ledger()["counts"]["facebook"] == {"requests": 1, "accepted": 25, "refused": 0, "duplicates": 0}


def test_a13_the_same_submission_twice_is_one_conversion_and_the_second_says_why(world, sandbox):
    world.make_event("facebook")
    for _ in range(3):
        factories.a_submission(world.form, email="twice@example.com")
    run(world)
    with world.scope():
        assert sorted(Conversion.objects.values_list("state", "reason")) == [
            ("blocked", "duplicate"),
            ("blocked", "duplicate"),
            ("sent", ""),
        ]
    assert sandbox.ledger()["counts"]["facebook"]["accepted"] == 1


def test_a13_a_repeat_counts_when_the_first_was_blocked(world):
    world.make_event("facebook")
    answers = {"email": "later@example.com", "firstname": "Jo"}
    factories.a_submission(world.form, **{world.consent_property: "no", **answers})
    run(world)
    factories.a_submission(world.form, **{world.consent_property: "yes", **answers})
    run(world)
    with world.scope():
        assert sorted(Conversion.objects.values_list("state", "reason")) == [
            ("blocked", "consent_denied"),
            ("sent", ""),
        ]


def test_a09_each_stage_change_counts_and_writing_the_same_stage_again_does_not(world):
    world.make_event("linkedin", "stage_change", trigger_name="lead")
    world.make_event("linkedin", "stage_change", trigger_name="customer")
    for stage in ("lead", "lead", "customer"):
        customer(world, email="walker@example.com", lifecyclestage=stage)
    with world.scope():
        assert sorted(Signal.objects.values_list("name", flat=True)) == ["customer", "lead"]
    run(world)
    with world.scope():
        assert list(Conversion.objects.values_list("state", flat=True)) == ["sent", "sent"]


def test_a09_one_call_that_moves_a_contact_twice_makes_both_changes(world):
    steps = [Write(properties={"email": "fast@example.com", "lifecyclestage": stage}) for stage in ("lead", "customer")]
    with world.scope():
        records_receive(workspace_id=world.workspace.id, object_type="contacts", writes=steps, at=timezone.now())
        assert sorted(Signal.objects.values_list("name", flat=True)) == ["customer", "lead"]


def test_consent_withdrawn_while_waiting_keeps_it_here(world, sandbox):
    world.make_event("facebook")
    received = factories.a_submission(world.form, email="changed@example.com")
    flow.judge(workspace_id=world.workspace.id)
    factories.a_contact(world.workspace, email="changed@example.com", **{world.consent_property: "no"})
    run(world)
    with world.scope():
        conversion = Conversion.objects.get(contact_id=received.contact_id)
        assert (conversion.state, conversion.reason) == ("cancelled", "consent_withdrawn")
    assert sandbox.ledger()["counts"]["facebook"]["requests"] == 0


def test_what_waited_past_its_window_expires_and_says_so(world):
    world.make_event("facebook")
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        Conversion.objects.update(expires_at=timezone.now())
    run(world)
    with world.scope():
        assert Conversion.objects.values_list("state", "reason").get() == ("expired", "window_closed")


def test_a_lost_doorbell_loses_nothing(world, monkeypatch):
    rung = []
    monkeypatch.setattr("apps.pipeline.doorbell._ring", lambda task, bell, ids, in_seconds=0: rung.append((task, ids)))
    world.make_event("facebook")
    factories.a_submission(world.form)
    with world.scope():
        Unjudged.objects.update(recorded_at=timezone.now() - timedelta(seconds=10))
    rung.clear()
    flow.sweep()
    assert rung == [("pipeline.judge", [str(world.workspace.id)])]
    flow.judge(workspace_id=world.workspace.id)
    rung.clear()
    flow.sweep()
    assert rung == [("pipeline.send", [str(world.workspace.id), str(world.facebook.id)])]


def test_a_worker_that_died_holding_conversions_loses_none_and_sends_the_same_bytes(world, sandbox, monkeypatch):
    world.make_event("facebook")
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)

    class Killed(BaseException):
        pass

    sent = []
    true_call = http.call

    def eaten_answer(**call):
        sent.append(call["body"])
        true_call(**call)
        raise Killed

    monkeypatch.setattr(http, "call", eaten_answer)
    with pytest.raises(Killed):
        flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    with world.scope():
        assert Conversion.objects.get().state == "sending"
        assert Request.objects.get().state == "sending"
        past = timezone.now() - timedelta(seconds=1)
        Conversion.objects.update(leased_until=past)
        Lane.objects.update(leased_until=past)
    monkeypatch.setattr(http, "call", lambda **call: (sent.append(call["body"]), true_call(**call))[1])
    flow.sweep()
    run(world)
    assert states(world) == {"facebook": "sent"}
    assert sent[0] == sent[1]
    assert sandbox.ledger()["counts"]["facebook"]["accepted"] == 1


def test_two_workers_at_one_lane_send_it_once(world, sandbox):
    world.make_event("facebook")
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        Lane.objects.update(leased_until=timezone.now() + timedelta(seconds=60))
    assert flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id) == 0
    assert states(world) == {"facebook": "waiting"}


def test_invariant_2_every_judged_signal_is_in_exactly_one_state(world):
    world.make_event("facebook")
    world.make_event("google", "form_submission")
    for consent in ("yes", "no", ""):
        factories.a_submission(world.form, **{world.consent_property: consent})
    run(world)
    with world.scope():
        whole = ledger()
        assert whole.judged == sum(whole.by_state.values()) == 6
        assert whole.blocked_by_reason == {"consent_denied": 2, "consent_unknown": 2}


def test_a16_it_explains_every_signal_in_words(world):
    world.make_event("facebook")
    factories.a_submission(world.form, email="why@example.com", **{world.consent_property: "no"})
    run(world)
    with world.scope():
        page = signals_listed(wanted=Filter(who="why@example.com", reason="consent_denied"))
        (row,) = page.rows
        explanation = explain(signal_id=row.signal.id)
    (story,) = explanation.stories
    assert story.summary.startswith("Not sent. The contact's consent property")
    assert story.steps[-1].result == "block"
    assert story.steps[-1].advice


def test_what_is_told_twice_is_judged_once(world):
    world.make_event("facebook")
    submission = factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        signal = Signal.objects.get()
        again = Noticed(
            kind=signal.kind,
            name=signal.name,
            contact_id=signal.contact_id,
            cause=f"submission:{submission.submission_id}",
            occurred_at=signal.occurred_at,
        )
        assert again.id_in(world.workspace.id) == signal.id
        flow.notice(workspace_id=world.workspace.id, noticed=[again], at=timezone.now())
        assert not Unjudged.objects.exists()
