"""Editing an event by mouse and keyboard: from its panel, over the review, to a version in force and back again."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.conversions.models import EventVersion
from tests.browser.conftest import PHONE, Console
from tests.support import factories
from tests.support.world import World


@pytest.fixture
def panel(world: World, admin: Page) -> Page:
    """The panel of an event that three people set off, of whom one said yes."""
    for said in ("yes", "granted", "no"):
        factories.a_submission(world.form, email=f"{said}@example.com", **{world.consent_property: said})
    world.make_event("facebook", name="Leads")
    admin.goto("/events/")
    admin.get_by_role("link", name="Leads").click()
    expect(admin.get_by_role("dialog", name="Leads")).to_be_visible()
    return admin


def test_h07_it_edits_in_two_steps_and_rolls_back_by_keyboard(world: World, panel: Page):
    panel.keyboard.press("e")
    dialog = panel.get_by_role("dialog", name="Edit “Leads”")
    expect(dialog).to_be_visible()
    expect(panel).to_have_url(re.compile(r"/events/[\w-]+/edit/$"))
    dialog.get_by_label("Value", exact=True).fill("40.00")
    dialog.get_by_label("Values that mean yes").fill("yes\ngranted")
    dialog.get_by_role("button", name="Review").click()
    expect(dialog.get_by_text("2 of 3 signals would have gone otherwise.")).to_be_visible()
    expect(dialog.get_by_label("Event name")).to_be_hidden()
    dialog.get_by_role("button", name="Edit further").click()
    expect(dialog.get_by_label("Value", exact=True)).to_have_value("40.00")
    dialog.get_by_role("button", name="Review").click()
    dialog.get_by_role("button", name="Save").click()
    expect(panel.locator("#toasts")).to_contain_text("Version 2 is in force.")
    shown = panel.get_by_role("dialog", name="Leads")
    expect(shown.get_by_text("In force", exact=True)).to_be_visible()
    shown.get_by_role("link", name="Roll back to version 1").focus()
    panel.keyboard.press("Enter")
    back = panel.get_by_role("dialog", name="Roll “Leads” back to version 1")
    expect(back.get_by_text("2 of 3 signals would have gone otherwise.")).to_be_visible()
    back.get_by_role("button", name="Roll back").press("Enter")
    expect(panel.locator("#toasts")).to_contain_text("The settings of version 1 are in force again")
    with world.scope():
        assert list(EventVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]


def test_it_closes_back_to_the_panel_and_then_to_the_list(panel: Page):
    panel.get_by_role("link", name="Edit", exact=True).click()
    expect(panel.get_by_role("dialog", name="Edit “Leads”")).to_be_visible()
    panel.keyboard.press("Escape")
    expect(panel.get_by_role("dialog", name="Leads", exact=True)).to_be_visible()
    panel.keyboard.press("Escape")
    expect(panel.get_by_role("dialog")).not_to_be_attached()
    expect(panel).to_have_url("/events/")


def test_it_marks_what_is_wrong_and_keeps_what_was_typed(panel: Page, console: Console):
    console.expected = ("422",)
    panel.get_by_role("link", name="Edit", exact=True).click()
    dialog = panel.get_by_role("dialog", name="Edit “Leads”")
    dialog.get_by_label("Value", exact=True).fill("lots")
    dialog.get_by_role("button", name="Review").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Nothing was saved yet.")
    expect(dialog.get_by_label("Value", exact=True)).to_have_value("lots")


def test_it_redraws_what_an_answer_asks_without_forgetting_the_rest(panel: Page):
    panel.get_by_role("link", name="Edit", exact=True).click()
    dialog = panel.get_by_role("dialog", name="Edit “Leads”")
    dialog.get_by_label("Event name").fill("Kept")
    dialog.get_by_role("radio", name="Deal amount").check(force=True)
    expect(dialog.get_by_label("Default value")).to_be_visible()
    expect(dialog.get_by_label("Event name")).to_have_value("Kept")
    expect(dialog.get_by_text("These make it the event that it is.")).to_be_visible()


def test_it_duplicates_into_the_create_dialog(panel: Page):
    panel.get_by_role("link", name="Duplicate").click()
    dialog = panel.get_by_role("dialog", name="Create event")
    expect(dialog.get_by_label("Event name")).to_have_value("Leads (copy)")
    expect(dialog.get_by_label("Values that mean yes")).to_have_value("yes")


def test_it_can_be_reviewed_on_a_phone(panel: Page):
    panel.set_viewport_size(PHONE)
    panel.get_by_role("link", name="Edit", exact=True).click()
    dialog = panel.get_by_role("dialog", name="Edit “Leads”")
    dialog.get_by_label("Value", exact=True).fill("40.00")
    dialog.get_by_role("button", name="Review").click()
    expect(dialog.get_by_role("button", name="Save")).to_be_in_viewport()
    assert dialog.evaluate("element => element.scrollWidth <= element.clientWidth")


def test_its_panel_with_versions_fits_a_phone(world: World, panel: Page):
    panel.set_viewport_size(PHONE)
    body = panel.get_by_role("dialog", name="Leads").locator(".dialog-body")
    assert body.evaluate("element => element.scrollWidth <= element.clientWidth")
