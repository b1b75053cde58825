"""The ledger is proved from the rows, and whatever contradicts it is named."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.conversions.models import Conversion, Event
from apps.conversions.services import event_delete
from apps.deliveries.models import Request
from apps.pipeline import flow
from apps.pipeline.conservation import CHECKS, balance_of
from apps.signals.models import Unjudged
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(sandbox):
    """A workspace with signals of which each came to another end."""
    sandbox.reset()
    world = make_world()
    earlier = timezone.now() - timedelta(hours=2)
    for network in ("facebook", "linkedin"):
        world.make_event(network, "custom_event", at=earlier)
    world.make_event("google", "custom_event", at=earlier)
    factories.a_completion(world.behaviour)
    flow.judge(workspace_id=world.workspace.id)
    for account in (world.facebook, world.linkedin):
        flow.send(workspace_id=world.workspace.id, account_id=account.id)
    factories.a_completion(world.behaviour)
    flow.judge(workspace_id=world.workspace.id)
    return world


def test_invariant_2_h06_the_ledger_of_every_workspace_adds_up(world):
    other = make_world("Other")
    balance = balance_of(world.workspace)
    assert balance.differences == ()
    assert balance.judged == sum(balance.by_state.values()) == 6
    assert (balance.by_state["sent"], balance.by_state["waiting"], balance.by_state["blocked"]) == (2, 2, 2)
    told = StringIO()
    call_command("ledger_check", stdout=told)
    lines = told.getvalue().splitlines()
    assert {line.partition(" ")[0] for line in lines} == {str(world.workspace.id), str(other.workspace.id)}
    assert all("adds up" in line for line in lines)


def test_h06_an_event_that_came_later_or_went_earlier_lost_nothing(world):
    world.make_event("linkedin", "custom_event", at=timezone.now())
    with world.scope():
        gone = Event.objects.earliest("created_at")
        event_delete(workspace_id=world.workspace.id, event_id=gone.id, by=world.by, at=timezone.now())
    factories.a_completion(world.behaviour)
    flow.judge(workspace_id=world.workspace.id)
    assert balance_of(world.workspace).differences == ()


def _change(world: World, now_in: str, **values: Any) -> None:
    with world.scope():
        row = Conversion.objects.filter(state=now_in).earliest("signal_id")
        Conversion.objects.filter(signal_id=row.signal_id, event_id=row.event_id).update(**values)


def _lose(world: World) -> None:
    with world.scope():
        Conversion.objects.filter(state="waiting").delete()


def _unjudge(world: World) -> None:
    with world.scope():
        signal_id, at = Conversion.objects.latest("signal_id").signal_id, timezone.now()
        Unjudged.objects.create(workspace_id=world.workspace.id, signal_id=signal_id, recorded_at=at)


def _unanswer(world: World) -> None:
    with world.scope():
        Request.objects.update(answered_at=None)


BREAKING = {
    "lost": _lose,
    "unjudged": _unjudge,
    "ended_open": lambda world: _change(world, "blocked", settled_at=None),
    "forgotten": lambda world: _change(world, "waiting", due_at=None),
    "no_lease": lambda world: _change(world, "waiting", state="sending"),
    "no_request": _unanswer,
}


def test_every_check_is_shown_to_find_something():
    assert BREAKING.keys() == CHECKS.keys() - {"no_state"}  # the database lets no other state in


@pytest.mark.parametrize("check", BREAKING)
def test_h06_it_names_what_contradicts_the_ledger(world, check):
    BREAKING[check](world)
    assert [each.check for each in balance_of(world.workspace).differences] == [check]
    told = StringIO()
    with pytest.raises(CommandError):
        call_command("ledger_check", stdout=told)
    assert CHECKS[check][0] in told.getvalue()
