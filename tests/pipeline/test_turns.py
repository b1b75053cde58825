"""Turns at a worker: short while others stand in line, given back when the worker stops, and one at a time."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.utils import timezone

from apps.conversions import judging
from apps.conversions.models import Conversion
from apps.core import http, shared, stopping
from apps.core.alone import alone
from apps.core.tenancy import every_workspace
from apps.deliveries import dropped, lanes
from apps.deliveries.models import Lane, Request
from apps.pipeline import doorbell, flow, turns
from apps.signals.models import Unjudged
from tests.conftest import Sandbox
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    """An event at Facebook, whose requests hold two conversions at most."""
    sandbox.reset()
    world = make_world()
    world.make_event("facebook")
    return world


@pytest.fixture
def stop() -> Iterator[Any]:
    """Tell this process to stop; afterwards it was never told."""
    yield stopping.stop
    stopping._asked.value = 0


def judged(world: World, count: int) -> None:
    for _ in range(count):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)


def send(world: World) -> int:
    return flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)


def lane(world: World) -> Lane:
    with world.scope():
        return Lane.objects.get(account_id=world.facebook.id)


def states(world: World) -> list[tuple[str, int]]:
    with world.scope():
        return list(Conversion.objects.order_by("signal_id").values_list("state", "tries"))


def few_at_once(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr("apps.deliveries.sending._limit", lambda *_: count)


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Any) -> None:
    """While a request is on its way, something happens."""
    true_call = http.call

    def call(**given: Any) -> http.Answer:
        answer = true_call(**given)
        happens()
        return answer

    monkeypatch.setattr(http, "call", call)


def test_it_hands_the_worker_on_after_a_request_while_others_stand_in_line(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_at_once(monkeypatch, 2)
    judged(world, 5)
    monkeypatch.setattr(doorbell, "others_wait", lambda: True)
    assert [send(world), send(world)] == [2, 2]
    assert lane(world).leased_until is None
    monkeypatch.setattr(doorbell, "others_wait", lambda: False)
    assert send(world) == 1


def test_it_judges_a_batch_and_stands_in_line_again_while_others_wait(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "BATCH", 2)
    for _ in range(5):
        factories.a_submission(world.form)
    monkeypatch.setattr(doorbell, "others_wait", lambda: True)
    assert flow.judge(workspace_id=world.workspace.id) == 2
    monkeypatch.setattr(doorbell, "others_wait", lambda: False)
    assert flow.judge(workspace_id=world.workspace.id) == 3
    with world.scope():
        assert not Unjudged.objects.exists()


def test_it_sees_who_stands_in_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # of the tests' own answer
    for queue in ("celery", "judge", "send", "slow"):
        shared.client().delete(queue)
    assert not doorbell.others_wait()
    shared.client().lpush("slow", "a simulation")
    assert not doorbell.others_wait()
    shared.client().lpush("judge", "a bell")
    assert doorbell.others_wait()
    shared.client().delete("slow", "judge")


def test_its_turn_is_over_at_last_though_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SECONDS", 0.0)
    assert len(list(turns.turn())) == 1


def test_fault_5_told_to_stop_it_begins_nothing_new(world: World, stop: Any) -> None:
    judged(world, 2)
    factories.a_submission(world.form)
    stop()
    assert send(world) == 0
    assert flow.judge(workspace_id=world.workspace.id) == 0
    assert states(world) == [("waiting", 0)] * 2


def test_fault_5_told_to_stop_it_ends_the_request_that_is_on_its_way_and_hands_the_lane_on(
    world: World, stop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_at_once(monkeypatch, 2)
    judged(world, 4)
    meanwhile(monkeypatch, stop)
    assert send(world) == 2
    assert sorted(states(world)) == [("sent", 1)] * 2 + [("waiting", 0)] * 2
    assert lane(world).leased_until is None


def test_fault_5_told_to_stop_it_gives_back_what_a_refused_request_left_to_be_asked(
    world: World, stop: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(world, 4)
    Control(sandbox.url).fault(
        "facebook", status=400, body={"error": {"message": "Invalid parameter", "code": 100, "error_subcode": 2804050}}
    )
    meanwhile(monkeypatch, stop)
    send(world)
    assert states(world) == [("waiting", 0)] * 4
    with world.scope():
        assert not Conversion.objects.exclude(doubtful_since=None).exists(), "a refusal leaves no doubt"
        assert Request.objects.count() == 1


def test_fault_3_halves_whose_lane_was_lost_meanwhile_are_not_sent_by_two(
    world: World, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(world, 4)
    Control(sandbox.url).fault(
        "facebook", status=400, body={"error": {"message": "Invalid parameter", "code": 100, "error_subcode": 2804050}}
    )

    def lost() -> None:
        with world.scope():
            Lane.objects.update(lease=None, leased_until=None)

    meanwhile(monkeypatch, lost)
    send(world)
    assert states(world) == [("waiting", 0)] * 4
    monkeypatch.undo()
    send(world)
    assert states(world) == [("sent", 1)] * 4
    assert sandbox.ledger()["counts"]["facebook"]["duplicates"] == 0


def test_fault_37_a_worker_whose_clock_is_wrong_neither_steals_a_lane_nor_keeps_it(world: World) -> None:
    judged(world, 1)
    now = timezone.now()
    with world.scope():
        assert lanes.lane_lease(account_id=world.facebook.id, now=now)
        for skew in (timedelta(minutes=10), timedelta(minutes=-10), timedelta(days=1)):
            assert lanes.lane_lease(account_id=world.facebook.id, now=now + skew) is None
        Lane.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        assert lanes.lane_lease(account_id=world.facebook.id, now=now - timedelta(minutes=10))


def test_fault_1_a_lane_whose_worker_died_is_taken_again_within_90_seconds(world: World) -> None:
    judged(world, 1)
    with world.scope():
        lanes.lane_lease(account_id=world.facebook.id, now=timezone.now())
        assert lane(world).leased_until is not None
    assert lanes.LEASE + timedelta(seconds=10) < timedelta(seconds=90)
    assert timedelta(seconds=http.TOTAL_SECONDS + 30) < lanes.LEASE


def test_fault_17_only_one_of_two_schedulers_sweeps_at_a_time(world: World) -> None:
    judged(world, 1)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('sweep', 0))")
            assert flow.sweep() == {}
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    assert flow.sweep()["due"] >= 1


def test_fault_17_who_is_alone_is_so_until_the_transaction_ends() -> None:
    with every_workspace():
        assert alone("anything")
    with every_workspace():
        assert alone("anything")


def test_fault_14_a_task_that_comes_twice_does_nothing_the_second_time(world: World, sandbox: Sandbox) -> None:
    judged(world, 2)
    assert [send(world), send(world)] == [2, 0]
    assert flow.judge(workspace_id=world.workspace.id) == 0
    counts = sandbox.ledger()["counts"]["facebook"]
    assert (counts["accepted"], counts["duplicates"]) == (2, 0)


def test_fault_6_it_goes_on_by_itself_after_redis_was_flushed(world: World) -> None:
    judged(world, 2)
    shared.client().flushdb()
    assert flow.sweep()["due"] >= 1
    assert shared.client().llen("send") >= 1


def cut_off() -> None:
    """PostgreSQL ends the connection that the test's worker uses."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    finally:
        other.close()


