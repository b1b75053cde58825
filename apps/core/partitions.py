"""Tables that grow without end, cut by time: partitions made ahead of time and dropped when nothing in them is kept.

A table is cut by RANGE on an id that begins with its moment (core/ids.py). Its partitions, from the first to the last:
`_before`, what is older than the cut, an import of years ago included; one for each period; `_default`, what belongs to
no period, which is empty unless a clock is wrong or the making stood still. The functions that touch the schema belong
to the owner of the tables (migrations/0001_partitions.py, ADR 21).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import structlog
from django.db import connection, transaction

from apps.core.ids import first_id, moment_of
from apps.core.locks import patiently

log = structlog.get_logger()
MONTHS_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Cut:
    """A table that is cut by time: in periods of so many months, counted from January."""

    table: str
    months: int = 1

    def start(self, at: datetime) -> datetime:
        """The beginning of the period in which `at` (aware) lies, in UTC."""
        utc = at.astimezone(UTC)
        return _month(utc.year, (utc.month - 1) // self.months * self.months)

    def after(self, start: datetime) -> datetime:
        """The beginning of the period after the one that begins at `start`."""
        return _month(start.year, start.month - 1 + self.months)

    def name(self, start: datetime) -> str:
        """The partition of the period that begins at `start`."""
        return f"{self.table}_{start:%Y%m}"

    def wanted(self, now: datetime) -> Iterator[datetime]:
        """The beginnings of the present period and of those that begin within MONTHS_AHEAD."""
        start = self.start(now)
        last = _month(start.year, now.astimezone(UTC).month - 1 + MONTHS_AHEAD)
        while start <= last:
            yield start
            start = self.after(start)


@dataclass(frozen=True, slots=True)
class Part:
    """A partition of a period, as it stands: from its beginning to before its end, UTC. Detached: on its way out."""

    name: str
    start: datetime
    end: datetime
    attached: bool


def _month(year: int, months: int) -> datetime:
    return datetime(year + months // 12, months % 12 + 1, 1, tzinfo=UTC)


_PARTS = """
    SELECT part.relname, convsync_partition_end(part.relname::text), part.relispartition
      FROM pg_class AS part
     WHERE part.relkind = 'r' AND part.relname ~ %s AND part.relnamespace = 'public'::regnamespace
     ORDER BY part.relname
"""


def parts_of(cut: Cut) -> list[Part]:
    """The partitions of periods that the table has, the earliest first, those included that are detached already."""
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, [f"^{cut.table}_[0-9]{{6}}$"])
        rows = list(cursor.fetchall())
    found = []
    for name, end, attached in rows:
        start = datetime.strptime(name[-6:], "%Y%m").replace(tzinfo=UTC)
        found.append(Part(name, start, moment_of(end) if end else cut.after(start), attached))
    return found


def begins(cut: Cut) -> datetime | None:
    """The end of what was there before the table was cut; None while it is not cut."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT convsync_partition_end(%s)", [f"{cut.table}_before"])
        (end,) = cursor.fetchone()
    return moment_of(end) if end else None


def missing(cut: Cut, *, now: datetime) -> list[datetime]:
    """The beginnings of periods that should have a partition by `now` and have none."""
    first = begins(cut)
    if first is None:
        return []
    standing = {part.start for part in parts_of(cut) if part.attached}
    return [start for start in cut.wanted(now) if start >= first and start not in standing]


def make_missing(cut: Cut, *, now: datetime) -> list[str]:
    """Make the partitions that are missing, moving in what strayed; their names. Call outside a transaction."""
    made = []
    for start in missing(cut, now=now):
        name, bounds = cut.name(start), (first_id(at=start), first_id(at=cut.after(start)))
        strays = patiently(partial(_call, "make", cut.table, name, *bounds))
        log.info("partition.made", table=cut.table, partition=name, strays=strays)
        made.append(name)
    return made


def drop_before(cuts: Sequence[Cut], *, moment: datetime) -> list[str]:
    """Drop each partition that ends by `moment`, of all these tables at once; their names. Call outside a transaction.

    Partitions of the same end leave together, because their rows belong together. They are detached first, which is
    done in a moment; their files go when nobody waits.
    """
    leaving = [(cut, part) for cut in cuts for part in parts_of(cut) if part.end <= moment]
    for end in sorted({part.end for _, part in leaving if part.attached}):
        together = [(cut.table, part.name) for cut, part in leaving if part.attached and part.end == end]
        patiently(partial(_detach, together))
    for cut, part in leaving:
        patiently(partial(_call, "drop", cut.table, part.name))
        log.info("partition.dropped", table=cut.table, partition=part.name)
    return [part.name for _, part in leaving]


def strays(cut: Cut) -> bool:
    """Whether a row lies in no period. Call inside every_workspace."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM {connection.ops.quote_name(cut.table + '_default')})")  # noqa: S608
        return bool(cursor.fetchone()[0])


def _detach(together: Sequence[tuple[str, str]]) -> None:
    with transaction.atomic():
        for table, part in together:
            _call("detach", table, part)


def _call(verb: str, *arguments: str | UUID) -> int:
    """Call the owner's function; what it counts."""
    with connection.cursor() as cursor:
        cursor.callproc(f"convsync_partition_{verb}", arguments)
        (told,) = cursor.fetchone()
    return int(told or 0)
