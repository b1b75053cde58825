"""The tables that grow without end, and looking after their partitions (core/partitions.py)."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import connection

from apps.core.partitions import Cut, Part, drop_before, make_missing, missing, parts_of, strays
from apps.core.tenancy import every_workspace
from apps.domain.retention import KINDS, kept_since
from apps.workspaces.models import Workspace

log = structlog.get_logger()
CONVERSIONS = Cut("conversions_conversion", months=3)
SIGNALS = Cut("signals_signal", months=3)
ATTEMPTS = Cut("deliveries_attempt")
REQUESTS = Cut("deliveries_request")
# What leaves together: a conversion with its signal, an attempt with its request.
GROUPS = ((CONVERSIONS, SIGNALS), (ATTEMPTS, REQUESTS))
CUTS = tuple(cut for group in GROUPS for cut in group)


@dataclass(frozen=True, slots=True)
class Tended:
    """What was made and dropped, and which partitions are missing still."""

    made: tuple[str, ...]
    dropped: tuple[str, ...]
    missing: tuple[str, ...]


def tables_tend(*, now: datetime) -> Tended:
    """Make the partitions of the months to come and drop what no workspace keeps. Call outside a transaction.

    What is missing all the same is told as an error, `partition.missing`, and rows that lie in no period as
    `partition.strays`: both before anybody notices, because rows go to a partition of their own until then.
    """
    made = [name for cut in CUTS for name in make_missing(cut, now=now)]
    dropped: list[str] = []
    until = dropped_before(now=now)
    for group in GROUPS:
        dropped += drop_before(group, moment=_none_alive(group, until))
    absent = partitions_missing(now=now)
    for name in absent:
        log.error("partition.missing", partition=name)
    with every_workspace():
        for cut in CUTS:
            if strays(cut):
                log.warning("partition.strays", table=cut.table)
    return Tended(tuple(made), tuple(dropped), absent)


def partitions_missing(*, now: datetime) -> tuple[str, ...]:
    """The partitions that should be there and are not: an alarm."""
    return tuple(cut.name(start) for cut in CUTS for start in missing(cut, now=now))


def dropped_before(*, now: datetime) -> datetime:
    """The moment before which no workspace keeps the stream."""
    kind = KINDS["stream"]
    chosen = Workspace.objects.values_list("retention", flat=True)
    return min((kept_since(kind, each, now) for each in chosen), default=kept_since(kind, {}, now))


def _none_alive(group: tuple[Cut, ...], until: datetime) -> datetime:
    """The moment, `until` at the latest, before which nothing of the group waits or is under way."""
    if CONVERSIONS not in group:
        return until
    for part in parts_of(CONVERSIONS):
        if part.end <= until and part.attached and _alive(part):
            log.warning("partition.still_needed", partition=part.name)
            return part.start
    return until


def _alive(part: Part) -> bool:
    """Whether one of its conversions may still leave: some networks set no limit."""
    name = connection.ops.quote_name(part.name)
    with every_workspace(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {name} WHERE state = 'waiting')"  # noqa: S608
            f" OR EXISTS (SELECT FROM {name} WHERE state = 'sending')"
        )
        return bool(cursor.fetchone()[0])
