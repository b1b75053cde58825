"""An event that is switched off or deleted while its queue is full: what waits ends, and can be brought back."""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.conversions.models import Conversion, Event
from apps.conversions.selectors import ledger
from apps.conversions.services import event_delete, event_switch
from apps.core import http
from apps.pipeline import flow
from apps.pipeline.resend import Wanted, resend_prepare
from tests.faults.conserving import conserved
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)
QUEUED, BATCH = 10_000, 1000

# The same submission so many times, each a signal of its own with bytes of its own.
FILL = """
    WITH made AS (
        SELECT (left(%s, 15) || substr(gen_random_uuid()::text, 16))::uuid AS id, lpad(number::text, 32, '0') AS known
          FROM generate_series(2, %s) AS number
    ), told AS (
        INSERT INTO signals_signal
               (workspace_id, id, kind, name, contact_id, facts, repeat_key, occurred_at, recorded_at)
        SELECT one.workspace_id, made.id, one.kind, one.name, one.contact_id, one.facts, '', one.occurred_at,
               one.recorded_at
          FROM signals_signal AS one, made WHERE one.id = %s
    )
    INSERT INTO conversions_conversion
           (workspace_id, signal_id, event_id, version_id, account_id, contact_id, network, state, reason, trace, asked,
            circumstances_id, value, currency, network_event_id, occurred_at, judged_at, route, payload, tries,
            priority, due_at, expires_at)
    SELECT workspace_id, made.id, event_id, version_id, account_id, contact_id, network, state, reason, trace, asked,
           circumstances_id, value, currency, made.known, occurred_at, judged_at, route,
           replace(payload, network_event_id, made.known), tries, priority, due_at, expires_at
      FROM conversions_conversion, made WHERE signal_id = %s
"""


def fill(count: int) -> None:
    """So many of the only conversion that the workspace has. Call inside its scope."""
    one = str(Conversion.objects.get().signal_id)
    with connection.cursor() as cursor:
        cursor.execute(FILL, [one, count, one, one])
    assert Conversion.objects.filter(state="waiting").count() == count


def full(world: World) -> Event:
    """An event with a full queue."""
    event = world.make_event("facebook")
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        fill(QUEUED)
    return event


def counted(world: World) -> dict[str, int]:
    with world.scope():
        return {state: count for state, count in ledger().by_state.items() if count}


@pytest.mark.fault(56)
def test_f56_switching_off_ends_a_full_queue_and_a_replay_brings_it_back(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = full(world)
    true_call, calls = http.call, []

    def call(**given: Any) -> http.Answer:
        calls.append(given["url"])
        if len(calls) == 2:
            with world.scope():
                event_switch(
                    workspace_id=world.workspace.id, event_id=event.id, on=False, by=world.by, at=timezone.now()
                )
        return true_call(**given)

    with monkeypatch.context() as patch:
        patch.setattr(http, "call", call)
        flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    assert len(calls) == 2
    assert counted(world) == {"sent": 2 * BATCH, "cancelled": QUEUED - 2 * BATCH}
    with world.scope():
        assert set(Conversion.objects.filter(state="cancelled").values_list("reason", flat=True)) == {"event_off"}
        event_switch(workspace_id=world.workspace.id, event_id=event.id, on=True, by=world.by, at=timezone.now())
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    assert counted(world) == {"sent": 2 * BATCH, "cancelled": QUEUED - 2 * BATCH}, "switching on brings nothing back"
    with world.scope():
        offered = resend_prepare(
            workspace_id=world.workspace.id, wanted=Wanted(kind="replay"), by=world.by, at=timezone.now()
        )
    assert offered.forecast["counts"]["eligible"] > 0
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(56)
def test_f56_deleting_ends_a_full_queue_and_nothing_of_it_leaves(world: World, control: Control) -> None:
    event = full(world)
    with world.scope():
        event_delete(workspace_id=world.workspace.id, event_id=event.id, by=world.by, at=timezone.now())
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    assert counted(world) == {"cancelled": QUEUED}
    assert control.counts("facebook") == (0, 0, 0)
    conserved(world.workspace, sandbox_url=control.url)
