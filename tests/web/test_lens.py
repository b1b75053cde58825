"""The payload lens: the very request of a conversion on the signal's page, and of a draft in the dialog."""

import html
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.ads.registry import NETWORKS
from apps.conversions.models import Conversion, Event
from apps.deliveries.models import Request
from apps.pipeline import flow
from apps.signals.models import Signal
from apps.workspaces.roles import Role
from tests.support import factories
from tests.support.world import World, make_world
from tests.web.conftest import SignIn
from tests.web.filled import filled
from tests.web.test_event_form import SHAPES

CLICK = {"gclid": "Cj0KCQiA_abcdefghijk", "lead_id": "123456789012345"}
SENT = "This would be sent to {}."


def shown_text(page: str) -> str:
    """The laid-out body in a page, without the marks that colour it."""
    found = re.search(r'<pre class="code"[^>]*><code>(.*?)</code></pre>', page, re.DOTALL)
    assert found is not None, page
    return html.unescape(re.sub(r"<[^>]+>", "", found[1]))


def compact(text: str) -> str:
    """A laid-out body without the lines that were added."""
    return "".join(re.findall(r'"(?:[^"\\]|\\.)*"|[^\s"]+', text))


def someone(world: World, trigger: str, **properties: str) -> None:
    """Someone who came by an ad a day ago and now sets the trigger off."""
    seen = str(int((timezone.now() - timedelta(days=1)).timestamp() * 1000))
    clicks = CLICK | {f"{kind}_first_seen": seen for kind in CLICK}
    answers = {"email": "anna@example.com", "phone": "06 12345678", **clicks, **properties}
    if trigger == "form_submission":
        factories.a_submission(world.form, **answers)
    elif trigger == "custom_event":
        contact_id = factories.a_contact(world.workspace, **answers)
        factories.a_completion(world.behaviour, contact_id=str(contact_id))
    else:
        factories.a_contact(world.workspace, **answers, lifecyclestage="customer")


