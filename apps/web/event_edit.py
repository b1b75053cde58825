"""Editing an event in two steps: the dialog filled in, then what it changes of the last 7 days, then it is saved."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from apps.ads.asking import NotThere
from apps.conversions.blast import radius_of
from apps.conversions.editing import EditedMeanwhile, edit_check, event_edit, present_of
from apps.conversions.versions import event_living
from apps.core.errors import Conflict, InvalidInput
from apps.core.tenancy import workspace_scope
from apps.web import faults
from apps.web.event_create import FORM, landed
from apps.web.event_edit_form import EditSheet, edit_sheet
from apps.web.event_review import Review, Saved, reviewed, saved_since
from apps.web.layer import render_over_events
from apps.web.middleware import outside
from apps.web.request import MemberRequest
from apps.workspaces.roles import Action, require


@require_http_methods(["GET", "POST"])
@outside
def show(request: MemberRequest, event_id: UUID) -> HttpResponse:
    """The dialog; POST says by `step` whether to review the edit, to save it, or to go on editing."""
    require(request.member.role, Action.CONFIGURE_EVENT)
    if request.POST.get("step") == "save":
        return _save(request, event_id)
    with workspace_scope(request.workspace.id):
        if request.POST.get("step") == "review":
            return _review(request, _sheet(request, event_id, request.POST))
        return _form(request, _sheet(request, event_id, request.POST or request.GET))


def _sheet(request: MemberRequest, event_id: UUID, given: QueryDict, errors: dict[str, str] | None = None) -> EditSheet:
    event = event_living(event_id=event_id)
    return edit_sheet(event=event, workspace=request.workspace, given=given, errors=errors)


def _form(
    request: MemberRequest,
    sheet: EditSheet,
    *,
    review: Review | None = None,
    meanwhile: Sequence[Saved] = (),
    status: int = 200,
) -> HttpResponse:
    context = {"sheet": sheet, "event": sheet.event, "review": review, "meanwhile": meanwhile}
    if request.htmx.target == FORM:
        return render(request, "web/_event_form.html", context, status=status)
    return render_over_events(request, "web/_event_edit.html", context, status=status)


def _review(request: MemberRequest, sheet: EditSheet) -> HttpResponse:
    if sheet.seen != present_of(sheet.event).number:
        return _form(request, sheet, meanwhile=saved_since(sheet.event, sheet.seen), status=422)
    try:
        settings = edit_check(event=sheet.event, draft=sheet.draft, to_be_made=sheet.lands_in_new)
    except InvalidInput as error:
        return _form(request, _sheet(request, sheet.event.id, request.POST, faults.by_field(error)), status=422)
    found = radius_of(workspace_id=request.workspace.id, event=sheet.event, settings=settings, now=timezone.now())
    return _form(request, sheet, review=reviewed(sheet.event, found))


def _save(request: MemberRequest, event_id: UUID) -> HttpResponse:
    try:
        draft = landed(request, lambda: _sheet(request, event_id, request.POST), _checked(event_id))
        with workspace_scope(request.workspace.id):
            version = event_edit(
                workspace_id=request.workspace.id,
                event_id=event_id,
                draft=draft,
                by=request.actor,
                at=timezone.now(),
                seen=_sheet(request, event_id, request.POST).seen,
            )
    except InvalidInput as error:
        return _wrong(request, event_id, faults.by_field(error))
    except EditedMeanwhile as error:
        with workspace_scope(request.workspace.id):
            sheet = _sheet(request, event_id, request.POST)
            return _form(request, sheet, meanwhile=saved_since(sheet.event, error.seen), status=422)
    except Conflict:
        return _wrong(request, event_id, {"name": faults.name_taken()})
    except NotThere as error:
        return _wrong(request, event_id, {"destination": faults.refusal(error)})
    said = gettext("Version %(number)s is in force. It counts for what happens from now on.")
    return done(request, event_id, said % {"number": version.number})


def _checked(event_id: UUID) -> Callable[..., object]:
    return lambda draft: edit_check(event=event_living(event_id=event_id), draft=draft, to_be_made=True)


def _wrong(request: MemberRequest, event_id: UUID, errors: dict[str, str]) -> HttpResponse:
    with workspace_scope(request.workspace.id):
        return _form(request, _sheet(request, event_id, request.POST, errors), status=422)


def done(request: MemberRequest, event_id: UUID, said: str) -> HttpResponse:
    """Back to the event's panel, saying so."""
    messages.success(request, said)
    target = reverse("web:event", args=[event_id])
    return HttpResponseClientRedirect(target) if request.htmx else redirect(target)
