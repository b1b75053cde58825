"""The create-event dialog: an address of its own, opened over the list; one click creates (A02)."""

from collections.abc import Callable
from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from apps.ads.accounts import destination_make
from apps.ads.asking import NotThere
from apps.conversions.rules import Draft
from apps.conversions.services import draft_check, event_create
from apps.core.errors import Conflict, InvalidInput
from apps.core.tenancy import workspace_scope
from apps.web import faults
from apps.web.event_form import Sheet
from apps.web.layer import render_over_events
from apps.web.middleware import outside
from apps.web.request import MemberRequest
from apps.workspaces.roles import Action, require

FORM = "event-form"  # the id of the part that htmx draws again when an answer changes what is asked


@require_http_methods(["GET", "POST"])
@outside
def show(request: MemberRequest) -> HttpResponse:
    """The dialog, filled in as far as the address says; POST creates the event, or shows what is wrong beside it."""
    require(request.member.role, Action.CONFIGURE_EVENT)
    if request.method == "POST":
        return _create(request)
    with workspace_scope(request.workspace.id):
        return _form(request, Sheet(request.GET, request.workspace))


def _form(request: MemberRequest, sheet: Sheet, status: int = 200) -> HttpResponse:
    if request.htmx.target == FORM:
        return render(request, "web/_event_form.html", {"sheet": sheet}, status=status)
    return render_over_events(request, "web/_event_create.html", {"sheet": sheet}, status=status)


def _create(request: MemberRequest) -> HttpResponse:
    """One click: where it lands is made first where that is wanted (C04), and an event that is wrong makes nothing."""
    try:
        draft = landed(request, lambda: Sheet(request.POST, request.workspace), _checked)
        with workspace_scope(request.workspace.id):
            event = event_create(workspace_id=request.workspace.id, draft=draft, by=request.actor, at=timezone.now())
    except InvalidInput as error:
        return _wrong(request, faults.by_field(error))
    except Conflict:
        return _wrong(request, {"name": faults.name_taken()})
    except NotThere as error:
        return _wrong(request, {"destination": faults.refusal(error)})
    said = gettext("“%(name)s” is on. It counts what happens from now on.") % {"name": event.name}
    messages.success(request, said)
    target = reverse("web:events")
    return HttpResponseClientRedirect(target) if request.htmx else redirect(target)


def _checked(draft: Draft) -> object:
    return draft_check(draft=draft, to_be_made=True)


def landed(request: MemberRequest, sheet_of: Callable[[], Sheet], check: Callable[[Draft], object]) -> Draft:
    """The draft with a place to land, made at the network if it is to be a new one; `check` looks at it before.

    Raises InvalidInput for a draft that is wrong before anything is made, NotThere when the network refuses.
    """
    with workspace_scope(request.workspace.id):
        sheet = sheet_of()
        draft = sheet.draft
        new, account = sheet.new_destination, sheet.account
        if new is None or account is None:
            return draft
        check(draft)
    made = destination_make(
        workspace_id=request.workspace.id, account_id=account.id, new=new, by=request.actor, at=timezone.now()
    )
    return replace(draft, destination=made.external_id)


def _wrong(request: MemberRequest, errors: dict[str, str]) -> HttpResponse:
    with workspace_scope(request.workspace.id):
        return _form(request, Sheet(request.POST, request.workspace, errors), status=422)


@require_safe
def triggers(request: MemberRequest) -> HttpResponse:
    """The forms to choose from whose names hold the text `wanted`."""
    require(request.member.role, Action.CONFIGURE_EVENT)
    return render(request, "web/_event_triggers.html", {"sheet": Sheet(request.GET, request.workspace)})
