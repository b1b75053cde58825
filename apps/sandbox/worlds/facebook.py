"""What exists at our Facebook: tokens, ad accounts, pixels and how strict the Graph API is."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

TokenState = Literal["valid", "expired", "app_removed", "checkpoint", "password_changed", "invalid"]


@dataclass(frozen=True)
class Token:
    """A user's or system user's token and the ad accounts it was assigned."""

    token: str
    ad_accounts: tuple[str, ...] = ()
    state: TokenState = "valid"


@dataclass(frozen=True)
class AdAccount:
    """An ad account; without a business it belongs to a person."""

    id: str
    name: str = ""
    business: str | None = None
    currency: str = "EUR"
    timezone_name: str = "Europe/Amsterdam"


@dataclass(frozen=True)
class Pixel:
    """A pixel (dataset) and the ad accounts it is shared with."""

    id: str
    name: str = ""
    ad_accounts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Usage:
    """The percentages in the usage headers, and the minutes until access comes back."""

    call_count: int = 1
    total_cputime: int = 1
    total_time: int = 1
    estimated_time_to_regain_access: int = 0


@dataclass(frozen=True)
class FacebookWorld:
    """`strict` enforces what Meta documents; `observed` only what the live API was seen to enforce."""

    app_secret: str | None = None
    profile: Literal["strict", "observed"] = "strict"
    tokens: tuple[Token, ...] = ()
    ad_accounts: tuple[AdAccount, ...] = ()
    pixels: tuple[Pixel, ...] = ()
    usage: Usage = Usage()

    @cached_property
    def token_by_text(self) -> dict[str, Token]:
        """Return the tokens by their text."""
        return {token.token: token for token in self.tokens}

    @cached_property
    def pixel_by_id(self) -> dict[str, Pixel]:
        """Return the pixels by their id."""
        return {pixel.id: pixel for pixel in self.pixels}


DEFAULT = FacebookWorld(
    tokens=(Token("EAAsandboxtoken", ad_accounts=("act_1001001", "act_1001002")),),
    ad_accounts=(
        AdAccount("act_1001001", "Sandbox account", business="5001001"),
        AdAccount("act_1001002", "Personal account"),
    ),
    pixels=(Pixel("900100100100101", "Sandbox pixel", ad_accounts=("act_1001001",)),),
)
