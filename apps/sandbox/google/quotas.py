"""How much a project and a customer may ask: what came in is counted in the ledger."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.sandbox.exchange import Answer
from apps.sandbox.google import errors
from apps.sandbox.models import Request
from apps.sandbox.worlds.google import Customer, Project

MINUTE = timedelta(minutes=1)
BY_LEVEL = {"TEST": 15_000, "EXPLORER": 2_880, "BASIC": 15_000}
INGESTION = "events:ingest"


@dataclass(frozen=True)
class _Counted:
    """Which requests a quota counts."""

    project: str = ""
    account: str = ""
    ingestion: bool = False

    def wait(self, most: int | None, since: datetime, until: datetime, now: datetime) -> int | None:
        """Return the seconds until there is room again (at the latest `until`), or None while there is."""
        if most is None:
            return None
        found = Request.objects.filter(network="google", received_at__gte=since, received_at__lte=now)
        found = found.exclude(status=429)
        found = (found.filter if self.ingestion else found.exclude)(path__endswith=INGESTION)
        if self.project:
            found = found.filter(extras__contains=f'"project":"{self.project}"')
        if self.account:
            found = found.filter(account=self.account)
        times = list(found.order_by("-received_at").values_list("received_at", flat=True)[:most])
        if len(times) < most:
            return None
        free = min(until, times[-1] + MINUTE) if times and since == now - MINUTE else until
        return max(1, math.ceil((free - now).total_seconds()))


def of_project(project: Project, version: str, now: datetime) -> Answer | None:
    """Return the refusal of a call to the Google Ads API whose project has used up its share, or None."""
    counted = _Counted(project=project.id)
    day = project.operations_per_day
    most = BY_LEVEL.get(project.access_level) if day is None else day
    if counted.wait(most, *_today(now), now) is not None:
        return errors.exhausted(errors.FOR_TODAY, "DEVELOPER", None, version=version)
    wait = counted.wait(project.calls_per_minute, now - MINUTE, now + MINUTE, now)
    return None if wait is None else errors.exhausted(errors.TEMPORARILY, "DEVELOPER", wait, version=version)


def of_customer(customer: Customer, version: str, now: datetime) -> Answer | None:
    """Return the refusal of a call for a customer that is asked too much of, or None."""
    counted = _Counted(account=customer.id)
    wait = counted.wait(customer.calls_per_minute, now - MINUTE, now + MINUTE, now)
    return None if wait is None else errors.exhausted(errors.TEMPORARILY, "ACCOUNT", wait, version=version)


def of_ingestion(project: Project, now: datetime) -> Answer | None:
    """Return the refusal of a request of events whose project has used up its share, or None."""
    counted = _Counted(project=project.id, ingestion=True)
    waits = (
        counted.wait(project.ingests_per_minute, now - MINUTE, now + MINUTE, now),
        counted.wait(project.ingests_per_day, *_today(now), now),
    )
    longest = max((wait for wait in waits if wait is not None), default=None)
    return None if longest is None else errors.exhausted_ingestion(longest)


def _today(now: datetime) -> tuple[datetime, datetime]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight, midnight + timedelta(days=1)
