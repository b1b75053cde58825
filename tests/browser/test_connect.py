"""A first hour in the browser, against the sandbox: connect a network, make each kind of event, see it arrive."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.ads.models import AdAccount, ConversionAction
from apps.connections.models import Connection
from apps.conversions.models import Conversion
from apps.domain.facts import Trigger
from apps.pipeline import flow
from tests.browser.conftest import PHONE
from tests.conftest import Sandbox
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.world import World


@dataclass(frozen=True)
class Case:
    """A network as this story meets it. `agrees` is the button of its consent page."""

    key: str
    label: str
    account: str
    agrees: str


CASES = (
    Case("facebook", "Facebook", "act_1001001", "Continue"),
    Case("google", "Google Ads", "1234567890", "Continue"),
    Case("linkedin", "LinkedIn", "507001001", "Allow"),
)
each_network = pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)


@pytest.fixture(autouse=True)
def _reachable(settings: object, live_server: LiveServer, sandbox: Sandbox) -> Iterator[None]:
    """The product is where the sandbox sends people back to; tokens that a story takes back are good again after it."""
    settings.BASE_URL = live_server.url  # type: ignore[attr-defined]
    sandbox.reset()
    yield
    Control(sandbox.url).restore()


@pytest.fixture
def empty(world: World) -> World:
    """A workspace that has connected nothing yet."""
    with world.scope():
        ConversionAction.objects.all().delete()
        AdAccount.objects.all().delete()
        Connection.objects.all().delete()
    return world


def connect(page: Page, case: Case) -> None:
    page.goto("/accounts/")
    page.get_by_role("link", name=f"Connect {case.label}").click()
    page.locator("label", has_text="Sandbox").first.click()
    page.get_by_role("button", name=f"Continue to {case.label}").click()
    agree = page.get_by_role("button", name=case.agrees).or_(page.get_by_role("link", name=case.agrees, exact=True))
    expect(page).to_have_url(re.compile(f"/{case.key}/"))
    agree.click()
    expect(page.get_by_role("heading", name="Choose ad accounts")).to_be_visible()
    page.locator(f'input[name="accounts"][value="{case.account}"]').check()
    page.get_by_role("button", name="Use these accounts").click()
    expect(page.get_by_role("status")).to_contain_text("1 ad account is connected.")


@each_network
def test_a15_it_connects_a_network_and_shows_the_chosen_account_only(empty: World, admin: Page, case: Case):
    connect(admin, case)
    section = admin.get_by_role("region", name=case.label)
    expect(section.get_by_role("row")).to_have_count(2)
    expect(section.get_by_text(case.account)).to_be_visible()
    section.get_by_role("link", name=re.compile(".")).filter(has_text=re.compile("^(?!Connect|Leads)")).first.click()
    expect(admin.get_by_role("heading", name="Where conversions can land")).to_be_visible()
    expect(admin.get_by_role("region", name="Where conversions can land").get_by_role("row").nth(1)).to_be_visible()


# What sets an event off: the question in the dialog, the answer, and what then happens.
KINDS = {
    Trigger.FORM_SUBMISSION: ("Form", "Contact form"),
    Trigger.STAGE_CHANGE: ("Lifecycle stage", "Customer"),
    Trigger.CUSTOM_EVENT: ("Custom event", "Trial started"),
}


def happens(world: World, trigger: Trigger) -> None:
    """To somebody who came by an ad of each network and filled in a lead form before that."""
    seen = str(int((timezone.now() - timedelta(days=2)).timestamp() * 1000))
    known = {"email": "anna@example.com", "firstname": "Anna", "lastname": "de Vries"}
    clicks = {"gclid": "Cj0KCQiA_abcdefghijklmnopqrstuvwxyz", "gclid_first_seen": seen}
    lead = {"lead_id": "123456789012345", "lead_id_first_seen": seen}
    contact = factories.a_contact(world.workspace, **known, **clicks, **lead)
    if trigger == Trigger.FORM_SUBMISSION:
        factories.a_submission(world.form, **known)
    elif trigger == Trigger.STAGE_CHANGE:
        factories.a_contact(world.workspace, **known, lifecyclestage="customer")
    else:
        factories.a_completion(world.behaviour, contact_id=str(contact))


@pytest.mark.parametrize("trigger", KINDS)
@each_network
def test_it_makes_each_kind_of_event_there_and_sees_it_arrive(
    empty: World, admin: Page, sandbox: Sandbox, case: Case, trigger: Trigger
):
    connect(admin, case)
    question, answer = KINDS[trigger]
    admin.goto(f"/events/new/?network={case.key}&trigger={trigger}")
    admin.get_by_role("group", name=question, exact=True).locator("label", has_text=answer).click()
    expect(admin.get_by_label("Event name")).to_have_value(f"{answer} · {case.label}")
    landing = admin.get_by_role("group", name="Where it lands").locator("label").first
    landing.click()
    expect(landing.locator("input")).to_be_checked()
    if admin.get_by_role("radio", name="Custom value").count():
        admin.get_by_role("radio", name="Custom value").check(force=True)
        admin.get_by_label("Value", exact=True).fill("25.00")
    admin.get_by_label("Event name").fill("My event")
    admin.get_by_label("Contact property that holds consent").select_option("marketing_consent")
    admin.get_by_label("Values that mean yes").fill("yes")
    admin.get_by_role("button", name="Create event").click()
    expect(admin.get_by_role("status")).to_contain_text("“My event” is on.")
    happens(empty, trigger)
    flow.judge(workspace_id=empty.workspace.id)
    with empty.scope():
        account = AdAccount.objects.get()
    flow.send(workspace_id=empty.workspace.id, account_id=account.id)
    with empty.scope():
        conversion = Conversion.objects.get()
    assert conversion.state == "sent", (conversion.reason, conversion.trace)
    assert sandbox.ledger(case.key)["counts"][case.key]["accepted"] == 1
    admin.goto(f"/signals/{conversion.signal_id}/")
    expect(admin.get_by_text("Sent").first).to_be_visible()


@each_network
def test_it_disconnects_and_connects_again_by_hand(empty: World, admin: Page, case: Case):
    connect(admin, case)
    admin.get_by_text("Disconnect", exact=True).click()
    admin.get_by_role("button", name="Disconnect now").click()
    expect(admin.get_by_role("status")).to_contain_text("Disconnected.")
    expect(admin.get_by_role("region", name=case.label).get_by_text("Disconnected")).to_be_visible()
    admin.get_by_role("link", name="Connect again").click()
    expect(admin.get_by_role("heading", name=f"Connect {case.label} again")).to_be_visible()


@pytest.mark.parametrize("path", ["/accounts/", "/connect/facebook/", "/connect/linkedin/"])
def test_it_fits_on_a_phone(empty: World, admin: Page, path: str):
    admin.set_viewport_size(PHONE)
    admin.goto(path)
    assert admin.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
