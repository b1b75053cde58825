"""Days as a workspace lives them: from midnight to midnight in its zone, 23 or 25 hours long where clocks change."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both counted, in a time zone by its IANA name."""

    first: date
    last: date
    zone: str

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of it."""
        return tuple(self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))

    @property
    def since(self) -> datetime:
        """The moment at which it begins."""
        return day_start(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """The first moment that is not of it any more."""
        return day_start(self.last + timedelta(days=1), self.zone)

    @property
    def starts(self) -> tuple[datetime, ...]:
        """The moment at which each day begins."""
        return tuple(day_start(day, self.zone) for day in self.days)

    def day_of(self, moment: datetime) -> date | None:
        """The day that the moment belongs to; None outside of the period."""
        if not self.since <= moment < self.until:
            return None
        return self.days[bisect_right(self.starts, moment) - 1]


def day_start(day: date, zone: str) -> datetime:
    """The first moment of the day, in UTC: midnight, or where clocks skip it, when they are put forward.

    Where midnight comes twice the first one counts, so that every moment belongs to one day.
    """
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def today(now: datetime, zone: str) -> date:
    """The day that it is in the zone."""
    return now.astimezone(ZoneInfo(zone)).date()
