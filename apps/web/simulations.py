"""Simulations: what an event would have done over its history, before it is made or as it is."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from apps.core.errors import Conflict, InvalidInput
from apps.domain.forecast import CEILING, WEIGHTS
from apps.pipeline.models import Simulation, SimulationState
from apps.pipeline.simulated import simulated
from apps.pipeline.simulating import (
    simulation_again,
    simulation_cancel,
    simulation_get,
    simulation_start,
    simulation_start_of_event,
    simulations_listed,
)
from apps.web import faults
from apps.web.event_form import Sheet
from apps.web.event_preview import label_of
from apps.web.names import trigger_names
from apps.web.request import MemberRequest
from apps.web.simulation_charts import columns_of, coverage_of, fixes_of, funnel_of, pareto_of, values_of
from apps.workspaces.roles import Action, require
from apps.workspaces.services import workspace_country_set

_IN_DIALOG = "event-simulation"  # the id of the part of the create-event dialog that shows how it goes


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """The simulations of the last day."""
    listed = simulations_listed()
    names = trigger_names((each.draft["trigger"], each.draft["trigger_name"]) for each in listed)
    rows = [(each, names[each.draft["trigger"], each.draft["trigger_name"]]) for each in listed]
    return render(request, "web/simulations.html", {"rows": rows})


@require_safe
def one(request: MemberRequest, simulation_id: UUID) -> HttpResponse:
    """A simulation as far as it has come; by htmx only the part that changes, in the dialog a short form of it."""
    simulation = simulation_get(simulation_id=simulation_id)
    if request.htmx.target == _IN_DIALOG:
        return render(request, "web/_simulation_brief.html", _told(simulation))
    template = "web/_simulation.html" if request.htmx else "web/simulation.html"
    return render(request, template, _told(simulation))


def _told(simulation: Simulation) -> dict[str, Any]:
    found = simulated(simulation)
    part = simulation.done / simulation.total if simulation.total else 0.0
    trigger = simulation.draft["trigger"], simulation.draft["trigger_name"]
    context = {
        "simulation": simulation,
        "running": simulation.state == SimulationState.RUNNING,
        "part": part,
        "quarter": int(part * 4) / 4,  # told aloud at each quarter, not at every look
        "found": found,
        "trigger_name": trigger_names([trigger])[trigger],
    }
    if found is not None:
        context |= {
            "funnel": funnel_of(found),
            "columns": columns_of(found),
            "reasons": pareto_of(found),
            "coverage": coverage_of(found),
            "values": values_of(found),
            "fixes": fixes_of(found),
            "weights": sorted(WEIGHTS[found.network].items(), key=lambda each: -each[1]),
            "ceiling": CEILING,
        }
    return context


@require_POST
def start(request: MemberRequest) -> HttpResponse:
    """Simulate what the create-event dialog holds; the answer goes into the dialog."""
    require(request.member.role, Action.CONFIGURE_EVENT)
    sheet = Sheet(request.POST, request.workspace)
    try:
        simulation = simulation_start(
            workspace_id=request.workspace.id,
            draft=sheet.draft,
            by=request.actor,
            at=timezone.now(),
            to_be_made=sheet.new_destination is not None,
        )
    except InvalidInput as error:
        missing = [(label_of(sheet, field), said) for field, said in faults.by_field(error).items()]
        return render(request, "web/_simulation_brief.html", {"missing": missing})
    return render(request, "web/_simulation_brief.html", _told(simulation))


@require_POST
def start_of_event(request: MemberRequest, event_id: UUID) -> HttpResponse:
    """Simulate an event as it is configured."""
    require(request.member.role, Action.CONFIGURE_EVENT)
    simulation = simulation_start_of_event(
        workspace_id=request.workspace.id, event_id=event_id, by=request.actor, at=timezone.now()
    )
    return _to(request, simulation)


@require_POST
def again(request: MemberRequest, simulation_id: UUID) -> HttpResponse:
    """The same once more, over the history as it is now."""
    require(request.member.role, Action.CONFIGURE_EVENT)
    simulation = simulation_again(
        workspace_id=request.workspace.id, simulation_id=simulation_id, by=request.actor, at=timezone.now()
    )
    return _to(request, simulation)


@require_POST
def cancel(request: MemberRequest, simulation_id: UUID) -> HttpResponse:
    """Stop it."""
    require(request.member.role, Action.CONFIGURE_EVENT)
    simulation = simulation_cancel(
        workspace_id=request.workspace.id, simulation_id=simulation_id, by=request.actor, at=timezone.now()
    )
    return _to(request, simulation)


@require_POST
def set_country(request: MemberRequest, simulation_id: UUID) -> HttpResponse:
    """Make the fix that a default country is, then simulate once more."""
    require(request.member.role, Action.CONFIGURE_WORKSPACE)
    now, country = timezone.now(), request.POST.get("country", "")
    workspace_country_set(workspace_id=request.workspace.id, country=country, by=request.actor, at=now)
    said = gettext("The workspace's default country is %(country)s now. This simulation counts with it.")
    messages.success(request, said % {"country": country})
    try:
        simulation = simulation_again(
            workspace_id=request.workspace.id, simulation_id=simulation_id, by=request.actor, at=now
        )
    except Conflict:
        return redirect("web:simulation", simulation_id)
    return _to(request, simulation)


def _to(request: MemberRequest, simulation: Simulation) -> HttpResponse:
    target = reverse("web:simulation", args=[simulation.id])
    return HttpResponseClientRedirect(target) if request.htmx else redirect(target)
