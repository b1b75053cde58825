"""What stands at LinkedIn beside events: ad accounts, roles, campaigns and conversion rules, as Rest.li tells them.

Source: learn.microsoft.com/linkedin/marketing (`conversions/conversions-schema`, `integrations/ads/account-structure`).
The members' roles that may send are those that the Conversions API names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.ads.answers import parts, text
from apps.ads.found import FoundAccount, FoundDestination
from apps.ads.networks.linkedin.client import number

METHOD = "CONVERSIONS_API"
# A viewer may look, and cannot send.
SENDING_ROLES = frozenset({"ACCOUNT_BILLING_ADMIN", "ACCOUNT_MANAGER", "CAMPAIGN_MANAGER", "CREATIVE_MANAGER"})
OWN_VALUES = frozenset({"FIXED", "NO_VALUE"})


@dataclass(frozen=True, slots=True)
class Account:
    """An ad account. `test`: it never spends."""

    id: str
    name: str
    currency: str
    status: str
    test: bool

    def found(self, role: str) -> FoundAccount:
        """The account as a person with this role can use it; "" when LinkedIn did not tell the role."""
        told = {
            "no_role": not role,
            "not_active": self.status != "ACTIVE",
            "test_account": self.test,
        }
        return FoundAccount(
            external_id=self.id,
            name=self.name,
            currency=self.currency,
            role=role,
            refused="viewer_role" if role and role not in SENDING_ROLES else "",
            cautions=tuple(code for code, holds in told.items() if holds),
            facts={"status": self.status, "role": role},
        )


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
    type: str
    method: str
    enabled: bool
    post_click_days: str
    view_through_days: str
    value_type: str
    attribution: str
    campaigns: tuple[str, ...] | None

    @property
    def cautions(self) -> tuple[str, ...]:
        """Codes of what keeps this rule from counting as one would think, worst first."""
        told = {
            "wrong_method": self.method != METHOD,
            "disabled": not self.enabled,
            "no_campaign": self.campaigns == (),
            "own_value": self.value_type in OWN_VALUES,
        }
        return tuple(code for code, holds in told.items() if holds)

    def found(self, campaign_names: Mapping[str, str]) -> FoundDestination:
        """The rule as a destination; a campaign whose name is not known, an ended one say, is shown by its id."""
        facts = {
            "type": self.type,
            "method": self.method,
            "enabled": "yes" if self.enabled else "no",
            "post_click_days": self.post_click_days,
            "view_through_days": self.view_through_days,
            "value_type": self.value_type,
            "attribution": self.attribution,
        }
        if self.campaigns is not None:
            facts["campaigns"] = ", ".join(campaign_names.get(each) or each for each in self.campaigns)
        return FoundDestination("rule", self.id, self.name, self.cautions, facts)


def account_of(each: Mapping[str, Any]) -> Account:
    """An element of adAccounts. Raises KeyError without an id."""
    return Account(
        id=number(text(each["id"])),
        name=text(each.get("name")),
        currency=text(each.get("currency")),
        status=text(each.get("status")),
        test=each.get("test") is True,
    )


def seat_of(each: Mapping[str, Any]) -> tuple[str, str]:
    """An element of adAccountUsers: the account's id and the member's role there. Raises KeyError."""
    return number(text(each["account"])), text(each["role"])


def campaign_of(each: Mapping[str, Any]) -> Campaign:
    """An element of adCampaigns. Raises KeyError without an id."""
    return Campaign(number(text(each["id"])), text(each.get("name")), text(each.get("status")))


def rule_of(each: Mapping[str, Any]) -> Rule:
    """An element of conversions. Raises KeyError without an id."""
    linked = each.get("associatedCampaigns")
    return Rule(
        id=number(text(each["id"])),
        name=text(each.get("name")),
        type=text(each.get("type")),
        method=text(each.get("conversionMethod")),
        enabled=each.get("enabled") is not False,
        post_click_days=text(each.get("postClickAttributionWindowSize")),
        view_through_days=text(each.get("viewThroughAttributionWindowSize")),
        value_type=text(each.get("valueType")),
        attribution=text(each.get("attributionType")),
        campaigns=_linked(parts(each, "associatedCampaigns")) if isinstance(linked, list) else None,
    )


def _linked(links: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(number(text(link.get("campaign"))) for link in links)
