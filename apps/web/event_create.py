"""The create-event dialog: an address of its own, opened over the list; one click creates (A02)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from apps.conversions.services import event_create
from apps.core.errors import Conflict, InvalidInput
from apps.web import faults
from apps.web.event_form import Sheet
from apps.web.layer import render_over_events
from apps.web.request import MemberRequest
from apps.workspaces.roles import Action, require

FORM = "event-form"  # the id of the part that htmx draws again when an answer changes what is asked


@require_http_methods(["GET", "POST"])
def show(request: MemberRequest) -> HttpResponse:
    """The dialog, filled in as far as the address says; POST creates the event, or shows what is wrong beside it."""
    require(request.member.role, Action.CONFIGURE_EVENT)
    if request.method == "POST":
        return _create(request)
    return _form(request, Sheet(request.GET, request.workspace))


def _form(request: MemberRequest, sheet: Sheet, status: int = 200) -> HttpResponse:
    if request.htmx.target == FORM:
        return render(request, "web/_event_form.html", {"sheet": sheet}, status=status)
    return render_over_events(request, "web/_event_create.html", {"sheet": sheet}, status=status)


def _create(request: MemberRequest) -> HttpResponse:
    sheet = Sheet(request.POST, request.workspace)
    try:
        event = event_create(workspace_id=request.workspace.id, draft=sheet.draft, by=request.actor, at=timezone.now())
    except InvalidInput as error:
        return _form(request, Sheet(request.POST, request.workspace, faults.by_field(error)), status=422)
    except Conflict:
        taken = {"name": gettext("There is already an event with this name; choose another one.")}
        return _form(request, Sheet(request.POST, request.workspace, taken), status=422)
    said = gettext("“%(name)s” is on. It counts what happens from now on.") % {"name": event.name}
    messages.success(request, said)
    target = reverse("web:events")
    return HttpResponseClientRedirect(target) if request.htmx else redirect(target)


@require_safe
def triggers(request: MemberRequest) -> HttpResponse:
    """The forms to choose from whose names hold the text `wanted`."""
    require(request.member.role, Action.CONFIGURE_EVENT)
    return render(request, "web/_event_triggers.html", {"sheet": Sheet(request.GET, request.workspace)})
