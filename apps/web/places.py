"""Switching to another of one's workspaces."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.core.errors import NotFound
from apps.web.middleware import workspace_choose
from apps.web.request import MemberRequest


@require_POST
def choose(request: MemberRequest) -> HttpResponse:
    """Go on in the workspace whose id is `workspace`, at its overview: ids of one mean nothing in another."""
    try:
        wanted = UUID(request.POST.get("workspace", ""))
    except ValueError as error:
        raise NotFound("There is no such workspace.") from error
    workspace_choose(request, wanted)
    return redirect("web:overview")
