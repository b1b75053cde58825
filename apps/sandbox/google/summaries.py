"""What became of the uploads of the last four weeks, as the API's diagnostics tell it, counted in the ledger."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from apps.sandbox.google.adjustments import FIELD as ADJUSTMENTS
from apps.sandbox.google.clicks import FIELD as CLICKS
from apps.sandbox.models import Received, State
from apps.sandbox.worlds.google import GoogleWorld

RECENT = timedelta(days=28)
SERVICES = (CLICKS, ADJUSTMENTS)
# From which share of successes an upload is how healthy.
EXCELLENT, GOOD = 0.95, 0.8


@dataclass
class _Sum:
    good: int = 0
    bad: int = 0
    latest: datetime | None = None
    by_day: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    by_job: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, row: Received, job: str) -> None:
        failed = row.state != State.ACCEPTED
        self.good, self.bad = self.good + (not failed), self.bad + failed
        self.by_day[row.received_at.date().isoformat()][failed] += 1
        if job:
            self.by_job[job][failed] += 1
        if failed:
            self.reasons[row.reason.partition(" at ")[0]] += 1
        self.latest = max(self.latest or row.received_at, row.received_at)


def of_client(account: str, now: datetime) -> Iterator[Mapping[str, object]]:
    """Yield the summary of what came over the API, if anything ever did."""
    total = _Sum()
    for row, job in _rows(account, now):
        total.add(row, job)
    if total.latest is not None:
        rate = total.good / (total.good + total.bad)
        name = f"customers/{account}/offlineConversionUploadClientSummaries/GOOGLE_ADS_API"
        yield _values(total) | {"resource_name": name, "success_rate": rate, "pending_rate": 0.0}


def of_actions(world: GoogleWorld, account: str, now: datetime) -> Iterator[Mapping[str, object]]:
    """Yield a summary per conversion action that something was uploaded to."""
    sums: dict[str, _Sum] = defaultdict(_Sum)
    for row, job in _rows(account, now):
        sums[row.name].add(row, job)
    for action in world.actions:
        if action.customer == account and action.name in sums:
            name = f"customers/{account}/offlineConversionUploadConversionActionSummaries/{action.id}~GOOGLE_ADS_API"
            yield _values(sums[action.name]) | {
                "resource_name": name,
                "conversion_action_id": int(action.id),
                "conversion_action_name": action.name,
            }


def _rows(account: str, now: datetime) -> Iterator[tuple[Received, str]]:
    found = Received.objects.filter(network="google", account=account, received_at__gt=now - RECENT)
    extras: dict[int, dict[str, Any]] = {}
    for row in found.select_related("request").order_by("id").defer("body", "request__answer"):
        known = extras.get(row.request_id)
        if known is None:
            known = extras[row.request_id] = orjson.loads(row.request.extras)
        if known.get("service") in SERVICES:
            yield row, str(known.get("job_id") or "")


def _values(total: _Sum) -> dict[str, object]:
    assert total.latest is not None  # only sums that something was added to are shown
    count = total.good + total.bad
    rate = total.good / count
    return {
        "client": "GOOGLE_ADS_API",
        "status": "EXCELLENT" if rate >= EXCELLENT else "GOOD" if rate >= GOOD else "NEEDS_ATTENTION",
        "total_event_count": count,
        "successful_event_count": total.good,
        "pending_event_count": 0,
        "last_upload_date_time": total.latest.strftime("%Y-%m-%d %H:%M:%S"),
        "daily_summaries": [{"uploadDate": day, **_counts(pair)} for day, pair in sorted(total.by_day.items())],
        "job_summaries": [{"jobId": job, **_counts(pair)} for job, pair in sorted(total.by_job.items())],
        "alerts": [_alert(reason, failed, count) for reason, failed in total.reasons.most_common()],
    }


def _counts(pair: list[int]) -> dict[str, str]:
    return {"successfulCount": str(pair[0]), "failedCount": str(pair[1]), "pendingCount": "0"}


def _alert(reason: str, failed: int, count: int) -> dict[str, object]:
    category, _, name = reason.partition(".")
    return {"error": {category: name}, "errorPercentage": failed / count}
