"""What exists at our LinkedIn: tokens with a role, ad accounts, conversion rules."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Role = Literal["ACCOUNT_BILLING_ADMIN", "ACCOUNT_MANAGER", "CAMPAIGN_MANAGER", "CREATIVE_MANAGER", "VIEWER"]


@dataclass(frozen=True)
class Token:
    """An access token, the ad accounts its member sees and the role there."""

    token: str
    accounts: tuple[str, ...] = ()
    role: Role = "ACCOUNT_MANAGER"
    state: Literal["valid", "expired", "revoked"] = "valid"


@dataclass(frozen=True)
class Account:
    """An ad account."""

    id: str
    name: str = ""
    currency: str = "EUR"
    test: bool = False


@dataclass(frozen=True)
class Rule:
    """A conversion rule of one ad account."""

    id: str
    name: str
    account: str
    method: Literal["CONVERSIONS_API", "INSIGHT_TAG"] = "CONVERSIONS_API"
    enabled: bool = True
    type: str = "LEAD"


@dataclass(frozen=True)
class LinkedInWorld:
    """`fold_twins` drops an event whose eventId came before; whether LinkedIn does so is unproven, so it is off."""

    tokens: tuple[Token, ...] = ()
    accounts: tuple[Account, ...] = ()
    rules: tuple[Rule, ...] = ()
    fold_twins: bool = False

    @cached_property
    def token_by_text(self) -> dict[str, Token]:
        """Return the tokens by their text."""
        return {token.token: token for token in self.tokens}

    @cached_property
    def rule_by_id(self) -> dict[str, Rule]:
        """Return the conversion rules by their id."""
        return {rule.id: rule for rule in self.rules}


DEFAULT = LinkedInWorld(
    tokens=(Token("AQsandbox", accounts=("507001001",)),),
    accounts=(Account("507001001", "Sandbox account"),),
    rules=(
        Rule("104001", "Qualified lead", "507001001", type="QUALIFIED_LEAD"),
        Rule("104002", "Customer", "507001001", type="PURCHASE"),
        Rule("104003", "Contact form", "507001001"),
        Rule("104009", "Site visit", "507001001", method="INSIGHT_TAG", type="KEY_PAGE_VIEW"),
    ),
)
