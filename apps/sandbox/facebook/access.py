"""Who may call: the versions that are served, and whose token is good. And how the world changes."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime

from apps.sandbox import world as worlds
from apps.sandbox.facebook import errors
from apps.sandbox.facebook.wire import Params
from apps.sandbox.worlds.facebook import FacebookWorld, Token

VERSIONS = ("v25.0", "v26.0")


class NotAdmitted(Exception):
    """The call is refused before anything else is looked at."""

    def __init__(self, error: errors.GraphError) -> None:
        super().__init__(error.message)
        self.error = error


def admit(world: FacebookWorld, params: Params, now: datetime) -> Token:
    """Return the caller's token: a person's, a system user's, a page's or the app's own.

    Raises `NotAdmitted` for none, a dead one, or a proof that is not its own.
    """
    if not params.token:
        raise NotAdmitted(errors.NO_TOKEN)
    token = token_of(world, params.token)
    if token is None:
        raise NotAdmitted(errors.BAD_TOKEN)
    state = token.state_at(now)
    if state != "valid":
        raise NotAdmitted(errors.TOKEN_STATES[state])
    if world.app_secret is not None and token.kind != "APP":
        proof = hmac.new(world.app_secret.encode(), params.token.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(proof.encode(), params.proof.encode()):
            raise NotAdmitted(errors.BAD_PROOF)
    return token


def token_of(world: FacebookWorld, text: str) -> Token | None:
    """Return the token that a text is, if it is any; the app's is its id and secret with a bar between them."""
    if hmac.compare_digest(text.encode(), f"{world.app_id}|{secret_of(world)}".encode()):
        return Token(text, kind="APP", scopes=())
    return world.token_by_text.get(text) or world.page_token_by_text.get(text)


def secret_of(world: FacebookWorld) -> str:
    """Return the app's secret."""
    return world.app_secret or world.client_secret


def change(edit: Callable[[FacebookWorld], FacebookWorld]) -> FacebookWorld:
    """Change what exists, one change at a time."""
    return worlds.amend("facebook", edit)
