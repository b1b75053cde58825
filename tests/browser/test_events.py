"""The list of events: switching with a way back, the panel, deleting, filters."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.conversions.models import Conversion, Event
from apps.domain.states import State
from apps.pipeline import flow
from tests.browser.conftest import PHONE
from tests.support import factories
from tests.support.world import World


@pytest.fixture
def event(world: World) -> Event:
    """An event with one conversion that waits and one that was blocked."""
    made = world.make_event("facebook", name="Leads", at=timezone.now() - timedelta(hours=1))
    factories.a_submission(world.form, email="anna@example.com")
    factories.a_submission(world.form, email="bob@example.com", marketing_consent="no")
    flow.judge(workspace_id=world.workspace.id)
    return made


def _on(world: World, event: Event) -> bool:
    with world.scope():
        return Event.objects.get(id=event.id).on_since is not None


def test_it_switches_off_says_so_and_takes_it_back(world: World, event: Event, admin: Page):
    admin.goto("/events/")
    switch = admin.get_by_role("switch", name="Sync “Leads”")
    expect(switch).to_be_checked()
    switch.click()
    expect(admin.get_by_role("status")).to_contain_text("“Leads” is off.")
    expect(switch).not_to_be_checked()
    assert not _on(world, event)
    with world.scope():
        assert not Conversion.objects.filter(state=State.WAITING).exists()
    admin.get_by_role("button", name="Undo").click()
    expect(admin.get_by_role("status")).to_contain_text("“Leads” is on.")
    expect(switch).to_be_checked()
    assert _on(world, event)


def test_it_switches_by_keyboard_and_keeps_the_focus(world: World, event: Event, admin: Page):
    admin.goto("/events/")
    switch = admin.get_by_role("switch")
    switch.focus()
    admin.keyboard.press("Space")
    expect(switch).not_to_be_checked()
    expect(switch).to_be_focused()


def test_it_lets_the_message_go_after_ten_seconds(world: World, event: Event, admin: Page):
    admin.clock.install()
    admin.goto("/events/")
    admin.get_by_role("switch").click()
    expect(admin.get_by_role("status")).to_contain_text("is off")
    admin.mouse.move(0, 0)
    admin.clock.run_for(9_000)
    expect(admin.get_by_role("button", name="Undo")).to_be_visible()
    admin.clock.run_for(2_000)
    expect(admin.get_by_role("button", name="Undo")).not_to_be_attached()


def test_it_opens_the_panel_over_the_list_without_losing_the_place(world: World, event: Event, admin: Page):
    for number in range(25):
        world.make_event("linkedin", name=f"Event {number}")
    admin.goto("/events/")
    admin.get_by_role("link", name="Leads").scroll_into_view_if_needed()
    scrolled = admin.evaluate("scrollY")
    admin.get_by_role("link", name="Leads").click()
    panel = admin.get_by_role("dialog", name="Leads")
    expect(panel).to_be_visible()
    expect(admin).to_have_url(f"/events/{event.id}/")
    expect(panel.get_by_role("button", name="Close")).to_be_focused()
    for text in ("anna@example.com", "bob@example.com", "Custom value €25.00", "Versions"):
        expect(panel).to_contain_text(text)
    admin.keyboard.press("Escape")
    expect(panel).not_to_be_attached()
    expect(admin).to_have_url("/events/")
    expect(admin.get_by_role("link", name="Leads")).to_be_focused()
    assert abs(admin.evaluate("scrollY") - scrolled) < 2


def test_it_keeps_the_focus_inside_the_panel(world: World, event: Event, admin: Page):
    admin.goto(f"/events/{event.id}/")
    expect(admin.get_by_role("dialog", name="Leads")).to_be_visible()
    for _ in range(25):
        admin.keyboard.press("Tab")
        assert admin.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")


def test_it_shows_the_panel_by_its_address_and_the_list_when_it_is_closed(world: World, event: Event, admin: Page):
    admin.goto(f"/events/{event.id}/")
    admin.get_by_role("dialog", name="Leads").get_by_role("button", name="Close").click()
    expect(admin).to_have_url("/events/")
    expect(admin.get_by_role("row", name="Leads")).to_be_visible()
    admin.go_back()
    expect(admin.get_by_role("dialog", name="Leads")).to_be_visible()


def test_it_switches_in_the_panel_and_the_list_follows(world: World, event: Event, admin: Page):
    admin.goto("/events/")
    admin.get_by_role("link", name="Leads").click()
    panel = admin.get_by_role("dialog", name="Leads")
    panel.get_by_role("switch").click()
    expect(panel.get_by_role("switch")).not_to_be_checked()
    panel.get_by_role("button", name="Undo").click()
    expect(panel.get_by_role("switch")).to_be_checked()
    panel.get_by_role("switch").click()
    expect(panel.get_by_role("switch")).not_to_be_checked()
    admin.keyboard.press("Escape")
    expect(admin.get_by_role("switch")).not_to_be_checked()


def test_it_deletes_after_saying_what_stays_at_the_network(world: World, event: Event, admin: Page):
    admin.goto("/events/")
    admin.get_by_role("link", name="Leads").click()
    panel = admin.get_by_role("dialog", name="Leads")
    panel.get_by_text("Delete this event").click()
    expect(panel).to_contain_text("Nothing is deleted at Facebook")
    panel.get_by_role("button", name="Delete it here").click()
    expect(admin.get_by_role("status")).to_contain_text("Nothing was deleted at Facebook.")
    expect(admin.get_by_role("link", name="Leads")).not_to_be_attached()
    with world.scope():
        assert Event.objects.get(id=event.id).deleted_at is not None


def test_it_filters_by_choosing_and_keeps_it_in_the_address(world: World, event: Event, admin: Page):
    world.make_event("google", name="At Google")
    admin.goto("/events/")
    admin.get_by_role("combobox", name="Network").select_option("google")
    expect(admin).to_have_url("/events/?network=google")
    expect(admin.get_by_role("link", name="At Google")).to_be_visible()
    expect(admin.get_by_role("link", name="Leads")).not_to_be_attached()
    admin.get_by_role("link", name="At Google").click()
    expect(admin.get_by_role("dialog", name="At Google")).to_be_visible()
    admin.keyboard.press("Escape")
    expect(admin).to_have_url("/events/?network=google")


def test_it_follows_a_conversion_to_its_explanation_and_back(world: World, event: Event, admin: Page):
    admin.goto(f"/events/{event.id}/")
    admin.get_by_role("dialog").get_by_role("link", name="bob@example.com").click()
    expect(admin.get_by_role("heading", level=1)).to_have_text("bob@example.com")
    expect(admin.get_by_text("Stopped here")).to_be_visible()
    admin.go_back()
    expect(admin.get_by_role("dialog", name="Leads")).to_be_visible()


def test_it_works_one_handed_on_a_phone(world: World, event: Event, admin: Page):
    admin.set_viewport_size(PHONE)
    admin.goto("/events/")
    admin.get_by_role("switch").click()
    expect(admin.get_by_role("status")).to_contain_text("is off")
    admin.get_by_role("link", name="Leads").click()
    panel = admin.get_by_role("dialog", name="Leads")
    expect(panel).to_be_visible()
    assert panel.evaluate("element => element.getBoundingClientRect().width") == PHONE["width"]
