"""Simulation: a drafted event rehearsed over its history. This file begins, stops, finds and forgets simulations.

Nothing is written of signals or conversions and nothing leaves. What is kept holds no personal data, and a day later it
is gone. The work itself is in simulation_parts.py.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.audit import services as audit
from apps.conversions.models import Event
from apps.conversions.rules import Draft
from apps.conversions.services import draft_check
from apps.core.actor import Actor
from apps.core.errors import Conflict, Fault, InvalidInput, NotFound
from apps.core.tenancy import every_workspace
from apps.pipeline import doorbell
from apps.pipeline.models import Simulation, SimulationPart, SimulationState

LONGEST_DAYS = 90
MOST_RUNNING = 3
KEPT = timedelta(hours=24)
_RUNNING = SimulationState.RUNNING


def simulation_start(
    *,
    workspace_id: UUID,
    draft: Draft,
    by: Actor,
    at: datetime,
    days: int = LONGEST_DAYS,
    to_be_made: bool = False,
) -> Simulation:
    """Begin to rehearse an event so drafted over its last `days` days (1 to 90) of history.

    `to_be_made`: where it lands is still to be made. Raises InvalidInput naming every field that is wrong, and Conflict
    when too many simulations are running.
    """
    account, settings = draft_check(draft=draft, to_be_made=to_be_made)
    told = {
        "name": draft.name.strip(),
        "account_id": str(account.id),
        "trigger": draft.trigger,
        "trigger_name": draft.trigger_name,
        "settings": settings,
    }
    return _start(workspace_id=workspace_id, told=told, event_id=None, by=by, at=at, days=days)


def simulation_start_of_event(
    *, workspace_id: UUID, event_id: UUID, by: Actor, at: datetime, days: int = LONGEST_DAYS
) -> Simulation:
    """The same for an event as it is configured now, as if it had been on all the time. Also raises NotFound."""
    event = Event.objects.select_related("version").filter(id=event_id, deleted_at=None).first()
    if event is None or event.version is None:
        raise NotFound("There is no such event in this workspace.")
    told = {
        "name": event.name,
        "account_id": str(event.account_id),
        "trigger": event.trigger,
        "trigger_name": event.trigger_name,
        "settings": event.version.settings,
    }
    return _start(workspace_id=workspace_id, told=told, event_id=event_id, by=by, at=at, days=days)


def simulation_again(*, workspace_id: UUID, simulation_id: UUID, by: Actor, at: datetime) -> Simulation:
    """The same settings over the same number of days until now. Raises NotFound, and Conflict as starting does."""
    former = simulation_get(simulation_id=simulation_id)
    days = (former.until - former.since).days
    return _start(workspace_id=workspace_id, told=former.draft, event_id=former.event_id, by=by, at=at, days=days)


def _start(
    *, workspace_id: UUID, told: dict[str, Any], event_id: UUID | None, by: Actor, at: datetime, days: int
) -> Simulation:
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput(Fault("days", "range", f"Give a number of days from 1 to {LONGEST_DAYS}."))
    if Simulation.objects.filter(state=_RUNNING).count() >= MOST_RUNNING:
        raise Conflict(f"{MOST_RUNNING} simulations are running already. Wait for one of them, or cancel it.")
    simulation = Simulation.objects.create(
        workspace_id=workspace_id,
        event_id=event_id,
        draft=told,
        since=at - timedelta(days=days),
        until=at,
        state=_RUNNING,
        started_at=at,
        started_by=by.label,
    )
    audit.record(
        workspace_id=workspace_id, by=by, action="simulation.start", subject=told["name"], at=at, detail={"days": days}
    )
    transaction.on_commit(lambda: doorbell.ring_simulate(workspace_id, simulation.id))
    return simulation


def simulation_cancel(*, workspace_id: UUID, simulation_id: UUID, by: Actor, at: datetime) -> Simulation:
    """Stop a simulation; one that has ended stays as it is. Raises NotFound."""
    simulation = Simulation.objects.select_for_update().filter(id=simulation_id).first()
    if simulation is None:
        raise NotFound("There is no such simulation in this workspace; they are kept for a day.")
    if simulation.state == _RUNNING:
        simulation.state, simulation.ended_at = SimulationState.CANCELLED, at
        simulation.save(update_fields=["state", "ended_at"])
        SimulationPart.objects.filter(simulation_id=simulation_id).delete()
        audit.record(
            workspace_id=workspace_id, by=by, action="simulation.cancel", subject=simulation.draft["name"], at=at
        )
    return simulation


def simulation_get(*, simulation_id: UUID) -> Simulation:
    """One simulation as far as it has come. Raises NotFound."""
    simulation = Simulation.objects.filter(id=simulation_id).first()
    if simulation is None:
        raise NotFound("There is no such simulation in this workspace; they are kept for a day.")
    return simulation


def simulations_listed() -> list[Simulation]:
    """The simulations of the last day, the latest first."""
    return list(Simulation.objects.defer("result", "fixes").order_by("-started_at")[:50])


def simulations_expire(*, now: datetime) -> int:
    """Remove simulations that began a day ago; returns how many."""
    with every_workspace():
        old = list(Simulation.objects.filter(started_at__lt=now - KEPT).values_list("id", flat=True))
        SimulationPart.objects.filter(simulation_id__in=old).delete()
        Simulation.objects.filter(id__in=old).delete()
    return len(old)


def simulations_waiting(*, now: datetime) -> list[tuple[UUID, UUID]]:
    """Workspace and id of the running ones that have something no worker is at. For the sweep, in every_workspace."""
    leased = SimulationPart.objects.filter(leased_until__gte=now).values("simulation_id")
    rows = Simulation.objects.filter(state=_RUNNING).exclude(id__in=leased)
    return list(rows.values_list("workspace_id", "id"))
