"""Which of Google's APIs an account's project may still use: tried with one conversion that is checked and not kept.

UploadClickConversions has been closed since 2026-06-15 to projects that had not used it before; the adjustments stayed
open. developers.google.com/google-ads/api/docs/conversions/upload-offline; ads blog, 2026/05.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.ads.networks.google import client
from apps.ads.networks.google.manifest import ADJUSTMENTS, ADS_API, DATA_MANAGER_ONLY
from apps.ads.networks.google.outcome import refusal
from apps.ads.networks.google.words import digits
from apps.ads.wire import Inquiry, Target

NOT_ALLOWLISTED = "CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE"

# No click has this id and no conversion this order id: whatever else is wrong with the row, nothing can come of it.
_GCLID, _ORDER_ID = "convsync-probe", "convsync-probe"


def probe(target: Target, destination: str, now: datetime) -> Inquiry[str]:
    """The name of what is open, "" when Google does not let it be known. One call, two where clicks are closed."""
    row = {"conversionAction": f"customers/{_customer(target)}/conversionActions/{digits(destination)}"}
    moment = (now - timedelta(hours=8)).astimezone(UTC).isoformat(sep=" ", timespec="seconds")
    click = {**row, "gclid": _GCLID, "conversionDateTime": moment, "orderId": _ORDER_ID}
    clicks = yield from _open(target, "click", {"conversions": [click]})
    if clicks is not False:
        return ADS_API if clicks else ""
    retraction = {**row, "adjustmentType": "RETRACTION", "orderId": _ORDER_ID, "adjustmentDateTime": moment}
    adjustments = yield from _open(target, "adjustment", {"conversionAdjustments": [retraction]})
    return "" if adjustments is None else ADJUSTMENTS if adjustments else DATA_MANAGER_ONLY


def _open(target: Target, kind: str, body: Mapping[str, Any]) -> Inquiry[bool | None]:
    """Whether the upload reads conversions of this project; None when the answer is about something else."""
    reply = yield client.upload(target, kind, {**body, "partialFailure": True, "validateOnly": True})
    if 200 <= reply.status < 300:
        return True
    outcome = refusal(reply)
    return False if outcome.code == NOT_ALLOWLISTED else None


def _customer(target: Target) -> str:
    return digits(target.conversion_customer_id or target.account_id)
