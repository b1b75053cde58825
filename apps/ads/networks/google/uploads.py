"""How Google's own diagnostics count what was uploaded to each conversion action in the last 28 days.

google.ads.googleads, OfflineConversionUploadConversionActionSummary; developers.google.com/google-ads/api/docs/
conversions/upload-summaries.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from apps.ads.answers import part, parts, text
from apps.ads.counts import Counted, Counts, number
from apps.ads.networks.google.query import searched, selected
from apps.ads.wire import Inquiry, Target

_RESOURCE = "offline_conversion_upload_conversion_action_summary"
_FIELDS = (
    *("conversion_action_id", "status", "total_event_count", "successful_event_count", "pending_event_count"),
    *("last_upload_date_time", "alerts"),
)
_MOST_ALERTS = 3

Uploads = Mapping[str, Mapping[str, str]]


def uploads(target: Target) -> Inquiry[Uploads]:
    """By conversion action, facts of what was uploaded to it. One search."""
    rows = yield from searched(
        target, target.account_id, selected((f"{_RESOURCE}.{name}" for name in _FIELDS), _RESOURCE)
    )
    told = [part(row, "offlineConversionUploadConversionActionSummary") for row in rows]
    return {text(each.get("conversionActionId")): _facts(each) for each in told}


def _facts(told: Mapping[str, Any]) -> dict[str, str]:
    alerts = [
        f"{next(iter(part(alert, 'error').values()), '')} {round(float(alert.get('errorPercentage', 0)) * 100)}%"
        for alert in parts(told, "alerts")[:_MOST_ALERTS]
    ]
    return {
        "upload_status": text(told.get("status")),
        "uploads_total": text(told.get("totalEventCount")),
        "uploads_successful": text(told.get("successfulEventCount")),
        "uploads_pending": text(told.get("pendingEventCount")),
        "last_upload": text(told.get("lastUploadDateTime")),
        "upload_alerts": ", ".join(alerts),
    }


def _counted(facts: Mapping[str, str], name: str, told_at: datetime) -> Counted | None:
    total, taken = number(facts, "uploads_total"), number(facts, "uploads_successful")
    if total is None or taken is None:
        return None
    pending = number(facts, "uploads_pending") or 0
    return Counted(taken, told_at - RECENT, pending, max(total - taken - pending, 0))


RECENT = timedelta(days=28)
COUNTS = Counts(_counted, by_name=False, why=("arrival", "everybody", "adjustments", "one_way", "attribution"))
