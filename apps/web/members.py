"""Settings > Members: who is in the workspace, and what each may do."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.web import wording
from apps.web.request import MemberRequest
from apps.workspaces.models import Member


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """The members, oldest first."""
    members = Member.objects.select_related("user").order_by("created_at", "id")
    return render(request, "web/members.html", {"members": members, "roles": wording.ROLES})
