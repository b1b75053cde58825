"""Switching and deleting events (A04, A05), and revoking keys."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.audit.models import Entry
from apps.conversions.models import Conversion, Event
from apps.domain.states import State
from apps.pipeline import flow
from apps.workspaces.models import ApiKey
from tests.support import factories
from tests.support.world import World

HTMX = {"HX-Request": "true", "HX-Target": "toasts"}


@pytest.fixture
def waiting(world: World) -> Event:
    """An event with one conversion that waits."""
    event = world.make_event("facebook", name="Leads", at=timezone.now() - timedelta(hours=1))
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    return event


def _state(world: World) -> str:
    with world.scope():
        return Conversion.objects.get().state


def test_it_switches_off_at_once_and_cancels_what_was_waiting(world: World, admin: Client, waiting: Event):
    answer = admin.post(f"/events/{waiting.id}/switch/", {"on": "0"}, headers=HTMX)
    assert "Nothing more is sent" in answer.content.decode()
    assert _state(world) == State.CANCELLED


def test_it_offers_the_way_back_and_tells_the_list_which_line_changed(admin: Client, waiting: Event):
    answer = admin.post(f"/events/{waiting.id}/switch/", {"on": "0"}, headers=HTMX)
    page = answer.content.decode()
    assert "Undo" in page
    assert 'name="on" value="1"' in page
    assert f"changed-{waiting.id}" in answer["HX-Trigger"]
    line = admin.get(f"/events/{waiting.id}/line/").content.decode()
    assert 'aria-checked="false"' in line


def test_it_switches_on_again_without_replaying_the_gap(world: World, admin: Client, waiting: Event):
    for on in ("0", "1"):
        admin.post(f"/events/{waiting.id}/switch/", {"on": on}, headers=HTMX)
    with world.scope():
        assert Event.objects.get(id=waiting.id).on_since is not None
    assert _state(world) == State.CANCELLED


def test_it_switches_without_htmx_too(admin: Client, waiting: Event):
    answer = admin.post(f"/events/{waiting.id}/switch/", {"on": "0"}, follow=True)
    assert "Nothing more is sent" in answer.content.decode()


def test_it_says_before_and_after_that_nothing_is_deleted_at_the_network(world: World, admin: Client, waiting: Event):
    assert "Nothing is deleted at Facebook" in admin.get(f"/events/{waiting.id}/").content.decode()
    answer = admin.post(f"/events/{waiting.id}/delete/", follow=True)
    assert "Nothing was deleted at Facebook." in answer.content.decode()
    assert admin.get(f"/events/{waiting.id}/").status_code == 404
    assert _state(world) == State.CANCELLED


def test_it_still_explains_signals_of_a_deleted_event(world: World, admin: Client, waiting: Event):
    admin.post(f"/events/{waiting.id}/delete/")
    with world.scope():
        signal_id = Conversion.objects.get().signal_id
    page = admin.get(f"/signals/{signal_id}/").content.decode()
    assert "Deleted" in page
    assert "Leads" in page


def test_it_writes_every_act_into_the_audit_log_with_the_member(world: World, admin: Client, waiting: Event):
    admin.post(f"/events/{waiting.id}/switch/", {"on": "0"})
    admin.post(f"/events/{waiting.id}/delete/")
    with world.scope():
        entries = Entry.objects.filter(actor_label=world.admin.email).order_by("at")
        told = list(entries.values_list("action", flat=True))
    assert told[-2:] == ["event.switch_off", "event.delete"]


def test_it_revokes_a_key_at_once(world: World, admin: Client):
    text = admin.post("/settings/keys/", {"name": "Site", "scopes": ["events.read"]}).context["text"]
    with world.scope():
        key = ApiKey.objects.get()
    answer = admin.post(f"/settings/keys/{key.id}/revoke/", follow=True)
    assert "The key was revoked." in answer.content.decode()
    bearer = {"Authorization": f"Bearer {text}"}
    assert Client().get("/api/v1/events", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ({"name": "", "scopes": ["events.read"]}, "Give a name of 1 to 100 characters."),
        ({"name": "Site"}, "Choose at least one of these."),
        ({"name": "Taken", "scopes": ["events.read"]}, "already a key with this name"),
    ],
)
def test_it_says_what_is_wrong_with_a_new_key(world: World, admin: Client, sent: dict[str, object], text: str):
    admin.post("/settings/keys/", {"name": "Taken", "scopes": ["events.read"]})
    answer = admin.post("/settings/keys/", sent)
    assert answer.status_code == 422
    assert text in answer.content.decode()
