"""The way through a sign-in: begun here, left for the outside system, and let in again once, from the same browser.

The state that travels is random, lives 15 minutes and is kept as a hash (RFC 6749 section 10.12, RFC 9700 section 2.1);
a return is taken only in the workspace, for the system and from the session that it was begun with.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from apps.connections.models import Environment, SignInAttempt
from apps.core import vault
from apps.core.errors import NotFound

WAY_LASTS = timedelta(minutes=15)  # from leaving for the consent page to coming back
CHOICE_LASTS = timedelta(hours=1)  # from coming back to having chosen
_GONE = "This sign-in is over: it was used already, took too long, or was begun elsewhere. Begin again."


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt that was begun: what travels in the URL. The state is to be had nowhere else."""

    state: str = field(repr=False)
    challenge: str


@dataclass(frozen=True, slots=True)
class Back:
    """An attempt that came back."""

    attempt: SignInAttempt
    verifier: str = field(repr=False)


def attempt_begin(
    *,
    workspace_id: UUID,
    user_id: int,
    session_key: str,
    system: str,
    environment: Environment,
    at: datetime,
    purposes: Sequence[str] = (),
    connection_id: UUID | None = None,
) -> Begun:
    """Note that somebody leaves for the consent page; what nobody came back to is forgotten on the way."""
    SignInAttempt.objects.filter(expires_at__lt=at).delete()
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    SignInAttempt.objects.create(
        workspace_id=workspace_id,
        user_id=user_id,
        session=_digest(session_key),
        system=system,
        environment=environment,
        connection_id=connection_id,
        purposes=list(purposes),
        state=_digest(state),
        sealed=vault.seal({"verifier": verifier}),
        created_at=at,
        expires_at=at + WAY_LASTS,
    )
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return Begun(state, challenge)


def attempt_return(*, system: str, state: str, user_id: int, session_key: str, at: datetime) -> Back:
    """Let the one who left in again, once. Raises NotFound for a state that is not theirs, was used, or is too old."""
    mine = SignInAttempt.objects.filter(
        system=system,
        state=_digest(state),
        user_id=user_id,
        session=_digest(session_key),
        returned_at=None,
        expires_at__gt=at,
    )
    # One statement both finds and uses it up: of two returns at the same moment, one finds nothing.
    if not mine.update(returned_at=at, expires_at=at + CHOICE_LASTS):
        raise NotFound(_GONE)
    attempt = SignInAttempt.objects.select_related("connection").get(state=_digest(state))
    return Back(attempt, vault.open_sealed(attempt.sealed)["verifier"])


def attempt_keep(*, attempt: SignInAttempt, credentials: Mapping[str, str], granted: Mapping[str, Any]) -> None:
    """Keep what was granted, sealed, until accounts are chosen."""
    attempt.sealed, attempt.granted = vault.seal(dict(credentials)), dict(granted)
    attempt.save(update_fields=["sealed", "granted"])


def attempt_granted(*, attempt_id: UUID, user_id: int, session_key: str, at: datetime) -> SignInAttempt:
    """The attempt whose accounts are to be chosen. Raises NotFound as `attempt_return` does."""
    attempt = (
        SignInAttempt.objects.filter(
            id=attempt_id, user_id=user_id, session=_digest(session_key), expires_at__gt=at, granted__isnull=False
        )
        .select_related("connection")
        .first()
    )
    if attempt is None:
        raise NotFound(_GONE)
    return attempt


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
