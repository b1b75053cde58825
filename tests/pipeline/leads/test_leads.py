"""Leads come in at the networks' forms and become contacts: told by a signed webhook, or found by asking (B09)."""

from datetime import timedelta
from uuid import uuid4

import pytest
import requests
from django.utils import timezone

from apps.ads import leadgen
from apps.ads.models import LeadNotice, LeadSource
from apps.ads.registry import NETWORKS
from apps.audit.models import Entry
from apps.conversions.models import Conversion
from apps.core import http, shared
from apps.deliveries.circuits import everybodys
from apps.domain.breaker import OPENS_AFTER
from apps.pipeline import flow
from apps.pipeline.leads import leads_receive
from apps.records.models import Contact
from apps.tracking.models import AdClick
from tests.conftest import Sandbox
from tests.pipeline.leads.forms import SOURCES, filled_in, post, receives, signed, told
from tests.sandbox.callers import Control
from tests.support.world import World

each_network = pytest.mark.parametrize("network", SOURCES)


def work(world: World) -> None:
    leads_receive(workspace_id=world.workspace.id)


@each_network
def test_b09_a_lead_that_is_told_becomes_a_contact_with_its_lead_id(world: World, control: Control, network: str):
    source = receives(world, network)
    work(world)
    filled_in(control, network)
    with world.scope():
        (notice,) = LeadNotice.objects.filter(source_id=source.id)
        assert notice.done_at is None
    work(world)
    with world.scope():
        notice = LeadNotice.objects.get(source_id=source.id)
        contact = Contact.objects.get(id=notice.contact_id or 0)
        assert notice.became == "made"
        assert contact.email
        assert contact.properties["lead_id"] == notice.lead_id
        assert contact.lifecycle_stage == "lead"
        assert AdClick.objects.get(contact_id=contact.id, kind="lead_id").value == notice.lead_id


@each_network
def test_b09_a_lead_that_nobody_told_of_is_found_by_asking(world: World, control: Control, network: str):
    source = receives(world, network)
    filled_in(control, network)
    with world.scope():
        LeadNotice.objects.all().delete()  # as if the webhook had been lost
        LeadSource.objects.update(poll_due_at=timezone.now())
    work(world)
    with world.scope():
        assert LeadNotice.objects.get(source_id=source.id).became == "made"


@each_network
def test_it_asks_for_no_lead_a_second_time_that_polling_brought(
    world: World, control: Control, network: str, monkeypatch: pytest.MonkeyPatch
):
    receives(world, network)
    work(world)
    filled_in(control, network)
    with world.scope():
        LeadNotice.objects.all().delete()  # as if the webhook had been lost
        LeadSource.objects.update(poll_due_at=timezone.now())
    monkeypatch.setattr(leadgen, "lead_fetch", pytest.fail)
    work(world)
    with world.scope():
        assert LeadNotice.objects.get().became == "made"


@each_network
def test_meta_30_a_lead_told_again_and_again_is_one_contact(world: World, control: Control, network: str):
    receives(world, network)
    filled_in(control, network)
    work(world)
    with world.scope():
        LeadSource.objects.update(poll_due_at=timezone.now())
    work(world)
    with world.scope():
        assert Contact.objects.count() == 1
        assert LeadNotice.objects.count() == 1


def test_meta_30_several_leads_in_one_delivery_told_twice_are_each_received_once(world: World, control: Control):
    receives(world, "facebook")
    filled_in(control, "facebook", answers=[], leads=3, deliveries=2)
    work(world)
    with world.scope():
        assert sorted(LeadNotice.objects.values_list("became", flat=True)) == ["made"] * 3
        ids = list(AdClick.objects.filter(kind="lead_id").values_list("value", flat=True))
    assert len(set(ids)) == 3
    assert all(each.isdecimal() and len(each) == 17 for each in ids)


def test_b09_a_page_is_received_by_asking_where_facebook_cannot_reach_us(
    world: World, control: Control, settings: object
):
    settings.BASE_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    source = receives(world, "facebook")
    filled_in(control, "facebook")
    with world.scope():
        assert not LeadNotice.objects.exists()
        LeadSource.objects.update(poll_due_at=timezone.now())
    work(world)
    with world.scope():
        assert LeadNotice.objects.get(source_id=source.id).became == "made"


def test_b09_a_lead_updates_the_contact_that_has_its_address(world: World, control: Control):
    receives(world, "facebook")
    with world.scope():
        before = Contact.objects.create(
            workspace_id=world.workspace.id,
            email="anna@example.com",
            properties={"email": "anna@example.com", "firstname": "An"},
            created_at=timezone.now(),
            updated_at=timezone.now(),
        )
    filled_in(control, "facebook")
    work(world)
    with world.scope():
        contact = Contact.objects.get()
        assert contact.id == before.id
        assert contact.properties["lead_form_answers"] == "favourite_colour: Green"
        assert LeadNotice.objects.get().became == "updated"


