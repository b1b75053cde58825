"""Going back to an older version of an event: what that would change, and then the act."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from apps.conversions.blast import radius_of
from apps.conversions.editing import EditedMeanwhile, draft_then, edit_check, event_roll_back
from apps.conversions.models import Event
from apps.conversions.versions import event_living
from apps.core.errors import Conflict, InvalidInput
from apps.web import faults, wording
from apps.web.event_edit import done
from apps.web.event_edit_form import number_told
from apps.web.event_review import reviewed, saved_since
from apps.web.event_words import Names, label_of
from apps.web.layer import render_over_events
from apps.web.request import MemberRequest
from apps.workspaces.roles import Action, require


@require_http_methods(["GET", "POST"])
def show(request: MemberRequest, event_id: UUID, number: int) -> HttpResponse:
    """What it would change, or why it cannot be; POST goes back."""
    require(request.member.role, Action.CONFIGURE_EVENT)
    event = event_living(event_id=event_id)
    try:
        if request.method == "POST":
            return _go_back(request, event, number)
        settings = edit_check(event=event, draft=draft_then(event=event, number=number))
    except InvalidInput as error:
        names = Names(event)
        wrong = [(label_of(field, names), said) for field, said in faults.by_field(error).items()]
        return _dialog(request, event, number, status=422, wrong=wrong)
    except EditedMeanwhile as error:
        return _dialog(request, event, number, status=422, meanwhile=saved_since(event, error.seen))
    except Conflict:
        return _dialog(request, event, number, status=422, wrong=[(wording.ASKED["name"], faults.name_taken())])
    found = radius_of(workspace_id=request.workspace.id, event=event, settings=settings, now=timezone.now())
    return _dialog(request, event, number, review=reviewed(event, found))


def _go_back(request: MemberRequest, event: Event, number: int) -> HttpResponse:
    event_roll_back(
        workspace_id=request.workspace.id,
        event_id=event.id,
        number=number,
        by=request.actor,
        at=timezone.now(),
        seen=number_told(request.POST.get("seen", "")),
    )
    said = gettext("The settings of version %(number)s are in force again, for what happens from now on.")
    return done(request, event.id, said % {"number": number})


def _dialog(request: MemberRequest, event: Event, number: int, *, status: int = 200, **told: Any) -> HttpResponse:
    context = {"event": event, "number": number, **told}
    return render_over_events(request, "web/_event_roll_back.html", context, status=status)
