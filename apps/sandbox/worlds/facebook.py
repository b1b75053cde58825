"""What exists at our Facebook: tokens, ad accounts, pixels and how strict the Graph API is."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Literal

SCOPES = (
    *("ads_management", "ads_read", "business_management", "leads_retrieval", "pages_show_list"),
    *("pages_read_engagement", "pages_manage_ads", "pages_manage_metadata"),
)
TokenState = Literal["valid", "expired", "app_removed", "checkpoint", "password_changed", "invalid"]


@dataclass(frozen=True)
class Token:
    """A user's or system user's token, the ad accounts and pages it was assigned, and the permissions it was granted.

    Without `expires_at` it never expires. Tokens of pages and of the app are made from these and not listed.
    """

    token: str
    ad_accounts: tuple[str, ...] = ()
    state: TokenState = "valid"
    kind: Literal["USER", "SYSTEM_USER", "PAGE", "APP"] = "SYSTEM_USER"
    scopes: tuple[str, ...] = SCOPES
    expires_at: datetime | None = None
    pages: tuple[str, ...] = ()
    user: str = "100000000000001"

    def state_at(self, now: datetime) -> TokenState:
        """Return what is wrong with it, or valid."""
        over = self.expires_at is not None and now >= self.expires_at
        return "expired" if over and self.state == "valid" else self.state


@dataclass(frozen=True)
class AdAccount:
    """An ad account; without a business it belongs to a person. Status 1 is active, 2 disabled."""

    id: str
    name: str = ""
    business: str | None = None
    currency: str = "EUR"
    timezone_name: str = "Europe/Amsterdam"
    account_status: int = 1
    disable_reason: int = 0
    user_tasks: tuple[str, ...] = ("DRAFT", "ANALYZE", "ADVERTISE", "MANAGE")


@dataclass(frozen=True)
class Seen:
    """A kind of event that a pixel has received, and how often."""

    value: str
    count: int = 1


@dataclass(frozen=True)
class Pixel:
    """A pixel (dataset), the ad accounts it is shared with, and what its own pages have sent it."""

    id: str
    name: str = ""
    ad_accounts: tuple[str, ...] = ()
    business: str | None = None
    is_crm: bool = False
    is_consolidated_container: bool = True
    is_unavailable: bool = False
    is_restricted_use: bool = False
    events: tuple[Seen, ...] = ()


@dataclass(frozen=True)
class CustomConversion:
    """A custom conversion of an ad account, over a pixel's events."""

    id: str
    name: str
    ad_account: str
    pixel: str
    custom_event_type: str = "OTHER"
    rule: str = "{}"
    action_source_type: str = ""
    default_conversion_value: str = ""


@dataclass(frozen=True)
class Page:
    """A page, and the fields of it that the app subscribed to."""

    id: str
    name: str = ""
    category: str = "Business service"
    tasks: tuple[str, ...] = ("ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MANAGE", "MESSAGING", "MODERATE")
    subscribed_fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """An instant form of a page."""

    id: str
    page: str
    name: str = ""
    status: Literal["ACTIVE", "ARCHIVED", "DELETED", "DRAFT"] = "ACTIVE"
    locale: str = "en_US"


@dataclass(frozen=True)
class Given:
    """One answer on a form."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Ticked:
    """A box of a form's own disclaimer, and whether it was ticked."""

    checkbox_key: str
    is_checked: bool


@dataclass(frozen=True)
class Lead:
    """A lead of a lead ad, and when it came in. Without an ad it came from the page itself."""

    id: str
    created_time: datetime
    form: str = ""
    answers: tuple[Given, ...] = ()
    disclaimers: tuple[Ticked, ...] = ()
    ad: str = ""
    adset: str = ""
    campaign: str = ""
    test: bool = False


@dataclass(frozen=True)
class Subscription:
    """What the app wants to hear of, and where; the address proved itself with the token."""

    callback_url: str
    verify_token: str
    fields: tuple[str, ...]
    object: str = "page"


@dataclass(frozen=True)
class Usage:
    """The percentages in the usage headers, and the minutes until access comes back."""

    call_count: int = 1
    total_cputime: int = 1
    total_time: int = 1
    estimated_time_to_regain_access: int = 0


