"""A rehearsal against the real judging: the same verdicts, reasons, values and bytes, and nothing written."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.conversions import rehearsing
from apps.conversions.models import Conversion, Event
from apps.conversions.rehearsing import history, rehearse, setting_drafted, setting_of
from apps.domain.decision import Verdict
from apps.pipeline import flow
from apps.signals.models import Signal
from tests.support import factories
from tests.support.people import a_history
from tests.support.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)
DAYS = timedelta(days=90)
TRIGGERS = ("form_submission", "stage_change", "custom_event")


def rehearsed(world, event, *, since, **options):
    with world.scope():
        event = Event.objects.select_related("version", "account").get(id=event.id)
        setting = setting_of(
            workspace_id=world.workspace.id, account=event.account, event=event, settings=event.version.settings
        )
        signals = history(trigger=event.trigger, name=event.trigger_name, since=since, until=timezone.now() + DAYS)
        return list(rehearse(signals=signals, setting=setting, **options))


def as_judged(conversion):
    verdict = Verdict.BLOCKED
    if conversion.state != "blocked":
        verdict = Verdict.HELD if conversion.reason else Verdict.SEND
    value = None if conversion.value is None else (conversion.value, conversion.currency)
    return verdict, conversion.reason, value, conversion.payload, conversion.expires_at


def as_rehearsed(each):
    value = None if each.value is None else (each.value.amount, each.value.currency)
    return each.verdict, each.reason, value, each.element, each.expires_at


@pytest.mark.parametrize("seed", range(3))
def test_h02_it_decides_for_every_network_and_trigger_what_the_real_run_decides(seed):
    world, since = make_world(), timezone.now() - DAYS
    values = {"value_from": "deal", "value": "10.005"}
    events = [
        world.make_event(network, trigger, at=since, **values)
        for network in ("facebook", "google", "linkedin")
        for trigger in TRIGGERS
    ]
    a_history(world, seed)
    for event in events:
        before = rehearsed(world, event, since=since, elements=True)
        with world.scope():
            assert not Conversion.objects.filter(event_id=event.id).exists()
        assert before
        event.rehearsed = {UUID(each.signal_id): as_rehearsed(each) for each in before}
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        for event in events:
            judged = {row.signal_id: as_judged(row) for row in Conversion.objects.filter(event_id=event.id)}
            assert judged == event.rehearsed


def test_h02_it_rehearses_a_part_of_history_as_it_would_the_whole():
    world, since = make_world(), timezone.now() - DAYS
    a_history(world, 7, people=15)
    with world.scope():
        setting = setting_drafted(workspace_id=world.workspace.id, draft=world.draft(), since=since)
        signals = list(
            history(trigger="form_submission", name=str(world.form.id), since=since, until=timezone.now() + DAYS)
        )
        whole = [as_rehearsed(each) for each in rehearse(signals=signals, setting=setting)]
        parts = [as_rehearsed(each) for one in signals for each in rehearse(signals=[one], setting=setting)]
    assert "duplicate" in {reason for _, reason, *_ in whole}
    assert parts == whole


def test_h02_it_counts_from_the_beginning_of_the_period_and_writes_nothing():
    world, now = make_world(), timezone.now()
    factories.a_submission(world.form, at=now - timedelta(days=3))
    factories.a_submission(world.form, at=now - timedelta(days=1))
    with world.scope():
        setting = setting_drafted(workspace_id=world.workspace.id, draft=world.draft(), since=now - timedelta(days=2))
        signals = list(Signal.objects.filter(kind="form_submission").order_by("id"))
        found = [(each.verdict, each.reason) for each in rehearse(signals=signals, setting=setting)]
        assert found == [(Verdict.BLOCKED, "before_event"), (Verdict.SEND, "")]
        assert not Event.objects.exists()
        assert not Conversion.objects.exists()


def test_h02_it_reads_the_facts_of_a_thousand_signals_in_a_fixed_number_of_queries():
    world, since = make_world(), timezone.now() - DAYS
    event = world.make_event("linkedin", at=since, value_from="deal")
    counts = []
    for more in (3, 30):
        for _ in range(more):
            factories.a_submission(world.form)
        with CaptureQueriesContext(connection) as queries:
            rehearsed(world, event, since=since)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_it_reads_history_in_the_order_of_time_between_its_bounds(monkeypatch):
    monkeypatch.setattr(rehearsing, "BATCH", 3)
    world, now = make_world(), timezone.now()
    for hours in (5, 1, 9, 3, 7, 2, 8, 4, 6):
        factories.a_submission(world.form, at=now - timedelta(hours=hours))
    bounds = {"since": now - timedelta(hours=8, minutes=30), "until": now - timedelta(minutes=90)}
    with world.scope():
        found = list(history(trigger="form_submission", name=str(world.form.id), **bounds))
    assert [round((now - signal.occurred_at).total_seconds() / 3600) for signal in found] == [8, 7, 6, 5, 4, 3, 2]
