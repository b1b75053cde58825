"""Which accepted events could be matched to a person. A simulation: Meta does not publish how it does that."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest
from django.views.decorators.http import require_GET

from apps.sandbox.jsonview import speaks_json
from apps.sandbox.models import Received, State

MOST_LOOKED_AT = 2000
# One of these singles somebody out. Names, places, birthdays and the browser leave too many people.
SINGLES_OUT = ("em", "ph", "external_id", "fbc", "fbp", "lead_id")
TOO_GENERAL = "nothing in user_data singles a person out, so nobody is found by it"


@require_GET
@speaks_json
def report(request: HttpRequest) -> object:
    """Return the accepted events, the newest first, each with why it finds nobody; no value is shown."""
    rows = Received.objects.filter(network="facebook", state=State.ACCEPTED).order_by("-id")[:MOST_LOOKED_AT]
    return {"simulation": True, "events": [_shown(row, orjson.loads(row.body)) for row in rows]}


def _shown(row: Received, event: Mapping[str, Any]) -> dict[str, object]:
    found = any(event["user_data"].get(key) for key in SINGLES_OUT)
    return {"id": row.pk, "key": row.key, "matched": found, "why_not": [] if found else [TOO_GENERAL]}
