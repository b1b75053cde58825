"""Signing in for a workspace: off to the network's consent page and back, or a token pasted.

What was granted waits sealed, an hour at most, until somebody chooses accounts (`choosing.py`). Steps that ask the
network open the workspace's scope themselves and ask outside of it: call them outside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from apps.ads.asking import app_of, ask, base_of
from apps.ads.network import Network
from apps.ads.registry import NETWORKS
from apps.ads.sign_in import Asked, Grant, Returned
from apps.connections import attempts
from apps.connections.models import Environment, SignInAttempt
from apps.connections.services import connection_get
from apps.core.actor import Actor
from apps.core.errors import Conflict, Fault, InvalidInput, NotFound
from apps.core.tenancy import workspace_scope

ALWAYS, LEADS = ("send", "discover"), "leads"  # what every sign-in is for, and what only some are


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is connecting, from which browser session, in which workspace."""

    workspace_id: UUID
    user_id: int
    session_key: str
    by: Actor


def environments() -> tuple[Environment, ...]:
    """Where one can connect here: the networks themselves, and the sandbox where the operator runs one."""
    return (Environment.LIVE, Environment.SANDBOX) if settings.SANDBOX_URL else (Environment.LIVE,)


def redirect_uri(system: str) -> str:
    """The address the network sends people back to; it must be registered there."""
    return f"{settings.BASE_URL}/connect/{system}/back/"


def leave(
    *,
    visitor: Visitor,
    system: str,
    environment: str,
    at: datetime,
    purposes: Sequence[str] = ALWAYS,
    connection_id: UUID | None = None,
) -> str:
    """The consent page's address for this visitor. Raises NotFound for an unknown network or connection, Conflict when
    the operator has registered no app there. Call inside the scope: nothing is asked yet.
    """
    network, where = _network(system), _environment(environment)
    app = app_of(network, where)
    if app is None:
        raise Conflict(f"The operator of convsync has registered no app at {network.manifest.label}.")
    if connection_id is not None:
        connection_get(connection_id=connection_id)
    begun = attempts.attempt_begin(
        workspace_id=visitor.workspace_id,
        user_id=visitor.user_id,
        session_key=visitor.session_key,
        system=system,
        environment=where,
        purposes=purposes,
        connection_id=connection_id,
        at=at,
    )
    asked = Asked(
        redirect_uri=redirect_uri(system),
        state=begun.state,
        scopes=_scopes(network, purposes),
        challenge=begun.challenge if network.sign_in.pkce else "",
    )
    return network.sign_in.consent_url(base_of(network, where), app, asked)


def come_back(*, visitor: Visitor, system: str, state: str, code: str, at: datetime) -> UUID:
    """Swap the code that the visitor brought for a grant; returns the attempt whose accounts are to be chosen.

    Raises NotFound for a state that is not the visitor's or was used, NotThere when the network refuses.
    """
    network = _network(system)
    with workspace_scope(visitor.workspace_id):
        back = attempts.attempt_return(
            system=system, state=state, user_id=visitor.user_id, session_key=visitor.session_key, at=at
        )
    attempt = back.attempt
    app = app_of(network, attempt.environment)
    if app is None:
        raise Conflict(f"The operator of convsync has registered no app at {network.manifest.label}.")
    returned = Returned(code, redirect_uri(system), back.verifier if network.sign_in.pkce else "")
    grant = ask(network, network.sign_in.swap(base_of(network, attempt.environment), app, returned, at))
    return _keep(visitor, attempt, grant)


def give_up(*, visitor: Visitor, system: str, state: str, at: datetime) -> None:
    """The visitor said no at the network: the state is used up. Raises NotFound. Call inside the scope."""
    attempts.attempt_return(system=system, state=state, user_id=visitor.user_id, session_key=visitor.session_key, at=at)


def paste(
    *,
    visitor: Visitor,
    system: str,
    environment: str,
    given: Mapping[str, str],
    at: datetime,
    connection_id: UUID | None = None,
) -> UUID:
    """Take a token that was made at the network; returns the attempt whose accounts are to be chosen.

    Raises InvalidInput naming an empty field, NotThere when the network does not know the token.
    """
    network, where = _network(system), _environment(environment)
    fields = network.sign_in.pasted
    faults = [
        Fault(each.name, "required", "Paste it here.")
        for each in fields
        if each.required and not _text(given, each.name)
    ]
    if faults:
        raise InvalidInput(*faults)
    credentials = {each.name: text for each in fields if (text := _text(given, each.name))}
    inquiry = network.sign_in.inspect(base_of(network, where), app_of(network, where), credentials, at)
    grant = ask(network, inquiry)
    with workspace_scope(visitor.workspace_id):
        begun = attempts.attempt_begin(
            workspace_id=visitor.workspace_id,
            user_id=visitor.user_id,
            session_key=visitor.session_key,
            system=system,
            environment=where,
            connection_id=connection_id,
            at=at,
        )
        back = attempts.attempt_return(
            system=system, state=begun.state, user_id=visitor.user_id, session_key=visitor.session_key, at=at
        )
    return _keep(visitor, back.attempt, grant)


def _keep(visitor: Visitor, attempt: SignInAttempt, grant: Grant) -> UUID:
    granted = {
        "scopes": sorted(grant.scopes) if grant.scopes is not None else None,
        "expires_at": grant.expires_at.isoformat() if grant.expires_at else None,
        "ends_at": grant.ends_at.isoformat() if grant.ends_at else None,
        "who": grant.who,
    }
    with workspace_scope(visitor.workspace_id):
        attempts.attempt_keep(attempt=attempt, credentials=grant.credentials, granted=granted)
    return attempt.id


def _scopes(network: Network, purposes: Sequence[str]) -> tuple[str, ...]:
    """The permissions for these purposes, each once. No more are asked: some networks give all or none."""
    wanted = (scope for purpose in purposes for scope in network.sign_in.scopes.get(purpose, ()))
    return tuple(dict.fromkeys(wanted))


def _network(system: str) -> Network:
    if system not in NETWORKS:
        raise NotFound("There is no such network.")
    return NETWORKS[system]


def _environment(text: str) -> Environment:
    known = next((each for each in environments() if each.value == text), None)
    if known is None:
        names = " or ".join(each.value for each in environments())
        raise InvalidInput(Fault("environment", "choice", f"Choose {names}."))
    return known


def _text(given: Mapping[str, str], name: str) -> str:
    return str(given.get(name, "")).strip()