def test_fault_9_a_lane_whose_turn_broke_is_given_back_by_who_held_it(
    world: World, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(world, 2)
    meanwhile(monkeypatch, cut_off)
    with pytest.raises(DatabaseError):
        send(world)
    monkeypatch.undo()
    assert lane(world).leased_until is None
    with world.scope():
        assert set(states(world)) == {("sending", 1)}, "what may have been taken keeps its own lease"
    judged(world, 1)
    assert send(world) == 1
    assert Control(sandbox.url).counts("facebook") == (3, 0, 0)


def test_fault_9_a_lane_is_given_back_later_where_postgresql_stays_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: object) -> None:
        raise OperationalError("the server is away")

    judged(world, 1)
    meanwhile(monkeypatch, cut_off)
    monkeypatch.setattr(dropped, "lane_release", away)
    with pytest.raises(DatabaseError):
        send(world)
    monkeypatch.undo()
    assert lane(world).leased_until is not None
    assert dropped.dropped_return() == 1
    assert lane(world).leased_until is None
    assert dropped.dropped_return() == 0


def test_fault_9_a_lane_that_another_worker_serves_by_now_is_left_to_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken_over() -> None:
        with world.scope():
            Lane.objects.update(lease=None, leased_until=None)
            lanes.lane_lease(account_id=world.facebook.id, now=timezone.now())
        theirs.append(lane(world).lease)
        cut_off()

    judged(world, 1)
    theirs: list[Any] = []
    meanwhile(monkeypatch, taken_over)
    with pytest.raises(DatabaseError):
        send(world)
    monkeypatch.undo()
    assert theirs
    assert lane(world).lease == theirs[0]
