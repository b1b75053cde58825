"""Consent to personalised ads, beside consent to sharing: asked again before anything leaves."""

from typing import Any

import pytest

from apps.records.models import Contact
from apps.records.services import property_create
from tests.support import factories
from tests.support.stream import judge, send
from tests.support.withdrawing import ADS, ASKED, ended, withdraw
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def asks_for_ads(world: World, network: str = "facebook", **values: Any) -> None:
    with world.scope():
        property_create(workspace_id=world.workspace.id, object_type="contacts", name=ADS, label="Ads")
    world.make_event(network, personalisation_property=ADS, personalisation_values=("on",), **values)


def test_meta_25_what_was_frozen_with_a_yes_to_personalised_ads_does_not_leave_after_a_no(world, sandbox):
    asks_for_ads(world)
    for name, said in (("jo", "on"), ("bo", "off")):
        factories.a_submission(world.form, email=f"{name}@example.com")
        factories.a_contact(world.workspace, email=f"{name}@example.com", **{ADS: said})
    judge(world)
    for name in ("jo", "bo"):
        withdraw(world, f"{name}@example.com", "yes", **{ADS: ""})
    assert ended(world) == [("cancelled", "personalisation_withdrawn"), ("waiting", "")]
    send(world)
    (left,) = sandbox.ledger("facebook")["items"]
    assert left["body"]["opt_out"] is True


def test_meta_25_claiming_asks_for_personalised_ads_again(world, sandbox):
    asks_for_ads(world)
    factories.a_contact(world.workspace, email="jo@example.com", **{ADS: "on"})
    received = factories.a_submission(world.form, email="jo@example.com")
    judge(world)
    with world.scope():
        Contact.objects.filter(id=received.contact_id).update(properties={"email": "jo@example.com", ASKED: "yes"})
    send(world)
    assert ended(world) == [("cancelled", "personalisation_withdrawn")]
    assert sandbox.ledger()["counts"]["facebook"]["requests"] == 0


def test_linkedin_a26_a_network_without_a_field_for_it_is_not_asked_to_personalise(world):
    with pytest.raises(Exception, match="LinkedIn has no field for it") as refused:
        asks_for_ads(world, "linkedin")
    assert [fault.field for fault in refused.value.faults] == ["personalisation_property"]
