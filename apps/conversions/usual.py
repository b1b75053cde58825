"""What an event's conversions are usually worth: the median of the latest, read for many events in one query."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from apps.core.bulk import rows_read
from apps.core.tenancy import current_workspace_id
from apps.domain.outliers import AT_LEAST, LAST, LOOK_BACK

# What was held and never released says nothing of what is usual; what somebody released does. Nor does a default: it
# stands for a deal that there is not.
_USUAL = """
    SELECT named.id, recent.currency, percentile_disc(0.5) WITHIN GROUP (ORDER BY recent.value)
      FROM unnest(%(events)s::uuid[], %(defaults)s::numeric[]) AS named (id, standing_in)
     CROSS JOIN LATERAL (
           SELECT judged.currency, judged.value
             FROM (SELECT currency, value, reason
                     FROM conversions_conversion
                    WHERE workspace_id = %(workspace)s AND event_id = named.id
                    ORDER BY signal_id DESC
                    LIMIT %(look_back)s) AS judged
            WHERE judged.value IS DISTINCT FROM named.standing_in AND judged.value IS NOT NULL
              AND judged.reason NOT LIKE 'outlier%%'
            LIMIT %(last)s) AS recent
     GROUP BY named.id, recent.currency
    HAVING count(*) >= %(at_least)s
"""


def usual_values(defaults: Mapping[UUID, Decimal | None]) -> Mapping[UUID, Mapping[str, Decimal]]:
    """By event, the median in major units by currency; without events no query. Call inside the workspace's scope.

    `defaults`: the events, each with the value that stands in where there is no other. It looks at the event's latest
    conversions with a value of their own, at most LAST of them; a currency with fewer than AT_LEAST
    is left out, and so is an event without any.
    """
    if not defaults:
        return {}
    usual: dict[UUID, dict[str, Decimal]] = {}
    wanted = {
        "workspace": current_workspace_id(),
        "events": list(defaults),
        "defaults": list(defaults.values()),
        "look_back": LOOK_BACK,
        "last": LAST,
        "at_least": AT_LEAST,
    }
    for event_id, currency, middle in rows_read(_USUAL, wanted):
        usual.setdefault(event_id, {})[currency] = middle
    return usual
