"""People between the decision and the sending: who withdraws, is erased, is merged or gets another address."""

import hashlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.core import http
from apps.deliveries.models import Request
from apps.pipeline import flow
from apps.pipeline.explain import explain
from apps.pipeline.intake import records_receive
from apps.pipeline.merging import contacts_merge
from apps.privacy.erasing import person_erase
from apps.records.columns import Write
from tests.faults.conserving import conserved, items_received
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)
JO = "jo@example.com"


def owed(world: World, *emails: str) -> None:
    """A conversion of each of these people that waits for Facebook."""
    world.make_event("facebook")
    for email in emails:
        factories.a_submission(world.form, email=email)
    flow.judge(workspace_id=world.workspace.id)


def send(world: World) -> int:
    return flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)


def again(world: World) -> int:
    """The next try, as if it were due."""
    now = timezone.now()
    with world.scope():
        Conversion.objects.filter(state="waiting").update(due_at=now)
    flow.resume(workspace_id=world.workspace.id, account_ids=[world.facebook.id], at=now)
    return send(world)


def ended(world: World) -> list[tuple[str, str]]:
    with world.scope():
        return sorted(Conversion.objects.values_list("state", "reason"))


def withdraw(world: World) -> None:
    factories.a_contact(world.workspace, email=JO, **{world.consent_property: "no"})


def erase(world: World) -> None:
    with world.scope():
        person_erase(
            workspace_id=world.workspace.id, contact_id=factories.contact_id_of(JO), by=world.by, at=timezone.now()
        )


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def during(act: Callable[[], None], true_call: Callable[..., http.Answer]) -> Callable[..., http.Answer]:
    """The wire, on which something happens elsewhere while the first request is under way."""
    acted: list[bool] = []

    def elsewhere() -> None:
        act()
        connection.close()

    def call(**given: Any) -> http.Answer:
        if not acted:
            acted.append(True)
            other = threading.Thread(target=elsewhere)
            other.start()
            other.join(20)
        return true_call(**given)

    return call


@pytest.mark.fault(53)
def test_f53_what_is_withdrawn_before_its_request_is_built_stays_here(world: World, control: Control) -> None:
    owed(world, JO, "bo@example.com")
    withdraw(world)
    send(world)
    assert ended(world) == [("cancelled", "consent_withdrawn"), ("sent", "")]
    assert control.counts("facebook")[0] == 1
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(53)
def test_f53_what_is_withdrawn_while_it_is_on_its_way_is_told_as_sent_before(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed(world, JO)
    monkeypatch.setattr(http, "call", during(lambda: withdraw(world), http.call))
    send(world)
    assert ended(world) == [("sent", "")]
    with world.scope():
        (story,) = explain(signal_id=Conversion.objects.get().signal_id).stories
    assert "It was sent before consent was withdrawn" in story.summary
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(53)
@pytest.mark.parametrize("fault", [{"drop_after_commit": True}, {"reset": True}, {"status": 503}])
def test_f53_what_is_withdrawn_while_it_is_on_its_way_is_not_tried_again(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]
) -> None:
    owed(world, JO)
    control.fault("facebook", **fault)
    monkeypatch.setattr(http, "call", during(lambda: withdraw(world), http.call))
    send(world)
    before = len(items_received(control.url))
    assert again(world) == 0
    assert ended(world) == [("cancelled", "consent_withdrawn")]
    assert len(items_received(control.url)) == before
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(54)
@pytest.mark.parametrize("fault", [{"drop_after_commit": True}, {"reset": True}, {"status": 503}, {"status": 429}])
def test_f54_who_is_erased_while_a_retry_is_pending_is_not_sent_again(
    world: World, control: Control, fault: dict[str, Any]
) -> None:
    owed(world, JO, "bo@example.com")
    control.fault("facebook", **fault)
    send(world)
    assert [state for state, _ in ended(world)] == ["waiting", "waiting"]
    erase(world)
    again(world)
    assert ended(world) == [("cancelled", "erased"), ("sent", "")]
    tries = [each for each in items_received(control.url) if hashed(JO) in str(each["body"])]
    assert len(tries) == ("drop_after_commit" in fault)
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(54)
def test_f54_what_is_kept_of_a_request_says_nothing_of_the_erased(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed(world, JO)
    monkeypatch.setattr(http, "call", during(lambda: erase(world), http.call))
    send(world)
    assert ended(world) == [("sent", "")]
    with world.scope():
        kept = Conversion.objects.get()
        assert (kept.payload, kept.asked) == ("", "")
        said = " ".join([str(kept.trace), *Request.objects.values_list("answer", flat=True)])
    assert not [name for name in (JO, hashed(JO)) if name in said]
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(55)
def test_f55_what_was_judged_leaves_with_the_address_of_then(world: World, control: Control) -> None:
    owed(world, JO)
    with world.scope():
        number = str(factories.contact_id_of(JO))
        write = Write(properties={"email": "new@example.com"}, id=number)
        records_receive(workspace_id=world.workspace.id, object_type="contacts", writes=[write], at=timezone.now())
    send(world)
    (item,) = items_received(control.url)
    assert item["body"]["user_data"]["em"] == [hashed(JO)]
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(55)
def test_f55_what_was_not_judged_yet_is_judged_with_the_address_of_now(world: World, control: Control) -> None:
    world.make_event("facebook")
    received = factories.a_submission(world.form, email=JO)
    with world.scope():
        write = Write(properties={"email": "new@example.com"}, id=str(received.contact_id))
        records_receive(workspace_id=world.workspace.id, object_type="contacts", writes=[write], at=timezone.now())
    flow.judge(workspace_id=world.workspace.id)
    send(world)
    (item,) = items_received(control.url)
    assert item["body"]["user_data"]["em"] == [hashed("new@example.com")]
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(55)
@pytest.mark.parametrize("fault", [None, {"drop_after_commit": True}])
def test_f55_what_two_contacts_did_leaves_once_after_they_were_merged(
    world: World, control: Control, fault: dict[str, Any] | None
) -> None:
    owed(world, JO, "jo.work@example.com")
    if fault:
        control.fault("facebook", **fault)
        send(world)
    with world.scope():
        frozen = dict(Conversion.objects.values_list("signal_id", "payload"))
        contacts_merge(
            workspace_id=world.workspace.id,
            primary_id=factories.contact_id_of(JO),
            secondary_id=factories.contact_id_of("jo.work@example.com"),
            by=world.by,
            at=timezone.now(),
        )
        assert Conversion.objects.values_list("contact_id", flat=True).distinct().count() == 1
        assert dict(Conversion.objects.values_list("signal_id", "payload")) == frozen
    again(world)
    assert {state for state, _ in ended(world)} <= {"sent", "cancelled"}
    conserved(world.workspace, sandbox_url=control.url)
