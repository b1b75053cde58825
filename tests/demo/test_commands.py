"""`manage.py seed_demo` and `manage.py demo_reset`."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from apps.ads.models import AdAccount
from apps.conversions.models import Event
from apps.conversions.services import event_delete, event_switch
from apps.core.actor import SYSTEM
from apps.core.tenancy import every_workspace, workspace_scope
from apps.domain.facts import Trigger, ValueFrom
from apps.pipeline.flow import judge
from apps.pipeline.management import demo_world
from apps.records.models import Contact, LifecycleStage
from apps.signals.models import Signal
from apps.tracking.models import Form
from apps.workspaces.models import ApiKey, Member, User, Workspace
from apps.workspaces.services import api_key_recognise
from tests.support.factories import a_contact

pytestmark = pytest.mark.django_db


def seed() -> Workspace:
    call_command("seed_demo", stdout=StringIO())
    return Workspace.objects.get(name="Demo")


def reset() -> dict[str, Any]:
    said = StringIO()
    call_command("demo_reset", stdout=said)
    lines = said.getvalue().splitlines()
    assert len(lines) == 1
    told: dict[str, Any] = json.loads(lines[0])
    return told


def test_it_makes_the_demo_workspace_once() -> None:
    workspace = seed()
    seed()
    assert Workspace.objects.count() == 1
    assert (workspace.currency, workspace.country, workspace.time_zone) == ("EUR", "NL", "Europe/Amsterdam")
    with workspace_scope(workspace.id):
        assert Event.objects.count() == len(demo_world.EVENTS)
        assert Form.objects.count() == len(demo_world.FORMS)
        assert AdAccount.objects.count() == len(demo_world.ACCOUNTS)
        assert LifecycleStage.objects.count() == 8


def test_it_lets_an_admin_a_marketer_and_a_viewer_sign_in() -> None:
    workspace = seed()
    with workspace_scope(workspace.id):
        roles = {member.user.email: member.role for member in Member.objects.select_related("user")}
    assert roles == {
        "demo@convsync.test": "admin",
        "marketer@convsync.test": "marketer",
        "viewer@convsync.test": "viewer",
    }
    assert all(user.check_password("demo-convsync") for user in User.objects.all())


def test_it_covers_every_network_trigger_and_way_to_value() -> None:
    seed()
    with every_workspace():
        events = list(Event.objects.select_related("account", "version"))
    assert {(event.account.network, event.trigger) for event in events} == {
        (network, trigger.value) for network in ("facebook", "google", "linkedin") for trigger in Trigger
    }
    settings = [event.version.settings for event in events if event.version]
    assert {each["value_from"] for each in settings} == {way.value for way in ValueFrom}
    assert any(event.on_since is None for event in events)
    assert any(event.account.is_manager for event in events)


@pytest.mark.parametrize("command", ["seed_demo", "demo_reset"])
def test_it_refuses_where_a_public_password_would_be_a_hole(command: str, settings: Settings) -> None:
    settings.EMBEDDED = settings.TESTING = False
    with pytest.raises(CommandError, match="CONVSYNC_EMBEDDED"):
        call_command(command)
    assert not Workspace.objects.exists()


def test_it_takes_out_all_that_came_in_and_nothing_else() -> None:
    workspace = seed()
    a_contact(workspace, lifecyclestage="lead")
    judge(workspace_id=workspace.id)
    told = reset()
    with workspace_scope(workspace.id):
        assert not Contact.objects.exists()
        assert not Signal.objects.exists()
        assert Event.objects.count() == len(demo_world.EVENTS)
        assert set(told["forms"]) == set(demo_world.FORMS)
        assert set(told["behaviours"]) == set(demo_world.BEHAVIOURS)
    assert told["portal_id"] == workspace.portal_id


def test_it_hands_over_a_fresh_key_that_can_do_everything_and_ends_the_former_one() -> None:
    seed()
    first, second = reset()["api_key"], reset()["api_key"]
    assert api_key_recognise(text=first, at=timezone.now()) is None
    caller = api_key_recognise(text=second, at=timezone.now())
    assert caller is not None
    assert "records.write" in caller.scopes
    with every_workspace():
        assert ApiKey.objects.count() == 1


def test_it_puts_events_back_that_somebody_switched_or_deleted() -> None:
    workspace = seed()
    now = timezone.now()
    with workspace_scope(workspace.id):
        off, again, gone = Event.objects.exclude(on_since=None).order_by("name")[:3]
        event_switch(workspace_id=workspace.id, event_id=off.id, on=False, by=SYSTEM, at=now)
        event_switch(workspace_id=workspace.id, event_id=again.id, on=False, by=SYSTEM, at=now)
        event_switch(workspace_id=workspace.id, event_id=again.id, on=True, by=SYSTEM, at=now)
        event_delete(workspace_id=workspace.id, event_id=gone.id, by=SYSTEM, at=now)
        paused = Event.objects.get(on_since=None, name__contains="paused")
        event_switch(workspace_id=workspace.id, event_id=paused.id, on=True, by=SYSTEM, at=now)
    reset()
    with workspace_scope(workspace.id):
        events = {event.name: event for event in Event.objects.filter(deleted_at=None)}
    assert len(events) == len(demo_world.EVENTS)
    for planned in demo_world.EVENTS:
        event = events[planned.name]
        assert event.on_since == (None if planned.paused else event.created_at)
        assert (now - event.created_at).days >= 119
