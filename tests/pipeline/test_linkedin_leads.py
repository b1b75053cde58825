"""A lead fills in a lead gen form: from LinkedIn's webhook to a contact, and on to the stage that goes back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.ads import leadgen
from apps.ads.asking import NotThere
from apps.ads.models import LeadNotice, LeadSource
from apps.conversions.models import Conversion
from apps.domain.facts import Trigger
from apps.pipeline import flow
from apps.pipeline.leads import leads_receive
from apps.records.models import Contact
from apps.tracking.models import AdClick
from tests.conftest import Sandbox
from tests.sandbox.callers import Control
from tests.sandbox.listener import Listener
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
HOOK = "/hooks/leads/linkedin/sandbox/"
ACCOUNT = "507001001"
ANSWERS = [
    {"question": "firstName", "value": "Anneke"},
    {"question": "emailAddress", "value": "Anneke@example.nl"},
    {"question": "companyName", "value": "Bakkerij & Zonen"},
    {"question": "How many vans?", "value": "12"},
]


@dataclass
class Leads:
    """A workspace that receives the leads of the sandbox's ad account, and the way that deliveries take to it."""

    world: World
    control: Control
    listener: Listener

    def button(self, method: str, path: str, **given: Any) -> Any:
        """Press one of the sandbox's buttons."""
        answer = self.control.session.request(
            method, f"{self.control.url}/linkedin/_sandbox/{path}", timeout=10, **given
        )
        answer.raise_for_status()
        return answer.json()

    def filled(self, **given: Any) -> str:
        """Somebody fills in the form; the lead's id."""
        return str(self.button("POST", "fill-in", json={"answers": ANSWERS, "test": False} | given)["lead"])

    def delivered(self, **headers: str) -> int:
        """Bring the last delivery to convsync's own door, as it came; the answer's status."""
        heard = self.listener.heard[-1]
        given = {"HTTP_X_LI_SIGNATURE": heard.headers["X-LI-Signature"]} | headers
        return Client().post(HOOK, heard.body, content_type="application/json", **given).status_code

    def received(self) -> list[dict[str, Any]]:
        """Work off the inbox; the contacts."""
        leads_receive(workspace_id=self.world.workspace.id)
        with self.world.scope():
            return [dict(each.properties) for each in Contact.objects.order_by("id")]


def chosen(world: World) -> int:
    with world.scope():
        connection_id = world.linkedin.connection_id
    return leadgen.sources_choose(
        workspace_id=world.workspace.id,
        connection_id=connection_id,
        external_ids=[ACCOUNT],
        by=world.by,
        at=timezone.now(),
    )


@pytest.fixture
def leads(sandbox: Sandbox, settings: Any) -> Iterator[Leads]:
    """The ad account chosen, which LinkedIn allowed after challenging the address; its first look back done."""
    control = Control(sandbox.url)
    control.restore()
    listener = Listener(lambda query: Client().get(HOOK, query).content)
    settings.BASE_URL = listener.url.removesuffix("/leads")
    world = make_world()
    assert chosen(world) == 1
    leads_receive(workspace_id=world.workspace.id)
    yield Leads(world, control, listener)
    listener.close()
    control.restore()


def test_linkedin_a27_it_passes_the_challenge_whenever_linkedin_repeats_it(leads: Leads) -> None:
    assert leads.listener.challenges == 1
    (webhook,) = leads.button("POST", "challenge")["webhooks"]
    assert webhook["failures"] == 0
    assert leads.listener.challenges == 2


def test_linkedin_a27_it_receives_no_leads_at_an_address_that_fails_the_challenge(
    sandbox: Sandbox, settings: Any
) -> None:
    listener = Listener(lambda _: b"{}")
    settings.BASE_URL = listener.url.removesuffix("/leads")
    world = make_world()
    with pytest.raises(NotThere, match="WEBHOOK_VALIDATION_FAILED"):
        chosen(world)
    listener.close()
    with world.scope():
        assert not LeadSource.objects.exists()


