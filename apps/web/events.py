"""Ads > Events: every conversion event with its switch and its last seven days (A01, A04)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from apps.ads.registry import NETWORKS
from apps.conversions.selectors import EventRow, event_row, events_listed
from apps.conversions.services import event_switch
from apps.web import wording
from apps.web.names import trigger_names
from apps.web.request import MemberRequest
from apps.workspaces.roles import Action, require

FILTERS = ("network", "health", "q")


@dataclass(frozen=True, slots=True)
class Line:
    """An event in the list, with the name of what it listens for."""

    row: EventRow
    trigger_name: str

    @property
    def changed(self) -> str:
        """What the page calls out when this event was changed; its line then fetches itself again."""
        return changed(self.row.event.id)


def changed(event_id: UUID) -> str:
    """The name of the browser event that says that this conversion event was changed."""
    return f"changed-{event_id}"


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """The list, filtered by `network`, `health` and a text in the name."""
    return render(request, "web/events.html", listing(request.GET, timezone.now()))


def listing(given: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """What the list shows for the filters `given`."""
    rows = events_listed(now=now)
    wanted = {name: given.get(name, "").strip() for name in FILTERS}
    return {
        "lines": lines_of(row for row in rows if _fits(row, wanted)),
        "wanted": wanted,
        "filtered": any(wanted.values()),
        "any": bool(rows),
        "networks": [network.manifest for network in NETWORKS.values()],
        "healths": wording.HEALTH,
        "query": urlencode({name: value for name, value in wanted.items() if value}),
    }


def _fits(row: EventRow, wanted: dict[str, str]) -> bool:
    return (
        wanted["network"] in ("", row.event.account.network)
        and wanted["health"] in ("", row.health)
        and wanted["q"].casefold() in row.event.name.casefold()
    )


def lines_of(rows: Iterable[EventRow]) -> list[Line]:
    """The rows with the names of their triggers."""
    listed = list(rows)
    names = trigger_names((row.event.trigger, row.event.trigger_name) for row in listed)
    return [Line(row, names[row.event.trigger, row.event.trigger_name]) for row in listed]


@require_safe
def line(request: MemberRequest, event_id: UUID) -> HttpResponse:
    """One line of the list, for when its event was changed."""
    row = event_row(event_id=event_id, now=timezone.now())
    return render(request, "web/_event_line.html", {"line": lines_of([row])[0], "query": ""})


@require_POST
def switch(request: MemberRequest, event_id: UUID) -> HttpResponse:
    """Switch an event on or off; `on` is 1 or 0. The answer says so and offers the way back for ten seconds."""
    require(request.member.role, Action.TOGGLE_EVENT)
    on = request.POST.get("on") == "1"
    event = event_switch(
        workspace_id=request.workspace.id, event_id=event_id, on=on, by=request.actor, at=timezone.now()
    )
    said = (
        gettext("“%(name)s” is on. What happens from now on counts; what happened while it was off does not.")
        if on
        else gettext("“%(name)s” is off. Nothing more is sent, and what was waiting is cancelled.")
    ) % {"name": event.name}
    if not request.htmx:
        messages.success(request, said)
        return redirect("web:events")
    context = {"message": said, "tone": "ok", "undo": {"event_id": event_id, "on": "0" if on else "1"}}
    return trigger_client_event(render(request, "web/_toast.html", context), changed(event_id))
