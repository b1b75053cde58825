"""The ledger by day and by event: every number leads to its signals; beside it what the networks count themselves."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.ads.counts import WHY
from apps.ads.registry import NETWORKS
from apps.conversions.beside import Beside, beside
from apps.conversions.ledger import Book, book, period_read
from apps.conversions.models import Event
from apps.core.errors import Fault, InvalidInput
from apps.domain.states import State
from apps.signals.selectors import signals_counted
from apps.web import faults, wording
from apps.web.request import MemberRequest

FIELDS = ("from", "to", "event_id", "network")
SHORTCUTS = (7, 30, 90)  # days
# What a spreadsheet would take for a formula when a cell begins with it.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Cell:
    """A number with the list that it counts; no list where it is nought."""

    state: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: what it is about, its numbers by state, and their sum."""

    about: date | Event | None
    total: Cell
    cells: tuple[Cell, ...]
    by_state: Mapping[str, int]
    url: str = ""  # the ledger of this alone


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """The page for a period; by event, by day, and in all."""
    given = {name: request.GET.get(name, "").strip() for name in FIELDS}
    try:
        found, errors = _book(request, given), {}
    except InvalidInput as error:
        found, errors = _book(request, {}), faults.by_field(error)
    context = {
        "given": given | {"from": found.period.first.isoformat(), "to": found.period.last.isoformat()},
        "errors": errors,
        "filtered": any(given.values()),
        "book": found,
        "total": _row(None, found.by_state, _asked(found, given), wording.STATES),
        "days": _by_day(found, given),
        "events": _by_event(found, given),
        "beside": [(each, [WHY[code] for code in each.why]) for each in _beside(found)],
        "states": {state: wording.STATES[state] for state in _present(found)},
        "unjudged": signals_counted(unjudged=True),
        "shortcuts": _shortcuts(found, given),
        "networks": [network.manifest for network in NETWORKS.values()],
        "choices": Event.objects.order_by("name").values("id", "name", "deleted_at"),
        "export": f"{reverse('web:ledger_export')}?{urlencode(_asked(found, given))}",
    }
    return render(request, "web/ledger.html", context)


@require_safe
def export(request: MemberRequest) -> HttpResponseBase:
    """The same as CSV: a line for each day and event that judged anything. Raises InvalidInput."""
    found = _book(request, {name: request.GET.get(name, "").strip() for name in FIELDS})
    name = f"ledger-{found.period.first}-{found.period.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(_csv(found), content_type="text/csv; charset=utf-8", headers=headers)


def _book(request: MemberRequest, given: Mapping[str, str]) -> Book:
    zone = request.workspace.time_zone
    period = period_read(first=given.get("from", ""), last=given.get("to", ""), zone=zone, now=timezone.now())
    return book(period=period, event_id=_event_id(given.get("event_id", "")), network=given.get("network", ""))


def _event_id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise InvalidInput(Fault("event_id", "uuid", "Use an event's id.")) from error


def _asked(found: Book, given: Mapping[str, str]) -> dict[str, str]:
    """The page's own filters, the period written out, so that a link made today means the same tomorrow."""
    period = {"from": found.period.first.isoformat(), "to": found.period.last.isoformat()}
    return {name: value for name, value in given.items() if value} | period


def _present(found: Book) -> list[str]:
    """The states that anything of the period is in: a column of noughts says nothing, and ten columns fit no screen."""
    return [state for state in wording.STATES if found.by_state[state]]


def _row(
    about: date | Event | None,
    counts: Mapping[str, int],
    asked: Mapping[str, str],
    states: Iterable[str],
    url: str = "",
) -> Row:
    cells = tuple(_cell(state, counts[state], {**asked, "state": state}) for state in states)
    return Row(about, _cell("", sum(counts.values()), asked), cells, counts, url)


def _cell(state: str, count: int, asked: Mapping[str, str]) -> Cell:
    return Cell(state, count, f"{reverse('web:signals')}?{urlencode(asked)}" if count else "")


def _by_day(found: Book, given: Mapping[str, str]) -> list[Row]:
    rows = []
    for day, counts in found.by_day():
        asked = {**_asked(found, given), "from": day.isoformat(), "to": day.isoformat()}
        rows.append(_row(day, counts, asked, _present(found), f"?{urlencode(asked)}"))
    return rows


def _by_event(found: Book, given: Mapping[str, str]) -> list[Row]:
    rows = []
    for event, counts in found.by_event():
        asked = {**_asked(found, given), "event_id": str(event.id)}
        rows.append(_row(event, counts, asked, _present(found), f"?{urlencode(asked)}"))
    return rows


def _beside(found: Book) -> list[Beside]:
    """Where the events land that are there still, or that judged something in the period."""
    judged = {line.event_id for line in found.lines}
    return beside(events=[event for event in found.events if event.deleted_at is None or event.id in judged])


def _shortcuts(found: Book, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """Periods of so many days up to now."""
    last = timezone.localdate()
    asked = {name: value for name, value in given.items() if value and name not in ("from", "to")}
    shortcuts = []
    for days in SHORTCUTS:
        first = last - timedelta(days=days - 1)
        period = {"from": first.isoformat(), "to": last.isoformat()}
        chosen = (found.period.first, found.period.last) == (first, last)
        shortcuts.append({"days": days, "url": f"?{urlencode(asked | period)}", "chosen": chosen})
    return shortcuts


class _Echo:
    """A file that hands back what is written to it, so that lines leave as they are made."""

    def write(self, line: str) -> str:
        """The line itself."""
        return line


def _csv(found: Book) -> Iterator[str]:
    writer = csv.writer(_Echo())
    names = {event.id: (event.name, event.account.network) for event in found.events}
    yield writer.writerow(["day", "event_id", "event", "network", "judged", *(state.value for state in State)])
    for line in found.lines:
        name, network = names[line.event_id]
        counts = [line.by_state.get(state, 0) for state in State]
        yield writer.writerow([line.day.isoformat(), line.event_id, _harmless(name), network, sum(counts), *counts])


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULAS) else text
