"""Which accepted enhancements found the tag's conversion: the world says what orders the tag reported."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest
from django.views.decorators.http import require_GET

from apps.sandbox.jsonview import speaks_json
from apps.sandbox.models import Received, State
from apps.sandbox.world import current

MOST_LOOKED_AT = 2000
NO_TAG = "the tag reported no conversion with this order id, so it stays pending and counts for nothing"


@require_GET
@speaks_json
def report(request: HttpRequest) -> object:
    """Return the enhancements that were taken, the newest first, each with why it improves nothing."""
    everything, _ = current()
    tagged = set(everything.google.tag_orders)
    rows = Received.objects.filter(network="google", state=State.ACCEPTED).order_by("-id")[:MOST_LOOKED_AT]
    found = [(row, orjson.loads(row.body)) for row in rows]
    return {"simulation": True, "events": [_shown(row, body, tagged) for row, body in found if _enhances(body)]}


def _enhances(body: Mapping[str, Any]) -> bool:
    return bool(body.get("adjustmentType") == "ENHANCEMENT")


def _shown(row: Received, body: Mapping[str, Any], tagged: set[str]) -> dict[str, object]:
    found = body.get("orderId") in tagged
    return {"id": row.pk, "key": row.key, "matched": found, "why_not": [] if found else [NO_TAG]}
