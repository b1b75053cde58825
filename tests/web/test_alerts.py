"""Alerts: what is open, since when and who must act; and who is told of it."""

import pytest
from django.test import Client
from django.utils import timezone

from apps.operating.channels import alert_settings
from apps.workspaces.models import Member
from tests.support.alerting import alerts_of_every_kind
from tests.support.world import World, make_world


def test_it_says_that_nothing_is_the_matter(world: World, admin: Client):
    assert "Nothing is the matter" in admin.get("/alerts/").content.decode()
    assert "alerts are open" not in admin.get("/").content.decode()


def test_it_says_what_is_the_matter_who_must_act_and_what_to_do(world: World, admin: Client):
    world.make_event("facebook")
    alerts_of_every_kind(world, timezone.now())
    page = admin.get("/alerts/").content.decode()
    assert "no longer accepts the sign-in" in page
    assert "An admin must act" in page
    assert "Connect it again. What waits then leaves by itself." in page
    assert "all of them are blocked: The contact has no value for the consent property" in page
    assert "lasted from" in page
    overview = admin.get("/").content.decode()
    assert "8 alerts are open." in overview
    assert 'href="/alerts/"' in overview


def test_it_shows_nothing_of_another_workspace(world: World, admin: Client):
    alerts_of_every_kind(make_world("Rival"), timezone.now())
    assert "Nothing is the matter" in admin.get("/alerts/").content.decode()


def test_it_reads_as_dutch(world: World, admin: Client):
    alerts_of_every_kind(world, timezone.now())
    admin.cookies["django_language"] = "nl"
    page = admin.get("/alerts/").content.decode()
    assert "accepteert de koppeling" in page
    assert "is stilgevallen: er komen signalen binnen" in page


def test_it_keeps_who_is_told_and_of_what(world: World, admin: Client):
    with world.scope():
        viewer = Member.objects.get(user=world.viewer)
    answer = admin.post(
        "/alerts/settings/", {"everybody": "chosen", "recipients": [str(viewer.id)], "kinds": ["reconnect", "quiet"]}
    )
    assert answer.status_code == 302
    with world.scope():
        kept = alert_settings()
    assert kept.recipients == [viewer.id]
    assert "reconnect" not in kept.muted
    assert "lane_held" in kept.muted
    page = admin.get("/alerts/settings/").content.decode()
    assert f'value="{viewer.id}" checked' in page


@pytest.mark.parametrize("recipients", [[], ["nobody"], ["01a20417-26b5-7fe7-a152-98c740234e80"]])
def test_it_says_what_is_wrong_with_the_members_that_were_chosen(admin: Client, recipients: list[str]):
    answer = admin.post("/alerts/settings/", {"everybody": "chosen", "recipients": recipients})
    assert answer.status_code == 422
    assert "Choose one or more members of this workspace." in answer.content.decode()


def test_a_rival_s_member_is_nobody_here(world: World, admin: Client):
    rival = make_world("Rival")
    with rival.scope():
        stranger = Member.objects.get(user=rival.admin)
    answer = admin.post("/alerts/settings/", {"everybody": "chosen", "recipients": [str(stranger.id)]})
    assert answer.status_code == 422


def test_the_webhook_s_secret_is_shown_once(world: World, admin: Client):
    answer = admin.post("/alerts/hook/set/", {"hook_url": "https://hooks.example.com/convsync"})
    secret = answer.context["secret"]
    assert secret.startswith("whsec_")
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    again = admin.get("/alerts/settings/").content.decode()
    assert secret not in again
    assert 'value="https://hooks.example.com/convsync"' in again
    assert admin.post("/alerts/hook/remove/").status_code == 302
    with world.scope():
        assert alert_settings().hook_url == ""


@pytest.mark.parametrize("url", ["", "http://hooks.example.com/", "https://localhost/", "https://a.b:8080/"])
def test_it_says_what_is_wrong_with_the_address(admin: Client, url: str):
    answer = admin.post("/alerts/hook/set/", {"hook_url": url})
    assert answer.status_code == 422
    assert "Give a public address that begins with https://" in answer.content.decode()


@pytest.mark.parametrize("verb", ["set", "on", "remove"])
def test_it_changes_nothing_by_a_link(admin: Client, verb: str):
    assert admin.get(f"/alerts/hook/{verb}/").status_code == 405
