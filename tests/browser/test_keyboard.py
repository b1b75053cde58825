"""The single-key shortcuts, and that they keep out of the way."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.world import World


@pytest.fixture
def events(world: World, admin: Page) -> Page:
    for name in ("Third", "Second", "First"):
        world.make_event("facebook", name=name)
    admin.goto("/events/")
    return admin


def test_it_walks_through_the_rows_and_opens_one(events: Page):
    events.keyboard.press("j")
    expect(events.get_by_role("link", name="First")).to_be_focused()
    events.keyboard.press("j")
    events.keyboard.press("j")
    events.keyboard.press("k")
    expect(events.get_by_role("link", name="Second")).to_be_focused()
    events.keyboard.press("Enter")
    expect(events.get_by_role("dialog", name="Second")).to_be_visible()
    events.keyboard.press("Escape")
    expect(events.get_by_role("link", name="Second")).to_be_focused()


def test_it_searches_and_types_letters_as_letters(events: Page):
    events.keyboard.press("/")
    expect(events.get_by_role("searchbox")).to_be_focused()
    events.keyboard.type("cjk?")
    expect(events.get_by_role("searchbox")).to_have_value("cjk?")
    expect(events.get_by_role("dialog")).not_to_be_attached()


def test_it_lists_the_keys_and_can_be_switched_off(events: Page):
    events.keyboard.press("?")
    help_ = events.get_by_role("dialog", name="Keyboard shortcuts")
    expect(help_).to_be_visible()
    help_.get_by_label("Use these shortcuts").uncheck()
    events.keyboard.press("Escape")
    events.keyboard.press("c")
    events.keyboard.press("?")
    expect(events.get_by_role("dialog")).not_to_be_attached()
    events.reload()
    events.keyboard.press("?")
    expect(events.get_by_role("dialog")).not_to_be_attached()


def test_it_leaves_the_browsers_own_keys_alone(events: Page):
    events.evaluate("document.addEventListener('keydown', event => { window.stolen = event.defaultPrevented })")
    for keys in ("Control+j", "Alt+ArrowLeft", "Meta+c"):
        events.keyboard.press(keys)
        assert events.evaluate("window.stolen") is not True


def test_it_leads_past_the_navigation(events: Page):
    events.keyboard.press("Tab")
    expect(events.get_by_role("link", name="Skip to the content")).to_be_focused()
    events.keyboard.press("Enter")
    assert events.evaluate("document.activeElement.id") == "content"
