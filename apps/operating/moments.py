"""Moments of the instance: when the scheduler last rang, when the operators were last mailed."""

from datetime import datetime, timedelta

from apps.operating.models import Moment

SCHEDULER, OPERATORS_MAILED = "scheduler", "operators mailed"
TICKS_EVERY = timedelta(seconds=15)
SILENT = timedelta(minutes=2)  # longer than a restart of the scheduler or of all workers takes


def tick(*, now: datetime) -> datetime | None:
    """The scheduler rang: note when; returns when it rang before, where that was so long ago that rings were missed."""
    before = moment_last(SCHEDULER)
    moment_note(name=SCHEDULER, at=now)
    return before if before is not None and now - before > SILENT else None


def scheduler_silent(*, now: datetime) -> timedelta | None:
    """For how long the scheduler has been silent, if that is too long; None too where it never rang."""
    last = moment_last(SCHEDULER)
    return now - last if last is not None and now - last > SILENT else None


def moment_note(*, name: str, at: datetime) -> None:
    """Keep a moment, unless a later one is kept."""
    kept, made = Moment.objects.get_or_create(name=name, defaults={"at": at})
    if not made and kept.at < at:
        Moment.objects.filter(name=name).update(at=at)


def moment_last(name: str) -> datetime | None:
    """The moment of that name; None before there was one."""
    return Moment.objects.filter(name=name).values_list("at", flat=True).first()
