"""Corrections of conversions that were sent: an act of somebody, sent and explained like any other signal."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.ads.models import AdAccount
from apps.ads.networks.google.manifest import DATA_MANAGER_ONLY
from apps.audit.models import Entry
from apps.conversions.models import Conversion, Event, EventVersion
from apps.conversions.services import event_delete, event_switch
from apps.core.errors import InvalidInput, NotFound
from apps.pipeline import flow
from apps.pipeline.corrections import conversion_correct, corrections_of, corrections_open
from apps.pipeline.explain import explain
from apps.pipeline.intake import associations_receive, records_receive
from apps.records.columns import Write
from apps.records.models import Contact
from apps.records.services import Link, Written
from apps.signals.models import Signal
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


def run(world: World) -> None:
    flow.judge(workspace_id=world.workspace.id)
    for account in (world.facebook, world.google, world.linkedin):
        flow.send(workspace_id=world.workspace.id, account_id=account.id)


def clicked(world: World, **properties: str) -> int:
    """A contact with an ad click of each network's, three days ago."""
    seen = str(int((timezone.now() - timedelta(days=3)).timestamp() * 1000))
    found = {
        "gclid": f"Cj0KCQiA_{factories.PASSWORD}abcdefghij",
        "gclid_first_seen": seen,
        "lead_id": "123456789012345",
        "lead_id_first_seen": seen,
    }
    return factories.a_contact(world.workspace, **{**found, **properties})


def sent(world: World, network: str = "google", **values: Any) -> Conversion:
    """A conversion of a custom event that the network took."""
    world.make_event(network, "custom_event", at=timezone.now() - timedelta(days=60), **values)
    factories.a_completion(world.behaviour, contact_id=str(clicked(world)))
    run(world)
    with world.scope():
        conversion = Conversion.objects.get()
    assert conversion.state == "sent", conversion.reason
    return conversion


def correct(world: World, conversion: Conversion, adjustment: str = "restatement", **values: Any):
    known = {"value": Decimal("99.50")} if adjustment == "restatement" else {}
    with world.scope():
        return conversion_correct(
            workspace_id=world.workspace.id,
            **{
                "signal_id": conversion.signal_id,
                "event_id": conversion.event_id,
                "adjustment": adjustment,
                "by": world.by,
                "at": timezone.now(),
                **known,
                **values,
            },
        )


def refused(world: World, conversion: Conversion, *args: Any, **values: Any) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as error:
        correct(world, conversion, *args, **values)
    (fault,) = error.value.faults
    return fault.field, fault.code


def test_it_restates_a_value_at_google_by_the_order_id_that_was_sent(world, sandbox):
    conversion = sent(world)
    signal_id = correct(world, conversion)
    run(world)
    with world.scope():
        made = Conversion.objects.get(signal_id=signal_id)
    assert (made.state, made.value, made.currency) == ("sent", Decimal("99.50"), "EUR")
    payload = json.loads(made.payload)
    assert payload["adjustmentType"] == "RESTATEMENT"
    assert payload["orderId"] == conversion.network_event_id
    assert payload["restatementValue"] == {"adjustedValue": 99.5, "currencyCode": "EUR"}
    assert "gclidDateTimePair" not in payload
    assert sandbox.ledger()["counts"]["google"]["accepted"] == 2


def test_it_withdraws_a_conversion_at_google_and_then_nothing_is_left_to_correct(world, sandbox):
    conversion = sent(world)
    signal_id = correct(world, conversion, "retraction")
    assert refused(world, conversion, "retraction") == ("signal_id", "withdrawn")
    run(world)
    assert refused(world, conversion) == ("signal_id", "withdrawn")
    with world.scope():
        made = Conversion.objects.get(signal_id=signal_id)
    assert (made.state, made.value) == ("sent", None)
    assert json.loads(made.payload)["adjustmentType"] == "RETRACTION"
    assert sandbox.ledger()["counts"]["google"]["accepted"] == 2


