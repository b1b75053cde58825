"""What our own code cannot handle is set aside after three tries, and its neighbours go on (fault 40)."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.utils import timezone
from structlog.testing import capture_logs

from apps.ads.registry import NETWORKS
from apps.conversions.consenting import withdrawn
from apps.conversions.models import Conversion
from apps.deliveries.models import Lane, Request
from apps.domain import decide as decisions
from apps.pipeline import flow
from apps.pipeline.conservation import balance_of
from apps.pipeline.explain import explain
from apps.pipeline.models import PoisonedSignal
from tests.conftest import Sandbox
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "poisoned@example.com"


class Broken(ValueError):
    """Says whom it failed on, as errors do."""

    def __init__(self) -> None:
        super().__init__(f"cannot handle {ADDRESS}")


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    """An event at Facebook and eight submissions."""
    sandbox.reset()
    world = make_world()
    world.make_event("facebook")
    for _ in range(8):
        factories.a_submission(world.form)
    return world


def judge(world: World) -> int:
    return flow.judge(workspace_id=world.workspace.id)


def send(world: World) -> None:
    with world.scope():
        Conversion.objects.filter(state="waiting").update(due_at=timezone.now())
        Lane.objects.update(next_due_at=timezone.now(), held_until=None)
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)


def states(world: World) -> list[str]:
    with world.scope():
        return list(Conversion.objects.order_by("signal_id").values_list("state", flat=True))


def judging_fails_on(monkeypatch: pytest.MonkeyPatch, wanted: Any) -> None:
    """The decision raises for the signals that are `wanted` (by their place among all that were looked at)."""
    true_decide, seen = decisions.decide, {}

    def decide(case: Any, **given: Any) -> Any:
        place = seen.setdefault(case.signal.id, len(seen))
        if wanted(place):
            raise Broken
        return true_decide(case, **given)

    monkeypatch.setattr("apps.conversions.judging.decide", decide)


def test_fault_40_a_signal_that_makes_judging_raise_is_set_aside_and_the_others_are_judged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    judging_fails_on(monkeypatch, lambda place: place == 5)
    with capture_logs() as logs:
        assert judge(world) == 7
    with world.scope():
        (aside,) = PoisonedSignal.objects.all()
        assert Conversion.objects.count() == 7
        assert not explain(signal_id=aside.signal_id).is_judged
    (told,) = [line for line in logs if line["event"] == "poison"]
    assert (told["doing"], told["error"], told["signal"]) == ("judging", "Broken", str(aside.signal_id))
    assert ADDRESS not in str(logs)
    assert balance_of(world.workspace).differences == ()


def test_fault_40_when_all_of_them_are_poisoned_each_is_set_aside_and_judging_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    judging_fails_on(monkeypatch, lambda _: True)
    assert judge(world) == 0
    with world.scope():
        assert PoisonedSignal.objects.count() == 8


def test_fault_40_the_operator_lets_it_be_judged_once_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as fault:
        judging_fails_on(fault, lambda place: place == 0)
        judge(world)
    told = StringIO()
    call_command("poisoned", "--again", stdout=told)
    assert "1 signals are not judged: Broken" in told.getvalue()
    assert judge(world) == 1
    with world.scope():
        assert Conversion.objects.count() == 8
        assert not PoisonedSignal.objects.exists()


@pytest.fixture
def assembling_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """The network's body cannot be made of one conversion's bytes: its id there."""
    judge(world)
    with world.scope():
        guilty = Conversion.objects.order_by("signal_id")[3].network_event_id
    true = NETWORKS["facebook"]

    def body(route: str, payloads: list[str]) -> bytes:
        if any(guilty in payload for payload in payloads):
            raise Broken
        return true.body(route, payloads)

    monkeypatch.setitem(NETWORKS, "facebook", replace(true, body=body))
    return str(guilty)


@pytest.mark.usefixtures("assembling_fails")
def test_fault_40_a_conversion_that_cannot_be_assembled_is_found_and_the_others_leave(
    world: World, sandbox: Sandbox
) -> None:
    with capture_logs() as logs:
        send(world)
    assert states(world) == ["sent"] * 3 + ["waiting"] + ["sent"] * 4
    assert ADDRESS not in str(logs)
    for _ in range(3):
        send(world)
    assert states(world) == ["sent"] * 3 + ["poisoned"] + ["sent"] * 4
    with world.scope():
        poisoned = Conversion.objects.get(state="poisoned")
    assert (poisoned.reason, poisoned.tries) == ("poisoned", 3)
    assert sandbox.ledger()["counts"]["facebook"]["accepted"] == 7


def test_fault_29_an_answer_that_our_code_cannot_read_leaves_them_in_doubt_and_never_counts_as_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(world)

    def read(*_: object) -> Any:
        raise Broken

    monkeypatch.setitem(NETWORKS, "facebook", replace(NETWORKS["facebook"], read=read))
    send(world)
    assert states(world) == ["waiting"] * 8
    with world.scope():
        assert not Conversion.objects.filter(doubtful_since=None).exists()
        assert Request.objects.get().state == "unknown"
        assert Conversion.objects.filter(due_at__gt=timezone.now() - timedelta(minutes=1)).count() == 8


def claiming_fails_on(monkeypatch: pytest.MonkeyPatch, wanted: Any) -> None:
    """Asking for consent once more raises where a conversion that is `wanted` (by its signal) is among them."""

    def asked(rows: Any, properties: Any) -> Any:
        if any(wanted(row.signal_id) for row in rows):
            raise Broken
        return withdrawn(rows, properties)

    monkeypatch.setattr("apps.conversions.claiming.withdrawn", asked)


def signals(world: World) -> list[UUID]:
    with world.scope():
        return list(Conversion.objects.order_by("signal_id").values_list("signal_id", flat=True))


@pytest.mark.parametrize("place", [0, 3, 7])
def test_fault_40_a_conversion_that_cannot_be_claimed_is_set_aside_and_the_others_leave(
    world: World, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    judge(world)
    guilty = signals(world)[place]
    claiming_fails_on(monkeypatch, lambda signal_id: signal_id == guilty)
    with capture_logs() as logs:
        send(world)
    expected = ["sent"] * 8
    expected[place] = "poisoned"
    assert states(world) == expected
    (told,) = [line for line in logs if line["event"] == "poison"]
    assert (told["doing"], told["error"], told["signal"]) == ("claiming", "Broken", str(guilty))
    assert ADDRESS not in str(logs)
    with world.scope():
        row = Conversion.objects.get(signal_id=guilty)
        assert (row.reason, row.tries, row.due_at, row.request_id) == ("poisoned", 0, None, None)
        assert Lane.objects.get().leased_until is None
    assert sandbox.ledger()["counts"]["facebook"]["accepted"] == 7
    assert balance_of(world.workspace).differences == ()


def test_fault_40_what_may_have_been_taken_before_it_could_not_be_claimed_ends_as_unknown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(world)
    with world.scope():
        Conversion.objects.update(doubtful_since=timezone.now())
    claiming_fails_on(monkeypatch, lambda _: True)
    send(world)
    assert states(world) == ["unknown"] * 8


@pytest.mark.usefixtures("assembling_fails")
def test_fault_40_what_cannot_be_claimed_once_more_after_a_refusal_is_set_aside_and_its_half_leaves(
    world: World, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *_ = signals(world)
    asked: list[int] = []

    def fails(rows: Any, properties: Any) -> Any:
        asked.append(len(rows))
        if len(asked) > 1 and first in {row.signal_id for row in rows}:
            raise Broken
        return withdrawn(rows, properties)

    monkeypatch.setattr("apps.conversions.claiming.withdrawn", fails)
    send(world)
    assert asked[:2] == [8, 4]
    assert states(world) == ["poisoned", "sent", "sent", "waiting"] + ["sent"] * 4
    with world.scope():
        assert not Conversion.objects.exclude(doubtful_since=None).exists()
    assert sandbox.ledger()["counts"]["facebook"]["accepted"] == 6
