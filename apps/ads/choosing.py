"""After a sign-in: the accounts it reaches, those of them that a person chooses (A15), and giving it all back.

Nothing that a sign-in can see is stored but what is chosen. What asks the network asks outside of the workspace's scope
and opens it by itself: call these functions outside.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from apps.ads.accounts import account_keep, account_refresh
from apps.ads.asking import NotThere, app_of, ask, base_of
from apps.ads.connecting import Visitor
from apps.ads.found import FoundAccount
from apps.ads.models import AdAccount
from apps.ads.network import Network
from apps.ads.registry import NETWORKS
from apps.ads.sign_in import Grant
from apps.ads.tokens import secret_of
from apps.ads.wire import Target
from apps.connections import attempts
from apps.connections.models import Connection, Environment, SignInAttempt
from apps.connections.services import connection_again, connection_create, connection_disconnect, connection_get
from apps.core import vault
from apps.core.actor import Actor
from apps.core.errors import Fault, InvalidInput
from apps.core.tenancy import workspace_scope

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from after a sign-in.

    missing  by purpose, the permissions that were not given
    chosen   ids of the accounts that this workspace has already
    """

    attempt: SignInAttempt
    network: Network
    grant: Grant
    accounts: Sequence[FoundAccount]
    missing: Mapping[str, tuple[str, ...]]
    chosen: frozenset[str]


def offer(*, visitor: Visitor, attempt_id: UUID, at: datetime) -> Offer:
    """The accounts that the sign-in reaches. Raises NotFound for an attempt that is over, NotThere by the network."""
    with workspace_scope(visitor.workspace_id):
        attempt = attempts.attempt_granted(
            attempt_id=attempt_id, user_id=visitor.user_id, session_key=visitor.session_key, at=at
        )
        network = NETWORKS[attempt.system]
        chosen = frozenset(AdAccount.objects.filter(network=attempt.system).values_list("external_id", flat=True))
    grant = _grant_of(attempt)
    found = ask(network, network.accounts(Target(base_of(network, attempt.environment), "", grant.credentials)))
    wanted = attempt.purposes or network.sign_in.scopes  # a pasted token was asked for nothing: all of it is told
    missing = {purpose: network.sign_in.missing(grant, purpose) for purpose in wanted}
    lacking = {purpose: scopes for purpose, scopes in missing.items() if scopes}
    return Offer(attempt, network, grant, found, lacking, chosen)


def choose(*, visitor: Visitor, offered: Offer, external_ids: Collection[str], at: datetime) -> list[AdAccount]:
    """Keep the chosen accounts, with where conversions can land there; the rest of what was seen is forgotten.

    An account that was connected before moves to this sign-in. Raises InvalidInput when none was chosen, or one that
    was not offered or cannot be used.
    """
    usable = {each.external_id: each for each in offered.accounts if not each.refused}
    if not external_ids or not set(external_ids) <= usable.keys():
        raise InvalidInput(Fault("accounts", "choice", "Choose one or more of the accounts listed."))
    with workspace_scope(visitor.workspace_id):
        connection = _connected(offered, visitor.by, at)
        kept = [
            account_keep(connection=connection, found=usable[each], by=visitor.by, at=at)
            for each in sorted(set(external_ids))
        ]
        offered.attempt.delete()
    for account in kept:
        _looked_at(account, at)
    return kept


def disconnect(*, visitor: Visitor, connection_id: UUID, at: datetime) -> bool:
    """Give the sign-in back at the network and forget it here; False when the network could not be told.

    What waits for its accounts is held until somebody connects again. Raises NotFound.
    """
    with workspace_scope(visitor.workspace_id):
        connection = connection_get(connection_id=connection_id)
    told = _revoked(connection)
    with workspace_scope(visitor.workspace_id):
        connection_disconnect(connection=connection, by=visitor.by, at=at)
    return told


def _looked_at(account: AdAccount, at: datetime) -> None:
    """Where conversions can land there. An account is connected even if the network does not tell that just now."""
    try:
        account_refresh(workspace_id=account.workspace_id, account_id=account.id, at=at)
    except NotThere as refused:
        log.warning("account.not_checked", account=str(account.id), code=refused.outcome.code)


def _connected(offered: Offer, by: Actor, at: datetime) -> Connection:
    attempt, secret = offered.attempt, secret_of(offered.grant)
    if attempt.connection is not None:
        connection_again(connection=attempt.connection, secret=secret, by=by, at=at)
        return attempt.connection
    return connection_create(
        workspace_id=attempt.workspace_id,
        system=attempt.system,
        name=offered.grant.who or offered.network.manifest.label,
        environment=Environment(attempt.environment),
        secret=secret,
        by=by,
        at=at,
    )


def _revoked(connection: Connection) -> bool:
    network, credentials = NETWORKS[connection.system], connection.credentials()
    if not credentials:
        return True
    where, app = base_of(network, connection.environment), app_of(network, connection.environment)
    try:
        ask(network, network.sign_in.revoke(where, app, credentials))
    except NotThere as refused:
        return refused.outcome.signed_out  # it is over there already
    return True


def _grant_of(attempt: SignInAttempt) -> Grant:
    told = attempt.granted or {}
    return Grant(
        credentials=vault.open_sealed(attempt.sealed),
        scopes=frozenset(told["scopes"]) if told.get("scopes") is not None else None,
        expires_at=_moment(told.get("expires_at")),
        ends_at=_moment(told.get("ends_at")),
        who=str(told.get("who") or ""),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
