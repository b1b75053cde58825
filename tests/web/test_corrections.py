"""Correcting what was sent, on the signal's page."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.core.ids import new_id
from apps.pipeline import flow
from apps.pipeline.intake import associations_receive, records_receive
from apps.records.columns import Write
from apps.records.services import Link, Written
from apps.signals.models import Signal
from apps.workspaces.roles import Role
from tests.support import factories
from tests.support.world import World, make_world
from tests.web.conftest import SignIn


def sent(world: World, network: str = "google") -> str:
    """The address that corrects a conversion which the network took."""
    world.make_event(network, "custom_event", name="Trials", at=timezone.now() - timedelta(days=1))
    factories.a_completion(world.behaviour)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        Conversion.objects.update(state="sent", reason="", network_event_id="c1", currency="EUR")
        conversion = Conversion.objects.get()
    return f"/signals/{conversion.signal_id}/correct/{conversion.event_id}/"


def page_of(address: str) -> str:
    return address.partition("correct/")[0]


@pytest.mark.parametrize("role", Role)
def test_it_offers_a_correction_to_those_who_configure_events(world: World, sign_in: SignIn, role: Role):
    address = sent(world)
    assert (address in sign_in(role).get(page_of(address)).content.decode()) is (role != Role.VIEWER)
    status = sign_in(role).post(address, {"adjustment": "retraction"}).status_code
    assert status == (403 if role == Role.VIEWER else 302)


@pytest.mark.parametrize("network", ["facebook", "linkedin"])
def test_it_offers_none_where_the_network_has_none(world: World, admin: Client, network: str):
    address = sent(world, network)
    assert address not in admin.get(page_of(address)).content.decode()
    answer = admin.post(address, {"adjustment": "retraction"})
    assert answer.status_code == 422


def test_it_restates_with_the_amount_as_it_is_typed_and_goes_on_to_the_correction(world: World, admin: Client):
    address = sent(world)
    page = admin.post(address, {"adjustment": "restatement", "value": "1,250.50", "currency": "usd"}, follow=True)
    with world.scope():
        made = Signal.objects.get(kind="adjustment")
    assert page.redirect_chain[-1][0] == f"/signals/{made.id}/"
    assert Decimal(made.facts["value"]) == Decimal("1250.50")
    assert made.facts["currency"] == "USD"
    text = page.content.decode()
    assert "New value · Trials" in text
    assert page_of(address) in text, "the way back to what it corrects"
    original = admin.get(page_of(address)).content.decode()
    assert f"/signals/{made.id}/" in original, "the way from there to the correction"
    assert "New value · Trials" in admin.get("/signals/").content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"adjustment": "restatement", "value": ""}, "Give the new value"),
        ({"adjustment": "restatement", "value": "many"}, "Give an amount"),
        ({"adjustment": "restatement", "value": "1", "currency": "BTC"}, "three letters"),
        ({"adjustment": "enhancement"}, "Choose what to correct."),
    ],
)
def test_it_says_what_is_wrong_and_corrects_nothing(world: World, admin: Client, given: dict[str, str], said: str):
    answer = admin.post(sent(world), given)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    with world.scope():
        assert not Signal.objects.filter(kind="adjustment").exists()


def test_it_answers_404_for_another_workspaces_conversion(world: World, admin: Client):
    theirs = sent(make_world("Rival"))
    for address in (theirs, f"/signals/{new_id()}/correct/{new_id()}/"):
        assert admin.post(address, {"adjustment": "retraction"}).status_code == 404


def dealt(world: World, conversion: Conversion, amount: str) -> None:
    """The contact's deal, which is won, is of that amount now."""
    now = timezone.now()
    deal = Write(properties={"amount": amount, "dealstage": "closedwon"})
    with world.scope():
        (made,) = records_receive(workspace_id=world.workspace.id, object_type="deals", writes=[deal], at=now)
        assert isinstance(made, Written)
        tie = Link("contacts", conversion.contact_id, "deals", made.record.pk, 4, 3)
        associations_receive(workspace_id=world.workspace.id, links=[tie], at=now)


@pytest.mark.parametrize("network", ["google", "linkedin"])
def test_h14_the_page_says_what_the_deal_now_says_and_restates_nothing(world: World, admin: Client, network: str):
    world.make_event(network, "custom_event", value_from="deal", at=timezone.now() - timedelta(days=1))
    factories.a_completion(world.behaviour)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        Conversion.objects.update(state="sent", reason="", network_event_id="c1", value=25, currency="EUR")
        conversion = Conversion.objects.get()
    address = f"/signals/{conversion.signal_id}/"
    assert "The deal now says" not in admin.get(address).content.decode()
    dealt(world, conversion, "1500")
    flow.judge(workspace_id=world.workspace.id)
    page = admin.get(address).content.decode()
    assert "The deal now says €1,500.00; €25.00 was sent." in page
    assert ('value="1,500.00"' in page) is (network == "google")
    with world.scope():
        again = Conversion.objects.get()
        assert (again.value, again.payload, again.state) == (conversion.value, conversion.payload, "sent")
    if network == "google":
        told = {"adjustment": "restatement", "value": "1,500.00", "currency": "EUR"}
        admin.post(f"{address}correct/{conversion.event_id}/", told)
        assert "The deal now says" not in admin.get(address).content.decode()
