"""A value far above what an event's conversions are usually worth waits for somebody, and leaves or ends as decided."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.audit.models import Entry
from apps.conversions.models import Conversion, Event
from apps.conversions.rules import guards_value
from apps.conversions.services import event_switch
from apps.conversions.usual import usual_values
from apps.core.errors import Conflict, NotFound
from apps.domain.outliers import AT_LEAST
from apps.pipeline import flow
from apps.pipeline.explain import explain
from apps.pipeline.intake import associations_receive, records_receive
from apps.pipeline.outliers import conversion_reject, conversion_release, outliers_open
from apps.records.columns import Write
from apps.records.services import Link, Written
from apps.signals.models import Signal
from tests.support import factories
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def guarded(world: World, network: str = "linkedin", **values: Any) -> Event:
    """An event whose values are what its signals say, with a guard on them."""
    told = {"value_from": "signal", "value": "1.00", "hold_outliers": True, **values}
    return world.make_event(network, "custom_event", at=timezone.now() - timedelta(hours=1), **told)


def completed(world: World, *values: str, currency: str = "EUR") -> None:
    """One person completes the custom event, once for each value; then all of it is judged."""
    contact_id = str(factories.a_contact(world.workspace))
    for value in values:
        factories.a_completion(world.behaviour, contact_id=contact_id, value=Decimal(value), currency=currency)
    flow.judge(workspace_id=world.workspace.id)


def held(world: World, value: str = "250.00") -> Conversion:
    """The event's usual history, then one value far above it."""
    completed(world, *["10.00"] * AT_LEAST)
    completed(world, value)
    with world.scope():
        return Conversion.objects.get(value=value)


def send(world: World) -> int:
    return sum(
        flow.send(workspace_id=world.workspace.id, account_id=account.id)
        for account in (world.facebook, world.google, world.linkedin)
    )


def act(world: World, conversion: Conversion, what: Any, **values: Any) -> Conversion:
    known = {"signal_id": conversion.signal_id, "event_id": conversion.event_id, "by": world.by, "at": timezone.now()}
    with world.scope():
        return what(workspace_id=world.workspace.id, **{**known, **values})


def again(world: World, conversion: Conversion) -> Conversion:
    with world.scope():
        return Conversion.objects.get(signal_id=conversion.signal_id, event_id=conversion.event_id)


def test_h14_it_holds_a_value_far_above_the_usual_and_sends_the_others(world, sandbox):
    guarded(world)
    conversion = held(world)
    assert (conversion.state, conversion.reason, conversion.due_at) == ("waiting", "outlier", None)
    assert send(world) == AT_LEAST
    flow.sweep()
    assert send(world) == 0
    assert sandbox.ledger()["counts"]["linkedin"]["accepted"] == AT_LEAST
    assert again(world, conversion).state == "waiting"


def test_h14_it_knows_nothing_usual_before_there_are_enough(world):
    event = guarded(world)
    completed(world, *["10.00"] * (AT_LEAST - 1))
    completed(world, "250.00")
    with world.scope():
        assert not Conversion.objects.filter(reason="outlier").exists()
        assert usual_values({event.id: None}) == {event.id: {"EUR": 10}}


def test_h14_what_is_held_or_refused_says_nothing_of_the_usual_and_what_was_released_does(world):
    event = guarded(world)
    completed(world, *["10.00"] * AT_LEAST)
    completed(world, *["9000.00"] * (AT_LEAST + 1))
    with world.scope():
        assert usual_values({event.id: None}) == {event.id: {"EUR": 10}}
        rows = list(Conversion.objects.filter(reason="outlier"))
    for row in rows:
        act(world, row, conversion_release)
    with world.scope():
        assert usual_values({event.id: None}) == {event.id: {"EUR": 9000}}


def test_h14_a_default_value_says_nothing_of_the_usual(world):
    event = guarded(world)
    completed(world, *["10.00"] * AT_LEAST)
    with world.scope():
        assert usual_values({event.id: Decimal("10.00")}) == {}
        assert usual_values({event.id: Decimal("11.00")}) == {event.id: {"EUR": 10}}


def test_h14_it_asks_once_a_batch_however_many_events_are_guarded(world):
    guarded(world)
    completed(world, "1.00")
    with CaptureQueriesContext(connection) as one:
        completed(world, "1.00")
    for _ in range(3):
        guarded(world)
    with CaptureQueriesContext(connection) as four:
        completed(world, "1.00")
    asked = [sum("percentile_disc" in each["sql"] for each in captured) for captured in (one, four)]
    assert asked == [1, 1]


