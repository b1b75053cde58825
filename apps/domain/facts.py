"""What the decision looks at: frozen values, read from anywhere (the database, the preview's JSON), owned by no one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Trigger(StrEnum):
    """What can set off a conversion event."""

    FORM_SUBMISSION = "form_submission"
    STAGE_CHANGE = "stage_change"


class ValueFrom(StrEnum):
    """Where a conversion's value comes from (A07). NONE: the network's own action decides (C04)."""

    DEAL = "deal"
    FIXED = "fixed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Signal:
    """One fact. `name` is the form's id or the stage's name."""

    id: str
    kind: str
    name: str
    occurred_at: datetime
    order_id: str = ""
    action_source: str = ""
    event_source_url: str = ""
    referrer_url: str = ""
    client_ip_address: str = ""
    client_user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Click:
    """A click id or lead id and the moment it was first seen."""

    value: str
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact's properties, in HubSpot's names, and its clicks by kind, latest first."""

    properties: Mapping[str, str] = field(default_factory=dict)
    clicks: Mapping[str, tuple[Click, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deal:
    """The most recently associated deal. `amount` None: not given or not a number; `probability` is 0 to 1."""

    amount: Decimal | None
    currency: str
    probability: Decimal | None
    is_closed_lost: bool = False
    is_closed_won: bool = False


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """The contact property, and its values, that mean consent (A11)."""

    property: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class ValueRule:
    """Where the value comes from; `default` is the custom value, or the deal amount's fallback."""

    source: ValueFrom
    default: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class EventRules:
    """A conversion event as configured. `shared` None: all fields the network takes (A12)."""

    id: str
    trigger: str
    trigger_name: str
    on_since: datetime | None
    network_event_name: str
    destination: str
    value: ValueRule
    consent: ConsentRule | None
    shared: frozenset[str] | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """The ad account, as far as deciding needs it."""

    network: str
    external_id: str
    currency: str = ""
    is_manager: bool = False
    terms_accepted: bool = True


@dataclass(frozen=True, slots=True)
class Workspace:
    """The workspace, as far as deciding needs it. `id` seeds the ids that conversions carry."""

    id: str
    currency: str
    country: str = ""
    date_order: str = "dmy"
    crm_name: str = "convsync"
