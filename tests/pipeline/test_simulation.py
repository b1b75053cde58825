"""Simulations: equal to the real run to the cent, nothing leaves meanwhile, shared by workers, and then forgotten."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.conversions import judging
from apps.conversions.models import Conversion, Event
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.core.tenancy import every_workspace
from apps.domain.states import State
from apps.pipeline import doorbell, flow, outlying, simulation_parts, simulation_turns
from apps.pipeline.models import Simulation, SimulationPart
from apps.pipeline.simulating import (
    simulation_cancel,
    simulation_get,
    simulation_start,
    simulation_start_of_event,
    simulations_expire,
    simulations_waiting,
)
from apps.pipeline.simulation_parts import simulate_next
from tests.support import factories
from tests.support.people import a_history
from tests.support.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)
DAYS = timedelta(days=90)


@pytest.fixture
def world():
    return make_world()


def started(world, draft, **options):
    with world.scope():
        return simulation_start(workspace_id=world.workspace.id, draft=draft, by=world.by, at=timezone.now(), **options)


def worked_off(world, simulation):
    """The simulation when all is done that there is to do."""
    while simulate_next(workspace_id=world.workspace.id, simulation_id=simulation.id, now=timezone.now()):
        pass
    with world.scope():
        return simulation_get(simulation_id=simulation.id)


def simulated(world, draft, **options):
    return worked_off(world, started(world, draft, **options)).result


@pytest.mark.parametrize("network", ["facebook", "google", "linkedin"])
@pytest.mark.parametrize("trigger", ["form_submission", "stage_change", "custom_event"])
def test_h02_it_equals_to_the_cent_what_the_real_run_then_sends(world, sandbox, monkeypatch, network, trigger):
    monkeypatch.setattr(simulation_parts, "PART", 7)
    sandbox.reset()
    a_history(world, seed=1, people=20)
    draft = world.draft(network, trigger, value_from="deal", value="10.005")
    result = simulated(world, draft)
    assert sum(count["requests"] for count in sandbox.ledger()["counts"].values()) == 0
    with world.scope():
        assert not Conversion.objects.exists()

    event = world.make_event(network, trigger, at=timezone.now() - DAYS, value_from="deal", value="10.005")
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.account(network).id)
    with world.scope():
        rows = list(Conversion.objects.filter(event_id=event.id))
    sent = [row for row in rows if row.state == State.SENT]
    assert result["signals"] == len(rows)
    assert result["verdicts"].get("send", 0) == len(sent) == sandbox.ledger()["counts"][network]["accepted"]
    assert result["reasons"] == dict(Counter(row.reason for row in rows if row.reason))
    assert {currency: Decimal(amount) for currency, amount in result["value"].items()} == summed(sent)
    assert result["contacts"] == len({row.contact_id for row in sent})


def summed(conversions):
    sums = {}
    for row in conversions:
        if row.value is not None:
            sums[row.currency] = sums.get(row.currency, 0) + row.value
    return sums


@pytest.mark.parametrize("part", [7, 1000])
def test_h02_values_far_above_the_usual_wait_as_they_do_in_the_real_run(world, sandbox, monkeypatch, part):
    monkeypatch.setattr(simulation_parts, "PART", part)
    for module in (judging, outlying):
        monkeypatch.setattr(module, "BATCH", 25)
    sandbox.reset()
    contact = str(factories.a_contact(world.workspace))
    for number in range(80):
        worth = Decimal(9000 + number if number % 11 == 5 else 10 + number % 7)
        at = timezone.now() - timedelta(hours=100 - number)
        factories.a_completion(world.behaviour, contact_id=contact, value=worth, at=at)
    options = {"value_from": "signal", "value": "1", "hold_outliers": True}
    result = simulated(world, world.draft("linkedin", "custom_event", **options))
    event = world.make_event("linkedin", "custom_event", at=timezone.now() - DAYS, **options)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        rows = list(Conversion.objects.filter(event_id=event.id))
    held = [row for row in rows if row.reason == "outlier"]
    assert (result["reasons"], result["verdicts"]["send"]) == ({"outlier": len(held)}, len(rows) - len(held))
    assert len(held) == 5  # the first 25 find nothing that is usual yet
    assert Decimal(result["held_value"]["EUR"]) == sum(row.value for row in held)
    assert Decimal(result["value"]["EUR"]) == sum(row.value for row in rows if row.reason == "")


def test_h02_it_adds_up_in_every_way_it_is_told(world, monkeypatch):
    monkeypatch.setattr(simulation_parts, "PART", 5)
    a_history(world, seed=2)
    result = simulated(world, world.draft("facebook"))
    assert result["signals"] == sum(result["verdicts"].values())
    by_week = sum((Counter(counts) for counts in result["weeks"].values()), Counter())
    assert by_week == result["verdicts"]
    assert sum(count for _, count in result["combinations"]) == result["verdicts"]["send"]
    assert sum(result["sizes"]["EUR"].values()) == result["verdicts"]["send"]
    assert 0 < result["forecast"] <= result["verdicts"]["send"]
    assert len(result["sample"]) == min(20, result["verdicts"]["send"])


def test_h02_it_is_the_same_however_it_is_cut_into_parts(world, monkeypatch):
    a_history(world, seed=3)
    results = []
    for part in (1, 10, 10_000):
        monkeypatch.setattr(simulation_parts, "PART", part)
        results.append(simulated(world, world.draft("facebook", shared_fields=("email",))))
    assert results[0] == results[1] == results[2]
    assert results[0]["fixes"]


def test_h02_it_tells_how_far_it_is_and_a_part_that_died_is_taken_again(world, monkeypatch):
    monkeypatch.setattr(simulation_parts, "PART", 4)
    for _ in range(10):
        factories.a_submission(world.form)
    simulation = started(world, world.draft())
    ids = {"workspace_id": world.workspace.id, "simulation_id": simulation.id}
    now = timezone.now()
    assert simulate_next(**ids, now=now) == simulation_parts.SHARED_BY
    with world.scope():
        simulation_parts._part_taken(simulation.id, now)  # a worker takes it and dies
    assert (simulate_next(**ids, now=now), simulate_next(**ids, now=now), simulate_next(**ids, now=now)) == (1, 1, 0)
    with world.scope():
        seen = simulation_get(simulation_id=simulation.id)
    assert (seen.state, seen.done, seen.total) == ("running", 6, 10)
    with every_workspace():
        assert simulations_waiting(now=now) == []
        assert simulations_waiting(now=now + timedelta(minutes=2)) == [tuple(ids.values())]
    assert simulate_next(**ids, now=now + timedelta(minutes=2)) == 0
    with world.scope():
        seen = simulation_get(simulation_id=simulation.id)
        assert not SimulationPart.objects.exists()
    assert (seen.state, seen.done, seen.result["verdicts"]) == ("done", 10, {"send": 10})


def test_h02_a_process_is_at_one_simulation_at_a_time_and_asks_others_to_share_it(world, monkeypatch):
    monkeypatch.setattr(simulation_parts, "PART", 4)
    rung = []
    monkeypatch.setattr(doorbell, "ring_simulate", lambda *ids, in_seconds=0.0: rung.append((ids[-1], in_seconds)))
    for _ in range(10):
        factories.a_submission(world.form)
    simulation = started(world, world.draft())
    ids = {"workspace_id": world.workspace.id, "simulation_id": simulation.id}
    rung.clear()
    with simulation_turns._at_it:  # another thread of this process is at one
        simulation_turns.simulate(**ids, place=1)
    assert rung == [(1, simulation_turns.PAUSE)]
    rung.clear()
    simulation_turns.simulate(**ids, place=0)
    assert rung == [(1, 0.0)]
    with world.scope():
        assert simulation_get(simulation_id=simulation.id).state == "done"


def test_h02_a_cancelled_one_does_nothing_more(world):
    factories.a_submission(world.form)
    simulation = started(world, world.draft())
    simulate_next(workspace_id=world.workspace.id, simulation_id=simulation.id, now=timezone.now())
    with world.scope():
        simulation_cancel(workspace_id=world.workspace.id, simulation_id=simulation.id, by=world.by, at=timezone.now())
        assert not SimulationPart.objects.exists()
    seen = worked_off(world, simulation)
    assert (seen.state, seen.result, seen.done) == ("cancelled", None, 0)


def test_h02_an_event_is_simulated_as_it_is_configured(world):
    event = world.make_event("linkedin", value="7.50")
    factories.a_submission(world.form, at=timezone.now() - timedelta(days=40))
    with world.scope():
        simulation = simulation_start_of_event(
            workspace_id=world.workspace.id, event_id=event.id, by=world.by, at=timezone.now(), days=60
        )
        with pytest.raises(NotFound):
            simulation_start_of_event(
                workspace_id=world.workspace.id, event_id=simulation.id, by=world.by, at=timezone.now()
            )
    assert worked_off(world, simulation).result["value"] == {"EUR": "7.50"}


def test_h02_without_history_it_is_done_at_once_and_all_of_it_is_nought(world):
    seen = worked_off(world, started(world, world.draft()))
    assert (seen.state, seen.total, seen.result["signals"]) == ("done", 0, 0)


def test_h02_what_cannot_be_simulated_is_refused_with_the_field(world):
    with pytest.raises(InvalidInput, match="days"):
        started(world, world.draft(), days=91)
    with pytest.raises(InvalidInput, match="consent_property"):
        started(world, world.draft(consent_property=""))
    for _ in range(3):
        started(world, world.draft())
    with pytest.raises(Conflict, match="running already"):
        started(world, world.draft())
    with world.scope():
        assert Simulation.objects.count() == 3
        assert not Event.objects.exists()


def test_h02_it_is_forgotten_after_a_day_and_never_holds_an_address_or_a_number(world, monkeypatch):
    monkeypatch.setattr(simulation_parts, "PART", 1)
    factories.a_submission(world.form, email="secret.person@example.com", phone="06 12345678", firstname="Åsa")
    factories.a_submission(world.form)
    simulation = started(world, world.draft(shared_fields=("email",)))
    for _ in range(2):
        simulate_next(workspace_id=world.workspace.id, simulation_id=simulation.id, now=timezone.now())
    with world.scope():
        kept = str([*SimulationPart.objects.values(), *Simulation.objects.values()])
        for raw in ("secret.person", "12345678", "Åsa"):
            assert raw not in kept
    assert simulations_expire(now=timezone.now() + timedelta(hours=23)) == 0
    assert simulations_expire(now=timezone.now() + timedelta(hours=25)) == 1
    with world.scope():
        assert not Simulation.objects.exists()
        assert not SimulationPart.objects.exists()
