"""Keeping sign-ins alive: a token is renewed before it ends, by one worker at a time, and never in a loop."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from apps.ads.asking import NotThere, app_of, ask, base_of
from apps.ads.network import Network
from apps.ads.registry import NETWORKS
from apps.ads.sign_in import Grant
from apps.connections.models import Connection, ConnectionState
from apps.connections.services import (
    Secret,
    connection_found_dead,
    connection_get,
    connection_locked,
    connection_renewed,
)
from apps.core.tenancy import workspace_scope


def token_ready(*, workspace_id: UUID, connection_id: UUID, now: datetime) -> Connection:
    """The sign-in, its token renewed if it ends soon. What it cannot renew now it leaves as it is.

    Raises NotFound. Call outside a transaction: renewing asks the network.
    """
    with workspace_scope(workspace_id):
        connection = connection_get(connection_id=connection_id)
    if _ends_soon(connection, now):
        token_renew(workspace_id=workspace_id, connection_id=connection_id, used=connection.secret_since, now=now)
        with workspace_scope(workspace_id):
            connection = connection_get(connection_id=connection_id)
    return connection


class Renewal(StrEnum):
    """What came of renewing a token."""

    NEWER = "newer"  # there is a newer one now, whoever made it
    NOT_NOW = "not_now"  # the network cannot say at the moment: later it may
    IMPOSSIBLE = "impossible"  # only a person signing in again helps


def token_renew(*, workspace_id: UUID, connection_id: UUID, used: datetime | None, now: datetime) -> Renewal:
    """Renew the token that was `used` (its `secret_since`).

    The row is locked while the network is asked, so that of many workers one renews and the rest take what it got: some
    networks end a renewal token at its first use. When the network says that it is dead, so is the sign-in.
    """
    with workspace_scope(workspace_id):
        connection = connection_locked(connection_id=connection_id)
        if connection.secret_since != used:
            return Renewal.NEWER if connection.state == ConnectionState.WORKING else Renewal.IMPOSSIBLE
        network = NETWORKS[connection.system]
        if not _renewable(network, connection):
            return Renewal.IMPOSSIBLE
        app = app_of(network, connection.environment)
        inquiry = network.sign_in.renew(base_of(network, connection.environment), app, connection.credentials(), now)
        try:
            grant = ask(network, inquiry)
        except NotThere as refused:
            if not refused.outcome.signed_out:
                return Renewal.NOT_NOW
            connection_found_dead(connection_id=connection_id, reason=refused.outcome.code, used=used, at=now)
            return Renewal.IMPOSSIBLE
        connection_renewed(connection=connection, secret=secret_of(grant), at=now)
        return Renewal.NEWER


def secret_of(grant: Grant) -> Secret:
    """The grant as connections keep it."""
    return Secret(grant.credentials, grant.scopes, grant.expires_at, grant.ends_at)


def _renewable(network: Network, connection: Connection) -> bool:
    return bool(connection.sealed) and network.sign_in.renews_with in connection.credentials()


def _ends_soon(connection: Connection, now: datetime) -> bool:
    """Whether renewing now is worth it: a token that ends soon although it is new is as long as the sign-in lasts."""
    ahead = NETWORKS[connection.system].sign_in.renew_before
    return (
        connection.state == ConnectionState.WORKING
        and connection.expires_at is not None
        and connection.expires_at - ahead <= now
        and (connection.secret_since is None or connection.secret_since + ahead <= now)
    )