@dataclass(frozen=True)
class FacebookWorld:
    """`strict` enforces what Meta documents; `observed` only what the live API was seen to enforce.

    `locale` is the language of titles and messages; `version_warning`, if any, a header that every answer carries.
    """

    app_secret: str | None = None
    profile: Literal["strict", "observed"] = "strict"
    tokens: tuple[Token, ...] = ()
    ad_accounts: tuple[AdAccount, ...] = ()
    pixels: tuple[Pixel, ...] = ()
    custom_conversions: tuple[CustomConversion, ...] = ()
    pages: tuple[Page, ...] = ()
    forms: tuple[Form, ...] = ()
    leads: tuple[Lead, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    app_id: str = "770077007700077"
    client_secret: str = "sandbox-client-secret"  # noqa: S105 - opens nothing but the sandbox
    # What signing in hands out: a token for an hour, and what that is swapped for.
    short_token: str = "EAAsandboxshort"  # noqa: S105 - opens nothing but the sandbox
    long_token: str = "EAAsandboxtoken"  # noqa: S105 - opens nothing but the sandbox
    usage: Usage = Usage()
    locale: Literal["en_US", "nl_NL", "fr_FR", "da_DK"] = "en_US"
    version_warning: str = ""

    @cached_property
    def token_by_text(self) -> dict[str, Token]:
        """Return the tokens by their text."""
        return {token.token: token for token in self.tokens}

    @cached_property
    def page_token_by_text(self) -> dict[str, Token]:
        """Return the tokens of pages by their text. They live as long as the token through which they were read."""
        made = [
            replace(token, token=page_token(token, page), kind="PAGE", pages=(page,), ad_accounts=())
            for token in self.tokens
            for page in token.pages
        ]
        return {token.token: token for token in made}

    @cached_property
    def page_by_id(self) -> dict[str, Page]:
        """Return the pages by their id."""
        return {page.id: page for page in self.pages}

    @cached_property
    def form_by_id(self) -> dict[str, Form]:
        """Return the instant forms by their id."""
        return {form.id: form for form in self.forms}

    @cached_property
    def lead_by_id(self) -> dict[str, Lead]:
        """Return the leads by their id."""
        return {lead.id: lead for lead in self.leads}

    @cached_property
    def pixel_by_id(self) -> dict[str, Pixel]:
        """Return the pixels by their id."""
        return {pixel.id: pixel for pixel in self.pixels}

    def page_of_form(self, number: str) -> str:
        """Return the id of a form's page, or nothing."""
        form = self.form_by_id.get(number)
        return form.page if form else ""

    def page_of_lead(self, number: str) -> str:
        """Return the id of the page that a lead came in on, or nothing."""
        lead = self.lead_by_id.get(number)
        return self.page_of_form(lead.form) if lead else ""


def page_token(token: Token, page: str) -> str:
    """Return the text of the page token that is read through a user's or system user's token."""
    return f"{token.token}Page{page}"


DEFAULT = FacebookWorld(
    tokens=(
        Token("EAAsandboxtoken", ad_accounts=("act_1001001", "act_1001002"), pages=("104000000000001",)),
        Token("EAAsandboxshort", ad_accounts=("act_1001001", "act_1001002"), pages=("104000000000001",), kind="USER"),
    ),
    ad_accounts=(
        AdAccount("act_1001001", "Sandbox account", business="5001001"),
        AdAccount("act_1001002", "Personal account"),
    ),
    pixels=(
        Pixel(
            "900100100100101",
            "Sandbox pixel",
            ad_accounts=("act_1001001",),
            business="5001001",
            events=(Seen("PageView", 812), Seen("Lead", 31), Seen("Quote requested", 4)),
        ),
    ),
    custom_conversions=(
        CustomConversion("660066006600661", "Quotes", "act_1001001", "900100100100101", custom_event_type="LEAD"),
    ),
    pages=(Page("104000000000001", "Sandbox page"),),
    forms=(Form("205000000000001", "104000000000001", "Ask for a quote"),),
)