def test_linkedin_a27_it_makes_a_contact_of_a_lead_told_by_webhook(leads: Leads) -> None:
    lead_id = leads.filled(campaign="600001")
    assert leads.delivered() == 200
    (contact,) = leads.received()
    assert contact["lead_id"] == lead_id
    assert (contact["firstname"], contact["email"].lower()) == ("Anneke", "anneke@example.nl")
    assert contact["company"] == "Bakkerij & Zonen"
    assert contact["lead_form_answers"] == "How many vans?: 12"


def test_linkedin_a27_it_receives_a_lead_once_however_often_it_is_told(leads: Leads) -> None:
    lead_id = leads.filled(deliveries=3)
    assert len(leads.listener.heard) == 3
    assert [leads.delivered() for _ in range(3)] == [200] * 3
    leads.received()
    assert leads.delivered() == 200
    leads.received()
    with leads.world.scope():
        assert [notice.lead_id for notice in LeadNotice.objects.all()] == [lead_id]
        assert AdClick.objects.filter(kind="lead_id").count() == 1
        assert Contact.objects.count() == 1


def test_linkedin_a27_it_believes_nothing_that_linkedin_did_not_sign(leads: Leads) -> None:
    leads.filled()
    assert leads.delivered(HTTP_X_LI_SIGNATURE="00") == 403
    assert leads.received() == []


def test_linkedin_a27_it_removes_personal_data_when_the_lead_is_deleted(leads: Leads) -> None:
    lead_id = leads.filled()
    leads.delivered()
    leads.received()
    leads.button("DELETE", f"leads/{lead_id}")
    assert leads.delivered() == 200
    assert leads.received() == [{}]
    with leads.world.scope():
        assert not AdClick.objects.filter(kind="lead_id").exists()
        assert sorted(LeadNotice.objects.values_list("deleted", flat=True)) == [False, True]


def test_it_finds_a_lead_that_no_webhook_told_of_by_asking(leads: Leads) -> None:
    lead_id = leads.filled()  # heard by the listener, and never brought to convsync's door
    with leads.world.scope():
        LeadSource.objects.update(poll_due_at=timezone.now())
    (contact,) = leads.received()
    assert contact["lead_id"] == lead_id


def test_linkedin_a12_it_makes_no_contact_and_so_no_conversion_of_a_test_lead(leads: Leads) -> None:
    leads.world.make_event("linkedin", Trigger.STAGE_CHANGE, trigger_name="lead")
    leads.filled(test=True)
    assert leads.delivered() == 200
    assert leads.received() == []
    flow.judge(workspace_id=leads.world.workspace.id)
    with leads.world.scope():
        assert LeadNotice.objects.get().became == "test"
        assert not Conversion.objects.exists()


def test_l02_it_sends_a_stage_back_with_the_lead_and_all_that_is_shared(leads: Leads, sandbox: Sandbox) -> None:
    shared = ("email", "firstname", "lastname", "jobtitle", "company", "country", "external_id")
    leads.world.make_event("linkedin", Trigger.STAGE_CHANGE, shared_fields=shared)
    lead_id = leads.filled()
    leads.delivered()
    leads.received()
    factories.a_contact(
        leads.world.workspace,
        email="anneke@example.nl",
        lastname="de Vries",
        jobtitle="Baker",
        country="Nederland",
        external_id="crm-1",
        li_fat_id="df5gf5-gh6t7-ph4j7h-fgf6n1",
        lifecyclestage="customer",
    )
    flow.judge(workspace_id=leads.world.workspace.id)
    flow.send(workspace_id=leads.world.workspace.id, account_id=leads.world.linkedin.id)
    (sent,) = sandbox.ledger("linkedin")["items"]
    user = sent["body"]["user"]
    assert user["lead"] == f"urn:li:leadGenFormResponse:{lead_id}"
    assert user["userInfo"] == {
        "firstName": "Anneke",
        "lastName": "de Vries",
        "title": "Baker",
        "companyName": "Bakkerij & Zonen",
        "countryCode": "NL",
    }
    assert user["externalIds"] == ["crm-1"]
    kinds = {each["idType"]: each["idValue"] for each in user["userIds"]}
    assert set(kinds) == {"SHA256_EMAIL", "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID"}
    assert len(kinds["SHA256_EMAIL"]) == 64
    assert sent["body"]["conversionValue"] == {"currencyCode": "EUR", "amount": "25.00"}
