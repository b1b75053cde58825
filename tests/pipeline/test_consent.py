"""Consent between the decision and the sending: a withdrawal reaches whatever has not left, however it would leave."""

import importlib
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.ads.models import LeadNotice
from apps.conversions import claiming
from apps.conversions.models import Conversion
from apps.core import http
from apps.core.actor import SYSTEM
from apps.pipeline import flow, leads
from apps.pipeline.consents import Told, consents_receive
from apps.pipeline.explain import explain
from apps.records.consents import consents_watch
from apps.records.models import ConsentFact, Contact, PropertyDefinition
from apps.records.selectors import consent_history
from apps.records.services import property_create
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.stream import judge, send
from tests.support.withdrawing import ASKED, ended, withdraw
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)
WITHDRAWN = ("cancelled", "consent_withdrawn")


def told(world: World) -> str:
    """The sentence on top of the only signal's story."""
    with world.scope():
        (story,) = explain(signal_id=Conversion.objects.get().signal_id).stories
    return story.summary


@pytest.mark.parametrize("value", ["no", "", "maybe"])
def test_a11_a_withdrawal_ends_what_waits_in_its_own_transaction(world, sandbox, value):
    world.make_event("facebook")
    factories.a_submission(world.form, email="jo@example.com")
    factories.a_submission(world.form, email="other@example.com")
    judge(world)
    withdraw(world, value=value)
    assert ended(world) == [WITHDRAWN, ("waiting", "")]
    send(world)
    assert ended(world) == [WITHDRAWN, ("sent", "")]
    assert sandbox.ledger()["counts"]["facebook"]["accepted"] == 1


def test_a11_a_form_that_takes_consent_back_reaches_what_an_earlier_one_made(world):
    world.make_event("facebook")
    factories.a_submission(world.form, email="jo@example.com")
    judge(world)
    factories.a_submission(world.form, email="jo@example.com", **{ASKED: "no"})
    assert ended(world) == [WITHDRAWN]


def test_a11_another_value_that_means_yes_withdraws_nothing(world):
    world.make_event("facebook", consent_values=("yes", "granted"))
    factories.a_submission(world.form, email="jo@example.com")
    judge(world)
    withdraw(world, value="granted")
    assert ended(world) == [("waiting", "")]


def test_a11_only_events_that_ask_lose_what_waits(world):
    world.make_event("facebook", "stage_change", consent_property="", consent_values=())
    world.make_event("linkedin", "stage_change")
    seen = str(int((timezone.now() - timedelta(days=3)).timestamp() * 1000))
    lead = {"lead_id": "123456789012345", "lead_id_first_seen": seen}
    factories.a_contact(world.workspace, email="jo@example.com", lifecyclestage="customer", **lead)
    judge(world)
    withdraw(world)
    assert ended(world) == [WITHDRAWN, ("waiting", "")]


def test_a11_a_form_told_late_does_not_give_back_what_was_withdrawn_since(world):
    world.make_event("facebook", at=timezone.now() - timedelta(days=5))
    withdraw(world)
    factories.a_submission(world.form, email="jo@example.com", at=timezone.now() - timedelta(days=2))
    judge(world)
    assert ended(world) == [("blocked", "consent_denied")]
    with world.scope():
        contact_id = Contact.objects.get(email="jo@example.com").pk
        assert [fact.value for fact in consent_history(contact_id)] == ["no", "yes"]
        assert consent_history(contact_id)[1].source == f"form:{world.form.id}"


def test_a11_a_visitors_slow_clock_does_not_lose_a_withdrawal(world):
    world.make_event("facebook", at=timezone.now() - timedelta(days=5))
    withdraw(world, value="yes")
    late = timezone.now() - timedelta(minutes=20)
    factories.a_submission(world.form, email="jo@example.com", at=late, **{ASKED: "no"})
    with world.scope():
        assert Contact.objects.get(email="jo@example.com").properties[ASKED] == "no"


def test_a11_what_a_judge_that_read_before_the_withdrawal_still_owed_does_not_leave(world, sandbox):
    world.make_event("facebook")
    received = factories.a_submission(world.form, email="jo@example.com")
    judge(world)
    with world.scope():  # past the way in, so that only claiming can see it
        Contact.objects.filter(id=received.contact_id).update(properties={"email": "jo@example.com", ASKED: "no"})
    send(world)
    assert ended(world) == [WITHDRAWN]
    assert sandbox.ledger()["counts"]["facebook"]["requests"] == 0


def test_a11_a_retry_does_not_leave_after_a_withdrawal(world, sandbox):
    world.make_event("facebook")
    factories.a_submission(world.form, email="jo@example.com")
    judge(world)
    Control(sandbox.url).fault("facebook", status=503)
    send(world)
    assert [state for state, _ in ended(world)] == ["waiting"]
    withdraw(world)
    assert ended(world) == [WITHDRAWN]


def test_a11_what_a_crashed_worker_held_does_not_leave_after_a_withdrawal(world, sandbox):
    world.make_event("facebook")
    factories.a_submission(world.form, email="jo@example.com")
    judge(world)
    with world.scope():
        Conversion.objects.update(state="sending", leased_until=timezone.now() - timedelta(seconds=1))
    withdraw(world)
    flow.sweep()
    send(world)
    assert ended(world) == [WITHDRAWN]
    assert sandbox.ledger()["counts"]["facebook"]["requests"] == 0


