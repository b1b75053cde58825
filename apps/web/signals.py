"""Signals: every fact that was noticed, with what became of it for each event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.ads.registry import NETWORKS
from apps.conversions.ledger import moments_read
from apps.conversions.models import Conversion, Event
from apps.core.errors import InvalidInput
from apps.domain.reasons import REASONS
from apps.domain.resend import REPLAYABLE
from apps.pipeline.explain import Filter, Page, SignalRow, conversions_counted, signals_listed
from apps.web import faults, wording
from apps.web.names import event_names, trigger_names
from apps.web.request import MemberRequest

FIELDS = ("state", "network", "event_id", "reason", "who")
PERIOD = ("from", "to")


@dataclass(frozen=True, slots=True)
class Line:
    """A signal in the list: its row, the name of its form or stage, and its conversions with their events' names."""

    row: SignalRow
    trigger_name: str
    conversions: tuple[tuple[Conversion, str], ...]


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """A page of the list; by htmx only its lines, to follow those that are there."""
    given = {name: request.GET.get(name, "").strip() for name in (*FIELDS, *PERIOD)}
    wanted = Filter(
        state=given["state"],
        network=given["network"],
        event_id=given["event_id"],
        reason=given["reason"],
        who=given["who"],
    )
    page, errors = Page((), ""), {}
    try:
        wanted = _within(wanted, given, request.workspace.time_zone)
        page = signals_listed(wanted=wanted, after=request.GET.get("after", ""))
    except InvalidInput as error:
        errors = faults.by_field(error)
    context = {"lines": signal_lines(page.rows), "after": page.after, "wanted": wanted}
    if request.htmx:
        return render(request, "web/_signal_lines.html", context)
    context |= {
        "errors": errors,
        "filtered": any(given.values()),
        "period": {name: given[name] for name in PERIOD},
        "counted": None if errors else conversions_counted(wanted),
        "continued": bool(request.GET.get("after")),
        "states": wording.STATES,
        "networks": [network.manifest for network in NETWORKS.values()],
        "reasons": REASONS.values(),
        "replays": wanted.state in REPLAYABLE and not wanted.who,
        "events": Event.objects.filter(deleted_at=None).order_by("name").values("id", "name"),
    }
    return render(request, "web/signals.html", context)


def _within(wanted: Filter, given: Mapping[str, str], zone: str) -> Filter:
    """The filter with its period, in days of the workspace. Raises InvalidInput."""
    since, until = moments_read(first=given["from"], last=given["to"], zone=zone)
    return replace(wanted, since=since, until=until)


def signal_lines(rows: Sequence[SignalRow]) -> list[Line]:
    """The rows with every name they need: two or three queries, however many rows."""
    triggers = trigger_names((row.signal.kind, row.signal.name) for row in rows)
    events = event_names(each.event_id for row in rows for each in row.conversions)
    return [
        Line(
            row,
            triggers[row.signal.kind, row.signal.name],
            tuple((each, events.get(each.event_id, "")) for each in row.conversions),
        )
        for row in rows
    ]