def test_a_correction_is_judged_by_the_version_that_judged_its_original(world):
    conversion = sent(world)
    with world.scope():
        event = Event.objects.select_related("version").get()
        first = event.version
        event.version = EventVersion.objects.create(
            workspace_id=event.workspace_id,
            event=event,
            number=2,
            settings={**first.settings, "destination": world.actions["google", "custom_event"][1].external_id},
            created_at=timezone.now(),
            created_by=world.by.label,
        )
        event.save(update_fields=["version"])
    signal_id = correct(world, conversion)
    run(world)
    with world.scope():
        made = Conversion.objects.get(signal_id=signal_id)
    assert (made.state, made.version_id) == ("sent", conversion.version_id)
    assert json.loads(made.payload)["conversionAction"].endswith("/1001")


def test_a_withdrawal_that_came_to_nothing_can_be_tried_again(world):
    conversion = sent(world)
    signal_id = correct(world, conversion, "retraction")
    run(world)
    with world.scope():
        Conversion.objects.filter(signal_id=signal_id).update(state="failed", reason="CONVERSION_NOT_FOUND")
    assert correct(world, conversion, "retraction") != signal_id


def test_it_restates_again_with_a_later_time(world):
    conversion = sent(world)
    now = timezone.now()
    for seconds, value in ((0, "1"), (2, "2")):
        correct(world, conversion, value=Decimal(value), at=now + timedelta(seconds=seconds))
    with world.scope():
        assert Signal.objects.filter(kind="adjustment").count() == 2


def test_a_form_s_conversion_is_known_by_the_tag_s_own_order_id(world):
    world.make_event("google", "form_submission", at=timezone.now() - timedelta(days=1))
    factories.a_submission(world.form)
    run(world)
    with world.scope():
        conversion = Conversion.objects.get()
        order_id = Signal.objects.get().facts["order_id"]
    signal_id = correct(world, conversion, "retraction")
    run(world)
    with world.scope():
        made = Conversion.objects.get(signal_id=signal_id)
    assert (made.state, json.loads(made.payload)["orderId"]) == ("sent", order_id)


def test_it_judges_a_correction_for_its_own_event_and_no_other(world):
    conversion = sent(world)
    world.make_event("google", "custom_event", at=timezone.now() - timedelta(days=60))
    world.make_event("linkedin", "custom_event", at=timezone.now() - timedelta(days=60))
    signal_id = correct(world, conversion)
    run(world)
    with world.scope():
        assert Conversion.objects.get(signal_id=signal_id).event_id == conversion.event_id


@pytest.mark.parametrize("network", ["facebook", "linkedin"])
def test_it_says_that_a_network_takes_no_corrections(world, network):
    conversion = sent(world, network)
    assert refused(world, conversion) == ("adjustment", "not_taken")
    with world.scope():
        signal = Signal.objects.get(kind="custom_event")
        assert corrections_open(conversions=[conversion], signal=signal, at=timezone.now()) == {conversion.event_id: []}


def test_it_says_that_the_account_s_sign_in_may_not_correct(world):
    conversion = sent(world)
    with world.scope():
        AdAccount.objects.filter(id=conversion.account_id).update(route=DATA_MANAGER_ONLY)
    assert refused(world, conversion) == ("adjustment", "closed")


def test_it_says_that_it_was_never_sent(world):
    world.make_event("google", "custom_event", at=timezone.now() - timedelta(days=1))
    factories.a_completion(world.behaviour)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        conversion = Conversion.objects.get()
    assert conversion.reason == "no_click"
    assert refused(world, conversion) == ("signal_id", "never_sent")


def test_it_says_that_the_window_has_closed(world):
    conversion = sent(world)
    assert refused(world, conversion, at=timezone.now() + timedelta(days=54)) == ("signal_id", "too_late")


@pytest.mark.parametrize("act", ["off", "deleted"])
def test_it_says_that_the_event_sends_nothing_any_more(world, act):
    conversion = sent(world)
    known = {"workspace_id": world.workspace.id, "event_id": conversion.event_id, "by": world.by, "at": timezone.now()}
    with world.scope():
        if act == "off":
            event_switch(**known, on=False)
        else:
            event_delete(**known)
    assert refused(world, conversion) == ("event_id", "event_off")


