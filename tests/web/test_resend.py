"""Sending again on screen: filter, forecast, start; nothing is typed, and only an admin may."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.conversions.models import Conversion, Event
from apps.pipeline import flow
from apps.pipeline.models import Resend
from apps.workspaces.roles import Role
from tests.support import factories
from tests.support.world import World, make_world
from tests.web.conftest import SignIn


@pytest.fixture
def event(world: World) -> Event:
    """An event with two conversions that failed, and a submission from before it."""
    at = timezone.now() - timedelta(hours=1)
    factories.a_submission(world.form, at=at - timedelta(hours=1))
    event = world.make_event("facebook", name="Brochure", at=at)
    for _ in range(2):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        owed = Conversion.objects.filter(state="waiting")
        owed.update(state="failed", reason="2804050", due_at=None, settled_at=timezone.now())
    return event


def test_h15_the_list_of_signals_offers_to_send_again_all_that_match(admin: Client, event: Event):
    page = admin.get(f"/signals/?state=failed&event_id={event.id}").content.decode()
    assert f"/resend/new/?state=failed&amp;event_id={event.id}&amp;kind=replay" in page
    assert "/resend/new/" not in admin.get("/signals/?state=sent").content.decode()


def test_h15_the_wizard_goes_from_filter_to_forecast_to_start(admin: Client, world: World, event: Event):
    form = admin.get(f"/resend/new/?kind=replay&state=failed&event_id={event.id}").content.decode()
    assert f'<option value="{event.id}" selected>' in form
    answer = admin.post("/resend/new/", {"kind": "replay", "state": "failed", "event_id": str(event.id)})
    assert answer.status_code == 302
    page = admin.get(answer["Location"]).content.decode()
    assert "Forecast ready" in page
    assert "Send 2 conversions" in page
    assert "€50.00" in page
    with world.scope():
        assert Conversion.objects.filter(state="failed").count() == 2, "a forecast changes nothing"
    admin.post(f"{answer['Location']}start/")
    assert "Running" in admin.get(answer["Location"]).content.decode()
    assert "Brochure" in admin.get("/resend/").content.decode()
    admin.post(f"{answer['Location']}cancel/")
    assert "Cancelled" in admin.get(answer["Location"]).content.decode()


def test_a06_the_events_panel_offers_a_backfill(admin: Client, event: Event):
    panel = admin.get(f"/events/{event.id}/").content.decode()
    assert f"/resend/new/?kind=backfill&amp;event_id={event.id}" in panel
    answer = admin.post("/resend/new/", {"kind": "backfill", "event_id": str(event.id)})
    assert "Send 1 conversion<" in admin.get(answer["Location"]).content.decode()


def test_h15_it_says_that_nothing_matches(admin: Client, event: Event):
    answer = admin.post("/resend/new/", {"kind": "replay", "state": "expired"})
    page = admin.get(answer["Location"]).content.decode()
    assert "Nothing matches" in page
    assert "/start/" not in page


def test_a06_a_backfill_without_an_event_is_asked_for_one(admin: Client, world: World):
    answer = admin.post("/resend/new/", {"kind": "backfill", "event_id": ""})
    assert answer.status_code == 422


@pytest.mark.parametrize("role", [Role.MARKETER, Role.VIEWER])
def test_a14_only_an_admin_sends_again(world: World, sign_in: SignIn, admin: Client, event: Event, role: Role):
    made = admin.post("/resend/new/", {"kind": "replay"})["Location"]
    client = sign_in(role)
    assert client.get("/resend/").status_code == client.get(made).status_code == 200
    assert client.get("/resend/new/").status_code == 403
    assert client.post("/resend/new/", {"kind": "replay"}).status_code == 403
    assert client.post(f"{made}start/").status_code == 403
    for address in ("/resend/", made, f"/events/{event.id}/", "/signals/?state=failed"):
        assert "/resend/new/" not in client.get(address).content.decode()


def test_it_does_not_know_another_workspaces_jobs(admin: Client, sign_in: SignIn, event: Event):
    made = admin.post("/resend/new/", {"kind": "replay"})["Location"]
    rival = sign_in(make_world("Rival").admin)
    assert rival.get(made).status_code == 404
    assert rival.post(f"{made}start/").status_code == 404
    assert rival.post("/resend/new/", {"kind": "backfill", "event_id": str(event.id)}).status_code == 404


def test_it_changes_nothing_by_a_link(admin: Client, world: World, event: Event):
    made = admin.post("/resend/new/", {"kind": "replay"})["Location"]
    assert admin.get(f"{made}start/").status_code == 405
    assert admin.post(f"{made}burn/").status_code == 404
    with world.scope():
        assert Resend.objects.get().state == "draft"


def test_h15_the_days_of_the_list_are_kept(admin: Client, world: World, event: Event):
    with world.scope():
        day = timezone.localtime(Conversion.objects.earliest("signal_id").occurred_at).date()
    page = admin.get(f"/resend/new/?kind=replay&from={day}&to={day}").content.decode()
    assert f'<option value="days" selected>{day} – {day}</option>' in page
    days = {
        "kind": "replay",
        "period": "days",
        "from": str(day - timedelta(days=9)),
        "to": str(day - timedelta(days=8)),
    }
    answer = admin.post("/resend/new/", days)
    assert "Nothing matches" in admin.get(answer["Location"]).content.decode()
