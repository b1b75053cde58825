"""The edit dialog: filled in as the event stands, reviewed before it is saved, refused when someone was first."""

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from apps.ads.models import ConversionAction
from apps.ads.registry import NETWORKS
from apps.conversions.judging import judge_batch
from apps.conversions.models import Event, EventVersion
from apps.web.wording import TRIGGERS
from apps.workspaces.roles import Role
from tests.support import factories
from tests.support.world import World
from tests.web.conftest import SignIn

HTMX = {"HX-Request": "true", "HX-Target": "event-form"}
SHAPES = [
    (key, str(trigger))
    for key, network in NETWORKS.items()
    for trigger in network.manifest.shapes
    if trigger in TRIGGERS
]


def answers(page: str) -> dict[str, Any]:
    """What a browser would send of the dialog as it is drawn."""
    form = page.split('id="event-form"')[1].split("</form>", maxsplit=1)[0]
    sent: dict[str, Any] = {"shared_fields": []}
    for tag in re.findall(r"<input [^>]*>", form):
        found = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        kind, name, value = found.get("type", "text"), found.get("name", ""), html.unescape(found.get("value", ""))
        if not name or " disabled" in tag or (kind in ("radio", "checkbox") and " checked" not in tag):
            continue
        if name == "shared_fields":
            sent[name].append(value)
        else:
            sent[name] = value
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)" selected', options) or re.findall(
            r'<option value="([^"]*)"', options
        )
        sent[name] = chosen[0]
    for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        sent[name] = html.unescape(text)
    return sent


def opened(client: Client, event: Event) -> dict[str, Any]:
    return answers(client.get(f"/events/{event.id}/edit/").content.decode())


def posted(client: Client, event: Event, step: str, sent: dict[str, Any]) -> tuple[int, str]:
    answer = client.post(f"/events/{event.id}/edit/", {**sent, "step": step}, headers=HTMX)
    return answer.status_code, html.unescape(answer.content.decode())


def numbers(world: World) -> list[int]:
    with world.scope():
        return list(EventVersion.objects.order_by("number").values_list("number", flat=True))


@pytest.mark.parametrize(("network", "trigger"), SHAPES)
def test_a02_what_it_is_filled_in_with_is_the_event_as_it_stands(
    world: World, admin: Client, network: str, trigger: str
) -> None:
    given = {"value_from": "none", "value": ""} if (network, trigger) == ("google", "form_submission") else {}
    event = world.make_event(network, trigger, **given)
    sent = opened(admin, event)
    assert (sent["trigger"], sent["account_id"], sent["seen"]) == (trigger, str(world.account(network).id), "1")
    status, page = posted(admin, event, "review", sent)
    assert (status, "nothing to save" in page) == (200, True)
    assert 'value="save"' not in page


def test_h07_it_shows_what_an_edit_would_change_and_saves_it_in_a_second_step(world: World, sign_in: SignIn) -> None:
    marketer = sign_in(Role.MARKETER)
    event = world.make_event("facebook")
    for said in ("yes", "granted", "no"):
        factories.a_submission(world.form, **{world.consent_property: said})
    with world.scope():
        judge_batch(workspace_id=world.workspace.id, now=timezone.now())
    sent = {**opened(marketer, event), "value": "40.00", "consent_values": "yes\ngranted"}
    status, page = posted(marketer, event, "review", sent)
    assert status == 200
    for text in (
        "2 of 3 signals would have gone otherwise.",
        "€25.00",
        "€80.00",
        "conversion waits and leaves as it was judged",
    ):
        assert text in page
    assert "<del>yes</del>" in page
    assert numbers(world) == [1]
    again = {**answers(page), "step": "save"}
    answer = marketer.post(f"/events/{event.id}/edit/", again, follow=True)
    assert answer.redirect_chain[-1][0] == f"/events/{event.id}/"
    assert "Version 2 is in force." in answer.content.decode()
    with world.scope():
        newest = EventVersion.objects.get(number=2)
    assert (newest.settings["value"], newest.settings["consent_values"]) == ("40.00", ["yes", "granted"])


def test_it_goes_back_from_the_review_with_everything_kept(world: World, admin: Client) -> None:
    event = world.make_event("facebook")
    sent = {**opened(admin, event), "value": "40.00", "name": "Half done"}
    _, page = posted(admin, event, "review", sent)
    _, page = posted(admin, event, "edit", answers(page))
    assert 'value="Half done"' in page
    assert 'value="40.00"' in page
    assert 'value="review"' in page


def test_it_says_what_is_wrong_beside_its_field_before_reviewing(world: World, admin: Client) -> None:
    event = world.make_event("facebook")
    for step in ("review", "save"):
        status, page = posted(admin, event, step, {**opened(admin, event), "value": "much"})
        assert (status, "Give an amount" in page, "Nothing was saved yet." in page) == (422, True, True)
    world.make_event("facebook", name="Taken")
    status, page = posted(admin, event, "save", {**opened(admin, event), "name": "Taken"})
    assert (status, "already an event with this name" in page) == (422, True)
    assert numbers(world) == [1, 1]


def test_47_it_refuses_what_was_edited_meanwhile_and_says_what_changed(world: World, admin: Client) -> None:
    event = world.make_event("facebook")
    mine = {**opened(admin, event), "value": "40.00"}
    theirs = {**opened(admin, event), "value": "50.00"}
    assert posted(admin, event, "save", theirs)[0] == 200
    for step in ("review", "save"):
        status, page = posted(admin, event, step, mine)
        assert status == 422
        assert "Someone saved this event while you were editing it." in page
        assert world.admin.email in page
        assert "<ins>50.00</ins>" in page
    assert numbers(world) == [1, 2]