def test_a11_what_is_withdrawn_while_a_request_is_narrowed_down_stays_here(world, sandbox, monkeypatch):
    world.make_event("facebook")
    for number in range(8):
        factories.a_submission(world.form, email=f"p{number}@example.com")
    judge(world)
    # Refused as a whole, and the answer names none of them: the halves leave at once.
    Control(sandbox.url).fault("facebook", status=400, body={"error": {"code": 100, "error_subcode": 2804050}})
    true_call, sizes = http.call, []

    def withdrawn_after_the_first(**call: Any) -> http.Answer:
        answer = true_call(**call)
        sizes.append(call["body"].count(b'"event_id"'))
        if len(sizes) == 1:
            withdraw(world, "p7@example.com")
        return answer

    monkeypatch.setattr(http, "call", withdrawn_after_the_first)
    send(world)
    monkeypatch.setattr(http, "call", true_call)
    assert sizes == [8, 4, 3]
    assert ended(world) == [WITHDRAWN, *[("sent", "")] * 7]
    with world.scope():
        kept = Conversion.objects.get(state="cancelled")
        assert Contact.objects.get(id=kept.contact_id).email == "p7@example.com"


def test_a11_what_left_before_is_sent_and_its_page_says_so(world, monkeypatch):
    world.make_event("facebook")
    factories.a_submission(world.form, email="jo@example.com")
    judge(world)
    true_call = http.call

    def withdrawn_on_the_way(**call: Any) -> http.Answer:
        withdraw(world)
        return true_call(**call)

    monkeypatch.setattr(http, "call", withdrawn_on_the_way)
    send(world)
    assert ended(world) == [("sent", "")]
    assert "It was sent before consent was withdrawn, on 20" in told(world)


def test_a11_its_page_tells_a_withdrawal_that_was_told_after_the_sending(world):
    world.make_event("facebook")
    at = timezone.now()
    factories.a_contact(world.workspace, email="jo@example.com", **{ASKED: ""})
    facts = [("yes", at - timedelta(days=4)), ("no", at - timedelta(days=1))]
    for value, given_at in facts:
        with world.scope():
            fact = Told(email="jo@example.com", property=ASKED, value=value, given_at=given_at)
            consents_receive(workspace_id=world.workspace.id, told=[fact], by=SYSTEM, at=timezone.now())
        if value == "yes":
            factories.a_completion(world.behaviour, email="jo@example.com")
            world.make_event("linkedin", "custom_event", at=at)
            judge(world)
            send(world)
            assert ended(world) == [("sent", "")]
            assert "withdrawn" not in told(world)
    assert "That consent had been withdrawn on 20" in told(world)
    assert "was told on 20" in told(world)


def test_a11_what_is_claimed_while_consent_is_being_withdrawn_left_before_it(world, sandbox, monkeypatch):
    world.make_event("facebook")
    factories.a_submission(world.form, email="jo@example.com")
    judge(world)
    true_read, taking, done = claiming.properties_of, threading.Event(), []

    def taken_back() -> None:
        taking.wait(10)
        withdraw(world)
        done.append(timezone.now())
        connection.close()

    def slow(contact_ids: Any) -> Any:
        taking.set()
        other.join(0.5)  # the withdrawal waits for the claim's rows, and so for the claim to be committed
        assert not done
        return true_read(contact_ids)

    other = threading.Thread(target=taken_back)
    other.start()
    monkeypatch.setattr(claiming, "properties_of", slow)
    send(world)
    other.join(10)
    assert done
    assert ended(world) == [("sent", "")]
    assert "It was sent before consent was withdrawn" in told(world)


def test_h08_a_lead_that_is_taken_back_takes_its_consent_along(world):
    notice = LeadNotice(workspace_id=world.workspace.id, lead_id="L1", deleted=True)
    contact_id = factories.a_contact(world.workspace, email="jo@example.com")
    with world.scope():
        property_create(workspace_id=world.workspace.id, object_type="contacts", name="lead_consent_ads", label="Ads")
        consents_watch(workspace_id=world.workspace.id, names=["lead_consent_ads"], at=timezone.now())
    factories.a_contact(world.workspace, email="jo@example.com", lead_id="L1", lead_consent_ads="yes")
    with world.scope():
        leads._removed(notice, timezone.now())
        assert "lead_consent_ads" not in Contact.objects.get(id=contact_id).properties
        assert [(fact.value, fact.source) for fact in consent_history(contact_id)] == [("", "lead"), ("yes", "api")]


def test_a11_an_error_while_consent_is_asked_sends_nothing(world, sandbox, monkeypatch):
    world.make_event("facebook")
    factories.a_submission(world.form)
    judge(world)

    def broken(*args: Any) -> Any:
        raise RuntimeError("the consent rules cannot be read")

    monkeypatch.setattr(claiming, "withdrawn", broken)
    with pytest.raises(RuntimeError):
        send(world)
    assert ended(world) == [("waiting", "")]
    assert sandbox.ledger()["counts"]["facebook"]["requests"] == 0


def test_h08_what_events_ask_for_that_were_there_before_facts_were_kept_is_found(world):
    world.make_event("facebook")
    contact_id = factories.a_contact(world.workspace, **{ASKED: "yes"})
    with world.scope():
        PropertyDefinition.objects.update(is_consent=False)
        ConsentFact.objects.all().delete()
    migration = importlib.import_module("apps.conversions.migrations.0006_consent")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(migration._WATCH)
    with world.scope():
        assert list(PropertyDefinition.objects.filter(is_consent=True).values_list("name", flat=True)) == [ASKED]
        assert [(fact.value, fact.source) for fact in consent_history(contact_id)] == [("yes", "as_found")]