@pytest.mark.parametrize(
    ("adjustment", "values", "expected"),
    [
        ("restatement", {"value": None}, ("value", "required")),
        ("retraction", {"value": Decimal(1)}, ("value", "not_taken")),
        ("enhancement", {}, ("adjustment", "choice")),
        ("nothing", {}, ("adjustment", "choice")),
    ],
)
def test_it_says_what_is_wrong_with_what_was_asked(world, adjustment, values, expected):
    conversion = sent(world)
    assert refused(world, conversion, adjustment, **values) == expected
    with world.scope():
        assert not Signal.objects.filter(kind="adjustment").exists()


def test_a_correction_cannot_be_corrected(world):
    conversion = sent(world)
    signal_id = correct(world, conversion)
    run(world)
    with world.scope():
        made = Conversion.objects.get(signal_id=signal_id)
    assert refused(world, made) == ("signal_id", "is_correction")


def test_it_finds_nothing_of_another_workspace(world):
    conversion = sent(world)
    rival = make_world("Rival")
    with pytest.raises(NotFound):
        correct(rival, conversion)


def test_withdrawn_consent_holds_a_correction_back(world):
    conversion = sent(world)
    signal_id = correct(world, conversion)
    with world.scope():
        contact = Contact.objects.get(id=conversion.contact_id)
    factories.a_contact(world.workspace, email=str(contact.email), **{world.consent_property: "no"})
    run(world)
    with world.scope():
        assert Conversion.objects.get(signal_id=signal_id).reason == "consent_denied"


def test_it_is_in_the_audit_log_and_explained(world):
    conversion = sent(world)
    signal_id = correct(world, conversion, value=Decimal(7), currency="USD")
    run(world)
    with world.scope():
        entry = Entry.objects.get(action="conversion.correct")
        told = explain(signal_id=signal_id)
        original = Signal.objects.get(id=conversion.signal_id)
        assert [each.id for each in corrections_of(signal=original)] == [signal_id]
    assert entry.actor_label == world.by.label
    assert entry.detail == {
        "signal": str(conversion.signal_id),
        "adjustment": "restatement",
        "value": "7",
        "currency": "USD",
    }
    (story,) = told.stories
    assert told.signal.facts["original"] == str(conversion.signal_id)
    assert [step.code for step in story.steps if step.title == "What is it worth?"] == ["signal"]
    assert all("{" not in step.sentence for step in story.steps)


def test_a_deal_that_changes_corrects_nothing_by_itself(world):
    conversion = sent(world, value_from="deal")
    known = {"workspace_id": world.workspace.id, "object_type": "deals", "at": timezone.now()}
    with world.scope():
        (made,) = records_receive(**known, writes=[Write(properties={"amount": "1000", "dealstage": "closedwon"})])
        assert isinstance(made, Written)
        tie = Link("contacts", conversion.contact_id, "deals", made.record.pk, 4, 3)
        associations_receive(workspace_id=world.workspace.id, links=[tie], at=timezone.now())
        records_receive(**known, writes=[Write(id=str(made.record.pk), properties={"amount": "5"})])
    run(world)
    with world.scope():
        assert Signal.objects.filter(name=str(world.behaviour.id)).count() == Signal.objects.count()


def test_many_corrections_are_judged_in_as_many_queries_as_few(world):
    conversion = sent(world)
    now = timezone.now()

    def queries(count: int, start: int) -> int:
        for number in range(count):
            correct(world, conversion, at=now + timedelta(seconds=start + number))
        with CaptureQueriesContext(connection) as asked:
            flow.judge(workspace_id=world.workspace.id)
        return len(asked)

    queries(1, 200)  # reads what is remembered afterwards
    assert queries(2, 0) == queries(20, 100)
    with world.scope():
        assert Event.objects.count() == 1
        assert Conversion.objects.count() == 24
