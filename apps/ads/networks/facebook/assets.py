"""What stands at Facebook beside events: tokens, ad accounts, pixels, events that arrived, as `discover` reads them.

Sources: developers.facebook.com/docs/marketing-api/reference (`ad-account` with its tables of `account_status` and
`disable_reason`, `ads-pixel`, `custom-conversion`); developers.facebook.com/docs/graph-api/reference/debug_token.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

ACTIVE, IN_GRACE_PERIOD = 1, 9
STATUSES: Mapping[int, str] = {
    ACTIVE: "active",
    2: "disabled",
    3: "unsettled",
    7: "pending risk review",
    8: "pending settlement",
    IN_GRACE_PERIOD: "in grace period",
    100: "pending closure",
    101: "closed",
    201: "any active",
    202: "any closed",
}
DISABLE_REASONS: Mapping[int, str] = {
    1: "ads integrity policy",
    2: "intellectual property review",
    3: "payment risk",
    4: "gray account shut down",
    5: "review of ads",
    6: "business integrity",
    7: "closed for good",
    8: "unused reseller account",
    9: "unused account",
    10: "umbrella ad account",
    11: "Business Manager integrity policy",
    12: "misrepresented ad account",
    13: "legal entity",
    14: "thread review",
    15: "compromised ad account",
}
# What a person may do in an ad account, most first.
TASKS = ("MANAGE", "ADVERTISE", "ANALYZE", "DRAFT")
_WRITING = frozenset({"MANAGE", "ADVERTISE"})


@dataclass(frozen=True, slots=True)
class Token:
    """What Facebook says of a token. `expires_at` None: never, as far as Facebook says."""

    valid: bool
    kind: str
    app_id: str
    expires_at: datetime | None
    data_access_expires_at: datetime | None
    scopes: frozenset[str]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An ad account. `business_id` is the Business Manager's; `tasks` are what the token's user may do there."""

    id: str
    name: str
    currency: str
    time_zone: str
    status: int
    disable_reason: int
    business_id: str
    business_name: str
    tasks: frozenset[str]

    def cautions(self, personal: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Codes of what stands in the way of using it, worst first. `personal` are the ids of personal ad accounts.

        no_business: it belongs to no Business Manager (B01); not_active: Facebook has closed or stopped it; read_only:
        the user may look at it only. An account that tells no tasks is not blamed for it.
        """
        told = {
            "no_business": not self.business_id or self.id in personal,
            "not_active": self.status not in (ACTIVE, IN_GRACE_PERIOD),
            "read_only": bool(self.tasks) and not self.tasks & _WRITING,
        }
        return tuple(code for code, holds in told.items() if holds)


@dataclass(frozen=True, slots=True)
class Pixel:
    """A pixel, which Meta also calls a dataset. `consolidated`: it takes events of stores; `crm`: of CRMs."""

    id: str
    name: str
    business_id: str
    last_fired_at: datetime | None
    crm: bool
    consolidated: bool
    unavailable: bool
    restricted: bool
    data_use: str = ""


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """A kind of event that a pixel received, and how often since the first hour that Facebook told of."""

    name: str
    count: int
    since: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CustomConversion:
    """A custom conversion: a rule over a pixel's events."""

    id: str
    name: str
    kind: str
    pixel_id: str
    rule: str
    archived: bool
