"""A contact's page, and erasing a person, in a browser."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.pipeline import flow
from apps.pipeline.merging import contacts_merge
from tests.browser.conftest import Console
from tests.conftest import Sandbox
from tests.support import factories
from tests.support.world import World


@pytest.fixture
def person(world: World, sandbox: Sandbox) -> int:
    """Somebody of whom a form was sent to a network, who was merged with a duplicate and is a customer by now."""
    sandbox.reset()
    start = timezone.now() - timedelta(hours=1)
    world.make_event("facebook", name="Leads", at=start)
    world.make_event("linkedin", "stage_change", name="Customers", at=start)
    contact = factories.a_submission(world.form, email="anna@example.com", firstname="Anna", lastname="Bos").contact_id
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    twin = factories.a_contact(world.workspace, email="a.bos@example.com", phone="+31612345678")
    with world.scope():
        contacts_merge(
            workspace_id=world.workspace.id, primary_id=contact, secondary_id=twin, by=world.by, at=timezone.now()
        )
    factories.a_contact(world.workspace, email="anna@example.com", lifecyclestage="customer", gclid="Cj0KCQ_abcdefgh")
    flow.judge(workspace_id=world.workspace.id)
    return contact


def test_h09_it_tells_what_happened_and_what_left(person: int, admin: Page):
    admin.goto("/contacts/")
    admin.get_by_role("link", name="anna@example.com").click()
    expect(admin.get_by_role("link", name="Form submission: Contact form")).to_be_visible()
    expect(admin.get_by_text("Judged before the contacts were merged")).to_be_visible()
    admin.locator("summary", has_text="Leads").click()
    left = admin.locator("details", has_text="Leads")
    expect(left.get_by_text("user_data.em")).to_be_visible()
    expect(left).not_to_contain_text("anna@example.com")
    with admin.expect_download() as file:
        admin.get_by_role("link", name="Download the receipt").click()
    assert file.value.suggested_filename == f"receipt-{person}.json"


def test_h09_it_erases_once_whom_was_typed(person: int, admin: Page, console: Console):
    console.expected = ("422",)
    admin.goto(f"/contacts/{person}/")
    admin.get_by_label("Type anna@example.com to confirm").fill("anna")
    admin.get_by_role("button", name="Erase for good").click()
    expect(admin.get_by_text("Type it exactly as it stands here.")).to_be_visible()
    admin.get_by_label("Type anna@example.com to confirm").fill("anna@example.com")
    admin.get_by_role("button", name="Erase for good").click()
    expect(admin.get_by_role("heading", name="Certificate of erasure")).to_be_visible()
    expect(admin.get_by_text("They have to be asked themselves")).to_be_visible()
    admin.goto(f"/contacts/{person}/")
    expect(admin.get_by_role("heading", name="Erased", exact=True)).to_be_visible()
    expect(admin.get_by_text("anna@example.com")).not_to_be_attached()