def test_meta_30_consent_answers_are_kept_as_properties(world: World, control: Control):
    receives(world, "facebook")
    filled_in(control, "facebook", disclaimers=[{"checkbox_key": "marketing", "is_checked": True}])
    work(world)
    with world.scope():
        assert Contact.objects.get().properties["lead_consent_marketing"] == "yes"


@each_network
def test_linkedin_a12_a_test_lead_makes_no_contact(world: World, control: Control, network: str):
    receives(world, network)
    filled_in(control, network, test=True)
    work(world)
    with world.scope():
        assert LeadNotice.objects.get().became == "test"
        assert not Contact.objects.exists()


def test_b06_a_stage_of_a_lead_reaches_facebook_with_its_lead_id(world: World, control: Control, sandbox: Sandbox):
    since = timezone.now() - timedelta(minutes=1)  # Facebook tells the lead's moment in whole seconds
    world.make_event("facebook", "stage_change", at=since, trigger_name="lead", consent_property="", consent_values=())
    receives(world, "facebook")
    filled_in(control, "facebook")
    work(world)
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    with world.scope():
        conversion = Conversion.objects.get()
        lead_id = LeadNotice.objects.get().lead_id
    assert conversion.state == "sent", conversion.trace
    assert lead_id in conversion.payload
    assert sandbox.ledger("facebook")["counts"]["facebook"]["accepted"] == 1


def test_linkedin_a27_a_lead_that_is_deleted_takes_its_contact_along(world: World, control: Control):
    receives(world, "linkedin")
    filled_in(control, "linkedin")
    work(world)
    with world.scope():
        lead_id = LeadNotice.objects.get().lead_id
        assert Contact.objects.exists()
    requests.delete(
        f"{control.url}/linkedin/_sandbox/leads/{lead_id.rpartition(':')[2]}", timeout=20
    ).raise_for_status()
    work(world)
    with world.scope():
        assert not AdClick.objects.filter(kind="lead_id").exists()
        contact = Contact.objects.get()
        assert (contact.properties, contact.email) == ({}, None)
        assert LeadNotice.objects.get(deleted=True).became == "removed"


def test_a_lead_whose_network_is_away_is_tried_again_and_not_lost(world: World, control: Control):
    receives(world, "facebook")
    work(world)
    filled_in(control, "facebook")
    control.fault("facebook", status=503, times=3)
    work(world)
    with world.scope():
        notice = LeadNotice.objects.get()
        assert (notice.done_at, notice.tries) == (None, 1)
        LeadNotice.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    control.call("DELETE", "faults").raise_for_status()
    work(world)
    with world.scope():
        assert LeadNotice.objects.get().became == "made"


def test_a_source_that_is_no_longer_chosen_is_received_no_more_and_the_audit_log_says_so(
    world: World, control: Control
):
    receives(world, "facebook")
    leadgen.sources_choose(
        workspace_id=world.workspace.id,
        connection_id=world.facebook.connection_id,
        external_ids=[],
        by=world.by,
        at=timezone.now(),
    )
    with world.scope():
        assert not LeadSource.objects.exists()
        acts = Entry.objects.filter(action__startswith="lead_source.").order_by("at").values_list("action", flat=True)
        assert list(acts) == ["lead_source.connect", "lead_source.disconnect"]
    assert post(told(), signed(told())) == 200
    with world.scope():
        assert not LeadNotice.objects.exists()


def nobody_home(network: str) -> None:
    """Others have found the network down."""
    for _ in range(OPENS_AFTER):
        everybodys(NETWORKS[network], "sandbox", who=uuid4()).failed(timezone.now())


@each_network
def test_fault_28_a_network_that_all_know_to_be_down_is_not_asked_for_leads(
    world: World, control: Control, network: str, monkeypatch: pytest.MonkeyPatch
):
    source = receives(world, network)
    work(world)
    filled_in(control, network)
    with world.scope():
        LeadSource.objects.update(poll_due_at=timezone.now())
    nobody_home(network)
    monkeypatch.setattr(http, "call", pytest.fail)
    work(world)
    monkeypatch.undo()
    soon = timezone.now() + timedelta(minutes=1)
    with world.scope():
        notice = LeadNotice.objects.get(source_id=source.id)
        assert (notice.done_at, notice.tries) == (None, 0)
        assert notice.due_at is not None
        assert notice.due_at < soon
        assert LeadSource.objects.get(id=source.id).poll_due_at < soon
        LeadNotice.objects.update(due_at=timezone.now())
    shared.client().delete(*shared.client().scan_iter("circuit:*"))
    work(world)
    with world.scope():
        assert LeadNotice.objects.get(source_id=source.id).became == "made"


@each_network
def test_fault_28_once_nobody_answers_the_other_leads_wait_without_a_try(world: World, control: Control, network: str):
    source = receives(world, network)
    work(world)
    for _ in range(3):
        filled_in(control, network)
    control.fault(network, status=503)
    work(world)
    with world.scope():
        tries = list(LeadNotice.objects.filter(source_id=source.id, done_at=None).values_list("tries", flat=True))
    assert sorted(tries) == [0, 0, 1]
