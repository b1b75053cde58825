"""Deciding about a conversion that is held because its value is unusually high: send it, or do not."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.core.errors import Fault, InvalidInput
from apps.pipeline.outliers import conversion_reject, conversion_release
from apps.web.request import MemberRequest
from apps.workspaces.roles import Action, require

_ACTS = {"send": conversion_release, "drop": conversion_reject}
_DONE: Mapping[str, Promise] = {
    "send": _("It is on its way, with the value that it has."),
    "drop": _("It does not leave. Nothing was sent to the network."),
}


@require_POST
def decide(request: MemberRequest, signal_id: UUID, event_id: UUID) -> HttpResponse:
    """Send it or not, as `decision` says; then back to the page that asked."""
    require(request.member.role, Action.DECIDE_OUTLIER)
    decision = request.POST.get("decision", "")
    if decision not in _ACTS:
        raise InvalidInput(Fault("decision", "choice", f"Choose one of: {', '.join(_ACTS)}."))
    known = {"workspace_id": request.workspace.id, "signal_id": signal_id, "event_id": event_id}
    _ACTS[decision](**known, by=request.actor, at=timezone.now())
    messages.success(request, str(_DONE[decision]))
    if request.POST.get("from") == "overview":
        return redirect("web:overview")
    return redirect("web:signal", signal_id)
