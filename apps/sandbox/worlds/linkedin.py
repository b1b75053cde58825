"""What exists at our LinkedIn: apps, tokens with a role and a life, ad accounts, campaigns, rules and leads."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

Role = Literal["ACCOUNT_BILLING_ADMIN", "ACCOUNT_MANAGER", "CAMPAIGN_MANAGER", "CREATIVE_MANAGER", "VIEWER"]
SCOPES = ("r_basicprofile", "r_ads", "rw_ads", "rw_conversions", "r_marketing_leadgen_automation")


@dataclass(frozen=True)
class App:
    """A developer app. No `redirect_uris`: any address on this machine will do."""

    client_id: str
    client_secret: str
    name: str = ""
    redirect_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = SCOPES


@dataclass(frozen=True)
class Token:
    """An access token, the ad accounts its member sees and the role there.

    `client_id` is the app it was issued to, none for a Direct API token; `refresh` is the refresh token it came with.
    """

    token: str
    accounts: tuple[str, ...] = ()
    role: Role = "ACCOUNT_MANAGER"
    state: Literal["valid", "expired", "revoked"] = "valid"
    scopes: tuple[str, ...] = SCOPES
    client_id: str = ""
    refresh: str = ""
    active_from: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Grant:
    """What a member allowed an app: a code that is used once, then a refresh token whose end never moves."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    granted_at: datetime
    code: str = ""
    refresh: str = ""
    revoked: bool = False


@dataclass(frozen=True)
class Account:
    """An ad account."""

    id: str
    name: str = ""
    currency: str = "EUR"
    test: bool = False
    status: str = "ACTIVE"


@dataclass(frozen=True)
class Campaign:
    """A campaign of one ad account."""

    id: str
    account: str
    name: str = ""
    status: str = "ACTIVE"


@dataclass(frozen=True)
class Rule:
    """A conversion rule of one ad account. Windows are in days; `campaigns` are linked to it."""

    id: str
    name: str
    account: str
    method: Literal["CONVERSIONS_API", "INSIGHT_TAG"] = "CONVERSIONS_API"
    enabled: bool = True
    type: str = "LEAD"
    post_click: int = 30
    view_through: int = 7
    attribution: str = "LAST_TOUCH_BY_CAMPAIGN"
    value_type: str = "DYNAMIC"
    campaigns: tuple[str, ...] = ()


@dataclass(frozen=True)
class TagEvent:
    """A conversion that the Insight Tag reported from a browser."""

    account: str
    event_id: str


@dataclass(frozen=True)
class Webhook:
    """A subscription to the leads of an ad account; three failed challenges in a row block it."""

    id: str
    url: str
    account: str
    client_id: str = ""
    checked_at: datetime | None = None
    failures: int = 0


@dataclass(frozen=True)
class Form:
    """A lead gen form of one ad account."""

    id: str
    account: str
    name: str = ""


@dataclass(frozen=True)
class Given:
    """One answer on a lead gen form."""

    question: str
    value: str


@dataclass(frozen=True)
class Lead:
    """A lead gen form filled in."""

    id: str
    account: str
    form: str
    submitted_at: datetime
    answers: tuple[Given, ...] = ()
    campaign: str = ""
    test: bool = False


@dataclass(frozen=True)
class Member:
    """Somebody at LinkedIn, as far as conversions are matched by it. Whoever is here was invented."""

    id: str
    first_name: str = ""
    last_name: str = ""
    emails: tuple[str, ...] = ()
    title: str = ""
    company: str = ""
    country: str = ""
    click_ids: tuple[str, ...] = ()
    ip_addresses: tuple[str, ...] = ()
    device_ids: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()


@dataclass(frozen=True)
class LinkedInWorld:
    """`fold_twins` drops an event whose eventId came before; whether LinkedIn does so is unproven, so it is off.

    `drops_valueless`: what has no amount and currency is taken and never counted, as those who send to LinkedIn report.
    `activation_lag` is in seconds: how long a fresh token is not yet known; `daily_cap` counts calls with events;
    `counter_lag` is how many seconds the counters run behind; `challenge_every`, how many pass between two challenges.
    """

    tokens: tuple[Token, ...] = ()
    accounts: tuple[Account, ...] = ()
    rules: tuple[Rule, ...] = ()
    fold_twins: bool = False
    drops_valueless: bool = True
    apps: tuple[App, ...] = ()
    grants: tuple[Grant, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    tag_events: tuple[TagEvent, ...] = ()
    forms: tuple[Form, ...] = ()
    leads: tuple[Lead, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    activation_lag: int = 0
    daily_cap: int | None = None
    signature_prefix: str = "hmacsha256="
    members: tuple[Member, ...] = ()
    counter_lag: int = 6 * 3600
    challenge_every: int = 2 * 3600

    @cached_property
    def token_by_text(self) -> dict[str, Token]:
        """Return the tokens by their text."""
        return {token.token: token for token in self.tokens}

    @cached_property
    def rule_by_id(self) -> dict[str, Rule]:
        """Return the conversion rules by their id."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def app_by_id(self) -> dict[str, App]:
        """Return the developer apps by their client id."""
        return {app.client_id: app for app in self.apps}

    @cached_property
    def tagged(self) -> frozenset[tuple[str, str]]:
        """Return account and event id of what the Insight Tag reported."""
        return frozenset((event.account, event.event_id) for event in self.tag_events)


DEFAULT = LinkedInWorld(
    tokens=(Token("AQsandbox", accounts=("507001001",)),),
    accounts=(Account("507001001", "Sandbox account"),),
    rules=(
        Rule("104001", "Qualified lead", "507001001", type="QUALIFIED_LEAD", campaigns=("600001",)),
        Rule("104002", "Customer", "507001001", type="PURCHASE"),
        Rule("104003", "Contact form", "507001001"),
        Rule("104009", "Site visit", "507001001", method="INSIGHT_TAG", type="KEY_PAGE_VIEW"),
    ),
    apps=(App("78sandbox", "sandbox-secret", "convsync at the sandbox"),),
    campaigns=(
        Campaign("600001", "507001001", "Brochure"),
        Campaign("600002", "507001001", "Webinar", status="DRAFT"),
        Campaign("600003", "507001001", "Last year", status="ARCHIVED"),
    ),
    forms=(Form("700001", "507001001", "Ask for a quote"),),
    members=(
        Member(
            "member-1",
            *("Mike", "Example"),
            emails=("mike@example.com",),
            title="Buyer",
            company="Example",
            country="US",
            click_ids=("11111111-2222-4333-8444-555555555555",),
        ),
        Member("member-2", "Anna", "de Vries", emails=("anna@voorbeeld.nl",), company="Voorbeeld", country="NL"),
        Member("member-3", "Mike", "Example", emails=("mike@elsewhere.example",), company="Elsewhere", country="NL"),
    ),
)
