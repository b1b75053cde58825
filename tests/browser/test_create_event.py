"""The create-event dialog, filled in with mouse and keyboard, for every network and both triggers."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from apps.ads.registry import NETWORKS
from apps.conversions.models import Event
from apps.domain.facts import Trigger
from tests.browser.conftest import PHONE, Console
from tests.support import factories
from tests.support.world import World

TRIGGERS = {Trigger.FORM_SUBMISSION: "Form submission", Trigger.STAGE_CHANGE: "Lifecycle stage change"}
SHAPES = [(key, str(trigger)) for key in NETWORKS for trigger in TRIGGERS]


def _choose(page: Page, group: str, name: str) -> None:
    asked = page.get_by_role("group", name=group)
    choice = page.get_by_role("radio", name=re.compile(f"^{re.escape(name)}"))
    asked.locator("label").filter(has=choice).click()
    expect(asked.locator("label").filter(has=choice).locator("input")).to_be_checked()


def _start(page: Page, world: World, network: str, trigger: str) -> None:
    _choose(page, "Ad network", NETWORKS[network].manifest.label)
    _choose(page, "Ad account", world.account(network).name)
    _choose(page, "What sets it off", TRIGGERS[Trigger(trigger)])


@pytest.mark.parametrize(("network", "trigger"), SHAPES)
def test_it_creates_an_event_in_one_go(world: World, admin: Page, network: str, trigger: str):
    admin.goto("/events/")
    admin.get_by_role("link", name="Create the first event").click()
    expect(admin).to_have_url("/events/new/")
    _start(admin, world, network, trigger)
    if trigger == Trigger.FORM_SUBMISSION:
        _choose(admin, "Form", "Contact form")
    else:
        _choose(admin, "Lifecycle stage", "Customer")
    heard = "Contact form" if trigger == Trigger.FORM_SUBMISSION else "Customer"
    expect(admin.get_by_label("Event name")).to_have_value(f"{heard} · {NETWORKS[network].manifest.label}")
    admin.get_by_label("Event name").fill("My event")
    action = world.actions[network, trigger][0]
    _choose(admin, "Where it lands", f"{action.name} {action.external_id}")
    if admin.get_by_role("radio", name="Custom value").count():
        admin.get_by_label("Value", exact=True).fill("25.00")
    admin.get_by_label("Contact property that holds consent").select_option("marketing_consent")
    admin.get_by_label("Values that mean yes").fill("yes")
    admin.get_by_role("button", name="Create event").click()
    expect(admin.get_by_role("status")).to_contain_text("“My event” is on.")
    expect(admin.get_by_role("row", name="My event")).to_contain_text(NETWORKS[network].manifest.label)
    with world.scope():
        event = Event.objects.select_related("account").get()
    assert (event.account.network, event.trigger) == (network, trigger)


def test_it_keeps_what_was_filled_in_and_leads_to_what_is_wrong(world: World, admin: Page, console: Console):
    console.expected = ("422",)
    admin.goto("/events/new/?network=facebook&trigger=form_submission")
    admin.get_by_label("Event name").fill("Half done")
    admin.get_by_label("Value", exact=True).fill("lots")
    admin.get_by_role("button", name="Create event").click()
    expect(admin.get_by_role("alert")).to_contain_text("not created yet")
    expect(admin.get_by_text("Give an amount, such as 25.00.")).to_be_attached()
    expect(admin.get_by_label("Event name")).to_have_value("Half done")
    expect(admin.get_by_label("Value", exact=True)).to_have_value("lots")
    expect(admin.get_by_role("group", name="Form").locator("input:focus")).to_have_count(1)


def test_it_does_not_jump_while_answers_change_what_is_asked(world: World, admin: Page):
    admin.goto("/events/new/?network=linkedin&trigger=stage_change")
    parts = admin.locator(".event-form-parts")
    admin.get_by_role("radio", name="Deal amount").scroll_into_view_if_needed()
    before = parts.evaluate("element => element.scrollTop")
    _choose(admin, "Value", "Deal amount")
    expect(admin.get_by_label("Default value")).to_be_visible()
    assert abs(parts.evaluate("element => element.scrollTop") - before) < 2
    expect(admin.get_by_role("radio", name="Deal amount")).to_be_focused()


def test_it_keeps_what_is_typed_and_chosen_while_an_answer_is_on_its_way(world: World, admin: Page):
    admin.goto("/events/new/?network=facebook&trigger=form_submission")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    admin.route("**/events/new/?**", hold)
    admin.get_by_role("radio", name="Deal amount").check(force=True)
    admin.get_by_label("Event name").fill("Typed meanwhile")
    admin.get_by_role("checkbox", name="Phone number").check(force=True)
    for route in held:
        route.continue_()
    expect(admin.get_by_label("Default value")).to_be_visible()
    expect(admin.get_by_label("Event name")).to_have_value("Typed meanwhile")
    expect(admin.get_by_role("checkbox", name="Phone number")).to_be_checked()


def test_it_finds_a_form_by_typing(world: World, admin: Page):
    for name in ("Webinar", "Demo request"):
        factories.a_form(world.workspace, name)
    admin.goto("/events/new/?network=facebook&trigger=form_submission")
    expect(admin.get_by_role("radio", name="Demo request")).to_be_attached()
    admin.get_by_placeholder("Search by name").press_sequentially("webi")
    expect(admin.get_by_role("radio", name="Demo request")).not_to_be_attached()
    expect(admin.get_by_role("radio", name="Webinar")).to_be_attached()


def test_it_goes_away_with_escape_and_gives_the_focus_back(world: World, admin: Page):
    world.make_event("facebook")
    admin.goto("/events/")
    admin.keyboard.press("c")
    expect(admin.get_by_role("dialog", name="Create event")).to_be_visible()
    expect(admin.get_by_role("radio", name="Facebook")).to_be_focused()
    admin.keyboard.press("Escape")
    expect(admin.get_by_role("dialog", name="Create event")).not_to_be_attached()
    expect(admin).to_have_url("/events/")
    expect(admin.get_by_role("link", name="Create event")).to_be_focused()


def test_it_opens_and_closes_with_the_browsers_own_buttons(world: World, admin: Page):
    world.make_event("facebook")
    admin.goto("/events/?network=facebook")
    admin.get_by_role("link", name="Create event").click()
    expect(admin).to_have_url("/events/new/")
    admin.go_back()
    expect(admin).to_have_url("/events/?network=facebook")
    expect(admin.get_by_role("dialog")).not_to_be_attached()
    admin.go_forward()
    expect(admin.get_by_role("dialog", name="Create event")).to_be_visible()


def test_it_can_be_filled_in_on_a_phone(world: World, admin: Page):
    admin.set_viewport_size(PHONE)
    admin.goto("/events/new/")
    _start(admin, world, "facebook", Trigger.STAGE_CHANGE)
    assert admin.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    dialog = admin.get_by_role("dialog", name="Create event")
    assert dialog.evaluate("element => element.scrollWidth <= element.clientWidth")
    expect(dialog.get_by_role("button", name="Create event")).to_be_in_viewport()


def test_it_warns_of_a_manager_account(world: World, admin: Page):
    admin.goto("/events/new/?network=google&trigger=form_submission")
    _choose(admin, "Ad account", "Sandbox manager")
    expect(admin.get_by_text(re.compile("manager account, which takes no form conversions"))).to_be_visible()


def test_it_previews_the_request_on_a_recent_contact_by_keyboard(world: World, admin: Page):
    factories.a_submission(world.form, email="anna@example.com", phone="12")
    factories.a_submission(world.form, email="bob@example.com", marketing_consent="no")
    admin.goto(f"/events/new/?network=facebook&trigger=form_submission&trigger_name={world.form.id}")
    button, shown = admin.get_by_role("button", name="Show the request"), admin.locator("#event-preview")
    button.focus()
    admin.keyboard.press("Enter")
    expect(shown.get_by_role("status")).to_contain_text("Contact property that holds consent")
    admin.get_by_label("Value", exact=True).fill("25.00")
    admin.get_by_label("Contact property that holds consent").select_option("marketing_consent")
    admin.get_by_label("Values that mean yes").fill("yes")
    button.focus()
    admin.keyboard.press("Enter")
    expect(shown.get_by_role("status")).to_contain_text("This would not be sent.")
    admin.get_by_label("Try it on").select_option(index=1)
    expect(shown.get_by_role("status")).to_contain_text("This would be sent to Facebook.")
    expect(shown.locator("pre")).to_contain_text('"value": 25.00')
    expect(shown.locator("pre")).not_to_contain_text("anna@example.com")
    with world.scope():
        assert not Event.objects.exists()