def test_h14_it_sends_what_somebody_released_with_the_bytes_it_had(world, sandbox):
    guarded(world)
    conversion = held(world)
    send(world)
    act(world, conversion, conversion_release)
    assert send(world) == 1
    sent = again(world, conversion)
    assert (sent.state, sent.reason, sent.payload) == ("sent", "", conversion.payload)
    assert sandbox.ledger()["counts"]["linkedin"]["accepted"] == AT_LEAST + 1
    with world.scope():
        entry = Entry.objects.get(action="conversion.release")
        (story,) = explain(signal_id=conversion.signal_id).stories
    assert entry.detail["signal"] == str(conversion.signal_id)
    assert [step.code for step in story.steps][-2:] == ["outlier", "released"]


def test_h14_it_never_sends_what_somebody_refused(world, sandbox):
    guarded(world)
    conversion = held(world)
    act(world, conversion, conversion_reject)
    send(world)
    ended = again(world, conversion)
    assert (ended.state, ended.reason) == ("cancelled", "outlier_rejected")
    assert sandbox.ledger()["counts"]["linkedin"]["accepted"] == AT_LEAST
    with world.scope():
        assert Entry.objects.filter(action="conversion.reject").count() == 1


def test_h14_it_tells_the_second_of_two_that_it_was_decided(world):
    guarded(world)
    conversion = held(world)
    act(world, conversion, conversion_reject)
    with pytest.raises(Conflict):
        act(world, conversion, conversion_release)
    with pytest.raises(NotFound):
        act(world, conversion, conversion_release, signal_id=world.workspace.id)


def test_h14_it_says_of_one_that_expired_that_nobody_decided(world):
    guarded(world)
    conversion = held(world)
    past = timezone.now() - timedelta(seconds=1)
    with world.scope():
        Conversion.objects.filter(signal_id=conversion.signal_id).update(expires_at=past)
    with pytest.raises(Conflict):
        act(world, conversion, conversion_release)
    flow.sweep()
    ended = again(world, conversion)
    assert (ended.state, ended.reason) == ("expired", "outlier_not_decided")
    assert ended.settled_at is not None


def test_h14_a_withdrawal_of_consent_reaches_what_is_held(world, sandbox):
    guarded(world)
    conversion = held(world)
    send(world)
    with world.scope():
        writes = [Write(id=str(conversion.contact_id), properties={factories.CONSENT_PROPERTY: "no"})]
        records_receive(workspace_id=world.workspace.id, object_type="contacts", writes=writes, at=timezone.now())
    assert again(world, conversion).reason == "consent_withdrawn"
    with pytest.raises(Conflict):
        act(world, conversion, conversion_release)
    send(world)
    assert sandbox.ledger()["counts"]["linkedin"]["accepted"] == AT_LEAST


def test_h14_it_cancels_what_is_held_when_its_event_is_switched_off(world):
    event = guarded(world)
    conversion = held(world)
    with world.scope():
        event_switch(workspace_id=world.workspace.id, event_id=event.id, on=False, by=world.by, at=timezone.now())
    assert again(world, conversion).state == "cancelled"


def test_h14_it_shows_what_waits_with_what_is_usual(world):
    guarded(world)
    conversion = held(world)
    with world.scope():
        found = outliers_open()
    assert found.count == 1
    assert (found.first[0].conversion.signal_id, found.first[0].usual) == (conversion.signal_id, "10.00")


@pytest.mark.parametrize(
    ("value_from", "chosen", "guards"),
    [
        ("deal", None, True),
        ("deal", False, False),
        ("signal", None, False),
        ("signal", True, True),
        ("fixed", True, False),
        ("none", True, False),
    ],
)
def test_h14_it_looks_at_deal_values_unless_told_otherwise(value_from, chosen, guards):
    assert guards_value({"value_from": value_from, "hold_outliers": chosen}) is guards
    assert guards_value({"value_from": value_from}) is (value_from == "deal")


def bought(world: World, amount: str) -> Signal:
    """Somebody with an open deal of that amount, half of it likely, becomes a customer."""
    contact_id = factories.a_contact(world.workspace)
    now = timezone.now()
    with world.scope():
        deal = Write(properties={"dealname": "Deal", "amount": amount, "dealstage": "contractsent"})
        (made,) = records_receive(workspace_id=world.workspace.id, object_type="deals", writes=[deal], at=now)
        assert isinstance(made, Written), made
        link = Link("contacts", contact_id, "deals", made.record.pk, 4, 3)
        associations_receive(workspace_id=world.workspace.id, links=[link], at=now)
        stage = Write(id=str(contact_id), properties={"lifecyclestage": "customer"})
        records_receive(workspace_id=world.workspace.id, object_type="contacts", writes=[stage], at=now)
        return Signal.objects.get(contact_id=contact_id, name="customer")


def test_h14_it_guards_deal_values_without_being_asked(world):
    world.make_event("linkedin", "stage_change", value_from="deal", at=timezone.now() - timedelta(hours=1))
    for _ in range(AT_LEAST):
        bought(world, "100")
    flow.judge(workspace_id=world.workspace.id)
    slip = bought(world, "10000")
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        assert Conversion.objects.get(signal_id=slip.id).reason == "outlier"
