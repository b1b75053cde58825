"""Ads > Custom events: what the workspace counts beside forms and stages, and how a system sends one (E01, E05)."""

import json
import shlex
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from apps.core.errors import Conflict, InvalidInput
from apps.tracking.behaviours import (
    behaviour_create,
    behaviours_listed,
    behaviours_named,
    behaviours_room,
    completions_lately,
)
from apps.tracking.models import Behaviour
from apps.web import faults
from apps.web.request import MemberRequest
from apps.workspaces.roles import Action, require

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A custom event in the list, and how often it was completed in the last 7 days."""

    behaviour: Behaviour
    lately: int


@require_http_methods(["GET", "POST"])
def show(request: MemberRequest) -> HttpResponse:
    """The custom events whose name holds `q`, how `example` (else the first) is sent, and the form for a new one."""
    return _create(request) if request.method == "POST" else _page(request, {})


def _create(request: MemberRequest) -> HttpResponse:
    require(request.member.role, Action.CONFIGURE_EVENT)
    try:
        behaviour = behaviour_create(
            workspace_id=request.workspace.id,
            name=request.POST.get("name", ""),
            tags=request.POST.get("tags", "").split(","),
            by=request.actor,
            at=timezone.now(),
        )
    except InvalidInput as error:
        return _page(request, faults.by_field(error), status=422)
    except Conflict:
        full = gettext("The workspace has as many custom events as fit. Take one out of use first, through the API.")
        taken = gettext("There is already a custom event with this name; choose another one.")
        return _page(request, {"name": full if behaviours_room().full else taken}, status=422)
    messages.success(request, gettext("“%(name)s” is ready to be sent.") % {"name": behaviour.name})
    return redirect(f"{reverse('web:behaviours')}?example={behaviour.id}")


def _page(request: MemberRequest, errors: dict[str, str], status: int = 200) -> HttpResponse:
    wanted = request.GET.get("q", "").strip()
    rows = list(behaviours_listed(wanted=wanted)[: MOST_SHOWN + 1])
    lately = completions_lately([row.id for row in rows], now=timezone.now())
    asked = request.GET.get("example", "")
    example = behaviours_named([asked]).get(asked) or next(iter(rows), None)
    context = {
        "lines": [Line(row, lately.get(row.id, 0)) for row in rows[:MOST_SHOWN]],
        "example": example,
        "command": _command(example) if example else "",
        "more": len(rows) > MOST_SHOWN,
        "wanted": wanted,
        "room": behaviours_room(),
        "errors": errors,
        "given": request.POST,
    }
    return render(request, "web/behaviours.html", context, status=status)


def _command(behaviour: Behaviour) -> str:
    """What to type in a terminal to send one, with the real id; the key is the reader's own."""
    sent = {"behaviour": str(behaviour.id), "email": "jo@example.com", "value": "25.00", "currency": "EUR"}
    body = json.dumps({"completions": [sent]}, indent=2)
    return (
        f"curl {settings.BASE_URL}/api/v1/completions \\\n"
        '  -H "Authorization: Bearer $CONVSYNC_KEY" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        f"  -d {shlex.quote(body)}"
    )
