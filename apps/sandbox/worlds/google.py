"""What exists at our Google Ads: apps, users and their tokens, customers with their toggles, actions, known clicks."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

ActionType = Literal["UPLOAD_CLICKS", "WEBPAGE", "SALESFORCE"]


ADWORDS = "https://www.googleapis.com/auth/adwords"
DATAMANAGER = "https://www.googleapis.com/auth/datamanager"
SCOPES = (ADWORDS, DATAMANAGER)


@dataclass(frozen=True)
class Project:
    """A Cloud project, which the access level and the quotas belong to; a quota that is None is not watched.

    Google's own are 2,880 operations a day at EXPLORER and 15,000 at TEST and BASIC, and for the ingestion of events
    300 requests a minute and 100,000 a day.
    """

    id: str
    access_level: Literal["TEST", "EXPLORER", "BASIC", "STANDARD"] = "STANDARD"
    allow_listed: bool = True
    calls_per_minute: int | None = None
    operations_per_day: int | None = None
    ingests_per_minute: int | None = None
    ingests_per_day: int | None = None


@dataclass(frozen=True)
class App:
    """An OAuth client. While it is `testing`, what its users granted dies after seven days; with `redirect_uris`
    only those are gone back to, without any it may be every address on this machine."""

    client_id: str
    client_secret: str
    name: str = ""
    redirect_uris: tuple[str, ...] = ()
    testing: bool = False
    project: str = "sandbox"


@dataclass(frozen=True)
class User:
    """A Google account and the customers it has a direct role on."""

    email: str
    customers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grant:
    """What a user allowed an app: first a code, then, if the app asked for offline access, a refresh token."""

    client_id: str
    user: str
    redirect_uri: str
    scopes: tuple[str, ...]
    granted_at: datetime
    code: str = ""
    challenge: str = ""
    offline: bool = False
    refresh: str = ""
    revoked: bool = False


@dataclass(frozen=True)
class Token:
    """An access token, the customers its user has a direct role on, and what it may be used for."""

    token: str
    customers: tuple[str, ...] = ()
    state: Literal["valid", "expired", "revoked", "disabled"] = "valid"
    scopes: tuple[str, ...] = SCOPES
    client_id: str = ""
    user: str = ""
    expires_at: datetime | None = None
    project: str = "sandbox"


@dataclass(frozen=True)
class Customer:
    """A Google Ads account. `managers` are the manager accounts it is linked to; `conversion_customer` is the one of
    them whose conversion actions it uses, if it has none of its own (cross-account conversion tracking)."""

    id: str
    name: str = ""
    currency_code: str = "EUR"
    time_zone: str = "Europe/Amsterdam"
    manager: bool = False
    managers: tuple[str, ...] = ()
    enabled: bool = True
    suspended: bool = False
    terms_accepted: bool = True
    allow_listed: bool = True
    enhanced_conversions_for_leads: bool = True
    restricted_fields_allowed: bool = False
    auto_tagging_enabled: bool = True
    test_account: bool = False
    conversion_customer: str = ""
    calls_per_minute: int | None = None
    # Of the Data Manager API: whether it gave its own consent, and what becomes of events without their visitor's.
    consented: bool = True
    wants_consent: bool = False

    @property
    def tracked_by(self) -> str:
        """Return the id of the customer where its conversion actions live."""
        return self.conversion_customer or self.id

    @property
    def status(self) -> str:
        """Return its status as the API shows it."""
        return "SUSPENDED" if self.suspended else "ENABLED" if self.enabled else "CANCELED"


@dataclass(frozen=True)
class Action:
    """A conversion action of one customer."""

    id: str
    customer: str
    name: str
    type: ActionType = "UPLOAD_CLICKS"
    status: Literal["ENABLED", "REMOVED", "HIDDEN"] = "ENABLED"
    counting_type: Literal["ONE_PER_CLICK", "MANY_PER_CLICK"] = "MANY_PER_CLICK"
    click_through_lookback_window_days: int = 90
    enhanced_conversions: bool = True
    category: str = "DEFAULT"
    primary_for_goal: bool = True
    view_through_lookback_window_days: int = 1
    attribution_model: str = "GOOGLE_SEARCH_ATTRIBUTION_DATA_DRIVEN"
    default_value: float = 0.0
    default_currency_code: str = ""
    always_use_default_value: bool = False
    created_at: datetime | None = None


@dataclass(frozen=True)
class Goal:
    """Whether a customer bids on the conversions of a category and an origin; without one, it does."""

    customer: str
    category: str
    origin: str = "WEBSITE"
    biddable: bool = True


@dataclass(frozen=True)
class Variable:
    """A custom variable of one customer's conversions."""

    id: str
    customer: str
    name: str
    tag: str = ""
    status: Literal["ACTIVATION_NEEDED", "ENABLED", "PAUSED"] = "ENABLED"


