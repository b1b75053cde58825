"""Each guard by itself, with whatever else would help in its absence kept out of the way (tools/mutants.py)."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from apps.conversions import owing
from apps.conversions.judging import judge_batch, turn_wait
from apps.conversions.models import Conversion
from apps.core import http
from apps.core.ids import new_id
from apps.core.tenancy import TenantModel, workspace_scope
from apps.deliveries.models import Request
from apps.domain.retry import Next
from apps.domain.states import State
from apps.pipeline import flow
from apps.pipeline.models import PoisonedSignal
from apps.signals.models import Signal, Unjudged
from apps.signals.services import Noticed
from tests.faults.conserving import conserved
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
NETWORKS = ("facebook", "google", "linkedin")
TENANTS = [model for model in apps.get_models() if issubclass(model, TenantModel)]


def owed(world: World, count: int = 3, network: str = "facebook") -> None:
    """So many conversions that wait."""
    world.make_event(network, at=timezone.now() - timedelta(hours=1))
    for _ in range(count):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)


def send(world: World, network: str = "facebook") -> int:
    return flow.send(workspace_id=world.workspace.id, account_id=world.account(network).id)


def states(world: World) -> list[tuple[str, int]]:
    with world.scope():
        return sorted(Conversion.objects.values_list("state", "tries"))


def wire(monkeypatch: pytest.MonkeyPatch, while_under_way: Any = None) -> list[dict[str, Any]]:
    """The calls that leave; something may happen while the first is under way."""
    true_call, calls = http.call, []

    def call(**given: Any) -> http.Answer:
        calls.append(given)
        if len(calls) == 1 and while_under_way is not None:
            while_under_way()
        return true_call(**given)

    monkeypatch.setattr(http, "call", call)
    return calls


def test_it_leaves_a_lane_alone_that_another_worker_serves(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed(world)
    second: list[int] = []

    def meanwhile() -> None:
        factories.a_submission(world.form)
        flow.judge(workspace_id=world.workspace.id)
        second.append(send(world))

    calls = wire(monkeypatch, meanwhile)
    send(world)
    assert second == [0]
    assert len(calls) == 2, "the first worker took the new one along in its next request"
    conserved(world.workspace, sandbox_url=control.url)


def test_it_gives_nothing_back_that_is_being_sent(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.make_event("linkedin", at=timezone.now() - timedelta(hours=1))
    owed(world)

    def meanwhile() -> None:
        past = timezone.now() - timedelta(seconds=1)
        with world.scope():
            lost = Conversion.objects.filter(network="linkedin")
            lost.update(state=State.SENDING, request_id=new_id(), leased_until=past)
        flow.sweep()
        with world.scope():
            assert set(lost.values_list("state", flat=True)) == {"waiting"}

    calls = wire(monkeypatch, meanwhile)
    send(world)
    with world.scope():
        assert set(Conversion.objects.filter(network="facebook").values_list("state", "tries")) == {("sent", 1)}
    assert len(calls) == 1
    send(world, "linkedin")
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.parametrize("network", NETWORKS)
def test_it_sends_the_very_bytes_that_were_frozen_in_one_order_each_time(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch, network: str
) -> None:
    owed(world, 12, network)
    control.fault(network, status=503)
    calls = wire(monkeypatch)
    send(world, network)
    with world.scope():
        Conversion.objects.update(due_at=timezone.now())
        frozen = list(Conversion.objects.order_by("signal_id").values_list("payload", flat=True))
    flow.resume(workspace_id=world.workspace.id, account_ids=[world.account(network).id], at=timezone.now())
    send(world, network)
    first, second = (call["body"] for call in calls)
    assert first == second
    places = [first.find(payload.encode()) for payload in frozen]
    assert places == sorted(places)
    assert -1 not in places


def test_it_sends_nothing_for_another_workspace(world: World, control: Control) -> None:
    other = make_world("Other")
    owed(world)
    owed(other)
    send(world)
    assert states(other) == [("waiting", 0)] * 3
    with other.scope():
        assert not Request.objects.exists()


@pytest.mark.parametrize("model", TENANTS, ids=lambda model: model.__name__)
def test_it_asks_for_its_own_workspace_before_the_database_hides_the_others(model: type[TenantModel]) -> None:
    workspace_id = new_id()
    with workspace_scope(workspace_id):
        asked = str(model.objects.all().query)
    assert f'"workspace_id" = {workspace_id}' in asked.replace("'", "")


def test_it_makes_one_signal_of_a_cause_that_is_noticed_twice(world: World) -> None:
    at, number = timezone.now(), factories.a_contact(world.workspace)
    told = Noticed(kind="stage_change", name="customer", contact_id=number, cause="x", occurred_at=at)
    for again in (told, replace(told)):
        with world.scope():
            flow.notice(workspace_id=world.workspace.id, noticed=[again], at=at)
    with world.scope():
        assert Signal.objects.filter(name="customer").count() == 1


def test_it_keeps_what_was_decided_when_a_signal_is_judged_again(world: World) -> None:
    owed(world, 1)
    with world.scope():
        before = Conversion.objects.values().get()
        signal = Signal.objects.get()
        Unjudged.objects.create(workspace_id=world.workspace.id, signal_id=signal.id, recorded_at=signal.recorded_at)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        assert Conversion.objects.values().get() == before
        assert not Unjudged.objects.exists()
        assert not PoisonedSignal.objects.exists()


def test_a_late_answer_settles_nothing_that_left_again_in_another_request(world: World) -> None:
    owed(world, 1)
    with world.scope():
        now, request_id = timezone.now(), new_id()
        Conversion.objects.update(state=State.SENDING, request_id=request_id, leased_until=now + timedelta(minutes=1))
        key = Conversion.objects.values_list("signal_id", "event_id").get()
        for late in (Next(State.FAILED, reason="late"), Next(State.WAITING, now, reason="late")):
            owing.settle(request_id=new_id(), steps={key: late}, now=now)
        assert Conversion.objects.values_list("state", "reason").get() == ("sending", "")
        owing.settle(request_id=request_id, steps={key: Next(State.SENT)}, now=now)
        assert Conversion.objects.values_list("state", flat=True).get() == "sent"


def test_it_judges_no_workspace_that_another_worker_judges(world: World) -> None:
    world.make_event("facebook", at=timezone.now() - timedelta(hours=1))
    factories.a_submission(world.form)
    taken, done = threading.Event(), threading.Event()

    def other() -> None:
        with workspace_scope(world.workspace.id):
            turn_wait(workspace_id=world.workspace.id)
            taken.set()
            done.wait(20)
        connection.close()

    worker = threading.Thread(target=other)
    worker.start()
    assert taken.wait(20)
    with world.scope():
        assert judge_batch(workspace_id=world.workspace.id, now=timezone.now()) is None
    done.set()
    worker.join()
    with world.scope():
        judged = judge_batch(workspace_id=world.workspace.id, now=timezone.now())
    assert judged is not None
    assert judged.signals == 1
