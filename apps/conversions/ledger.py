"""The ledger by event and day: what became of every signal judged (invariant 2), counted from the rows themselves.

There are no counters that could drift: a number is a count over one index that holds event, time and state, within a
period that has an end. The day is the workspace's, and that on which the signal happened: its id begins with that
moment, so the bounds of days are bounds of ids, here and in the list that a number links to.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection

from apps.conversions.models import Event
from apps.core.errors import Fault, InvalidInput
from apps.core.ids import first_id
from apps.core.tenancy import current_workspace_id
from apps.domain.days import Period, day_start, today
from apps.domain.states import State

USUAL_DAYS, LONGEST_DAYS = 30, 366


@dataclass(frozen=True, slots=True)
class Line:
    """What became of the signals of one day for one event."""

    day: date
    event_id: UUID
    by_state: Mapping[str, int]

    @property
    def judged(self) -> int:
        """How many there are: the sum over the states."""
        return sum(self.by_state.values())


@dataclass(frozen=True, slots=True)
class Book:
    """The ledger of a period: its lines, without those that are empty, by day and event."""

    period: Period
    events: Sequence[Event]
    lines: tuple[Line, ...]

    @property
    def by_state(self) -> dict[str, int]:
        """All of it, by state."""
        return _sum(self.lines)

    @property
    def judged(self) -> int:
        """How many there are: the sum over the states."""
        return sum(self.by_state.values())

    def by_day(self) -> list[tuple[date, dict[str, int]]]:
        """Every day of the period, the latest first, with its counts by state."""
        held: dict[date, list[Line]] = {}
        for line in self.lines:
            held.setdefault(line.day, []).append(line)
        return [(day, _sum(held.get(day, ()))) for day in reversed(self.period.days)]

    def by_event(self) -> list[tuple[Event, dict[str, int]]]:
        """Every event that judged a signal in the period, by name, with its counts by state."""
        held: dict[UUID, list[Line]] = {}
        for line in self.lines:
            held.setdefault(line.event_id, []).append(line)
        return [(event, _sum(held[event.id])) for event in self.events if event.id in held]


def _sum(lines: Iterable[Line]) -> dict[str, int]:
    counts: Counter[str] = Counter({state.value: 0 for state in State})
    for line in lines:
        counts.update(line.by_state)
    return dict(counts)


# A range of the index for each event and day: the plan stays the same however many rows other workspaces have. Over a
# whole table of 300,000 rows it took about as long as reading the table (docs/performance.md).
_COUNT = """
    SELECT day.number, event.id, counted.state, counted.count
      FROM unnest(%(events)s::uuid[]) AS event (id)
     CROSS JOIN unnest(%(starts)s::uuid[], %(ends)s::uuid[]) WITH ORDINALITY AS day (first, last, number)
     CROSS JOIN LATERAL (
           SELECT state, count(*) AS count
             FROM conversions_conversion
            WHERE workspace_id = %(workspace)s AND event_id = event.id
              AND signal_id >= day.first AND signal_id < day.last
            GROUP BY state) AS counted
     ORDER BY 1, 2, 3
"""


def book(*, period: Period, event_id: UUID | None = None, network: str = "") -> Book:
    """The ledger of the period, of one event or network or of all, deleted events included: two queries.

    Call inside the workspace's scope.
    """
    events = Event.objects.select_related("account", "version").order_by("name", "id")
    if event_id is not None:
        events = events.filter(id=event_id)
    if network:
        events = events.filter(account__network=network)
    found = list(events)
    counted: dict[tuple[int, UUID], dict[str, int]] = {}
    for bucket, event, state, count in _counts(period, found):
        counted.setdefault((bucket, event), {})[state] = count
    days = period.days
    lines = tuple(Line(days[bucket - 1], event, by_state) for (bucket, event), by_state in counted.items())
    return Book(period, found, lines)


def _counts(period: Period, events: Sequence[Event]) -> list[tuple[int, UUID, str, int]]:
    if not events:
        return []
    bounds = [first_id(at=start) for start in (*period.starts, period.until)]
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            {
                "workspace": current_workspace_id(),
                "events": [event.id for event in events],
                "starts": bounds[:-1],
                "ends": bounds[1:],
            },
        )
        return list(cursor.fetchall())


def period_read(*, first: str, last: str, zone: str, now: datetime) -> Period:
    """The period of two days written as 2026-11-22; without them the USUAL_DAYS up to today.

    Raises InvalidInput naming `from` or `to`.
    """
    end = _day(last, "to") or today(now, zone)
    start = _day(first, "from") or end - timedelta(days=USUAL_DAYS - 1)
    if start > end:
        raise InvalidInput(Fault("from", "order", "The first day must not come after the last."))
    if (end - start).days >= LONGEST_DAYS:
        raise InvalidInput(Fault("from", "range", f"Ask for at most {LONGEST_DAYS} days at a time."))
    return Period(start, end, zone)


def moments_read(*, first: str, last: str, zone: str) -> tuple[datetime | None, datetime | None]:
    """From which moment on, and before which, as two days say it, either of which may be missing.

    Raises InvalidInput naming `from` or `to`.
    """
    start, end = _day(first, "from"), _day(last, "to")
    since = day_start(start, zone) if start else None
    return since, day_start(end + timedelta(days=1), zone) if end else None


EARLIEST = date(2000, 1, 1)  # no ad network took a conversion from a server before


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(Fault(field, "date", "Use a day such as 2026-11-22.")) from error
    if not EARLIEST <= day <= date.max - timedelta(days=LONGEST_DAYS):
        raise InvalidInput(Fault(field, "range", "Use a day of this century."))
    return day
