"""Signals and their explanation, after a request really left for the sandbox."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.pipeline import flow
from tests.conftest import Sandbox
from tests.support import factories
from tests.support.world import World


@pytest.fixture
def sent(world: World, sandbox: Sandbox) -> World:
    """One submission that Facebook's stand-in took, and one that was blocked."""
    world.make_event("facebook", name="Leads", at=timezone.now() - timedelta(hours=1))
    factories.a_submission(world.form, email="anna@example.com")
    factories.a_submission(world.form, email="bob@example.com", marketing_consent="no")
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    return world


def test_it_explains_what_was_sent_down_to_the_request(sent: World, admin: Page):
    admin.goto("/signals/")
    admin.get_by_role("link", name="anna@example.com").click()
    expect(admin.get_by_role("heading", name="Sent: the network took it.")).to_be_visible()
    expect(admin.get_by_text("Did the person consent?")).to_be_visible()
    admin.get_by_text("What was sent").click()
    payload = admin.locator("pre").first
    expect(payload).to_contain_text('"event_name": "Lead"')
    expect(payload).not_to_contain_text("anna@example.com")
    admin.get_by_text("The request").click()
    request = admin.locator("details", has_text="The request")
    expect(request).to_contain_text("HTTP 200")
    expect(request).to_contain_text("Trace id")
    expect(request).not_to_contain_text("EAAsandboxtoken")


def test_it_narrows_the_list_down(sent: World, admin: Page):
    admin.goto("/signals/")
    admin.get_by_role("combobox", name="State").select_option("blocked")
    expect(admin).to_have_url("/signals/?state=blocked")
    expect(admin.get_by_role("link", name="bob@example.com")).to_be_visible()
    expect(admin.get_by_role("link", name="anna@example.com")).not_to_be_attached()
    admin.get_by_role("link", name="Clear").click()
    admin.get_by_role("searchbox").fill("anna@example.com")
    admin.keyboard.press("Enter")
    expect(admin).to_have_url("/signals/?who=anna%40example.com")
    expect(admin.get_by_role("link", name="bob@example.com")).not_to_be_attached()


def test_it_leads_from_every_number_of_the_ledger_to_its_rows(sent: World, admin: Page):
    admin.goto("/")
    admin.get_by_role("link", name="Blocked 1").first.click()
    expect(admin).to_have_url("/signals/?state=blocked")
    expect(admin.get_by_role("link", name="bob@example.com")).to_be_visible()


def test_it_shows_older_signals_below_those_that_are_there(world: World, admin: Page):
    for number in range(55):
        factories.a_contact(world.workspace, email=f"p{number}@example.com", lifecyclestage="lead")
    admin.goto("/signals/")
    expect(admin.locator("[data-row]")).to_have_count(50)
    admin.get_by_role("link", name="Show older signals").click()
    expect(admin.locator("[data-row]")).to_have_count(55)
    expect(admin.get_by_role("link", name="Show older signals")).not_to_be_attached()


def test_h01_it_takes_a_decision_once_more_and_says_what_the_network_would_drop(world: World, admin: Page):
    world.make_event("google", name="Enhanced", at=timezone.now() - timedelta(hours=1))
    world.make_event(
        "linkedin", name="Without value", at=timezone.now() - timedelta(hours=1), value_from="none", value=""
    )
    factories.a_submission(world.form, email="anna@example.com")
    flow.judge(workspace_id=world.workspace.id)
    admin.goto("/signals/")
    admin.get_by_role("link", name="anna@example.com").click()
    story = admin.get_by_role("article").filter(has=admin.get_by_role("link", name="Without value"))
    story.get_by_text("Run it again").click()
    expect(story).to_contain_text("it comes out the same")
    expect(story).to_contain_text("it would be sent")
    story.get_by_text("What will be sent").click()
    expect(story).to_contain_text("without an amount and a currency")