def preview(client: Client, form: dict[str, Any]) -> str:
    """The dialog's preview of the form as filled in."""
    answer = client.post("/events/new/preview/", form, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def of_signal(client: Client, conversion: Conversion) -> str:
    """The request of a conversion, as its signal's page loads it."""
    address = f"/signals/{conversion.signal_id}/{conversion.event_id}/request/"
    return client.get(address, headers={"HX-Request": "true"}).content.decode()


def judged(world: World, network: str, trigger: str, **properties: str) -> Conversion:
    """The conversion of someone, judged."""
    world.make_event(network, trigger, at=timezone.now() - timedelta(hours=1))
    someone(world, trigger, **properties)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        return Conversion.objects.get()


@pytest.mark.parametrize(("network", "trigger"), SHAPES)
def test_it_shows_the_frozen_bytes_in_the_request_that_carries_them(
    world: World, admin: Client, network: str, trigger: str
):
    conversion = judged(world, network, trigger)
    page = of_signal(admin, conversion)
    body = NETWORKS[network].body(conversion.route, [conversion.payload]).decode()
    assert conversion.payload in body
    assert compact(shown_text(page)) == body
    assert "Bearer ***" in page
    assert factories.CREDENTIALS[network]["access_token"] not in page


def test_it_says_where_each_identifier_came_from_and_which_were_left_out(world: World, admin: Client):
    page = html.unescape(of_signal(admin, judged(world, "facebook", "form_submission", phone="12")))
    assert "The contact's property email." in page
    assert "The visit, as the form's page told it." in page
    assert "The event's own value: 25.00 EUR." in page
    assert "Left out" in page
    assert "anna@example.com" not in page


def test_it_says_that_nothing_leaves_for_a_blocked_conversion(world: World, admin: Client):
    conversion = judged(world, "facebook", "form_submission", **{factories.CONSENT_PROPERTY: "no"})
    assert conversion.state == "blocked"
    page = of_signal(admin, conversion)
    assert "Nothing leaves for this one." in page
    assert "<pre" not in page


def test_it_opens_as_a_page_of_its_own_where_there_is_no_script(world: World, admin: Client):
    conversion = judged(world, "linkedin", "form_submission")
    signal = admin.get(f"/signals/{conversion.signal_id}/").content.decode()
    address = f"/signals/{conversion.signal_id}/{conversion.event_id}/request/"
    assert f'href="{address}"' in signal
    page = admin.get(address).content.decode()
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "conversionHappenedAt" in page


@pytest.mark.parametrize(("network", "trigger"), SHAPES)
def test_it_shows_what_a_draft_would_send_and_writes_nothing(world: World, sign_in: SignIn, network: str, trigger: str):
    someone(world, trigger)
    before = rows(world)
    page = preview(sign_in(Role.MARKETER), filled(world, network, trigger))
    assert SENT.format(NETWORKS[network].manifest.label) in page
    json.loads(shown_text(page))
    assert "anna@example.com" not in shown_text(page)
    assert rows(world) == before


@pytest.mark.parametrize(("network", "trigger"), SHAPES)
def test_it_shows_what_the_event_then_really_sends(world: World, admin: Client, network: str, trigger: str):
    someone(world, trigger)
    drafted = shown_text(preview(admin, filled(world, network, trigger)))
    admin.post("/events/new/", filled(world, network, trigger))
    with world.scope():
        Event.objects.update(on_since=timezone.now() - timedelta(hours=1))
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        conversion = Conversion.objects.get()
    really = compact(shown_text(of_signal(admin, conversion)))
    # A draft has no id yet, from which the one at the network is made.
    assert re.sub(r'"c[0-9a-f]{32}"', f'"{conversion.network_event_id}"', compact(drafted)) == really


def test_it_says_in_one_sentence_why_nothing_would_be_sent(world: World, admin: Client):
    someone(world, "form_submission", **{factories.CONSENT_PROPERTY: "no"})
    page = preview(admin, filled(world, "facebook", "form_submission"))
    assert "This would not be sent. The contact&#x27;s consent property does not hold a value that means" in page
    assert "<pre" not in page


def test_it_names_every_field_that_is_still_missing(world: World, admin: Client):
    someone(world, "form_submission")
    page = preview(admin, filled(world, "facebook", "form_submission", value="", consent_property=""))
    assert "Fill this in first" in page
    assert "<strong>Value</strong>" in page
    assert "<strong>Contact property that holds consent</strong>" in page
    assert "<pre" not in page


@pytest.mark.parametrize("trigger", ["form_submission", "stage_change", "custom_event"])
def test_it_says_when_there_is_nobody_to_try_it_on(world: World, admin: Client, trigger: str):
    page = preview(admin, filled(world, "facebook", trigger))
    assert ("Nobody has sent in a form yet" in page) is (trigger == "form_submission")
    assert ("No contact has moved into a stage yet" in page) is (trigger == "stage_change")
    assert ("No custom event has been completed yet" in page) is (trigger == "custom_event")


def test_it_tries_the_draft_on_the_contact_that_is_chosen(world: World, admin: Client):
    someone(world, "form_submission", email="first@example.com")
    someone(world, "form_submission", email="second@example.com", **{factories.CONSENT_PROPERTY: "no"})
    with world.scope():
        first = Signal.objects.earliest("recorded_at")
    form = filled(world, "facebook", "form_submission")
    assert "This would not be sent." in preview(admin, form)
    assert SENT.format("Facebook") in preview(admin, {**form, "example": str(first.id)})


def test_it_never_tries_a_draft_on_another_workspaces_contact(world: World, admin: Client):
    rival = make_world("Rival")
    someone(rival, "form_submission", email="secret@example.com")
    with rival.scope():
        theirs = Signal.objects.get()
    page = preview(admin, {**filled(world, "facebook", "form_submission"), "example": str(theirs.id)})
    assert "secret@example.com" not in page
    assert "Nobody has sent in a form yet" in page


@pytest.mark.parametrize(("network", "trigger"), SHAPES)
def test_it_asks_the_database_as_often_for_many_signals_as_for_few(
    world: World, admin: Client, network: str, trigger: str
):
    someone(world, trigger)
    form = filled(world, network, trigger)
    preview(admin, form)
    with CaptureQueriesContext(connection) as few:
        preview(admin, form)
    for number in range(12):
        someone(world, trigger, email=f"p{number}@example.com")
    with CaptureQueriesContext(connection) as many:
        preview(admin, form)
    assert len(many) <= len(few) <= 32


def rows(world: World) -> list[int]:
    """How many there are of everything that an event could leave behind."""
    with world.scope():
        return [model.objects.count() for model in (Conversion, Event, Request, Signal)]


def test_h01_it_runs_a_decision_again_on_the_signal_s_page(world: World, sign_in: SignIn) -> None:
    conversion = judged(world, "facebook", "form_submission")
    client = sign_in(Role.VIEWER)
    address = f"/signals/{conversion.signal_id}/{conversion.event_id}/again/"
    assert address in client.get(f"/signals/{conversion.signal_id}/").content.decode()
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "it comes out the same" in part
    assert "it would be sent" in part
    assert "<html" not in part
    assert "<html" in client.get(address).content.decode()


def test_h10_it_says_what_the_network_would_take_and_drop(world: World, admin: Client):
    conversion = judged(world, "google", "form_submission")
    with world.scope():
        Signal.objects.update(facts={})
    assert "no conversion of the tag" in html.unescape(of_signal(admin, conversion))


def test_h10_it_says_so_of_a_draft_also_where_there_is_nobody_to_try_it_on(world: World, admin: Client):
    form = filled(world, "linkedin", "form_submission", value_from="none", value="")
    assert "without an amount" in html.unescape(preview(admin, form))
