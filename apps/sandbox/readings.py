"""The ledger's reading side: counts and the newest conversions, for the page and the control API."""

from dataclasses import dataclass

import orjson
from django.db.models import Sum

from apps.sandbox.models import Received, State, Tally
from apps.sandbox.world import NETWORKS

COUNTS = ("requests", "accepted", "refused", "duplicates")


@dataclass(frozen=True)
class Wanted:
    """Which conversions to show; empty text is no filter. `after` is a cursor: the id of the last one already shown."""

    network: str = ""
    account: str = ""
    state: str = ""
    after: int | None = None
    limit: int = 50


def counts(account: str = "") -> dict[str, dict[str, int]]:
    """Return, for every network, how many requests came and what became of the conversions; of one account if named."""
    tallies = Tally.objects.filter(account=account) if account else Tally.objects.all()
    sums = dict.fromkeys(NETWORKS, (0,) * len(COUNTS))
    for network, *numbers in tallies.values_list("network").annotate(*map(Sum, COUNTS)):
        sums[network] = tuple(numbers)
    return {network: dict(zip(COUNTS, numbers, strict=True)) for network, numbers in sums.items()}


def newest(wanted: Wanted) -> tuple[list[Received], int | None]:
    """Return the conversions that match, newest first, and the next page's cursor, or None on the last page."""
    rows = Received.objects.order_by("-id")
    for name in ("network", "account", "state"):
        if getattr(wanted, name):
            rows = rows.filter(**{name: getattr(wanted, name)})
    if wanted.after is not None:
        rows = rows.filter(id__lt=wanted.after)
    page = list(rows[: wanted.limit + 1])
    more = len(page) > wanted.limit
    page = page[: wanted.limit]
    return page, page[-1].pk if more else None


def item(row: Received) -> dict[str, object]:
    """Return one conversion as JSON for the control API."""
    return {
        "id": row.pk,
        "request": row.request_id,
        "index": row.position,
        "network": row.network,
        "account": row.account,
        "key": row.key,
        "name": row.name,
        "state": row.state,
        "accepted": row.state == State.ACCEPTED,
        "reason": row.reason,
        "received_at": row.received_at.isoformat(),
        "body": orjson.loads(row.body),
    }
