"""What the decision looks at: frozen values, read from anywhere (the database, the preview's JSON), owned by no one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Trigger(StrEnum):
    """What can set off a conversion event."""

    FORM_SUBMISSION = "form_submission"
    STAGE_CHANGE = "stage_change"
    CUSTOM_EVENT = "custom_event"


class Adjustment(StrEnum):
    """What a later signal does to a conversion that was sent (Google's conversion adjustments)."""

    ENHANCEMENT = "enhancement"
    RESTATEMENT = "restatement"
    RETRACTION = "retraction"


class ValueFrom(StrEnum):
    """Where a value comes from (A07). SIGNAL: what the signal itself says. NONE: the network decides (C04)."""

    DEAL = "deal"
    FIXED = "fixed"
    SIGNAL = "signal"
    NONE = "none"


# Nobody changes a signal, click or contact. They are not frozen because that makes them three times as slow to make,
# and judging makes one of each for every signal.
@dataclass(slots=True)
class Signal:
    """One fact. `name` is the id of the form or custom event, or the stage's name.

    `event_id`: by which the page's own pixel has told the networks of it.
    `value` is in major units of `currency`; `adjustment` says what it does to the conversion of `original_occurred_at`.
    """

    id: str
    kind: str
    name: str
    occurred_at: datetime
    order_id: str = ""
    event_id: str = ""
    action_source: str = ""
    event_source_url: str = ""
    referrer_url: str = ""
    client_ip_address: str = ""
    client_user_agent: str = ""
    value: Decimal | None = None
    currency: str = ""
    adjustment: str = ""
    original_occurred_at: datetime | None = None


@dataclass(slots=True)
class Click:
    """A click id or lead id and the moment it was first seen."""

    value: str
    first_seen: datetime


class Gathered(NamedTuple):
    """Which identifiers were usable and why others were not, where no more than that is known of them."""

    kept: tuple[str, ...]
    dropped: Mapping[str, str]


@dataclass(slots=True)
class Contact:
    """A contact's properties, in HubSpot's names, and its clicks by kind, latest first.

    `more` holds further values of a property for networks that take several; `consent` what Google's consent fields
    ask (ad_user_data, ad_personalization: granted or denied), where the customer's site knows it. `gathered`: of a
    decision that is taken once more.
    """

    properties: Mapping[str, str] = field(default_factory=dict)
    clicks: Mapping[str, tuple[Click, ...]] = field(default_factory=dict)
    more: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    consent: Mapping[str, str] = field(default_factory=dict)
    gathered: Gathered | None = None


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


@dataclass(frozen=True, slots=True, eq=False)
class ValueRule:
    """Where the value comes from; `default` is the custom value, or the deal amount's fallback.

    A rule equals only itself, so that what follows from it can be kept by it.
    """

    source: ValueFrom
    default: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody's act by which signals are judged late (`backfill`) or once more (`judged_anew`): that is its code.

    The moment of switching on does not count then: it stands for nobody having asked for what came before (A06).
    """

    code: str
    by: str
    started_at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class EventRules:
    """A conversion event as configured. `shared` None: all fields the network takes (A12); `withheld` never leave.

    `consent` is what the person must say yes to; `personalisation`, where it is asked, what ads may be personalised by.
    `usual` is what its conversions are usually worth, by currency, where values far above that wait for somebody.
    `act`: by which it is judged, where it is not judged by itself.
    """

    id: str
    trigger: str
    trigger_name: str
    on_since: datetime | None
    network_event_name: str
    destination: str
    value: ValueRule
    consent: ConsentRule | None
    shared: frozenset[str] | None = None
    withheld: frozenset[str] = frozenset()
    options: Mapping[str, str] = field(default_factory=dict)
    usual: Mapping[str, Decimal] = field(default_factory=dict)
    personalisation: ConsentRule | None = None
    act: Act | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """The ad account, as far as deciding needs it."""

    network: str
    external_id: str
    currency: str = ""
    is_manager: bool = False
    terms_accepted: bool = True
    login_customer_id: str = ""  # Google's manager we sign in through
    conversion_customer_id: str = ""  # Google's customer that tracks the account's conversions, where it is another
    route: str = ""  # what trying the network's routes found; "" where they were not tried


@dataclass(frozen=True, slots=True, eq=False)
class Workspace:
    """The workspace, as far as deciding needs it. `id` seeds the ids that conversions carry."""

    id: str
    currency: str
    country: str = ""
    date_order: str = "dmy"
    crm_name: str = "convsync"
