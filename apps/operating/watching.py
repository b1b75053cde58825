"""Looking, and telling: the rounds that the scheduler rings for. A round that is lost is made up for by the next."""

from datetime import datetime

import structlog

from apps.core.tenancy import every_workspace
from apps.operating import moments
from apps.operating.alerts import Changed, Finding, alert_note_past, alerts_update
from apps.operating.finding import LOOKED_FOR, found
from apps.operating.telling import alerts_tell

log = structlog.get_logger()


def watch(*, now: datetime) -> Changed:
    """Look for what is the matter, keep what changed, and tell of it."""
    with every_workspace():
        changed = alerts_update(found=found(now=now), kinds=LOOKED_FOR, now=now)
    if changed.opened or changed.ended:
        log.info("alerts.changed", opened=changed.opened, ended=changed.ended)
    alerts_tell(now=now)
    return changed


def scheduler_ticked(*, now: datetime) -> None:
    """The scheduler rang. Where it had been silent for long, that is told, also when nobody was there to see it."""
    before = moments.tick(now=now)
    if before is None:
        return
    log.error("scheduler.missed", since=before.isoformat(), seconds=int((now - before).total_seconds()))
    with every_workspace():
        alert_note_past(finding=Finding("missed_ticks", ""), since=before, until=now)


def scheduler_looked_for(*, now: datetime) -> bool:
    """A worker's own look, while no scheduler rings: True when it is silent, which is then told."""
    if moments.scheduler_silent(now=now) is None:
        return False
    with every_workspace():
        alerts_update(found=[Finding("missed_ticks", "")], kinds=["missed_ticks"], now=now)
    alerts_tell(now=now)
    return True