@dataclass(frozen=True)
class Click:
    """An ad click that Google remembers: whose it was and when."""

    gclid: str
    customer: str
    clicked_at: datetime


@dataclass(frozen=True)
class Forced:
    """An error for every row that holds the value `match` somewhere (an order id, a click, a hash; empty is any row).

    `error` is a category and a name as JSON has them (`conversionUploadError.CALL_NOT_FOUND`, `internalError.2`), or
    `ErrorReason.` or `ProcessingErrorReason.` and a name for events. `path` leads from the row to the field at fault.
    """

    error: str
    match: str = ""
    path: str = ""
    unindexed: bool = False
    unpublished: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class GoogleWorld:
    """Everything the stand-in knows."""

    projects: tuple[Project, ...] = ()
    apps: tuple[App, ...] = ()
    users: tuple[User, ...] = ()
    grants: tuple[Grant, ...] = ()
    tokens: tuple[Token, ...] = ()
    customers: tuple[Customer, ...] = ()
    actions: tuple[Action, ...] = ()
    goals: tuple[Goal, ...] = ()
    variables: tuple[Variable, ...] = ()
    clicks: tuple[Click, ...] = ()
    forced: tuple[Forced, ...] = ()
    # The order ids that the website's tag reported: an enhancement of any other finds nothing to enhance.
    tag_orders: tuple[str, ...] = ()
    # How many hours a new conversion action takes to be known to the uploads.
    action_lag_hours: int = 0

    @cached_property
    def project_by_id(self) -> dict[str, Project]:
        """Return the projects by their id."""
        return {project.id: project for project in self.projects}

    @cached_property
    def app_by_id(self) -> dict[str, App]:
        """Return the OAuth clients by their client id."""
        return {app.client_id: app for app in self.apps}

    @cached_property
    def user_by_email(self) -> dict[str, User]:
        """Return the users by their e-mail address."""
        return {user.email: user for user in self.users}

    @cached_property
    def token_by_text(self) -> dict[str, Token]:
        """Return the tokens by their text."""
        return {token.token: token for token in self.tokens}

    @cached_property
    def customer_by_id(self) -> dict[str, Customer]:
        """Return the customers by their id."""
        return {customer.id: customer for customer in self.customers}

    def tracker_of(self, customer: str) -> str:
        """Return the id of the customer that a customer's clicks and conversions are counted at."""
        known = self.customer_by_id.get(customer)
        return known.tracked_by if known else customer

    def is_enabled(self, customer: str, variable: str) -> bool:
        """Return whether a customer has this custom variable and has switched it on."""
        return any((each.customer, each.id, each.status) == (customer, variable, "ENABLED") for each in self.variables)

    def is_biddable(self, customer: str, category: str, origin: str) -> bool:
        """Return whether a customer bids on a category of conversions from an origin."""
        wanted = (customer, category, origin)
        return all(each.biddable for each in self.goals if (each.customer, each.category, each.origin) == wanted)

    def leads_to(self, login: str, customer: Customer) -> bool:
        """Return whether a customer is the one logged in through, or linked below it, at any depth."""
        above = [customer.id]
        for number in above:
            known = self.customer_by_id.get(number)
            above += [each for each in (known.managers if known else ()) if each not in above]
        return login in above

    @cached_property
    def action_by_id(self) -> dict[tuple[str, str], Action]:
        """Return the conversion actions that were not removed, by customer and id."""
        return {(action.customer, action.id): action for action in self.actions if action.status != "REMOVED"}

    @cached_property
    def click_by_gclid(self) -> dict[str, Click]:
        """Return the remembered clicks by their gclid."""
        return {click.gclid: click for click in self.clicks}


DEFAULT = GoogleWorld(
    projects=(Project("sandbox"),),
    apps=(App("sandbox.apps.googleusercontent.com", "sandbox-secret", name="convsync"),),
    users=(User("mike@example.com", customers=("1234567890", "9876543210")),),
    tokens=(Token("ya29.sandbox", customers=("1234567890", "9876543210")),),
    customers=(
        Customer("1234567890", "Sandbox customer", managers=("9876543210",)),
        Customer("9876543210", "Sandbox manager", manager=True),
    ),
    actions=(
        Action("1001", "1234567890", "Lead", category="IMPORTED_LEAD"),
        Action("1002", "1234567890", "Qualified lead", category="QUALIFIED_LEAD"),
        Action("1003", "1234567890", "Customer", category="CONVERTED_LEAD"),
        Action("2001", "1234567890", "Contact form", type="WEBPAGE", category="SUBMIT_LEAD_FORM"),
    ),
)
