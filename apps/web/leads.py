"""Leads of a sign-in: the pages or accounts whose lead forms feed this workspace, and what came of the latest (B09)."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from apps.ads import leadgen
from apps.ads.registry import NETWORKS
from apps.ads.selectors import lead_sources_listed
from apps.connections.services import connection_get
from apps.core.errors import InvalidInput
from apps.core.tenancy import workspace_scope
from apps.pipeline import doorbell
from apps.web import faults
from apps.web.middleware import outside
from apps.web.request import MemberRequest
from apps.workspaces.roles import Action, require


@require_http_methods(["GET", "POST"])
@outside
def show(request: MemberRequest, connection_id: UUID) -> HttpResponse:
    """The sources that the sign-in reaches, to choose from; POST receives those that are chosen, and no others."""
    require(request.member.role, Action.CONNECT_ACCOUNT)
    if request.method != "POST":
        return _page(request, connection_id)
    try:
        added = leadgen.sources_choose(
            workspace_id=request.workspace.id,
            connection_id=connection_id,
            external_ids=request.POST.getlist("sources"),
            by=request.actor,
            at=timezone.now(),
        )
    except InvalidInput as error:
        return _page(request, connection_id, faults.by_field(error), status=422)
    if added:
        doorbell.ring_leads(request.workspace.id)
    messages.success(request, gettext("Saved. New leads become contacts within a minute, each once."))
    return redirect("web:lead_sources", connection_id)


def _page(
    request: MemberRequest, connection_id: UUID, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    offered = leadgen.sources_offered(workspace_id=request.workspace.id, connection_id=connection_id, at=timezone.now())
    with workspace_scope(request.workspace.id):
        connection = connection_get(connection_id=connection_id)
        context = {
            "connection": connection,
            "manifest": NETWORKS[connection.system].manifest,
            "offered": offered,
            "rows": lead_sources_listed(connection_id=connection_id),
            "errors": errors or {},
        }
    return render(request, "web/lead_sources.html", context, status=status)
