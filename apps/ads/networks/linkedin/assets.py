"""What stands at LinkedIn beside events: ad accounts, roles, campaigns and conversion rules, as `discover` reads them.

Source: learn.microsoft.com/linkedin/marketing (`conversions/conversions-schema`, `integrations/ads/account-structure`).
The members' roles that may send are those that the Conversions API names.
"""

from dataclasses import dataclass

from apps.ads.networks.linkedin.versions import PINNED

# A viewer may look, and cannot send.
SENDING_ROLES = frozenset({"ACCOUNT_BILLING_ADMIN", "ACCOUNT_MANAGER", "CAMPAIGN_MANAGER", "CREATIVE_MANAGER"})
ASSOCIATIONS = ("ALL_CAMPAIGNS", "OBJECTIVE_BASED", "NONE")
ATTRIBUTIONS = ("LAST_TOUCH_BY_CAMPAIGN", "LAST_TOUCH_BY_CONVERSION")
VALUE_TYPES = ("DYNAMIC", "FIXED", "NO_VALUE")
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Account:
    """An ad account. `test`: it never spends."""

    id: str
    name: str
    currency: str
    status: str
    test: bool


@dataclass(frozen=True, slots=True)
class Seat:
    """The role that the token's member has at an ad account."""

    account: str
    role: str

    @property
    def may_send(self) -> bool:
        """Whether LinkedIn takes conversions from this member for this account."""
        return self.role in SENDING_ROLES


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign."""

    id: str
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A conversion rule. Windows are in days; `campaigns` None: the answer does not say which are linked."""

    id: str
    name: str
    account: str
    type: str
    method: str
    enabled: bool
    post_click_days: int | None
    view_through_days: int | None
    value_type: str
    attribution: str
    campaigns: tuple[str, ...] | None

    @property
    def takes_events(self) -> bool:
        """Whether the Conversions API feeds it and it is on."""
        return self.method == "CONVERSIONS_API" and self.enabled

    @property
    def cautions(self) -> tuple[str, ...]:
        """Codes of what keeps this rule from counting as one would think, worst first."""
        told = {
            "wrong_method": self.method != "CONVERSIONS_API",
            "disabled": not self.enabled,
            "no_campaigns": self.campaigns == (),
            "own_value": self.value_type in ("FIXED", "NO_VALUE"),
        }
        return tuple(code for code, holds in told.items() if holds)


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule to make. The defaults are LinkedIn's own, but for the value, which follows the event."""

    name: str
    account: str
    type: str
    post_click_days: int = 30
    view_through_days: int = 7
    attribution: str = "LAST_TOUCH_BY_CAMPAIGN"
    value_type: str = "DYNAMIC"
    associate: str = "ALL_CAMPAIGNS"  # runs once: campaigns that come later are not linked

    def fault(self) -> str:
        """What is wrong with it, naming the field and the fix; "" when LinkedIn will take it."""
        if not 0 < len(self.name.strip()) <= _LONGEST_NAME:
            return f"name: give one of 1 to {_LONGEST_NAME} characters."
        if self.type not in PINNED.rule_types:
            return f"type: {self.type!r} is none that LinkedIn has; use one of {', '.join(sorted(PINNED.rule_types))}."
        windows = PINNED.windows_of(self.type)
        for name, days in (("post_click_days", self.post_click_days), ("view_through_days", self.view_through_days)):
            if days not in windows:
                return f"{name}: a rule of type {self.type} takes {', '.join(map(str, sorted(windows)))} days."
        for name, given, known in (
            ("attribution", self.attribution, ATTRIBUTIONS),
            ("value_type", self.value_type, VALUE_TYPES),
            ("associate", self.associate, ASSOCIATIONS),
        ):
            if given not in known:
                return f"{name}: use one of {', '.join(known)}."
        return ""
