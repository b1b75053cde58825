"""Businesses, what they own and what others share with them, and the tokens of their system users."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from apps.sandbox.facebook import assets, errors, pixels
from apps.sandbox.facebook.access import change
from apps.sandbox.facebook.calls import Action, Asked, Needs, Reading, Table
from apps.sandbox.facebook.listing import Node, Wrong
from apps.sandbox.worlds.facebook import FacebookWorld, Token

NEEDS: Needs = (("business_management",),)
FIELDS = ("id", "name")
TOKEN_LIFE = timedelta(days=60)


def of(world: FacebookWorld, token: Token) -> tuple[str, ...]:
    """Return the ids of the businesses whose ad accounts a token was assigned."""
    found = [each.business for each in world.ad_accounts if each.business and each.id in token.ad_accounts]
    return tuple(dict.fromkeys(found))


def _mine(asked: Asked) -> list[Node]:
    return [node for number in of(asked.world, asked.token) if (node := assets.business(number))]


def _one(asked: Asked) -> list[Node]:
    return [node for node in _mine(asked) if node["id"] == asked.node]


def _accounts(owned: bool) -> Callable[[Asked], list[Node]]:
    def rows(asked: Asked) -> list[Node]:
        return [
            assets.account(each)
            for each in asked.world.ad_accounts
            if each.id in asked.token.ad_accounts and each.business and (each.business == asked.node) is owned
        ]

    return rows


def _pixels(*owned: bool) -> Callable[[Asked], list[Node]]:
    def rows(asked: Asked) -> list[Node]:
        return [
            pixels.shown(asked, each)
            for each in asked.world.pixels
            if set(each.ad_accounts) & set(asked.token.ad_accounts) and (each.business == asked.node) in owned
        ]

    return rows


def _make_token(asked: Asked) -> object:
    scopes = asked.words("scope")
    unknown = set(scopes) - set(asked.token.scopes)
    if unknown:
        raise Wrong(errors.BAD_PARAMETER, problem=f"Param scope: {', '.join(sorted(unknown))} was not granted")
    given = asked.words("asset") if asked.params.get("asset") else asked.token.ad_accounts + asked.token.pages
    ends = str(asked.params.get("set_token_expires_in_60_days")).lower() in ("true", "1")
    made = Token(
        f"EAAsystem{secrets.token_hex(24)}",
        ad_accounts=tuple(each for each in asked.token.ad_accounts if each in given),
        pages=tuple(each for each in asked.token.pages if each in given),
        scopes=scopes,
        expires_at=asked.now + TOKEN_LIFE if ends else None,
    )
    change(lambda world: replace(world, tokens=(*world.tokens, made)))
    lasting = {"token_type": "bearer", "expires_in": int(TOKEN_LIFE.total_seconds())} if ends else {}
    return {"access_token": made.token, **lasting}


_BUSINESS = Reading(NEEDS, kind="Business", fields=FIELDS, default="id,name")
_ACCOUNTS = replace(assets.ACCOUNTS, needs=NEEDS)
_PIXELS = replace(pixels.PIXELS, needs=NEEDS)
CALLS: Table = {
    ("GET", "me", "businesses"): replace(_BUSINESS, rows=_mine),
    ("GET", "business", ""): replace(_BUSINESS, rows=_one, alone=True),
    ("GET", "business", "owned_ad_accounts"): replace(_ACCOUNTS, rows=_accounts(owned=True)),
    ("GET", "business", "client_ad_accounts"): replace(_ACCOUNTS, rows=_accounts(owned=False)),
    ("GET", "business", "owned_pixels"): replace(_PIXELS, rows=_pixels(True)),
    ("GET", "business", "client_pixels"): replace(_PIXELS, rows=_pixels(False)),
    ("GET", "business", "adspixels"): replace(_PIXELS, rows=_pixels(True, False)),
    ("GET", "business", "ads_dataset"): replace(_PIXELS, rows=_pixels(True, False)),
    ("POST", "business", "system_user_access_tokens"): Action(NEEDS, run=_make_token),
}
