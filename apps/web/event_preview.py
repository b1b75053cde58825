"""The dialog's preview: what a recent contact would have made of the event as it is filled in. Nothing is written.

Without one it still tells what the network would drop of every conversion of such an event.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from apps.core.errors import InvalidInput
from apps.pipeline.lens import draft_seen, examples
from apps.pipeline.linting import found_in_draft
from apps.web import faults, wording
from apps.web.event_form import Sheet
from apps.web.request import MemberRequest
from apps.workspaces.roles import Action, require


@require_POST
def show(request: MemberRequest) -> HttpResponse:
    """Verdict, request and what was left out, for the signal that the field `example` names, else the latest."""
    require(request.member.role, Action.CONFIGURE_EVENT)
    sheet = Sheet(request.POST, request.workspace)
    found = examples(trigger=sheet.trigger, trigger_name=request.POST.get("trigger_name", ""))
    wanted = request.POST.get("example", "")
    chosen = next((each for each in found if str(each.signal.id) == wanted), found[0] if found else None)
    context: dict[str, Any] = {"sheet": sheet, "examples": found, "chosen": chosen}
    try:
        if chosen is None:
            context["findings"] = found_in_draft(draft=sheet.draft, say=wording.say)
        else:
            context["seen"] = draft_seen(
                workspace_id=request.workspace.id,
                draft=sheet.draft,
                signal_id=chosen.signal.id,
                say=wording.say,
                show=wording.fact_shown,
            )
    except InvalidInput as error:
        context["missing"] = [(label_of(sheet, field), said) for field, said in faults.by_field(error).items()]
    return render(request, "web/_event_preview.html", context)


def label_of(sheet: Sheet, field: str) -> str:
    """What the dialog calls a field of the draft."""
    own = {extra.choice.name: wording.say(extra.choice.label) for extra in sheet.extras}
    return own.get(field) or str(wording.ASKED.get(field, field))
