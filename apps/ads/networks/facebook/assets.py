"""What stands at Facebook beside events: tokens, ad accounts, pixels, events that arrived, as `discover` reads them.

Sources: developers.facebook.com/docs/marketing-api/reference (`ad-account`, `ads-pixel`, `custom-conversion`);
developers.facebook.com/docs/graph-api/reference/debug_token; permissions per purpose: docs/permissions.
"""

from dataclasses import dataclass
from datetime import datetime

# What a token must have been granted, by what it is for.
SCOPES = {
    "send": ("ads_management",),
    "discover": ("ads_management", "ads_read", "business_management"),
    "leads": (
        "ads_management",
        "leads_retrieval",
        "pages_manage_ads",
        "pages_manage_metadata",
        "pages_read_engagement",
        "pages_show_list",
    ),
}
ACTIVE, IN_GRACE_PERIOD = 1, 9


@dataclass(frozen=True, slots=True)
class Token:
    """What Facebook says of a token. `expires_at` None: never, as far as Facebook says."""

    valid: bool
    kind: str
    app_id: str
    expires_at: datetime | None
    data_access_expires_at: datetime | None
    scopes: frozenset[str]

    def missing(self, purpose: str) -> tuple[str, ...]:
        """The names of the permissions that a purpose in `SCOPES` needs and the token lacks."""
        return tuple(scope for scope in SCOPES[purpose] if scope not in self.scopes)


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

        no_business: it belongs to no Business Manager (B01); not_active: Facebook has closed or stopped it.
        """
        told = {
            "no_business": not self.business_id or self.id in personal,
            "not_active": self.status not in (ACTIVE, IN_GRACE_PERIOD),
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


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """A kind of event that a pixel received, and how often within the time that was asked for."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class CustomConversion:
    """A custom conversion: a rule over a pixel's events."""

    id: str
    name: str
    kind: str
    pixel_id: str
    rule: str
    archived: bool
