"""What the ledger says a dataset received by this API."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson
from django.db.models import Count
from django.db.models.functions import TruncHour

from apps.sandbox.models import Received, State

# Enough to tell a percentage by; the newest count.
MOST_LOOKED_AT = 5000
Body = Mapping[str, Any]


def names(dataset: str) -> Counter[str]:
    """Return how often each event was accepted."""
    return Counter(dict(_accepted(dataset).values_list("name").annotate(Count("id")).order_by("name")))


def hours(dataset: str) -> Counter[tuple[datetime, str]]:
    """Return how often each event was accepted, by the hour in which it arrived."""
    rows = _accepted(dataset).annotate(hour=TruncHour("received_at")).values_list("hour", "name")
    return Counter({(hour, name): count for hour, name, count in rows.annotate(Count("id")).order_by("hour", "name")})


def bodies(dataset: str, agent: str = "") -> list[Body]:
    """Return the newest events that were accepted; with `agent`, those that this partner_agent sent."""
    rows = _accepted(dataset).order_by("-id")
    if agent:
        rows = rows.filter(request__extras__contains=orjson.dumps({"partner_agent": agent}).decode()[1:-1])
    return [orjson.loads(body) for body in rows.values_list("body", flat=True)[:MOST_LOOKED_AT]]


def keys(events: Iterable[Body]) -> Counter[str]:
    """Return how many events carry each key of user_data."""
    return Counter(key for event in events for key, value in event["user_data"].items() if value)


def _accepted(dataset: str) -> Any:
    return Received.objects.filter(network="facebook", account=dataset, state=State.ACCEPTED)
