"""Simulations on screen: from the dialog before an event is made, from its panel, and the page of what was found."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.conversions.models import Event
from apps.pipeline.models import Simulation
from apps.pipeline.simulating import simulation_start
from apps.pipeline.simulation_parts import simulate_next
from apps.workspaces.models import User, Workspace
from tests.browser.conftest import PHONE
from tests.support import factories
from tests.support.world import World


def work_off(world: World) -> None:
    """What the workers would do."""
    with world.scope():
        ids = list(Simulation.objects.values_list("id", flat=True))
    for number in ids:
        while simulate_next(workspace_id=world.workspace.id, simulation_id=number, now=timezone.now()):
            pass


@pytest.fixture
def marketer(enter: Callable[[User], Page], world: World) -> Page:
    return enter(world.marketer)


@pytest.fixture
def history(world: World) -> None:
    """Seven people without a country, one of them without consent, over a week."""
    Workspace.objects.filter(id=world.workspace.id).update(country="")
    for number in range(7):
        factories.a_submission(
            world.form,
            at=timezone.now() - timedelta(hours=22 * number, minutes=1),
            email=f"n{number}@example.com",
            phone=f"06 123456{number:02}",
            marketing_consent="no" if number == 6 else "yes",
        )
    factories.a_submission(world.form, email="b@example.com", phone="+31 6 98765432", country="NL")


def started(world: World, **values: object) -> Simulation:
    draft = world.draft("facebook", shared_fields=("phone",), options={"action_source": "other"}, **values)
    with world.scope():
        return simulation_start(workspace_id=world.workspace.id, draft=draft, by=world.by, at=timezone.now())


def test_h02_it_shows_how_far_it_is_and_then_what_it_found(world: World, history: None, admin: Page):
    simulation = started(world)
    admin.goto(f"/simulations/{simulation.id}/")
    expect(admin.get_by_role("progressbar", name="Progress")).to_be_visible()
    work_off(world)
    expect(admin.get_by_role("heading", name="From signal to match")).to_be_visible()
    expect(admin.get_by_role("status").first).to_have_text("The simulation is done.")
    expect(admin.get_by_text("of 8 signals")).to_be_visible()
    expect(admin.get_by_role("row", name="consent property does not hold")).to_contain_text("1")
    admin.get_by_text("How the matches are estimated").click()
    expect(admin.get_by_text("This is our own estimate; Facebook publishes no such figures")).to_be_visible()
    admin.get_by_text("As a table").click()
    expect(admin.get_by_role("columnheader", name="Week from")).to_be_visible()


def test_h05_an_admin_makes_the_first_fix_and_it_is_simulated_again(world: World, history: None, admin: Page):
    simulation = started(world)
    work_off(world)
    admin.goto(f"/simulations/{simulation.id}/")
    fix = admin.get_by_role("listitem").filter(has_text="default country to Netherlands (NL)")
    expect(fix).to_contain_text("+6 contacts reached")
    fix.get_by_role("button", name="Do it").click()
    expect(admin.get_by_role("status").filter(has_text="default country is NL now")).to_be_visible()
    assert str(simulation.id) not in admin.url
    work_off(world)
    expect(admin.get_by_text("of 8 signals")).to_be_visible()
    expect(admin.get_by_role("listitem").filter(has_text="default country")).to_have_count(0)


def test_h05_a_marketer_sees_the_fix_and_cannot_make_it(world: World, history: None, marketer: Page):
    simulation = started(world)
    work_off(world)
    marketer.goto(f"/simulations/{simulation.id}/")
    expect(marketer.get_by_text("An admin must act")).to_be_visible()
    expect(marketer.get_by_role("button", name="Do it")).to_have_count(0)


def test_h02_it_is_tried_in_the_dialog_before_the_event_is_made(world: World, history: None, marketer: Page):
    asked = f"network=linkedin&account_id={world.linkedin.id}&trigger=form_submission&trigger_name={world.form.id}"
    marketer.goto(f"/events/new/?{asked}")
    dialog = marketer.get_by_role("dialog", name="Create event")
    dialog.get_by_role("button", name="Simulate").click()
    expect(dialog.get_by_text("Fill this in first; then it can be simulated.")).to_be_visible()
    dialog.locator("label", has=marketer.locator("#destination-104003")).click()
    dialog.locator("#value").fill("25")
    dialog.locator("#consent-property").select_option("marketing_consent")
    dialog.locator("#consent-values").fill("yes")
    dialog.get_by_role("button", name="Simulate").click()
    expect(dialog.get_by_role("progressbar", name="Progress")).to_be_visible()
    work_off(world)
    expect(dialog.get_by_text("7 of 8 signals would be sent.")).to_be_visible()
    expect(dialog.get_by_text("€175.00")).to_be_visible()
    with world.scope():
        assert not Event.objects.exists()


def test_h02_an_event_is_simulated_from_its_panel(world: World, history: None, marketer: Page):
    event = world.make_event("linkedin", name="Leads")
    marketer.goto(f"/events/{event.id}/")
    marketer.get_by_role("dialog", name="Leads").get_by_role("button", name="Simulate").click()
    expect(marketer.get_by_role("heading", name="Leads", level=1)).to_be_visible()
    work_off(world)
    expect(marketer.get_by_text("of 8 signals")).to_be_visible()
    marketer.goto("/simulations/")
    expect(marketer.get_by_role("row", name="Leads")).to_contain_text("Done")


def test_h02_a_simulation_can_be_stopped(world: World, history: None, marketer: Page):
    simulation = started(world)
    marketer.goto(f"/simulations/{simulation.id}/")
    marketer.get_by_role("button", name="Stop").click()
    expect(marketer.get_by_text("This simulation was stopped.")).to_be_visible()


def test_it_teaches_where_there_is_nothing(world: World, marketer: Page):
    marketer.goto("/simulations/")
    expect(marketer.get_by_role("heading", name="Nothing was simulated today")).to_be_visible()
    simulation = started(world)
    work_off(world)
    marketer.goto(f"/simulations/{simulation.id}/")
    expect(marketer.get_by_role("heading", name="There is no history to try it on")).to_be_visible()


def test_it_fits_a_narrow_phone(world: World, history: None, marketer: Page):
    simulation = started(world)
    work_off(world)
    marketer.set_viewport_size(PHONE)
    for address in (f"/simulations/{simulation.id}/", "/simulations/"):
        marketer.goto(address)
        assert marketer.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
