"""Explain this signal: what happened to it for every event that wanted it (A16). Correct what was sent for one."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from apps.conversions.rules import value_told
from apps.core.errors import InvalidInput
from apps.domain.facts import Adjustment, Trigger
from apps.pipeline.again import decision_again
from apps.pipeline.corrections import conversion_correct, corrections_of, corrections_open, values_now
from apps.pipeline.explain import explain
from apps.pipeline.lens import conversion_seen
from apps.web import faults, wording
from apps.web.formats import amount_typed
from apps.web.names import trigger_names
from apps.web.request import MemberRequest
from apps.workspaces.roles import Action, require

Wrong = Mapping[UUID, Mapping[str, str]]  # by event: what is wrong with a correction, by field


@require_safe
def show(request: MemberRequest, signal_id: UUID) -> HttpResponse:
    """The page of one signal."""
    return _page(request, signal_id, {})


def _page(request: MemberRequest, signal_id: UUID, wrong: Wrong, status: int = 200) -> HttpResponse:
    told = explain(signal_id=signal_id, say=wording.say, show=wording.fact_shown)
    heard = (told.signal.kind, told.signal.name)
    before = (Trigger.STAGE_CHANGE.value, told.signal.facts.get("from", ""))
    names = trigger_names([heard, before] if before[1] else [heard])
    conversions = [story.conversion for story in told.stories]
    corrections = corrections_of(signal=told.signal)
    context = {
        "told": told,
        "trigger_name": names[heard],
        "stage_before": names.get(before, ""),
        "corrections": corrections,
        "open_corrections": corrections_open(conversions=conversions, signal=told.signal, at=timezone.now()),
        "wrong_corrections": wrong,
        "values_now": values_now(conversions=conversions, corrections=corrections, currency=request.workspace.currency),
    }
    return render(request, "web/signal.html", context, status=status)


@require_POST
def correct(request: MemberRequest, signal_id: UUID, event_id: UUID) -> HttpResponse:
    """Give what was sent for the event another value at the network, or withdraw it; then show the correction."""
    require(request.member.role, Action.CONFIGURE_EVENT)
    adjustment = request.POST.get("adjustment", "")
    typed = "" if adjustment == Adjustment.RETRACTION else amount_typed(request.POST.get("value", ""))
    try:
        value, currency = value_told(typed, request.POST.get("currency", "").strip().upper())
        correction_id = conversion_correct(
            workspace_id=request.workspace.id,
            signal_id=signal_id,
            event_id=event_id,
            adjustment=adjustment,
            value=value,
            currency=currency,
            by=request.actor,
            at=timezone.now(),
        )
    except InvalidInput as error:
        return _page(request, signal_id, {event_id: faults.by_field(error)}, status=422)
    messages.success(request, gettext("The correction is on its way. This is its own signal."))
    return redirect("web:signal", correction_id)


@require_safe
def request_of(request: MemberRequest, signal_id: UUID, event_id: UUID) -> HttpResponse:
    """The request of one of its conversions: by htmx only itself, opened by its address as a page."""
    seen = conversion_seen(signal_id=signal_id, event_id=event_id, say=wording.say, show=wording.fact_shown)
    template = "web/_request.html" if request.htmx else "web/signal_request.html"
    return render(request, template, {"seen": seen, "signal_id": signal_id})


@require_safe
def again(request: MemberRequest, signal_id: UUID, event_id: UUID) -> HttpResponse:
    """The decision on one of its conversions, taken once more: by htmx only itself, opened by its address as a page."""
    told = decision_again(workspace_id=request.workspace.id, signal_id=signal_id, event_id=event_id, say=wording.say)
    template = "web/_again.html" if request.htmx else "web/signal_again.html"
    return render(request, template, {"again": told, "signal_id": signal_id})
