"""Explain this signal: what happened to it for every event that wanted it, step by step (A16)."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.domain.facts import Trigger
from apps.pipeline.explain import explain
from apps.web import wording
from apps.web.names import trigger_names
from apps.web.request import MemberRequest


@require_safe
def show(request: MemberRequest, signal_id: UUID) -> HttpResponse:
    """The page of one signal."""
    told = explain(signal_id=signal_id, say=wording.say, show=wording.fact_shown)
    heard = (told.signal.kind, told.signal.name)
    before = (Trigger.STAGE_CHANGE.value, told.signal.facts.get("from", ""))
    names = trigger_names([heard, before] if before[1] else [heard])
    context = {"told": told, "trigger_name": names[heard], "stage_before": names.get(before, "")}
    return render(request, "web/signal.html", context)
