"""What the product cannot mend by itself is set aside, or told: poison, silence, and a webhook that is down."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.connections.models import Connection
from apps.conversions.models import Conversion
from apps.operating.channels import alert_settings, hook_set
from apps.operating.hooks import messages_send
from apps.operating.quieting import quiet_watch
from apps.operating.watching import watch
from apps.operating.words import opening_of
from apps.pipeline import flow
from apps.pipeline.models import PoisonedSignal
from apps.pipeline.poisoned import poisoned_let_in
from apps.tracking.models import Form
from tests.faults.conserving import conserved
from tests.operating.test_quieting import HOUR, NOW, OLD, every, fired
from tests.pipeline.test_poison import judging_fails_on
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.receiver import receiver
from tests.support.told import alerts
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.fault(40)
def test_f40_a_poisoned_signal_is_set_aside_its_neighbours_leave_and_it_follows_when_it_is_mended(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.make_event("facebook", at=timezone.now() - HOUR)
    for _ in range(6):
        factories.a_submission(world.form)
    with monkeypatch.context() as fault:
        judging_fails_on(fault, lambda place: place == 2)
        flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    with world.scope():
        assert PoisonedSignal.objects.count() == 1
        assert set(Conversion.objects.values_list("state", flat=True)) == {"sent"}
    assert control.counts("facebook")[0] == 5
    conserved(world.workspace, sandbox_url=control.url)
    poisoned_let_in(workspace_id=world.workspace.id)
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    assert control.counts("facebook")[::2] == (6, 0)
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(41)
def test_f41_an_event_whose_form_was_archived_says_so_and_its_silence_is_told(world: World, control: Control) -> None:
    event = world.make_event("facebook", at=OLD)
    fired(world, event, every(0.5, until=NOW - 8 * HOUR))
    assert quiet_watch(now=NOW - 8 * HOUR).opened == 0
    with world.scope():
        Form.objects.update(archived_at=NOW - 8 * HOUR)
    assert (quiet_watch(now=NOW).opened, quiet_watch(now=NOW).opened) == (1, 0)
    (alert,) = alerts(kind="quiet")
    assert (alert.workspace_id, alert.detail["cause"]) == (world.workspace.id, "form_gone")
    assert "its form was archived" in opening_of(alert)


@pytest.mark.fault(60)
def test_f60_a_webhook_that_is_down_for_days_is_tried_switched_off_and_told(
    world: World, control: Control, settings: Any
) -> None:
    start = timezone.now()
    with receiver() as hook:
        settings.SANDBOX_URL = hook.url
        hook.status = 503
        with world.scope():
            hook_set(workspace_id=world.workspace.id, url=f"{hook.url}/alerts", by=world.by, at=start)
            Connection.objects.filter(system="google").update(state="reconnect")
        watch(now=start)
        for hours in range(24 * 6):
            messages_send(now=start + timedelta(hours=hours))
        with world.scope():
            assert alert_settings().hook_off
        watch(now=start + timedelta(days=6))
        assert len({(headers["webhook-id"], body) for _, headers, body in hook.got}) == 1
        assert 5 < len(hook.got) < 100
    assert "hook_failing" in {alert.kind for alert in alerts(opened_at__isnull=False)}