def test_what_makes_it_that_event_cannot_be_changed_by_the_form(world: World, admin: Client) -> None:
    event = world.make_event("facebook")
    sent = {**opened(admin, event), "trigger": "stage_change", "trigger_name": "lead", "value": "40.00"}
    assert posted(admin, event, "save", sent)[0] == 200
    with world.scope():
        assert Event.objects.get().trigger == "form_submission"


def test_it_keeps_what_the_form_cannot_tell_apart(world: World, admin: Client) -> None:
    event = world.make_event("facebook", shared_fields=None, currency="", value_from="deal", hold_outliers=False)
    assert posted(admin, event, "save", {**opened(admin, event), "value": "40.00"})[0] == 200
    with world.scope():
        settings = EventVersion.objects.get(number=2).settings
    assert (settings["shared_fields"], settings["currency"], settings["hold_outliers"]) == (None, None, False)


def test_it_is_filled_in_with_the_consent_to_personalised_ads(world: World, admin: Client) -> None:
    asked = {"personalisation_property": world.consent_property, "personalisation_values": ("granted",)}
    event = world.make_event("google", "stage_change", **asked)
    sent = opened(admin, event)
    assert "nothing to save" in posted(admin, event, "review", sent)[1]
    page = posted(admin, event, "review", {**sent, "personalisation_values": "granted\nyes"})[1]
    assert "<ins>granted, yes</ins>" in page


def test_it_adds_no_field_that_nobody_can_tick(world: World, admin: Client) -> None:
    event = world.make_event("facebook", shared_fields=("email",))
    assert posted(admin, event, "save", {**opened(admin, event), "shared_fields": ["email", "phone"]})[0] == 200
    with world.scope():
        assert EventVersion.objects.get(number=2).settings["shared_fields"] == ["email", "phone"]


def test_it_is_read_and_written_in_dutch(world: World, admin: Client) -> None:
    event = world.make_event("facebook", value="1250.50")
    admin.cookies["django_language"] = "nl"
    with translation.override("nl"):
        sent = opened(admin, event)
        assert sent["value"] == "1250,50"
        assert "valt niets op te slaan" in posted(admin, event, "review", sent)[1]


def test_it_makes_the_place_where_it_lands_only_when_it_is_saved(world: World, admin: Client) -> None:
    event = world.make_event("facebook", name="Leads")
    assert "Edit “Leads”" in html.unescape(admin.get(f"/events/{event.id}/edit/").content.decode())
    assert admin.get(f"/events/{event.id}/edit/", headers={"HX-Request": "true"}).status_code == 200


def test_the_panel_shows_versions_with_what_each_changed_and_the_way_back(world: World, sign_in: SignIn) -> None:
    event = world.make_event("facebook")
    marketer = sign_in(Role.MARKETER)
    posted(marketer, event, "save", {**opened(marketer, event), "value": "40.00"})
    page = marketer.get(f"/events/{event.id}/").content.decode()
    assert f"/events/{event.id}/roll-back/1/" in page
    assert f"/events/{event.id}/roll-back/2/" not in page
    assert "<del>25.00</del>" in page
    assert "In force" in page
    assert f"/events/{event.id}/roll-back/1/" not in sign_in(Role.VIEWER).get(f"/events/{event.id}/").content.decode()


def test_it_rolls_back_after_showing_what_that_changes(world: World, admin: Client) -> None:
    event = world.make_event("facebook")
    posted(admin, event, "save", {**opened(admin, event), "value": "40.00"})
    page = admin.get(f"/events/{event.id}/roll-back/1/").content.decode()
    assert "<del>40.00</del>" in page
    stale = admin.post(f"/events/{event.id}/roll-back/1/", {"seen": "1"})
    assert (stale.status_code, numbers(world)) == (422, [1, 2])
    answer = admin.post(f"/events/{event.id}/roll-back/1/", {"seen": "2"}, follow=True)
    assert "The settings of version 1 are in force again" in answer.content.decode()
    assert numbers(world) == [1, 2, 3]
    assert admin.get(f"/events/{event.id}/roll-back/9/").status_code == 404


def test_it_names_what_of_an_older_version_is_gone(world: World, admin: Client) -> None:
    first, second, _ = world.actions["google", "stage_change"]
    event = world.make_event("google", "stage_change")
    posted(admin, event, "save", {**opened(admin, event), "destination": second.external_id})
    with world.scope():
        ConversionAction.objects.filter(id=first.id).update(gone_at=timezone.now())
    for answer in (
        admin.get(f"/events/{event.id}/roll-back/1/"),
        admin.post(f"/events/{event.id}/roll-back/1/", {"seen": "2"}),
    ):
        assert answer.status_code == 422
        assert "<strong>Where it lands</strong>: Choose where the conversions land." in answer.content.decode()
    assert numbers(world) == [1, 2]


def test_it_duplicates_into_the_create_dialog(world: World, admin: Client) -> None:
    event = world.make_event("facebook", "stage_change", name="Customers", value="40.00")
    page = admin.get(f"/events/{event.id}/").content.decode()
    link = html.unescape(re.findall(r'href="(/events/new/\?[^"]+)"', page)[0])
    dialog = admin.get(link).content.decode()
    assert 'value="Customers (copy)"' in dialog
    assert 'value="40.00"' in dialog
    sent = {**answers(dialog), "trigger_name": "lead"}
    assert admin.post("/events/new/", sent).status_code == 302
    with world.scope():
        copied = Event.objects.select_related("version").get(name="Customers (copy)")
        assert copied.version is not None
        assert (copied.trigger_name, copied.version.settings["value"]) == ("lead", "40.00")
