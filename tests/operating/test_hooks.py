"""A workspace's webhook hears of each change once, signed, and again for five days where it does not answer."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.audit.models import Entry
from apps.connections.models import Connection
from apps.core.errors import Conflict, InvalidInput
from apps.operating.channels import alert_settings, hook_on, hook_remove, hook_set
from apps.operating.hooks import messages_send
from apps.operating.models import AlertSettings, HookMessage
from tests.support.receiver import Receiver, receiver
from tests.support.told import alerts
from tests.support.world import World


@pytest.fixture
def hook(settings) -> Iterator[Receiver]:
    """A receiver at the one place on this machine that may be called."""
    with receiver() as server:
        settings.SANDBOX_URL = server.url
        yield server


@pytest.fixture
def secret(world: World, hook: Receiver) -> str:
    with world.scope():
        return hook_set(
            workspace_id=world.workspace.id, url=f"{hook.url}/alerts?team=1", by=world.by, at=timezone.now()
        )


def set_state(world: World, state: str) -> None:
    with world.scope():
        Connection.objects.filter(system="google").update(state=state)


def kept(world: World) -> AlertSettings:
    with world.scope():
        return alert_settings()


def test_it_hears_when_something_begins_and_when_it_is_over_and_of_nothing_else(world, look, start, hook, secret):
    set_state(world, "reconnect")
    for minutes in range(5):
        look(minutes)
        messages_send(now=start + timedelta(minutes=minutes))
    set_state(world, "working")
    look(6)
    messages_send(now=start + timedelta(minutes=6))
    told = [json.loads(body) for _, _, body in hook.got]
    assert [each["type"] for each in told] == ["alert.opened", "alert.ended"]
    first, last = (each["data"] for each in told)
    assert first["id"] == last["id"] == str(alerts(kind="reconnect")[0].id)
    assert (first["kind"], first["who"], first["ended_at"]) == ("reconnect", "admin", None)
    assert first["sentence"].startswith("Google Ads no longer accepts")
    assert last["ended_at"] is not None
    assert hook.got[0][0] == "/alerts?team=1"


def test_its_messages_are_signed_over_their_very_bytes(world, look, start, hook, secret):
    set_state(world, "reconnect")
    look(0)
    messages_send(now=start)
    (_, headers, body) = hook.got[0]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - start.timestamp()) < 2


def test_fault_60_it_is_tried_again_with_the_same_id_and_bytes(world, look, start, hook, secret):
    hook.status = 500
    set_state(world, "reconnect")
    look(0)
    assert messages_send(now=start) == 0
    assert messages_send(now=start + timedelta(seconds=30)) == 0
    hook.status = 200
    assert messages_send(now=start + timedelta(minutes=2)) == 1
    assert len(hook.got) == 2
    (_, one, first), (_, other, second) = hook.got
    assert first == second
    assert one["webhook-id"] == other["webhook-id"]
    assert kept(world).hook_failing_since is None


def test_a_redirect_is_a_refusal(world, look, start, hook, secret):
    hook.status = 302
    set_state(world, "reconnect")
    look(0)
    assert messages_send(now=start) == 0
    assert len(hook.got) == 1


def test_fault_60_after_five_days_it_is_switched_off_and_its_admins_are_mailed(world, look, start, hook, secret):
    hook.status = 503
    set_state(world, "reconnect")
    look(0)
    hours = 0
    while not kept(world).hook_off and hours < 24 * 8:
        messages_send(now=start + timedelta(hours=hours))
        hours += 1
    assert 24 * 5 <= hours < 24 * 6
    look(hours * 60)
    assert [alert.kind for alert in alerts(opened_at__isnull=False)] == ["reconnect", "hook_failing"]
    before = len(hook.got)
    set_state(world, "working")
    look(hours * 60 + 30)
    messages_send(now=start + timedelta(hours=hours + 1))
    assert len(hook.got) == before
    with world.scope():
        hook_on(workspace_id=world.workspace.id, by=world.by, at=timezone.now())
    assert not kept(world).hook_off


def test_fault_60_one_that_answers_now_and_then_stays_on(world, look, start, hook, secret):
    for day in range(8):
        hook.status = 503
        set_state(world, "reconnect" if day % 2 == 0 else "working")
        look(day * 1440)
        messages_send(now=start + timedelta(days=day))
        hook.status = 200
        messages_send(now=start + timedelta(days=day, minutes=2))
    assert not kept(world).hook_off


def test_what_is_muted_is_not_posted_and_a_removed_hook_hears_nothing_more(world, look, start, hook, secret):
    with world.scope():
        AlertSettings.objects.update(muted=["reconnect"])
    set_state(world, "reconnect")
    look(0)
    with world.scope():
        assert not HookMessage.objects.exists()
        AlertSettings.objects.update(muted=[])
    set_state(world, "working")
    look(1)
    with world.scope():
        hook_remove(workspace_id=world.workspace.id, by=world.by, at=timezone.now())
    messages_send(now=start + timedelta(minutes=2))
    assert hook.got == []
    assert bytes(kept(world).hook_sealed) == b""


def test_its_secret_is_sealed_and_stands_nowhere_else(world, secret):
    with world.scope():
        row = AlertSettings.objects.get()
        noted = [str(entry.detail) + entry.subject for entry in Entry.objects.filter(action="alerts.hook")]
    assert secret.encode() not in bytes(row.hook_sealed)
    assert secret not in repr(row.__dict__)
    assert noted
    assert all(secret not in text for text in noted)


@pytest.mark.parametrize("url", ["http://example.com/", "https://10.0.0.1:22/", "https://user:pw@example.com/", "x"])
def test_it_takes_no_address_that_is_not_called(world, url):
    with world.scope(), pytest.raises(InvalidInput):
        hook_set(workspace_id=world.workspace.id, url=url, by=world.by, at=timezone.now())


def test_only_one_that_is_off_can_be_switched_on(world, secret):
    with world.scope(), pytest.raises(Conflict):
        hook_on(workspace_id=world.workspace.id, by=world.by, at=timezone.now())
