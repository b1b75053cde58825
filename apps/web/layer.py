"""A dialog or panel over the list of events: by htmx only itself, opened by its address with the list beneath."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps.web import events
from apps.web.request import MemberRequest

NO_FILTERS: Mapping[str, str] = {}


def render_over_events(
    request: MemberRequest,
    template: str,
    context: dict[str, Any],
    *,
    filters: Mapping[str, str] = NO_FILTERS,
    status: int = 200,
) -> HttpResponse:
    """The answer for `template`, whose context is `context`; `filters` are the list's."""
    if request.htmx:
        return render(request, template, context, status=status)
    beneath = events.listing(filters, timezone.now())
    return render(request, "web/events.html", {**beneath, **context, "layer": template}, status=status)
