"""A lead fills in a form of a lead ad: from Facebook's webhook to a contact, and on to the stage that goes back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.ads import leadgen
from apps.ads.asking import SANDBOX_APPS
from apps.ads.models import LeadNotice, LeadSource
from apps.conversions.models import Conversion
from apps.domain.facts import Trigger
from apps.pipeline import flow
from apps.pipeline.leads import leads_receive
from apps.records.models import Contact
from apps.tracking.models import AdClick
from tests.conftest import Sandbox
from tests.sandbox.callers import Control
from tests.sandbox.leadads import FORM, PAGE, Desk
from tests.sandbox.listener import Listener
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
HOOK = "/hooks/leads/facebook/"
ANSWERS = [
    {"name": "full_name", "values": ["Anneke de Vries"]},
    {"name": "email", "values": ["Anneke@example.nl"]},
    {"name": "which_colour", "values": ["blue"]},
]


@dataclass
class Leads:
    """A workspace that receives the leads of the sandbox's page, and the way that deliveries take to it."""

    world: World
    desk: Desk
    listener: Listener

    def filled(self, **given: Any) -> list[str]:
        """Somebody fills in the form; the ids of the leads, the newest first."""
        self.desk.button("fill-in", form=FORM, **{"answers": ANSWERS} | given)
        return self.desk.leads()

    def delivered(self, **headers: str) -> int:
        """Bring the last delivery to convsync's own door, as it came; the answer's status."""
        heard = self.listener.heard[-1]
        signed = {name.upper().replace("-", "_"): value for name, value in heard.headers.items()}
        given = {f"HTTP_{name}": value for name, value in signed.items() if name.startswith("X_HUB")} | headers
        return Client().post(HOOK, heard.body, content_type="application/json", **given).status_code

    def received(self) -> list[dict[str, Any]]:
        """Work off the inbox; the contacts."""
        leads_receive(workspace_id=self.world.workspace.id)
        with self.world.scope():
            return [dict(each.properties) for each in Contact.objects.order_by("id")]


@pytest.fixture
def leads(sandbox: Sandbox) -> Iterator[Leads]:
    """The page chosen, the app's webhook subscribed, its first look back done."""
    control = Control(sandbox.url)
    control.restore()
    world = make_world()
    with world.scope():
        connection = world.facebook.connection
    chosen = leadgen.sources_choose(
        workspace_id=world.workspace.id,
        connection_id=connection.id,
        external_ids=[PAGE],
        by=world.by,
        at=timezone.now(),
    )
    assert chosen == 1
    desk, listener = Desk(control), Listener(lambda query: Client().get(HOOK, query).content)
    verify = leadgen.verify_token(SANDBOX_APPS["facebook"])
    desk.subscribe_app(listener.url, verify_token=verify).raise_for_status()
    leads_receive(workspace_id=world.workspace.id)
    yield Leads(world, desk, listener)
    listener.close()
    control.restore()


def test_b09_a_lead_becomes_a_contact_with_its_lead_id(leads: Leads) -> None:
    (lead_id,) = leads.filled(disclaimers=[{"checkbox_key": "newsletter", "is_checked": True}])
    assert leads.delivered() == 200
    (contact,) = leads.received()
    assert contact["lead_id"] == lead_id
    assert (contact["firstname"], contact["lastname"]) == ("Anneke", "de Vries")
    assert contact["lead_consent_newsletter"] == "yes"
    assert contact["lead_form_answers"] == "which_colour: blue"
    with leads.world.scope():
        assert AdClick.objects.get(kind="lead_id").value == lead_id


def test_meta_30_several_leads_in_one_delivery_told_twice_are_each_received_once(leads: Leads) -> None:
    ids = leads.filled(leads=3, answers=[])
    assert leads.delivered() == leads.delivered() == 200
    leads.received()
    with leads.world.scope():
        assert sorted(LeadNotice.objects.values_list("lead_id", flat=True)) == sorted(ids)
        assert sorted(AdClick.objects.filter(kind="lead_id").values_list("value", flat=True)) == sorted(ids)


def test_meta_30_what_facebook_did_not_sign_is_not_believed(leads: Leads) -> None:
    leads.filled()
    assert leads.delivered(HTTP_X_HUB_SIGNATURE_256="sha256=00") == 403
    assert leads.received() == []


def test_meta_30_a_lead_that_no_webhook_told_of_is_found_by_asking(leads: Leads) -> None:
    (lead_id,) = leads.filled(silent=True)
    assert not leads.listener.heard
    with leads.world.scope():
        LeadSource.objects.update(poll_due_at=timezone.now())
    (contact,) = leads.received()
    assert contact["lead_id"] == lead_id


def test_meta_30_a_test_lead_makes_no_contact(leads: Leads) -> None:
    leads.filled(test=True)
    assert leads.delivered() == 200
    assert leads.received() == []
    with leads.world.scope():
        assert LeadNotice.objects.get().became == "test"


def test_meta_30_a_lead_joins_the_contact_that_has_its_address(leads: Leads) -> None:
    factories.a_contact(leads.world.workspace, email="anneke@example.nl", firstname="Anna")
    (lead_id,) = leads.filled()
    leads.delivered()
    (contact,) = leads.received()
    assert contact["lead_id"] == lead_id


def test_b06_a_lead_that_becomes_a_customer_goes_back_to_facebook_with_its_lead_id(
    leads: Leads, sandbox: Sandbox
) -> None:
    leads.world.make_event("facebook", Trigger.STAGE_CHANGE)
    (lead_id,) = leads.filled()
    leads.delivered()
    leads.received()
    factories.a_contact(leads.world.workspace, email="anneke@example.nl", lifecyclestage="customer")
    flow.judge(workspace_id=leads.world.workspace.id)
    flow.send(workspace_id=leads.world.workspace.id, account_id=leads.world.facebook.id)
    with leads.world.scope():
        assert [each.state for each in Conversion.objects.all()] == ["sent"]
    (sent,) = sandbox.ledger("facebook")["items"]
    assert str(sent["body"]["user_data"]["lead_id"]) == lead_id
