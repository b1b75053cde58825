"""The operator's page: how the instance stands. For who operates it, which is no role in a workspace.

It shows names of workspaces and accounts, numbers and times, and nothing that a workspace knows of a person.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.core.actor import Actor
from apps.core.health import migrations_pending
from apps.operating.aside import aside_again
from apps.operating.moments import SILENT
from apps.operating.state import instance_state, lanes_named, versions, workspace_names
from apps.web.alerts import lines_of
from apps.workspaces.models import User
from apps.workspaces.services import memberships

MOST_LANES = 100
SOON = timedelta(days=60)


def operators_only(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let operators in, send strangers to sign in, and be nowhere for everybody else."""

    def guarded(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.is_operator:
            raise Http404
        return view(request)

    return guarded


@never_cache
@require_safe
@operators_only
def show(request: HttpRequest) -> HttpResponse:
    """The page; it fetches itself again every half minute."""
    now = timezone.now()
    state = instance_state(now=now)
    named = workspace_names({each.workspace_id for each in state.unjudged})
    aside_in = workspace_names({each.workspace_id for each in state.aside})
    context = {
        "state": state,
        "alerts": lines_of(state.alerts),
        "lanes": lanes_named(state.lanes[:MOST_LANES]),
        "more_lanes": max(len(state.lanes) - MOST_LANES, 0),
        "waiting": sum(lane.queue.depth for lane in state.lanes),
        "unjudged": [(named.get(each.workspace_id, ""), each) for each in state.unjudged[:MOST_LANES]],
        "aside": [(aside_in.get(each.workspace_id, ""), each) for each in state.aside[:MOST_LANES]],
        "unjudged_count": sum(each.signals for each in state.unjudged),
        "scheduler_silent": _silent(state.scheduler_at, now),
        "versions": [(each, bool(each.ends and each.ends - now.date() <= SOON)) for each in versions()],
        "pending": migrations_pending(),
        "elsewhere": isinstance(request.user, User) and bool(memberships(request.user)),
    }
    return render(request, "operator/overview.html", context)


@never_cache
@require_POST
@operators_only
def again(request: HttpRequest) -> HttpResponse:
    """Judge once more what was set aside in the workspace whose id is `workspace`."""
    try:
        workspace_id = UUID(request.POST.get("workspace", ""))
    except ValueError as error:
        raise Http404 from error
    by = Actor(kind="operator", id=str(request.user.pk), label="operator")
    count = aside_again(workspace_id=workspace_id, by=by, at=timezone.now())
    said = ngettext("%(n)d signal is judged again.", "%(n)d signals are judged again.", count)
    messages.success(request, said % {"n": count})
    return redirect("operator:overview")


def _silent(last: datetime | None, now: datetime) -> bool:
    return last is None or now - last > SILENT
