"""Who may call: the versions that are served, and whose token is good."""

import hashlib
import hmac
from datetime import datetime

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
    """Return the caller's token. Raises `NotAdmitted` for none, a dead one, or a proof that is not its own."""
    if not params.token:
        raise NotAdmitted(errors.NO_TOKEN)
    token = world.token_by_text.get(params.token)
    if token is None:
        raise NotAdmitted(errors.BAD_TOKEN)
    state = token.state_at(now)
    if state != "valid":
        raise NotAdmitted(errors.TOKEN_STATES[state])
    if world.app_secret is not None:
        proof = hmac.new(world.app_secret.encode(), params.token.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(proof.encode(), params.proof.encode()):
            raise NotAdmitted(errors.BAD_PROOF)
    return token


def is_app(world: FacebookWorld, token: str) -> bool:
    """Return whether a token is the app's own, its id and secret with a bar between them."""
    own = f"{world.app_id}|{world.app_secret or world.client_secret}"
    return hmac.compare_digest(token.encode(), own.encode())
