"""What becomes of a sign-in: made, renewed, found dead, connected again, given back. The audit log tells of each.

Call inside the workspace's scope.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from apps.audit import services as audit
from apps.connections.models import Connection, ConnectionState, Environment
from apps.core import vault
from apps.core.actor import SYSTEM, Actor
from apps.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Secret:
    """What a sign-in gave, as it is kept; times are those of `Connection`."""

    credentials: Mapping[str, str] = field(repr=False)
    scopes: Collection[str] | None = None
    expires_at: datetime | None = None
    ends_at: datetime | None = None


def connection_create(
    *, workspace_id: UUID, system: str, name: str, environment: Environment, secret: Secret, by: Actor, at: datetime
) -> Connection:
    """A new sign-in."""
    connection = Connection(workspace_id=workspace_id, system=system, environment=environment, name=name[:100])
    _take(connection, secret, at)
    connection.signed_in_at = at
    connection.save()
    _note(connection, "connection.create", by, at)
    return connection


def connection_again(*, connection: Connection, secret: Secret, by: Actor, at: datetime) -> None:
    """A person signed in again: what was held goes on."""
    _take(connection, secret, at)
    connection.signed_in_at = at
    connection.save()
    _note(connection, "connection.again", by, at)


def connection_renewed(*, connection: Connection, secret: Secret, at: datetime) -> None:
    """The token was renewed by itself: same sign-in, new secret. `ends_at` stays where the network told none anew."""
    ends_at = secret.ends_at or connection.ends_at
    _take(connection, secret, at)
    connection.ends_at = ends_at
    connection.save()


def connection_found_dead(*, connection_id: UUID, reason: str, used: datetime | None, at: datetime) -> bool:
    """The network says that the sign-in is dead; True when that was news.

    `used` is the `secret_since` of the secret that it refused: a newer one is not blamed for it.
    """
    fresh = Connection.objects.filter(id=connection_id, state=ConnectionState.WORKING)
    if not fresh.filter(secret_since=used).update(state=ConnectionState.RECONNECT, state_reason=reason[:200]):
        return False
    _note(connection_get(connection_id=connection_id), "connection.dead", SYSTEM, at, reason=reason[:100])
    return True


def connection_disconnect(*, connection: Connection, by: Actor, at: datetime) -> None:
    """Forget the secret. What waits for this sign-in is held until somebody connects again."""
    connection.sealed, connection.scopes, connection.state_reason = b"", None, ""
    connection.state, connection.expires_at, connection.ends_at = ConnectionState.DISCONNECTED, None, None
    connection.save()
    _note(connection, "connection.disconnect", by, at)


def connection_get(*, connection_id: UUID) -> Connection:
    """One sign-in. Raises NotFound."""
    connection = Connection.objects.filter(id=connection_id).first()
    if connection is None:
        raise NotFound("There is no such connection in this workspace.")
    return connection


def connection_locked(*, connection_id: UUID) -> Connection:
    """The sign-in, locked until the transaction ends: whoever renews it does so alone. Raises NotFound."""
    connection = Connection.objects.select_for_update().filter(id=connection_id).first()
    if connection is None:
        raise NotFound("There is no such connection in this workspace.")
    return connection


def connections_to_tell(*, before: datetime) -> list[Connection]:
    """Sign-ins that work and end before then. For the warnings, in every_workspace."""
    return list(Connection.objects.filter(state=ConnectionState.WORKING, ends_at__lt=before))


def _take(connection: Connection, secret: Secret, at: datetime) -> None:
    connection.sealed = vault.seal(dict(secret.credentials))
    connection.scopes = sorted(secret.scopes) if secret.scopes is not None else None
    connection.expires_at, connection.ends_at = secret.expires_at, secret.ends_at
    connection.state, connection.state_reason = ConnectionState.WORKING, ""
    connection.secret_since, connection.warned_days = at, None


def _note(connection: Connection, action: str, by: Actor, at: datetime, **detail: str) -> None:
    audit.record(
        workspace_id=connection.workspace_id,
        by=by,
        action=action,
        subject=connection.name,
        at=at,
        detail={"system": connection.system, "connection": str(connection.id), **detail},
    )
