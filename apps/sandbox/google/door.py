"""What every call to googleapis.com passes first: the token, its life, its scopes. And how the world changes."""

from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest

from apps.sandbox import world
from apps.sandbox.exchange import Refused
from apps.sandbox.google import errors
from apps.sandbox.worlds.google import GoogleWorld, Token


def change(edit: Callable[[GoogleWorld], GoogleWorld]) -> GoogleWorld:
    """Change what exists, one change at a time."""
    return world.amend("google", edit)


def life_of(token: Token, now: datetime) -> str:
    """Return whether a token is valid, expired, revoked or disabled."""
    if token.state == "valid" and token.expires_at is not None and now >= token.expires_at:
        return "expired"
    return token.state


def bearer(http: HttpRequest, google: GoogleWorld) -> Token:
    """Return the token of the Authorization header, whatever its state. Raises `Refused` for one that is not known."""
    scheme, _, text = http.headers.get("Authorization", "").partition(" ")
    token = google.token_by_text.get(text.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        raise Refused(errors.bare(401, errors.BAD_CREDENTIALS), "401: unknown access token")
    return token


def check_scope(token: Token, scope: str) -> None:
    """Raises `Refused` when the token was not granted the API's own scope."""
    if scope not in token.scopes:
        raise Refused(errors.scope_refusal(), "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
